"""Contacts are heard on a town's own broker, over TLS, by a user that may only read; a broker that can't be heard says why."""

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.test import override_settings

from beffroi.adapters.mqtt.foreign import Said
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.sensors.sources import Broker, Observed
from beffroi.adapters.sensors.table import released
from beffroi.cli.bridge import _heard as tried
from beffroi.kernel.contacts import ingest
from beffroi.kernel.contacts.factories import EUI, IEEE, OPENED, SHUT, make_contact
from beffroi.kernel.contacts.ingest import Ear, run_bridge
from beffroi.kernel.contacts.models import Contact, ContactEvent, Line, Stranger
from beffroi.kernel.contacts.rules import BURST
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now
from tests.adapters.brokers import PATIENCE, eventually
from tests.adapters.townbroker import READER, TownBroker, town_broker


def uplink(data: str, counter: int, address: str = EUI) -> tuple[str, str]:
    said = {
        "deduplicationId": str(uuid4()),
        "time": utc_now().isoformat(),
        "deviceInfo": {"devEui": address, "deviceName": "porte-7"},
        "fCnt": counter,
        "fPort": 85,
        "data": base64.b64encode(bytes.fromhex(data)).decode(),
    }
    return f"application/1/device/{address}/event/up", json.dumps(said)


@contextmanager
def listening(*brokers: Broker) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=run_bridge, args=(stop,), daemon=True)
    with override_settings(BEFFROI_OBSERVE=Observed(brokers, released())):
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(PATIENCE)
            assert not thread.is_alive()


def broker_of(town: TownBroker, **change: str) -> Broker:
    known = Broker("campus", "meaux", "chirpstack", town.url, user=READER, password=town.reader, ca=str(town.ca))
    return replace(known, **change)  # type: ignore[arg-type]  # words only


def fault() -> str:
    row = Line.objects.filter(name="campus").first()
    return "" if row is None else row.fault


def test_what_a_town_s_software_publishes_reaches_its_contacts(own_database: ConnectionInfo, tmp_path: Path) -> None:
    town, now = make_authority().pk, utc_now()
    door = make_contact(town, now=now)
    office = make_contact(town, now=now, label=f"0x{IEEE}", model="aqara-mccgq11lm", name="Bureau de vote")
    with town_broker(tmp_path / "town") as broker, broker.publisher() as publisher:
        eventually(publisher.is_connected, "somebody publishes")
        zigbee = broker_of(broker, name="mairie", kind="zigbee2mqtt")
        with listening(broker_of(broker), zigbee):
            eventually(lambda: Line.objects.filter(since__isnull=False).count() == 2, "both are heard")
            listed = [{"friendly_name": "bureau", "ieee_address": f"0x{IEEE}", "definition": None}]
            publisher.publish("zigbee2mqtt/bridge/devices", json.dumps(listed), retain=True)
            publisher.publish("zigbee2mqtt/bureau", json.dumps({"contact": False, "battery": 80}), qos=1)
            publisher.publish(*uplink(OPENED, 1), qos=1)
            publisher.publish(*uplink(OPENED, 1, "f" * 16), qos=1)
            publisher.publish(f"application/1/device/{EUI}/event/up", "not JSON at all", qos=1)
            eventually(lambda: ContactEvent.objects.count() == 2, "both doors opened")
            eventually(lambda: Stranger.objects.filter(address="f" * 16).exists(), "a stranger is listed")
            eventually(lambda: Line.objects.get(name="campus").refused == 1, "what is none is counted")
        # The bridge is away; what the broker keeps for it comes when it is back.
        publisher.publish(*uplink(SHUT, 2), qos=1).wait_for_publish(PATIENCE)
        with listening(broker_of(broker)):
            eventually(lambda: Contact.objects.get(pk=door.pk).door == "closed", "what was said meanwhile is heard")
    assert Contact.objects.get(pk=office.pk).battery == 80


def test_a_town_that_is_set_up_later_is_listened_to_then(
    own_database: ConnectionInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingest, "LOOKS_AN_AUTHORITY", 1)
    with town_broker(tmp_path / "town") as broker, listening(broker_of(broker)):
        assert not Line.objects.exists()
        town = make_authority()
        eventually(lambda: Line.objects.filter(authority=town.pk, since__isnull=False).exists(), "it is heard")


def test_a_broker_that_cant_be_heard_says_why(
    own_database: ConnectionInfo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_authority()
    with town_broker(tmp_path / "town") as broker:
        wrong = {
            "refused": broker_of(broker, password="wrong"),
            "certificate": broker_of(broker, ca=""),
            "unreachable": broker_of(broker, url="mqtts://localhost:1"),
        }
        for why, known in wrong.items():
            with listening(known):
                eventually(lambda why=why: fault() == why, why)  # type: ignore[misc]  # each its own word
        assert tried(broker_of(broker))
        assert not tried(wrong["refused"])
    said = capsys.readouterr().out
    assert "heard" in said
    assert "refuses this user or password" in said
    assert broker.reader not in said


def test_a_flood_of_one_contact_is_one_state_in_the_end(own_database: ConnectionInfo) -> None:
    """An hour of a bouncing magnet in one second: bounded events, and the door is as its last word says."""
    town: UUID = make_authority().pk
    contact = make_contact(town, now=utc_now())
    clock = [utc_now()]
    ear = Ear(Broker("campus", "meaux", "chirpstack", "mqtts://localhost"), town, lambda: clock[0])
    flood = [uplink((OPENED, SHUT)[number % 2], number + 1) for number in range(1001)]
    ear.store([Said(topic, body.encode(), False, lambda: None) for topic, body in flood])
    assert ContactEvent.objects.count() == BURST
    clock[0] = utc_now().replace(year=clock[0].year + 1)
    ear.store([])
    contact.refresh_from_db()
    assert contact.door == "open"
    assert contact.counter == len(flood)
