"""Many locks in one process: each with its own key, store and connection."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.edge.device import commissioning
from tests.edge.server import MOSQUITTO, Broker, Server
from tests.edge.street import Hands, Process, run
from tests.edge.town import NOW, Town, allow

COUNT = 20
DEVICES = [f"armoire-{number:04}" for number in range(1, COUNT + 1)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The keys of twenty locks, made by the command."""
    fleet = tmp_path / "fleet"
    made = [json.loads(line) for line in run("--fleet", str(fleet), "--request", *DEVICES).splitlines()]
    assert [line["device"] for line in made] == DEVICES
    (tmp_path / "requests.json").write_text(json.dumps(made))
    return fleet


def commission(town: Town, folder: Path, **more: object) -> None:
    for line in json.loads((folder.parent / "requests.json").read_text()):
        town.commission(line["request"], folder / line["device"] / commissioning.FILE, **more)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    with Broker(tmp_path) as running:
        yield running


def test_each_has_its_own_key_and_store(town: Town, folder: Path) -> None:
    commission(town, folder)
    process = Process("--fleet", str(folder), "--body", "0", "--clock", "body")
    hands = Hands(int(process.wait_for(r"body on 127\.0\.0\.1:(\d+)")[1]))
    try:
        assert [hands.do("state", device=device)["device"] for device in DEVICES] == DEVICES
        assert not hands.attempt("state")["ok"]
        assert not hands.attempt("state", device="armoire-9999")["ok"]
        hands.do("tamper", device=DEVICES[3])
        states = {device: hands.do("state", device=device) for device in DEVICES}
        assert [device for device, state in states.items() if state["case"] == "open"] == [DEVICES[3]]
        assert hands.do("power-cut", device=DEVICES[5])["boot"] == 2
        assert hands.do("state", device=DEVICES[6])["boot"] == 1
        assert process.stop() == 0
    finally:
        hands.close()
        process.end()
    keys = {json.loads(line)["request"] for line in run("--fleet", str(folder), "--request", *DEVICES).splitlines()}
    assert len(keys) == COUNT
    assert keys == {line["request"] for line in json.loads((folder.parent / "requests.json").read_text())}


def opens_and_locks_again(town: Town, server: Server, hands: Hands, device: str) -> bool:
    """With the machine's own clock, after its current was cut: a lock among many is a whole one."""
    stamp = town.stamp(NOW, nonce=server.asks[-1].nonce, device=device)
    server.down("down/trust", device, stamp=stamp, revocation=town.revocations(1))
    hands.until(lambda state: state["time"] != "unknown" and state["revocations"] == [1, 1], device=device)
    hands.do("touch", device=device)
    technician = town.technician(resources=(device,))
    result = allow(technician.phone().open(server.relay(device), device))
    hands.until(lambda state: state["latch"] == "locked", device=device)
    return result.admitted


@pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed: apt install mosquitto")
def test_each_has_its_own_connection(town: Town, folder: Path, broker: Broker) -> None:
    commission(town, folder, broker={"host": "127.0.0.1", "port": 1, "username": "u", "password": "p"})
    server = Server(broker.port, town)
    process = Process(
        "--fleet", str(folder), "--body", "0", "--broker", f"127.0.0.1:{broker.port}", "--unlock-seconds", "1"
    )
    hands = Hands(int(process.wait_for(r"body on 127\.0\.0\.1:(\d+)")[1]))
    try:
        server.until(lambda: {ask.device for ask in server.asks} == set(DEVICES))
        for device in DEVICES:
            nonce = next(ask.nonce for ask in reversed(server.asks) if ask.device == device)
            server.down("down/trust", device, stamp=town.stamp(NOW, nonce=nonce, device=device))
        for device in DEVICES:
            hands.until(lambda state: state["time"] != "unknown", device=device)
        hands.do("power-cut", device=DEVICES[0])
        server.asks.clear()
        server.until(lambda: bool(server.asks) and server.asks[-1].device == DEVICES[0])
        assert hands.do("state", device=DEVICES[0])["time"] == "unknown"
        assert opens_and_locks_again(town, server, hands, DEVICES[0])
        assert process.stop() == 0
    finally:
        hands.close()
        process.end()
        server.close()
