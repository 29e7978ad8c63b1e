"""What other processes do for devices: the worker the tasks of sinks, each in its own transaction; the minter certificates."""

import logging
import threading
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID

from beffroi.adapters.keystore import KeyStore, KeyStoreError, SigningKey
from beffroi.adapters.mqtt import certificates
from beffroi.adapters.mqtt.errors import CertificateError
from beffroi.kernel.deadlines.registry import Fired
from beffroi.kernel.devices.actions.commissioning import certify, certify_again, certify_line
from beffroi.kernel.devices.actions.health import (
    expire_commands,
    note_battery,
    sweep_conditions,
    tell_lost,
    tell_overdue,
)
from beffroi.kernel.devices.actions.intake import SINK_CHANNEL
from beffroi.kernel.devices.actions.relaying import clear_relay_uses
from beffroi.kernel.devices.actions.tasks import CLAIMED_AT_ONCE, claim_tasks, handle_task, note_fault
from beffroi.kernel.devices.queries.devices import devices_to_certify, devices_without_line
from beffroi.kernel.devices.queries.trust import devices_to_certify_again
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants.queries import signing_key
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.work import each_claimed, repeated
from beffroi.protocol.v1.keyset import Use

log = logging.getLogger(__name__)

__all__ = [
    "SINK_CHANNEL",
    "do_sinks",
    "run_sinks",
    "run_sweep",
    "sign_certificates",
    "sweep",
]

# Without news from NOTIFY the table is looked at so often.
POLL = 1.0
CLEAR_EVERY = 600
SWEEP_EVERY = 5.0
BATTERY, LOST = "battery", "lost"
HEALTH_EVENTS = (BATTERY, LOST)
CERTIFIED_AT_ONCE = 50


class Certify(Protocol):
    """Signs the certificate of a device that waits for it; False when another minter did."""

    def __call__(self, *, device: UUID, signer: SigningKey, now: datetime, by: UUID | None) -> bool: ...


def sign_certificates(store: KeyStore, now: datetime) -> int:
    """What the minter calls: certify devices that wait, at most a batch, each in its own transaction; returns how many."""
    signed = _certify_lines(store.folder, now)
    signed += _each_certified(certify, devices_to_certify(CERTIFIED_AT_ONCE), store, now)
    return signed + _each_certified(certify_again, devices_to_certify_again(CERTIFIED_AT_ONCE, now), store, now)


def _each_certified(sign: Certify, waiting: Iterable[tuple[UUID, UUID]], store: KeyStore, now: datetime) -> int:
    signed = 0
    for authority, device in waiting:
        try:
            signer = signing_key(store, authority=authority, use=Use.DEVICE_CERTIFICATE, now=now)
        except KeyStoreError as error:
            log.error("device %s waits for its certificate: %s", device, error)  # noqa: TRY400 - the message says it all
            continue
        signed += sign(device=device, signer=signer, now=now, by=None)
    return signed


def _certify_lines(keys: Path, now: datetime) -> int:
    """Certificates for the line to the broker; the same authority for the whole installation."""
    waiting = devices_without_line(CERTIFIED_AT_ONCE)
    if not waiting:
        return 0
    try:
        certificates.furnish(keys, now)
        issuer = certificates.issuer(keys)
    except CertificateError as error:
        raise KeyStoreError(str(error)) from error
    return sum(certify_line(device=device, sign=issuer.certify_device, now=now, by=None) for device in waiting)


def do_sinks(clock: Clock = utc_now) -> int:
    """Do the tasks that are due, a batch at most; returns how many were claimed (as many as a batch: look again at once)."""
    claimed = claim_tasks(now=clock())
    each_claimed(
        "task",
        claimed,
        lambda task, attempt: handle_task(task=task, attempt=attempt),
        lambda task, attempt, fault: note_fault(task=task, attempt=attempt, fault=fault),
    )
    return len(claimed)


def on_health_event(event: StoredEvent) -> None:
    """What a device says of itself: its battery, and what it lost."""
    if event.kind == BATTERY and isinstance(level := event.body.get("level"), int):
        note_battery(device=event.device, level=level, sequence=event.sequence)
    first, last = event.body.get("first"), event.body.get("last")
    if event.kind == LOST and isinstance(first, int) and isinstance(last, int):
        tell_lost(authority=event.authority, device=event.device, first=first, last=last, now=event.stored_at)


def on_hole_due(fired: Fired) -> None:
    """A hole's ten minutes have passed."""
    tell_overdue(authority=fired.authority, device=fired.subject, since=fired.since, now=fired.fired_at)


def sweep(clock: Clock = utc_now) -> int:
    """See once how all devices are, a part of them a transaction; returns how many changed."""
    total = expire_commands(now=clock())
    while changed := sweep_conditions(now=clock()):
        total += changed
    return total


def run_sweep(stop: threading.Event, clock: Clock = utc_now) -> None:
    """The worker's: sweep every few seconds, until told to stop. Several may: each change is one's."""

    def turn() -> float:
        sweep(clock)
        return SWEEP_EVERY

    stop.wait(SWEEP_EVERY)  # where all starts together, who ingests says first that it listens
    repeated(turn, stop)


def run_sinks(stop: threading.Event, woken: threading.Event | None = None, clock: Clock = utc_now) -> None:
    """Do tasks as they come, until told to stop. Whoever listens to `SINK_CHANNEL` sets `woken`; without it the table is polled."""
    cleared = clock()

    def turn() -> float:
        nonlocal cleared
        if do_sinks(clock) == CLAIMED_AT_ONCE:
            return 0.0
        if (clock() - cleared).total_seconds() >= CLEAR_EVERY:
            clear_relay_uses(now=clock())
            cleared = clock()
        return POLL

    repeated(turn, stop, woken)
