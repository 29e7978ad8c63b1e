"""The server's side of the broker, in a test's hands: what it hears, what it says, what it counted."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from django.db.models import Sum

from beffroi.adapters.mqtt.client import Message
from beffroi.adapters.mqtt.errors import BrokerUnreachableError
from beffroi.adapters.mqtt.topics import Topic
from beffroi.kernel.devices.factories import FieldDevice, Town, town
from beffroi.kernel.devices.ingest.loop import Ingest
from beffroi.kernel.devices.models import Device, DeviceEvent, RefusedInput
from beffroi.kernel.devices.queries.devices import trust_in_force
from beffroi.protocol.v1.carriage import CarryDown, Events
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.frames import Frame, decode_frame, encode_frame
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.messages import Receipt, verify_receipt

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


class Desk:
    """The server's side of the broker, in the test's hands."""

    def __init__(self, folder: Path, patience: timedelta = timedelta(0), place: Town | None = None) -> None:
        self.town = place or town(folder, now=NOW)
        self.sent: dict[UUID, list[tuple[str, CarryDown]]] = defaultdict(list)
        self.acknowledged = 0
        self.now = NOW
        self.broker_away = False
        self.ingest = Ingest(store=self.town.store, publish=self._publish, clock=lambda: self.now, patience=patience)

    def _publish(self, topic: Topic, payload: bytes) -> None:
        if self.broker_away:
            raise BrokerUnreachableError("away")
        assert topic.authority == Device.objects.get(pk=topic.device).authority_id
        frame = decode_frame(payload)
        assert isinstance(frame, CarryDown)
        self.sent[topic.device].append((topic.channel, frame))

    def _acknowledge(self) -> None:
        self.acknowledged += 1

    def message(self, device: UUID, channel: str, frame: Frame | bytes, authority: UUID | None = None) -> Message:
        payload = frame if isinstance(frame, bytes) else encode_frame(frame)
        topic = Topic(authority or self.town.authority.id, device, channel)
        return Message(topic, payload, self._acknowledge)

    def hear(self, device: FieldDevice, *batches: str) -> None:
        """These batches come together."""
        self.ingest.process([self.message(device.id, "up/events", Events(batch)) for batch in batches], self.now)

    def arrive(self, device: FieldDevice, *batches: str) -> None:
        """These come from the broker, and wait for their turn."""
        for batch in batches:
            self.ingest.accept(self.message(device.id, "up/events", Events(batch)))

    def turn(self) -> None:
        """One transaction of what waits."""
        self.ingest.process(self.ingest.gather(), self.now)

    def receipts(self, device: FieldDevice) -> list[str]:
        return [frame.get("receipt") or "" for tail, frame in self.sent[device.id] if tail == "down/receipt"]

    def receipt(self, device: FieldDevice) -> Receipt:
        """The last receipt, as the device verifies it."""
        token = self.receipts(device)[-1]
        trust = trust_in_force(self.town.authority.id)
        assert token
        assert trust
        receipt = verify_receipt(
            token,
            keyset=trust.keyset,
            at=Reading(int(NOW.timestamp())),
            device=str(device.id),
            last=device.last,
            hash_at=lambda sequence: device.hashes[sequence],
        )
        assert not isinstance(receipt, Refused)
        return receipt


def sequences(device: FieldDevice) -> list[int]:
    return list(DeviceEvent.objects.filter(device_id=device.id).order_by("sequence").values_list("sequence", flat=True))


def refused() -> dict[str, int]:
    rows = RefusedInput.objects.values("reason").annotate(total=Sum("times"))
    return {row["reason"]: row["total"] for row in rows.order_by("reason")}
