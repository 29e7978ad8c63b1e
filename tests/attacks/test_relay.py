"""The server's relay, and whoever sits in it: nothing opens from elsewhere, and what is for the relay is not for the radio."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from beffroi.protocol.v1.frames import ChallengeRequest
from beffroi.protocol.v1.grant import Policy
from beffroi.protocol.v1.keyset import VERSION
from tests.attacks.scene import Scene
from tests.edge.server import MOSQUITTO, Broker, Server
from tests.edge.street import Lock
from tests.edge.town import LOCK, Technician, Town, allow

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed: apt install mosquitto")


@pytest.fixture
def server(town: Town, tmp_path: Path) -> Iterator[Server]:
    with Broker(tmp_path) as broker:
        listening = Server(broker.port, town)
        yield listening
        listening.close()


@pytest.fixture
def lock(town: Town, tmp_path: Path, server: Server) -> Iterator[Lock]:
    """In place of the common one: this lock has a line to the server."""
    address = {"host": "127.0.0.1", "port": server.port, "username": LOCK, "password": "not used here"}
    with Lock.build(town, tmp_path / "lock", "--clock", "body", broker=address) as running:
        server.certificate = running.certificate
        running.set_time()
        running.bring(revocation=town.revocations(1))
        server.until(lambda: "revocation-list-taken" in server.kinds)
        yield running


def opens_by_relay(scene: Scene, server: Server, technician: Technician) -> None:
    scene.lock.hands.do("touch")
    result = allow(technician.phone().open(server.relay(), LOCK))
    assert result.admitted
    assert scene.lock.hands.do("advance", seconds=10)["latch"] == "locked"
    scene.opened = True


def test_the_relay_with_nobody_there(scene: Scene, town: Town, server: Server) -> None:
    technician = town.technician()
    opens_by_relay(scene, server, technician)
    scene.lock.hands.do("advance", seconds=61)
    frame = server.relay()(ChallengeRequest(VERSION, LOCK))
    scene.attacked("relay without touch", "the same exchange, the handle touched 61 s ago", "not-touched", frame)


def test_a_relayed_challenge_answered_beside_the_lock(scene: Scene, town: Town, server: Server) -> None:
    technician = town.technician()
    opens_by_relay(scene, server, technician)
    scene.lock.hands.do("touch")
    phone = technician.phone()
    meeting = allow(phone.meet(server.relay(), LOCK))
    with scene.lock.connect() as connection:
        frame = connection.exchange(phone.answer(meeting))
    scene.attacked(
        "other transport's challenge", "a challenge of the relay, answered over the radio", "challenge-transport", frame
    )


def test_a_right_that_is_not_for_the_relay(scene: Scene, town: Town, server: Server) -> None:
    technician = town.technician()
    opens_by_relay(scene, server, technician)
    scene.lock.hands.do("touch")
    local = technician.given(policy=Policy(transports=("local",)))
    result = allow(local.phone().open(server.relay(), LOCK))
    scene.attacked(
        "relay without the right to",
        "a right for the radio only, used over the relay",
        "transport-not-admitted",
        result,
    )
