"""How devices are is for those who serve their authority: alice sees hers, charlie of another town sees nothing."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.client import Message
from beffroi.adapters.mqtt.topics import Topic
from beffroi.kernel.devices.factories import in_service, town
from beffroi.kernel.devices.ingest.loop import Ingest
from beffroi.kernel.devices.queries.devices import health, visible_devices
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.protocol.v1.carriage import Ask, Events
from beffroi.protocol.v1.frames import Frame, encode_frame

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)


def test_the_health_of_a_device_is_for_its_own_town(tmp_path: Path) -> None:
    meaux, melun = town(tmp_path / "meaux", now=NOW), town(tmp_path / "melun", now=NOW, slug="melun")
    device = in_service(meaux, now=NOW)
    ingest = Ingest(store=meaux.store, publish=lambda _topic, _payload: None)
    heard = NOW + timedelta(seconds=5)
    first, _missing, last = device.write("boot"), device.write("opened"), device.write("closed")
    root = (meaux.authority.id, device.id)
    frames: list[tuple[str, Frame]] = [(topics.UP_EVENTS, Events(batch)) for batch in (first, last)]
    frames.append((topics.UP_ASK, Ask(str(device.id), 1, (1, 7))))
    ingest.process(
        [Message(Topic(*root, channel), encode_frame(frame), lambda: None) for channel, frame in frames],
        heard,
    )

    def viewer(authority: object, later: timedelta) -> Viewer:
        post = Post(organisation=uuid4(), role=Role.AGENT, authority=authority)  # type: ignore[arg-type]  # a UUID
        return Viewer(person=uuid4(), posts=(post,), conventions=frozenset(), as_of=heard + later)

    alice, charlie = viewer(meaux.authority.id, timedelta(0)), viewer(melun.authority.id, timedelta(0))
    found = health(alice, authority=meaux.authority.id, devices=[device.id])[device.id]
    assert (found.heard_at, found.stored, found.missing, found.overdue) == (heard, 3, ((2, 2),), False)
    assert (found.keyset, found.revocations) == (1, (1, 7))
    late = viewer(meaux.authority.id, timedelta(minutes=11))
    assert health(late, authority=meaux.authority.id, devices=[device.id])[device.id].overdue
    assert health(charlie, authority=meaux.authority.id, devices=[device.id]) == {}
    assert health(charlie, authority=melun.authority.id, devices=[device.id]) == {}
    assert not visible_devices(charlie, meaux.authority.id).exists()
