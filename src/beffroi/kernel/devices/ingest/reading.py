"""What came from devices, read and verified: batches to store, asks to answer, and what was refused, with its reason."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.client import Message
from beffroi.kernel.devices.actions.intake import Arrived, note_asked
from beffroi.kernel.devices.actions.sources import note_sealing_key
from beffroi.kernel.devices.actions.uses import Heard
from beffroi.kernel.devices.ingest.refusing import Refusals
from beffroi.kernel.devices.models import DeviceState
from beffroi.kernel.devices.queries.devices import Authenticator, TrustInForce, authenticators, trust_in_force
from beffroi.kernel.devices.registry import LEASES
from beffroi.kernel.devices.rules import Unfit
from beffroi.protocol.v1.beat import Beat, verify_beat
from beffroi.protocol.v1.carriage import Ask, BeatFrame, Events
from beffroi.protocol.v1.certificate import Certificate, verify_certificate
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.events import Batch, verify_batch
from beffroi.protocol.v1.frames import decode_frame
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.sources import SealingKey, verify_sealing_key

# A key set that is withdrawn stops being believed within this time, whatever becomes of the word that says so at once.
TRUST_LIFE = timedelta(seconds=2)
# Under one key set a certificate goes on being valid until its end; the end of the key that signed it is seen within this time.
CERTIFICATE_LIFE = timedelta(minutes=1)
CERTIFICATES_MOST = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What a device asks, and the key that it made to be sealed to, when it says so."""

    device: Authenticator
    ask: Ask
    sealing: SealingKey | None = None

    def note(self, now: datetime) -> None:
        """Keep what it says."""
        device, ask = self.device.id, self.ask
        sources = ask.sources or (0, 0)
        note_asked(device=device, keyset=ask.keyset, revocations=ask.revocations, sources=sources, now=now)
        if self.sealing is not None and ask.sealing is not None:
            note_sealing_key(device=device, token=ask.sealing, kid=self.sealing.kid)


@dataclass(slots=True)
class Read:
    """What some messages hold. `refused` counts by (authority, device, reason); a device that isn't ours is None there.

    The line of those that are `gone` broke, says the broker, after all that they said here.
    """

    arrived: list[Arrived] = field(default_factory=list)
    asks: dict[UUID, Asked] = field(default_factory=dict)
    beats: list[Heard] = field(default_factory=list)
    gone: set[UUID] = field(default_factory=set)
    refused: Refusals = field(default_factory=Refusals)


class Refusal(Exception):
    """A message that is not taken, on its way to being counted."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Trusts:
    """Trust in force by authority, and certificates that verify under it: a burst asks the database, and verifies, once."""

    def __init__(self) -> None:
        self._trusts: dict[UUID, tuple[datetime, TrustInForce | None]] = {}
        self._certificates: dict[tuple[str, str], tuple[datetime, Certificate]] = {}

    def of(self, authority: UUID, now: datetime) -> TrustInForce | None:
        """What the authority's devices should hold; None before its first key set."""
        trusts = self._trusts  # what another thread is reading while this is forgotten is forgotten with it
        known = trusts.get(authority)
        if known is None or now - known[0] > TRUST_LIFE:
            known = (now, trust_in_force(authority))
            trusts[authority] = known
        return known[1]

    def forget(self) -> None:
        """Something newer is in force."""
        self._trusts = {}

    def certificate(self, device: Authenticator, now: datetime) -> Certificate:
        """The device's certificate, when it is valid now; raises Refusal."""
        trust = self.of(device.authority, now)
        if trust is None:
            raise Refusal(Unfit.NO_KEY_SET)
        name, at = (device.certificate, trust.keyset.token), Reading(int(now.timestamp()))
        known = self._certificates.get(name)
        if known is None or now - known[0] > CERTIFICATE_LIFE or at.ended(known[1].end):
            certificate = verify_certificate(device.certificate, keyset=trust.keyset, at=at)
            if isinstance(certificate, Refused):
                self._certificates.pop(name, None)
                raise Refusal(certificate.reason)
            if len(self._certificates) > CERTIFICATES_MOST:
                self._certificates.clear()
            known = (now, certificate)
            self._certificates[name] = known
        return known[1]


def read_messages(messages: Iterable[Message], trusts: Trusts, now: datetime) -> Read:
    """Verify messages; nothing in them can raise."""
    messages = list(messages)
    known = authenticators(message.topic.device for message in messages)
    read = Read()
    for message in messages:
        device = known.get(message.topic.device)
        try:
            _read_one(message, device, trusts, now, read)
        except Refusal as refusal:
            owner = (device.authority, device.id) if device is not None else (None, None)
            read.refused[(*owner, str(refusal.reason))] += 1
    return read


def _read_one(message: Message, device: Authenticator | None, trusts: Trusts, now: datetime, read: Read) -> None:
    if device is None or device.authority != message.topic.authority:
        raise Refusal(Unfit.DEVICE_UNKNOWN)
    if device.state is DeviceState.RETIRED:
        raise Refusal(Unfit.DEVICE_RETIRED)
    if device.state is DeviceState.ASKED:
        raise Refusal(Unfit.DEVICE_NOT_CERTIFIED)
    if message.topic.channel == topics.UP_GONE:
        read.gone.add(device.id)
        return
    read.gone.discard(device.id)  # it is back, or this was on its way still: whatever comes last says how it stands
    frame = decode_frame(message.payload)
    if isinstance(frame, Refused):
        raise Refusal(frame.reason)
    if message.topic.channel == topics.UP_ASK and isinstance(frame, Ask):
        read.asks[device.id] = _asked(frame, device, trusts, now)
    elif message.topic.channel == topics.UP_EVENTS and isinstance(frame, Events):
        read.arrived.append(Arrived(device.authority, device.id, _batch(frame, device, trusts, now)))
    elif message.topic.channel == topics.UP_BEAT and isinstance(frame, BeatFrame):
        read.beats.append(Heard(device.authority, device.id, _beat(frame, device, trusts, now)))
    else:
        raise Refusal(Reason.FRAME_TYPE)


def _batch(frame: Events, device: Authenticator, trusts: Trusts, now: datetime) -> Batch:
    batch = verify_batch(frame.batch, certificate=trusts.certificate(device, now))
    if isinstance(batch, Refused):
        raise Refusal(batch.reason)
    return batch


def _beat(frame: BeatFrame, device: Authenticator, trusts: Trusts, now: datetime) -> Beat:
    """One that came before is dropped later, by the row: here every process hears every beat."""
    if device.kind not in LEASES:
        raise Refusal(Reason.FRAME_TYPE)
    beat = verify_beat(frame.beat, certificate=trusts.certificate(device, now))
    if isinstance(beat, Refused):
        raise Refusal(beat.reason)
    return beat


def _asked(ask: Ask, device: Authenticator, trusts: Trusts, now: datetime) -> Asked:
    """What a device asks; its key to seal to only where it signed that it is its own."""
    if ask.device != str(device.id):
        raise Refusal(Reason.DEVICE_OTHER)
    if ask.sealing is None:
        return Asked(device, ask)
    key = verify_sealing_key(ask.sealing, certificate=trusts.certificate(device, now))
    if isinstance(key, Refused):
        raise Refusal(key.reason)
    return Asked(device, ask, key)
