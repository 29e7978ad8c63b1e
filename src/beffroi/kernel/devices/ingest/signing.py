"""What the server signs for devices: receipts, stamps, commands. This process holds the `server-message` and `stamp` keys, no other."""

import logging
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from beffroi.adapters.keystore import KeyStore, KeyStoreError, SigningKey
from beffroi.adapters.mqtt import topics
from beffroi.kernel.devices.actions.commands import sign_next_command
from beffroi.kernel.devices.ingest.reading import Trusts
from beffroi.kernel.devices.queries.telling import ReceiptFacts, command_under_way, receipt_facts
from beffroi.kernel.grants.queries import signing_key
from beffroi.protocol.v1.carriage import Ask
from beffroi.protocol.v1.certificate import recall_certificate
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.keyset import Use
from beffroi.protocol.v1.messages import Receipt, make_receipt
from beffroi.protocol.v1.stamp import make_stamp

log = logging.getLogger(__name__)

KEY_LIFE = timedelta(seconds=10)


class Desk:
    """Signs with the keys that the key set in force names; says once a while when one is not there, and signs nothing then.

    Nothing is said of a hole younger than `patience`.
    """

    def __init__(self, store: KeyStore, trusts: Trusts, patience: timedelta) -> None:
        self._store = store
        self._trusts = trusts
        self._patience = patience
        self._keys: dict[tuple[UUID, Use], tuple[datetime, SigningKey | None]] = {}

    def _key(self, authority: UUID, use: Use, now: datetime) -> SigningKey | None:
        known = self._keys.get((authority, use))
        if known is None or now - known[0] > KEY_LIFE:
            known = (now, self._open(authority, use, now))
            self._keys[authority, use] = known
        return known[1]

    def _open(self, authority: UUID, use: Use, now: datetime) -> SigningKey | None:
        try:
            return signing_key(self._store, authority=authority, use=use, now=now)
        except KeyStoreError as error:
            log.error("devices of authority %s get no %s: %s", authority, use, error)  # noqa: TRY400 - the message says it all
            return None

    def forget(self) -> None:
        """Another key set may be in force."""
        self._trusts.forget()
        self._keys.clear()

    def receipt(self, facts: ReceiptFacts, now: datetime) -> str | None:
        """What is stored of a device's log, signed."""
        key = self._key(facts.authority, Use.SERVER_MESSAGE, now)
        if key is None:
            return None
        receipt = Receipt(str(facts.device), int(now.timestamp()), facts.upto, facts.hash, facts.missing)
        return make_receipt(receipt, kid=key.kid, signer=key.private)

    def stamp(self, authority: UUID, device: UUID, nonce: str | None, now: datetime) -> str | None:
        """The time, bound to the device's fresh nonce when it gave one: told in whole seconds, and never less than it is, so that what
        ends by a gate's clock ends early rather than late.
        """
        key = self._key(authority, Use.STAMP, now)
        if key is None:
            return None
        return make_stamp(
            authority=str(authority),
            time=ceil(now.timestamp()),
            kid=key.kid,
            signer=key.private,
            device=None if nonce is None else str(device),
            nonce=nonce,
        )

    def next_command(self, authority: UUID, device: UUID, now: datetime) -> str | None:
        """The device's next command, numbered and signed; None when it has to wait."""
        key, trust = self._key(authority, Use.SERVER_MESSAGE, now), self._trusts.of(authority, now)
        if key is None or trust is None:
            return None
        return sign_next_command(device=device, signer=key, keyset=trust.keyset.number, now=now) or None

    def trust(self, authority: UUID, keyset: int, revocations: tuple[int, int], now: datetime) -> dict[str, str]:
        """Key set and revocation list, when they are newer than what a device holds."""
        trust = self._trusts.of(authority, now)
        items: dict[str, str] = {}
        if trust is not None and trust.keyset.number > keyset:
            items["keyset"] = trust.keyset.token
        if trust is not None and trust.revocations > revocations:
            items["revocation"] = trust.revocation_list
        return items

    def answer(self, authority: UUID, ask: Ask, now: datetime, certificate: str = "") -> dict[str, dict[str, str]]:
        """All that a device that asks should be brought, by topic: trust, its certificate when it holds an older one, and time; the
        receipt that names what is missing; its command.
        """
        device = UUID(ask.device)
        trust = self.trust(authority, ask.keyset, ask.revocations, now)
        if _is_older(ask.certificate, certificate):
            trust["certificate"] = certificate
        stamp = self.stamp(authority, device, ask.nonce, now)
        if stamp:
            trust["stamp"] = stamp
        (facts,) = receipt_facts([device], now - self._patience)
        receipt = self.receipt(facts, now) if facts.upto else None
        command = command_under_way(device, now) or self.next_command(authority, device, now)
        found = {
            topics.DOWN_TRUST: trust,
            topics.DOWN_RECEIPT: {"receipt": receipt} if receipt else {},
            topics.DOWN_COMMAND: {"command": command} if command else {},
        }
        return {topic: items for topic, items in found.items() if items}


def _is_older(start: int | None, certificate: str) -> bool:
    """Whether the certificate held, which begins then, came before this one; False when the device doesn't say."""
    if start is None or not certificate:
        return False
    ours = recall_certificate(certificate)
    return not isinstance(ours, Refused) and ours.start > start
