"""What stands for a town's ChirpStack and Zigbee2MQTT: a broker on which the town may only listen, and doors that somebody goes through."""

import json
import queue
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from beffroi.adapters.mqtt.foreign import ForeignBroker, Said
from beffroi.adapters.process.places import free_port
from beffroi.adapters.sensors import chirpstack
from beffroi.adapters.sensors.saying import Heard
from beffroi.adapters.sensors.zigbee import Zigbee
from beffroi.cli.demo import antenna
from beffroi.simulator.antenna import READER, WRITER
from beffroi.simulator.life.doors import Doors
from tests.adapters.brokers import PATIENCE, eventually

QUICK = 6_000  # somebody comes every few tenths of a second
PASSWORDS = {READER: "une phrase pour lire", WRITER: "une phrase pour dire"}


class Recorded:
    """A contact that keeps what it was had to say."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.said: list[str] = []

    def begin(self) -> None:
        self.said.append("begin")

    def swing(self, *, opened: bool) -> None:
        self.said.append("opened" if opened else "shut")

    def beat(self) -> None:
        self.said.append("beat")


def drawn() -> Random:
    return Random(7)  # noqa: S311 - whose door is next is no secret


def test_no_door_is_left_open_whenever_it_is_time_to_stop() -> None:
    for stops_after in range(12):
        contacts = [Recorded("north"), Recorded("south")]
        left = iter([False] * stops_after)
        Doors(contacts, drawn(), lambda _seconds, left=left: next(left, True)).run()  # type: ignore[misc]  # each its own
        moves = [[word for word in each.said if word in ("opened", "shut")] for each in contacts]
        assert sum(map(len, moves)) == 2 * ((stops_after + 1) // 2), stops_after
        for each in moves:
            assert each == ["opened", "shut"] * (len(each) // 2)
        assert all(each.said[:2] == ["begin", "beat"] for each in contacts)


@contextmanager
def aired(folder: Path) -> Iterator[int]:
    port, plan = free_port(), folder / "antenna.json"
    placed = [
        {"network": each.network, "address": each.address, "name": each.name}
        for each in (antenna.CABINET, antenna.ROOM)
    ]
    plan.write_text(json.dumps({"port": port, "passwords": PASSWORDS, "pace": QUICK, "contacts": placed}))
    process = subprocess.Popen([sys.executable, "-m", "beffroi.simulator.antenna", str(plan)])
    try:
        yield port
    finally:
        process.terminate()
        assert process.wait(PATIENCE) == 0


def test_contacts_are_heard_and_the_town_only_listens(tmp_path: Path) -> None:
    heard: queue.SimpleQueue[Said] = queue.SimpleQueue()
    zigbee = Zigbee()
    with aired(tmp_path) as port:
        url = f"mqtt://127.0.0.1:{port}"

        def listening(password: str) -> ForeignBroker:
            topics = [chirpstack.TOPICS, *zigbee.topics]
            return ForeignBroker(
                url,
                client_id="town",
                topics=topics,
                handler=heard.put,
                user=READER,
                password=password,
                keep_session=False,
            )

        with listening(PASSWORDS[READER]) as line:
            eventually(lambda: line.ready, "the town listens")
            found: set[str] = set()
            while found != {antenna.CABINET.address, antenna.ROOM.address}:
                said = heard.get(timeout=PATIENCE)
                read = (
                    chirpstack.read(said.topic, said.payload)
                    if said.topic.startswith("application/")
                    else zigbee.read(said.topic, said.payload, stored=said.stored)
                )
                found |= {read.address} if isinstance(read, Heard) else set()
                said.acknowledge()
            reader = paho.Client(CallbackAPIVersion.VERSION2, client_id="a-second", protocol=paho.MQTTv311)
            reader.username_pw_set(READER, PASSWORDS[READER])
            reader.connect("127.0.0.1", port)
            reader.loop_start()
            reader.publish(f"application/1/device/{antenna.CABINET.address}/event/up", "forged", 1).wait_for_publish(
                PATIENCE
            )
            reader.publish("zigbee2mqtt/bridge/state", "forged", 1).wait_for_publish(PATIENCE)
            reader.disconnect()
            reader.loop_stop()
        with listening("un autre mot") as line:
            eventually(lambda: line.fault == "refused", "a wrong password is refused")
    while not heard.empty():
        assert heard.get().payload != b"forged", "who may only read wrote"


def test_the_files_hold_passwords_and_last_from_one_run_to_the_next(tmp_path: Path) -> None:
    first = antenna.prepared(tmp_path / "home", slug="meaux", pace="60", still=False)
    (path,) = map(Path, first.values())
    written = path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert {each["kind"] for each in json.loads(written)["brokers"]} == {"chirpstack", "zigbee2mqtt"}
    (part,) = antenna.parts(tmp_path / "home")
    assert json.loads(written)["brokers"][0]["password"] not in str(part)
    assert antenna.prepared(tmp_path / "home", slug="meaux", pace="60", still=False) == first
    assert path.read_text() == written
    assert antenna.prepared(tmp_path / "home", slug="meaux", pace="60", still=True) == {}
    assert not antenna.observed(tmp_path / "home")
    assert antenna.parts(tmp_path / "home") == []
