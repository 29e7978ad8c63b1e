"""From a contact that somebody registers to the alert at the police's desk: a cabinet without a lock, and the town hall's server room.

The contacts are simulated; what ChirpStack and Zigbee2MQTT publish of them is theirs, over TLS, through a real broker.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.test import Client, override_settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.sensors.sources import Broker, Observed
from beffroi.adapters.sensors.table import released
from beffroi.kernel.contacts.ingest import run_bridge
from beffroi.kernel.contacts.jobs import do_events
from beffroi.kernel.contacts.models import Contact, Line
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.territory.factories import make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.simulator.contacts import LoRaContact, Publish, ZigbeeBridge
from beffroi.systems.cabinets.actions.cabinets import add_cabinet
from beffroi.systems.cabinets.tests.scene import Scene, client, open_scene
from tests.adapters.brokers import PATIENCE, eventually
from tests.adapters.townbroker import READER, TownBroker, town_broker

EUI, IEEE = "24e124538b223213", "00158d0007ef997c"
HALF_AN_HOUR = timedelta(minutes=30, seconds=1)


@contextmanager
def heard(town: TownBroker) -> Iterator[None]:
    """`beffroi bridge`, on the town's broker."""
    brokers = tuple(
        Broker(name, "meaux", kind, town.url, user=READER, password=town.reader, ca=str(town.ca))
        for name, kind in (("campus", "chirpstack"), ("mairie", "zigbee2mqtt"))
    )
    stop = threading.Event()
    thread = threading.Thread(target=run_bridge, args=(stop,), daemon=True)
    with override_settings(BEFFROI_OBSERVE=Observed(brokers, released())):
        thread.start()
        try:
            eventually(lambda: Line.objects.filter(since__isnull=False).count() == len(brokers), "both are heard")
            yield
        finally:
            stop.set()
            thread.join(PATIENCE)


def register(browser: Client, **fields: str) -> Contact:
    page = browser.post("/contacts/add/", {"thing": "", "patience": "30", **fields}, follow=True)
    assert "Waits for its first message" in page.text, page.text
    return Contact.objects.get(name=fields["name"])


def tried(browser: Client, contact: Contact, words: str) -> None:
    """The page that somebody looks at in front of the door comes to say so."""
    eventually(lambda: words in browser.get(f"/contacts/{contact.pk}/").text, words)


def write_cabinet_down(scene: Scene) -> str:
    row = add_cabinet(
        authority=scene.street.town.authority.id,
        operator=scene.street.operator.id,
        reference="PM-77284-0900",
        address="3 quai Jacques-Prévert",
        latitude=48.95,
        longitude=2.87,
        by=None,
        now=utc_now(),
    )
    return f"cabinet:{row.pk}"


def test_two_doors_left_open_reach_whom_they_must(own_database: ConnectionInfo, tmp_path: Path) -> None:
    scene = open_scene(tmp_path / "town")
    organisation = scene.street.town.authority.organisation
    office = client(make_member("Officer of the town hall", organisation, Role.ADMINISTRATOR))
    with town_broker(tmp_path / "broker") as town, town.publisher() as line:
        eventually(line.is_connected, "ChirpStack and Zigbee2MQTT are on their broker")

        def publish(topic: str, payload: str, *, retain: bool = False) -> None:
            line.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE)

        ours: Publish = publish
        street, room = LoRaContact(EUI, "armoire-900", ours, utc_now), ZigbeeBridge(IEEE, "serveurs", ours, utc_now)
        room.start()
        with heard(town):
            street.join()
            eventually(lambda: EUI in office.get("/contacts/").text, "what speaks and isn't known is listed")
            thing = write_cabinet_down(scene)
            outside = register(office, label=EUI, model="milesight-ws301", name="PM-77284-0900", thing=thing)
            inside = register(office, label=f"0x{IEEE}", model="aqara-mccgq11lm", name="Mairie, salle des serveurs")
            for contact, door in ((outside, street), (inside, room)):
                door.swing(opened=True)
                tried(office, contact, "It said that the door opened.")
                door.swing(opened=False)
                tried(office, contact, "Closed")
                door.swing(opened=True)
                tried(office, contact, "since")
            eventually(lambda: Contact.objects.filter(door="open").count() == 2, "both stand open")
            while do_events():
                continue
            do_deadlines(lambda: utc_now() + HALF_AN_HOUR)
            police, operator = client(scene.officer), client(scene.street.bob)
            assert "Mairie, salle des serveurs left open" in police.get("/alerts/").text
            assert "PM-77284-0900 left open" in operator.get("/alerts/").text
            assert "salle des serveurs" not in operator.get("/alerts/").text
            for contact, door in ((outside, street), (inside, room)):
                door.swing(opened=False)
                eventually(lambda pk=contact.pk: Contact.objects.get(pk=pk).door == "closed", "shut")  # type: ignore[misc]  # each its own
            while do_events():
                continue
            assert "is shut again" in police.get("/alerts/?state=ended").text + police.get("/alerts/").text
