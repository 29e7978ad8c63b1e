"""A small authority for the locks' tests: two roots, key sets that rotate, grants, chains, stamps, lists, receipts.

Keys are made afresh for each town. Times are given, never read from the machine.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from os import urandom
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.protocol.v1.certificate import Certificate, make_certificate, verify_certificate, verify_device_request
from beffroi.protocol.v1.chain import extend_chain
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.events import Batch, Head
from beffroi.protocol.v1.grant import Policy, Scope, make_grant
from beffroi.protocol.v1.jwk import HolderKey, holder_key, octet_key
from beffroi.protocol.v1.keyset import KeySet, Reading, SetKey, Use, make_keyset, set_key, verify_keyset
from beffroi.protocol.v1.messages import Argument, Command, Range, Receipt, make_command, make_receipt
from beffroi.protocol.v1.revocation import make_revocation_list
from beffroi.protocol.v1.sources import Source, SourceList, make_source_list, seal_sources, verify_sealing_key
from beffroi.protocol.v1.stamp import make_master_stamp, make_stamp
from beffroi.simulator.phone import ACTION, Phone

AUTHORITY = "meaux"
RELAY, OTHER_RELAY = "relais-tilleuls", "relais-gare"
CAMERA, OTHER_CAMERA = "camera-12", "camera-13"
LOCK = "armoire-0042"
OTHER_LOCK = "armoire-0043"
NOW = 1_795_000_000
HOUR, DAY, YEAR = 3_600, 86_400, 365 * 86_400
EVER = NOW + 10 * YEAR


T = TypeVar("T")


def allow(value: T | Refused) -> T:
    """The value, in a place where the test wants no refusal."""
    assert not isinstance(value, Refused), value
    return value


Signer = tuple[str, Ed25519PrivateKey]


@dataclass
class Town:
    """The authority's side. `signers` holds, for each use, the private keys of the set in force, by kid."""

    roots: tuple[Ed25519PrivateKey, Ed25519PrivateKey] = field(
        default_factory=lambda: (Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate())
    )
    signers: dict[Use, dict[str, Ed25519PrivateKey | X25519PrivateKey]] = field(default_factory=dict)
    number: int = 0
    keyset_token: str = ""
    numbers: "count[int]" = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.rotate(*Use)

    # Keys

    def rotate(self, *uses: Use, root: int = 0) -> str:
        """A new key set in which these uses have new keys; returns its token."""
        self.number += 1
        for use in uses:
            make = X25519PrivateKey if use is Use.EVENT_ENCRYPTION else Ed25519PrivateKey
            self.signers[use] = {f"{use.value}-{self.number}{letter}": make.generate() for letter in "ab"}
        self.keyset_token = make_keyset(
            authority=AUTHORITY, number=self.number, issued=NOW, keys=self._keys(), root=self.roots[root]
        )
        return self.keyset_token

    def _keys(self) -> tuple[SetKey, ...]:
        return tuple(
            set_key(kid, use, octet_key(key), NOW - YEAR, EVER) for use in Use for kid, key in self.signers[use].items()
        )

    def signer(self, use: Use, *, place: int = 0) -> Signer:
        kid = sorted(self.signers[use])[place]
        key = self.signers[use][kid]
        assert isinstance(key, Ed25519PrivateKey)
        return kid, key

    @property
    def keyset(self) -> KeySet:
        return allow(verify_keyset(self.keyset_token, roots=tuple(map(octet_key, self.roots)), authority=AUTHORITY))

    @property
    def seals(self) -> Mapping[str, X25519PrivateKey]:
        """The server's private event-encryption keys."""
        return {
            kid: key for kid, key in self.signers[Use.EVENT_ENCRYPTION].items() if isinstance(key, X25519PrivateKey)
        }

    # Devices

    def certify(self, request: str, *, name: str = "Armoire PM 77284/042", start: int = NOW - DAY) -> str:
        asked = allow(verify_device_request(request))
        kid, signer = self.signer(Use.DEVICE_CERTIFICATE)
        return make_certificate(
            authority=AUTHORITY,
            device=asked.device,
            kind=asked.kind,
            name=name,
            key=asked.key,
            start=start,
            end=EVER,
            kid=kid,
            signer=signer,
        )

    def document(self, request: str, **more: object) -> dict[str, object]:
        """The commissioning document of a device that asked."""
        return {
            "version": 1,
            "device": allow(verify_device_request(request)).device,
            "authority": AUTHORITY,
            "certificate": self.certify(request),
            "roots": [octet_key(root).jwk for root in self.roots],
            "keyset": self.keyset_token,
        } | more

    def commission(self, request: str, path: Path, **more: object) -> Certificate:
        document = self.document(request, **more)
        path.write_text(json.dumps(document, indent=2))
        return allow(verify_certificate(str(document["certificate"]), keyset=self.keyset, at=Reading(NOW)))

    # Rights

    def grant(
        self,
        holder: HolderKey,
        *,
        resources: tuple[str, ...] = (LOCK,),
        actions: tuple[str, ...] = (ACTION,),
        start: int = NOW - HOUR,
        end: int = NOW + DAY,
        depth: int = 3,
        policy: Policy | None = None,
        grant: str | None = None,
        signer: Signer | None = None,
    ) -> str:
        kid, key = signer or self.signer(Use.CAPABILITY)
        return make_grant(
            authority=AUTHORITY,
            grant=grant or f"ordre-{next(self.numbers)}",
            purpose="maintenance",
            convention="convention-1",
            scope=Scope(resources, actions, start, end, depth, policy or Policy()),
            holder=holder,
            kid=kid,
            signer=key,
        )

    def technician(self, *, keys: list[EllipticCurvePrivateKey] | None = None, **grant: object) -> "Technician":
        """The sources' chain: OI → OC → subcontractor → technician, who has the phone. With `keys`, the same people again."""
        keys = keys or [generate_private_key(SECP256R1()) for _ in range(4)]
        chain = self.grant(holder_key(keys[0]), **grant)  # type: ignore[arg-type]  # passed on as it came
        for place in range(3):
            chain = extend_chain(chain, holder=keys[place], heir=holder_key(keys[place + 1]), depth=2 - place)
        return Technician(self, keys, chain)

    # What is carried down

    def stamp(self, time: int, *, nonce: str | None = None, device: str = LOCK) -> str:
        kid, signer = self.signer(Use.STAMP)
        return make_stamp(
            authority=AUTHORITY,
            time=time,
            kid=kid,
            signer=signer,
            device=None if nonce is None else device,
            nonce=nonce,
        )

    def master_stamp(self, time: int, *, nonce: str, device: str = LOCK) -> str:
        """Signed by a root."""
        return make_master_stamp(authority=AUTHORITY, time=time, root=self.roots[0], device=device, nonce=nonce)

    def revocations(
        self,
        number: int,
        *,
        grants: frozenset[str] = frozenset(),
        keys: frozenset[str] = frozenset(),
        issued: int = NOW,
    ) -> str:
        kid, signer = self.signer(Use.REVOCATION)
        return make_revocation_list(
            authority=AUTHORITY,
            keyset=self.number,
            number=number,
            issued=issued,
            next_by=issued + DAY,
            grants=grants,
            keys=keys,
            kid=kid,
            signer=signer,
        )

    def sources(
        self, certificate: Certificate, sealing: str, *sources: Source, number: int, sealed_to: str | None = None
    ) -> str:
        """The list of what a relay serves; `sealing` is what the relay said of its key."""
        to = allow(verify_sealing_key(sealing, certificate=certificate))
        sealed = sealed_to or seal_sources(sources, recipient=to, ephemeral=X25519PrivateKey.generate(), iv=urandom(12))
        gates = tuple(source.gate for source in sources)
        kid, signer = self.signer(Use.SERVER_MESSAGE)
        listed = SourceList(certificate.device, self.number, number, NOW, gates, sealed)
        return make_source_list(listed, kid=kid, signer=signer)

    def receipt(self, head: Head, *, missing: tuple[Range, ...] = (), device: str = LOCK) -> str:
        kid, signer = self.signer(Use.SERVER_MESSAGE)
        return make_receipt(Receipt(device, NOW, head.sequence, head.hash, missing), kid=kid, signer=signer)

    def command(
        self, action: str, *, number: int, arguments: tuple[tuple[str, Argument], ...] = (), device: str = LOCK
    ) -> str:
        kid, signer = self.signer(Use.SERVER_MESSAGE)
        command = Command(device, f"commande-{number}", action, arguments, NOW, NOW + DAY, self.number, number)
        return make_command(command, kid=kid, signer=signer)


@dataclass(frozen=True)
class Technician:
    """Whoever holds the last key of a chain; `keys` are those of the whole chain, for the attacks that steal one."""

    town: Town
    keys: list[EllipticCurvePrivateKey]
    chain: str

    def given(self, **grant: object) -> "Technician":
        """The same people under another grant."""
        return self.town.technician(keys=self.keys, **grant)

    @property
    def thumbprint(self) -> str:
        return holder_key(self.keys[-1]).thumbprint

    def phone(self, *, chain: str | None = None, key: EllipticCurvePrivateKey | None = None, now: int = NOW) -> Phone:
        return Phone(key or self.keys[-1], chain or self.chain, self.town.keyset, now)


def kinds(batches: list[Batch]) -> list[str]:
    """The kinds of the events of some batches, in order."""
    return [event.kind for batch in batches for event in batch.events]
