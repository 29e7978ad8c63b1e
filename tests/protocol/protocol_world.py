"""A small authority with fixed keys: two roots, two keys of each use, one lock, and the sources' chain of holders.

Every key comes from its name by SHA-256, so that vectors made from it are the same on every machine. None of them is a secret.
"""

from dataclasses import dataclass, field, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.protocol.v1.certificate import Certificate, make_certificate, verify_certificate
from beffroi.protocol.v1.chain import extend_chain
from beffroi.protocol.v1.clock import Anchor, GateClock
from beffroi.protocol.v1.errors import expect
from beffroi.protocol.v1.exchange import Challenge, respond
from beffroi.protocol.v1.frames import ChallengeRequest, Response
from beffroi.protocol.v1.gate import GateState, give_challenge
from beffroi.protocol.v1.grant import LOCAL, Policy, Scope, make_grant
from beffroi.protocol.v1.jwk import HolderKey, OctetKey, holder_key, octet_key
from beffroi.protocol.v1.keyset import KeySet, Reading, SetKey, Use, make_keyset, set_key, verify_keyset
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.revocation import make_revocation_list
from beffroi.protocol.v1.trust import Trust

AUTHORITY = "meaux"
GATE = "3f0b6f2e-6a52-4c1e-9d70-5a1c6f0d0042"
OTHER_GATE = "3f0b6f2e-6a52-4c1e-9d70-5a1c6f0d0043"
RELAY = "b2f4c0aa-7d11-4a09-9b1e-6f0d5a1c7001"
OTHER_RELAY = "b2f4c0aa-7d11-4a09-9b1e-6f0d5a1c7002"
CAMERAS = ("c0ffee00-1111-4a52-9d0a-2b0f3f8a0001", "c0ffee00-1111-4a52-9d0a-2b0f3f8a0002")
GRANT = "8c7f1f5a-2a63-4b0e-8a55-0d9f3a51c001"
NOW = 1_795_000_000
HOUR, DAY = 3600, 86400
NONCE = "AAECAwQFBgcICQoLDA0ODw"
OTHER_NONCE = "EBESExQVFhcYGRobHB0eHw"
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def seed(name: str) -> bytes:
    """32 bytes from a name."""
    return sha256(f"beffroi test key: {name}".encode()).digest()


def signing_key(name: str) -> Ed25519PrivateKey:
    """A fixed Ed25519 key."""
    return Ed25519PrivateKey.from_private_bytes(seed(name))


def sealing_key(name: str) -> X25519PrivateKey:
    """A fixed X25519 key."""
    return X25519PrivateKey.from_private_bytes(seed(name))


def person_key(name: str) -> EllipticCurvePrivateKey:
    """A fixed P-256 key."""
    return derive_private_key(int.from_bytes(seed(name), "big") % (ORDER - 1) + 1, SECP256R1())


def holder(name: str) -> HolderKey:
    """The public half of a fixed P-256 key."""
    return holder_key(person_key(name))


def kid(use: Use, which: int = 1) -> str:
    """The name of a key of the set."""
    return f"{use}-{which}"


def private_octet(use: Use, which: int = 1) -> Ed25519PrivateKey | X25519PrivateKey:
    """The private half of a key of the set."""
    return sealing_key(kid(use, which)) if use is Use.EVENT_ENCRYPTION else signing_key(kid(use, which))


def set_keys(start: int = NOW - 30 * DAY, end: int = NOW + 365 * DAY) -> tuple[SetKey, ...]:
    """Two keys of each use."""
    return tuple(
        set_key(kid(use, which), use, octet_key(private_octet(use, which)), start, end)
        for use in Use
        for which in (1, 2)
    )


