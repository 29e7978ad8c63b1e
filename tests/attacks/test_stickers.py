"""Two cabinets side by side: a sticker that was swapped opens neither."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from beffroi.protocol.v1.frames import RefusedFrame
from beffroi.simulator.phone import Meeting
from tests.attacks.scene import Scene
from tests.edge.street import Lock
from tests.edge.town import LOCK, OTHER_LOCK, Town, allow


@pytest.fixture
def neighbour(town: Town, tmp_path: Path) -> Iterator[Lock]:
    """The other cabinet, on which somebody stuck the first one's code."""
    with Lock.build(town, tmp_path / "neighbour", "--clock", "body", device=OTHER_LOCK) as running:
        running.set_time()
        running.bring(revocation=town.revocations(1))
        yield running


def test_the_phone_sees_that_the_sticker_lies(scene: Scene, town: Town, neighbour: Lock) -> None:
    technician = town.technician(resources=(LOCK, OTHER_LOCK))
    scene.opens(technician)
    with neighbour.connect() as connection:
        met = technician.phone().meet(connection.exchange, LOCK)
    scene.disbelieved("swapped sticker", "the code of one cabinet on another: the phone sees it", "gate-other", met)
    assert neighbour.state()["latch"] == "locked"


def test_an_answer_is_carried_to_the_cabinet_beside(scene: Scene, town: Town, neighbour: Lock) -> None:
    """A relay between two locks: the technician answers one, the thief stands at the other."""
    technician = town.technician(resources=(LOCK, OTHER_LOCK))
    scene.opens(technician)
    phone = technician.phone()
    with scene.lock.connect() as connection, neighbour.connect() as beside:
        response = phone.answer(scene.meets(phone, connection))
        carried = beside.exchange(response)
        renamed = beside.exchange(replace(response, gate=OTHER_LOCK))
    beside_scene = scene.at(neighbour)
    assert neighbour.log().reasons == ["gate-other", "challenge-unknown"]
    beside_scene.attacked(
        "answer carried, renamed", "the same with the other gate's name", "challenge-unknown", renamed
    )
    assert isinstance(carried, RefusedFrame)
    name, mutates = "answer carried to another lock", "an answer to one cabinet, given to another"
    beside_scene.carried(name, mutates, "gate-other", carried.reason)


def test_the_challenge_of_one_under_the_name_of_another(scene: Scene, town: Town, neighbour: Lock) -> None:
    """The phone signs what it answers: the gate's name is in the proof."""
    technician = town.technician(resources=(LOCK, OTHER_LOCK))
    scene.opens(technician)
    phone = technician.phone()
    with neighbour.connect() as connection:
        meeting = allow(phone.meet(connection.exchange, OTHER_LOCK))
        fooled = phone.answer(Meeting(meeting.certificate, replace(meeting.challenge, gate=LOCK)))
        result = allow(phone.hear(meeting, connection.exchange(replace(fooled, gate=OTHER_LOCK))))
    scene.at(neighbour).attacked(
        "proof for another gate", "the proof names the cabinet of the sticker", "proof-signature", result
    )
