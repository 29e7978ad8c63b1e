"""The minting process: alone holds the capability, revocation and device-certificate keys; a singleton by advisory lock.

It looks at its rows when woken and at least every two seconds; what it signs it signs in transactions of its own, so a kill at any line
leaves a row that waits or a row that is signed.
"""

import functools
import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import psycopg
from django.db import close_old_connections

from beffroi.adapters.keystore import KeyStore, KeyStoreError
from beffroi.kernel.grants.actions.minting import mint_next, publish_revocations
from beffroi.kernel.grants.actions.orders import MINTER
from beffroi.kernel.grants.queries import authorities_with_keys
from beffroi.kernel.grants.registry import MINTINGS, Minting
from beffroi.persistence.wake import listening_connection

logger = logging.getLogger(__name__)
LOCK = 0x6D696E74  # "mint"
LOOK_EVERY = 2.0


def mint_all(store: KeyStore, now: datetime, faults: dict[str, str] | None = None) -> int:
    """Sign everything that waits; returns how many signatures were made. A missing key stops one authority, not the others.

    `faults` remembers what was said already, so that a fault that lasts is one line of the log.
    """
    said = {} if faults is None else faults
    work: dict[str, Minting] = {
        f"authority {authority}": functools.partial(_mint_for, authority) for authority in authorities_with_keys()
    }
    signed = 0
    for name, minting in {**work, **MINTINGS}.items():
        try:
            signed += minting(store, now)
            said.pop(name, None)
        except KeyStoreError as error:
            if said.get(name) != str(error):
                logger.error("%s: %s", name, error)  # noqa: TRY400 - words for an operator, not a trace
            said[name] = str(error)
    return signed


def _mint_for(authority: UUID, store: KeyStore, now: datetime) -> int:
    # First what gates must refuse: however many rights wait, nothing that was withdrawn waits for them.
    signed = int(publish_revocations(store=store, authority=authority, now=now) is not None)
    while mint_next(store=store, authority=authority, now=now):
        signed += 1
    return signed


def run(
    *, home: Path, clock: Callable[[], datetime], stopped: Callable[[], bool], credentials: Path | None = None
) -> None:
    """Until stopped. Waits for the lock when another minter holds it. `credentials`: where systemd put keys, if it did."""
    store, faults = KeyStore(home / "keys", credentials), dict[str, str]()
    with listening_connection(MINTER) as bell:
        while not stopped() and not _alone(bell):
            _sleep(bell)
        logger.info("minting")
        while not stopped():
            mint_all(store, clock(), faults)
            _sleep(bell)
            close_old_connections()


def _alone(bell: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = bell.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(row and row[0])


def _sleep(bell: psycopg.Connection[tuple[object, ...]]) -> None:
    for _notice in bell.notifies(timeout=LOOK_EVERY, stop_after=1):
        pass