@dataclass(frozen=True)
class World:
    """The authority's state, and what its lock holds."""

    root: Ed25519PrivateKey = field(default_factory=lambda: signing_key("root 1"))
    second_root: Ed25519PrivateKey = field(default_factory=lambda: signing_key("root 2"))
    device: Ed25519PrivateKey = field(default_factory=lambda: signing_key("lock"))
    relay: Ed25519PrivateKey = field(default_factory=lambda: signing_key("relay"))

    @property
    def roots(self) -> tuple[OctetKey, ...]:
        """Both public roots."""
        return octet_key(self.root), octet_key(self.second_root)

    def keyset_token(self, number: int = 7, keys: tuple[SetKey, ...] | None = None) -> str:
        """The authority's key set."""
        return make_keyset(
            authority=AUTHORITY,
            number=number,
            issued=NOW - DAY,
            keys=set_keys() if keys is None else keys,
            root=self.root,
        )

    def keyset(self) -> KeySet:
        """The same, verified."""
        return expect(verify_keyset(self.keyset_token(), roots=self.roots, authority=AUTHORITY))

    def certificate_token(self, device: str = GATE, name: str = "Armoire PM 042, rue du Grand-Cerf") -> str:
        """The lock's certificate."""
        return make_certificate(
            authority=AUTHORITY,
            device=device,
            kind="lock",
            name=name,
            key=octet_key(self.device),
            start=NOW - DAY,
            end=NOW + 365 * DAY,
            kid=kid(Use.DEVICE_CERTIFICATE),
            signer=signing_key(kid(Use.DEVICE_CERTIFICATE)),
        )

    def certificate(self) -> Certificate:
        """The same, verified."""
        return expect(verify_certificate(self.certificate_token(), keyset=self.keyset(), at=Reading(NOW)))

    def relay_certificate_token(self, device: str = RELAY, kind: str = "relay") -> str:
        """The camera relay's certificate."""
        return make_certificate(
            authority=AUTHORITY,
            device=device,
            kind=kind,
            name="Relais des Tilleuls",
            key=octet_key(self.relay),
            start=NOW - DAY,
            end=NOW + 365 * DAY,
            kid=kid(Use.DEVICE_CERTIFICATE),
            signer=signing_key(kid(Use.DEVICE_CERTIFICATE)),
        )

    def relay_certificate(self) -> Certificate:
        """The same, verified."""
        return expect(verify_certificate(self.relay_certificate_token(), keyset=self.keyset(), at=Reading(NOW)))

    def revocation_token(
        self,
        number: int = 12,
        grants: frozenset[str] = frozenset(),
        keys: frozenset[str] = frozenset(),
        issued: int = NOW - HOUR,
        keyset: int = 7,
    ) -> str:
        """A revocation list, an hour old."""
        return make_revocation_list(
            authority=AUTHORITY,
            keyset=keyset,
            number=number,
            issued=issued,
            next_by=issued + DAY,
            grants=grants,
            keys=keys,
            kid=kid(Use.REVOCATION),
            signer=signing_key(kid(Use.REVOCATION)),
        )

    def trust(self) -> Trust:
        """What the lock trusts."""
        trust = expect(Trust(AUTHORITY, self.roots).take_keyset(self.keyset_token()))
        return expect(trust.take_revocations(self.revocation_token(), Reading(NOW)))

    def state(self) -> GateState:
        """The lock as it stands, its clock right, at uptime 0."""
        return GateState(GATE, self.trust(), GateClock(NOW - DAY, Anchor(NOW, 0)))

    def grant(self, scope: Scope | None = None, holder_name: str = "operator") -> str:
        """A grant to the operator of the network."""
        return make_grant(
            authority=AUTHORITY,
            grant=GRANT,
            purpose="work-order",
            convention="oi-meaux-2026",
            scope=default_scope() if scope is None else scope,
            holder=holder(holder_name),
            kid=kid(Use.CAPABILITY),
            signer=signing_key(kid(Use.CAPABILITY)),
        )

    def chain(self, scope: Scope | None = None, links: int = 3) -> str:
        """The sources' chain: operator → carrier → subcontractor → technician (and on, up to five links)."""
        text = self.grant(scope)
        for index in range(links):
            text = extend_chain(text, holder=person_key(PEOPLE[index]), heir=holder(PEOPLE[index + 1]), depth=4 - index)
        return text

    def exchange(
        self,
        state: GateState | None = None,
        chain: str | None = None,
        *,
        by: str = "technician",
        transport: str = LOCAL,
        uptime: int = 1000,
        action: str = "open",
    ) -> tuple[GateState, Challenge, Response]:
        """A challenge given by the lock, and the answer of one who holds the chain."""
        state = self.state() if state is None else state
        book, challenge = expect(
            give_challenge(
                state,
                ChallengeRequest(1, GATE),
                transport=transport,
                uptime=uptime,
                touched_at=uptime,
                nonce=encode_bytes(seed(f"nonce {uptime}")[:16]),
                key=self.device,
            )
        )
        response = respond(
            challenge, chain=self.chain() if chain is None else chain, action=action, holder=person_key(by)
        )
        return replace(state, book=book), challenge, response


PEOPLE = ("operator", "carrier", "subcontractor", "technician", "trainee", "visitor")


def default_scope() -> Scope:
    """One lock, opening, a day that began an hour ago."""
    return Scope((GATE,), ("open",), NOW - HOUR, NOW + 23 * HOUR, 5, Policy())
