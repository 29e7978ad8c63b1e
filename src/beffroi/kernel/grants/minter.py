"""The minting process: alone holds the capability, revocation and device-certificate keys; a singleton by advisory lock.

It looks at its rows when woken and at least every two seconds; what it signs it signs in transactions of its own, so a kill at any line
leaves a row that waits or a row that is signed.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import psycopg
from django.db import close_old_connections

from beffroi.adapters.keystore import KeyStore, KeyStoreError
from beffroi.kernel.grants.actions.minting import mint_next, publish_revocations
from beffroi.kernel.grants.actions.orders import MINTER
from beffroi.kernel.grants.queries import authorities_with_keys
from beffroi.kernel.grants.registry import MINTINGS
from beffroi.persistence.wake import listening_connection

logger = logging.getLogger(__name__)
LOCK = 0x6D696E74  # "mint"
LOOK_EVERY = 2.0


def mint_all(store: KeyStore, now: datetime) -> int:
    """Sign everything that waits; returns how many signatures were made. A missing key stops one authority, not the others."""
    signed = 0
    for authority in authorities_with_keys():
        try:
            while mint_next(store=store, authority=authority, now=now):
                signed += 1
            signed += publish_revocations(store=store, authority=authority, now=now) is not None
        except KeyStoreError as error:
            logger.error("authority %s: %s", authority, error)  # noqa: TRY400 - words for an operator, not a trace
    for minting in MINTINGS.values():
        try:
            signed += minting(store, now)
        except KeyStoreError as error:
            logger.error("%s", error)  # noqa: TRY400 - as above
    return signed


def run(*, home: Path, clock: Callable[[], datetime], stopped: Callable[[], bool]) -> None:
    """Until stopped. Waits for the lock when another minter holds it."""
    store = KeyStore(home / "keys")
    with listening_connection(MINTER) as bell:
        while not stopped() and not _alone(bell):
            _sleep(bell)
        logger.info("minting")
        while not stopped():
            mint_all(store, clock())
            _sleep(bell)
            close_old_connections()


def _alone(bell: psycopg.Connection[tuple[object, ...]]) -> bool:
    row = bell.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    return bool(row and row[0])


def _sleep(bell: psycopg.Connection[tuple[object, ...]]) -> None:
    for _notice in bell.notifies(timeout=LOOK_EVERY, stop_after=1):
        pass
