"""Builders for tests, which call actions: an authority with its keys, and devices that sign as real ones do."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.devices.actions.commissioning import (
    BrokerAddress,
    commission,
    register_device,
)
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.registry import DEVICE_KINDS, register_device_kind
from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset, take_roots
from beffroi.kernel.territory.actions.authorities import create_authority
from beffroi.kernel.territory.models import Authority, OrganisationKind, TerritoryKind
from beffroi.protocol.v1.beat import Beat, make_beat
from beffroi.protocol.v1.certificate import make_device_request
from beffroi.protocol.v1.event import make_event
from beffroi.protocol.v1.events import NO_HASH, event_hash, make_batch
from beffroi.protocol.v1.jwk import octet_key
from beffroi.protocol.v1.sources import make_sealing_key

KIND = "lock"


@dataclass(frozen=True)
class Town:
    """An authority, the folder of its keys, and one of its two roots."""

    authority: Authority
    store: KeyStore
    root: Ed25519PrivateKey


def town(
    folder: Path,
    *,
    now: datetime,
    slug: str = "meaux",
    name: str = "",
    kind: OrganisationKind = OrganisationKind.TOWN_HALL,
    territory: TerritoryKind = TerritoryKind.COMMUNE,
) -> Town:
    """An authority whose first key set is in force: a commune unless said otherwise."""
    authority = create_authority(slug=slug, name=name or slug.capitalize(), kind=kind, territory=territory, by=None)
    first, second = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    take_roots(authority=authority.id, first=octet_key(first), second=octet_key(second), by=None)
    store = KeyStore(folder)
    token = prepare_keyset(store, authority=authority.id, root=first, now=now)
    take_keyset(authority=authority.id, token=token, by=None, now=now)
    return Town(authority, store, first)


@dataclass
class FieldDevice:
    """A device in the field: its key, its log, its signed batches. `signed` is the log's hashes, from that before event 1."""

    id: UUID = field(default_factory=uuid.uuid4)
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    boot: int = 1
    hashes: list[str] = field(default_factory=lambda: [NO_HASH])
    kind: str = KIND
    sealing: X25519PrivateKey = field(default_factory=X25519PrivateKey.generate)
    beats: int = 0

    @property
    def request(self) -> str:
        """Its request to be certified."""
        return make_device_request(device=str(self.id), kind=self.kind, issued=None, key=self.key)

    @property
    def sealing_key(self) -> str:
        """The key to seal to, as it signs it."""
        return make_sealing_key(device=str(self.id), issued=None, sealing=self.sealing, key=self.key)

    def beat(self, *uses: str) -> str:
        """Its next beat: these uses live."""
        self.beats += 1
        beat = Beat(str(self.id), self.boot, self.beats, time=None, uptime=2000 * self.beats, uses=tuple(sorted(uses)))
        return make_beat(beat, key=self.key)

    @property
    def last(self) -> int:
        """The last sequence it wrote."""
        return len(self.hashes) - 1

    def write(self, *kinds: str, at: int | None = None, uptime: int | None = None, **data: object) -> str:
        """Events of these kinds, as one signed batch, at that millisecond since it started: one later for each event unless said."""
        ran = self.last if uptime is None else uptime
        first, events = self.last + 1, [make_event(kind, time=at, uptime=ran, **data) for kind in kinds]
        previous = self.hashes[-1]
        for sequence, event in enumerate(events, first):
            self.hashes.append(
                event_hash(self.hashes[-1], device=str(self.id), boot=self.boot, sequence=sequence, event=event)
            )
        return make_batch(
            device=str(self.id), boot=self.boot, first=first, previous=previous, events=events, key=self.key
        )


def in_service(town: Town, *, now: datetime, name: str = "PM 1", device: FieldDevice | None = None) -> FieldDevice:
    """A device registered, certified by the minter's own function, and commissioned."""
    device = device or FieldDevice()
    if device.kind not in DEVICE_KINDS:
        register_device_kind(device.kind, f"A {device.kind}.")
    register_device(authority=town.authority.id, request=device.request, name=name, now=now, by=None)
    sign_certificates(town.store, now)
    commission(device=device.id, broker=BrokerAddress("127.0.0.1", 1883), hashed=str.upper, now=now, by=None)
    return device
