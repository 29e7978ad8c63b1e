"""What the device holds and goes by: trust (roots, key set, revocation list), its certificate, and the clock. Every change is
durable first.

The rules are the protocol's (`Trust`, `GateClock`); this keeps their values across restarts and writes the events. After
a start the time is unknown, whatever ended the run before: the floor is all that the clock remembers.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final, Self

from beffroi.edge.device.errors import CommissioningError, StoreError
from beffroi.edge.device.journal import Record
from beffroi.edge.device.store import Store
from beffroi.edge.device.uptime import Uptime
from beffroi.protocol.v1.carriage import HELD, TAKEN, Ask
from beffroi.protocol.v1.certificate import Certificate, recall_certificate, renew_certificate
from beffroi.protocol.v1.clock import NONCE_LIFE_MS, GateClock
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.jwk import OctetKey, read_octet_key
from beffroi.protocol.v1.keyset import KeySet, Reading, verify_keyset
from beffroi.protocol.v1.members import Moment, spell_moment
from beffroi.protocol.v1.revocation import RevocationList, recall_revocation_list
from beffroi.protocol.v1.stamp import Stamp, make_nonce
from beffroi.protocol.v1.trust import Trust

Outcome = str
"""`taken`, `held` or a reason code."""

FLOOR_EVERY_SECONDS: Final = 600


def _damaged(what: str, refused: Refused) -> StoreError:
    return StoreError("store-damaged", f"the stored {what} can't be read: {refused.reason} {refused.detail}")


def _roots(store: Store) -> tuple[OctetKey, ...]:
    roots = []
    for jwk in json.loads(store.fact("roots") or "[]"):
        root = read_octet_key(jwk)
        if isinstance(root, Refused):
            raise _damaged("root", root)
        roots.append(root)
    return tuple(roots)


def _keyset(store: Store, roots: tuple[OctetKey, ...], authority: str) -> KeySet:
    token = store.fact("keyset")
    if token is None:
        raise CommissioningError("not-commissioned", "this store holds no key set: take a commissioning document first")
    keyset = verify_keyset(token, roots=roots, authority=authority)
    if isinstance(keyset, Refused):
        raise _damaged("key set", keyset)
    return keyset


def _revocations(store: Store) -> RevocationList | None:
    """The list that this device verified when it took it; its key may be gone since, so nothing is verified again."""
    token = store.fact("revocation")
    if token is None:
        return None
    revocations = recall_revocation_list(token)
    if isinstance(revocations, Refused):
        raise _damaged("revocation list", revocations)
    return revocations


def _certificate(store: Store) -> Certificate:
    """That of the device's own key, verified when it was taken."""
    token = store.fact("certificate")
    if token is None:
        raise CommissioningError(
            "not-commissioned", "this store holds no certificate: take a commissioning document first"
        )
    certificate = recall_certificate(token)
    if isinstance(certificate, Refused):
        raise _damaged("certificate", certificate)
    return certificate


class Holdings:
    def __init__(self, *, store: Store, trust: Trust, certificate: Certificate, floor: int, uptime: Uptime) -> None:
        self._store = store
        self._uptime = uptime
        self.trust = trust
        self.certificate = certificate
        self.clock = GateClock(floor=floor)

    @classmethod
    def recall(cls, store: Store, uptime: Uptime) -> Self:
        """What the store holds. CommissioningError when there is nothing yet; StoreError when it can't be read back: a
        device that has lost its trust doesn't start.
        """
        certificate = _certificate(store)
        authority = store.fact("authority") or ""
        roots = _roots(store)
        trust = Trust(authority, roots, _keyset(store, roots, authority), _revocations(store))
        return cls(store=store, trust=trust, certificate=certificate, floor=store.number("floor"), uptime=uptime)

    @property
    def device(self) -> str:
        return self.certificate.device

    # Time

    def now(self) -> Moment:
        return self.clock.now(self._uptime())

    def reading(self) -> Reading:
        return self.clock.reading(self._uptime())

    def keep_floor(self) -> None:
        """Store the latest time that has passed for certain. Inside a transaction."""
        self._store.set("floor", self.clock.floor_at(self._uptime()))

    @property
    def floor_is_old(self) -> bool:
        return self.clock.floor_at(self._uptime()) - self._store.number("floor") >= FLOOR_EVERY_SECONDS

    def ask(self, random: Callable[[int], bytes]) -> Ask:
        """What the device would like to be brought, with a nonce for a bound stamp.

        A nonce that still has half of its life is asked with again: whoever asks often can't make a stamp on its way void.
        """
        fresh, uptime = self.clock.fresh, self._uptime()
        if fresh is None or uptime - fresh.uptime > NONCE_LIFE_MS // 2:
            self.clock = self.clock.ask(make_nonce(random), uptime)
        trust = self.trust
        return Ask(
            device=self.device,
            keyset=0 if trust.keyset is None else trust.keyset.number,
            revocations=(0, 0) if trust.revocations is None else trust.revocations.order,
            nonce=None if self.clock.fresh is None else self.clock.fresh.value,
            certificate=self.certificate.start,
        )

    # What is brought

    def take_keyset(self, token: str, record: Record) -> Outcome:
        trust = self.trust.take_keyset(token)
        if isinstance(trust, Refused):
            return trust.reason
        number = trust.keys().number
        with self._store.transaction():
            self._store.set("keyset", token)
            self._store.set("keyset-number", number)
            record("keyset-taken", num=number)
        self.trust = trust
        return TAKEN

    def take_certificate(self, token: str) -> Outcome:
        certificate = renew_certificate(token, held=self.certificate, keyset=self.trust.keys(), at=self.reading())
        if isinstance(certificate, Refused):
            return certificate.reason
        with self._store.transaction():
            self._store.set("certificate", token)
        self.certificate = certificate
        return TAKEN

    def take_revocation(self, token: str, record: Record) -> Outcome:
        trust = self.trust.take_revocations(token, self.reading())
        if isinstance(trust, Refused):
            return trust.reason
        if trust.revocations is None:
            return Reason.INTERNAL
        with self._store.transaction():
            self._store.set("revocation", token)
            record("revocation-list-taken", set=trust.revocations.keyset, num=trust.revocations.number)
        self.trust = trust
        return TAKEN

    def take_stamp(self, token: str, record: Record) -> Outcome:
        return self._take_stamp(self.trust.read_stamp(token, self.reading()), record)

    def take_master_stamp(self, token: str, record: Record) -> Outcome:
        return self._take_stamp(self.trust.read_master_stamp(token), record)

    def _take_stamp(self, stamp: Stamp | Refused, record: Record) -> Outcome:
        if isinstance(stamp, Refused):
            return stamp.reason
        taken = self.clock.take(stamp, device=self.device, uptime=self._uptime())
        if isinstance(taken, Refused):
            return taken.reason
        clock, change = taken
        if change.held:
            self.clock = clock
            return HELD
        before, self.clock = self.clock, clock
        try:
            with self._store.transaction():
                self.keep_floor()
                record("clock-changed", by=change.by, to=change.after, **{"from": spell_moment(change.before)})
        except StoreError:
            self.clock = replace(before, fresh=None)
            raise
        return TAKEN
