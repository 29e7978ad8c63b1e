"""A technician in front of a lock: what opens, what is on record, what shuts again."""

from beffroi.protocol.v1.exchange import Result
from tests.edge.street import Lock
from tests.edge.town import LOCK, Technician, Town, allow


def opens(lock: Lock, technician: Technician) -> Result:
    with lock.connect() as connection:
        result = allow(technician.phone().open(connection.exchange, LOCK))
    assert result.admitted, result
    return result


def test_the_chain_of_the_sources_opens_and_the_event_names_everybody(lock: Lock, town: Town) -> None:
    technician = town.technician()
    result = opens(lock, technician)
    assert lock.state()["latch"] == "unlocked"
    event = lock.log().events[result.sequence]
    assert (event.kind, event.get("nonce")) == ("use-admitted", result.nonce)
    holders = event.get("holders")
    assert isinstance(holders, list)
    assert holders[-1] == technician.thumbprint
    assert len(holders) == 4


def test_it_locks_again_after_its_seconds(lock: Lock, town: Town) -> None:
    opens(lock, town.technician())
    assert lock.hands.do("advance", seconds=9)["latch"] == "unlocked"
    assert lock.hands.do("advance", seconds=1)["latch"] == "locked"
    assert lock.hands.do("open-door")["door"] == "closed"


def test_it_locks_as_soon_as_the_door_is_shut(lock: Lock, town: Town) -> None:
    opens(lock, town.technician())
    assert lock.hands.do("open-door")["door"] == "open"
    assert lock.hands.do("close-door")["latch"] == "locked"
    assert lock.log().kinds[-3:] == ["use-admitted", "opened", "closed"]
