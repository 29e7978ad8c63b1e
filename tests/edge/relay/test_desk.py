"""Whose challenges give way when a camera has given as many as it remembers."""

import pytest

from beffroi.edge.relay.desk import Desk, neighbour
from beffroi.protocol.v1.gate import CHALLENGE_LIFE_MS, NETWORK_CHALLENGES_KEPT, Given
from beffroi.protocol.v1.grant import NETWORK


class Counter:
    """A desk that gives challenges, numbered."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.last = 0

    def give(self, asker: str, uptime: int = 0) -> str:
        self.last += 1
        name = f"challenge-{self.last}"
        self.desk.give(self.desk.with_room(uptime).add(Given(name, name, NETWORK, uptime)), name, asker)
        return name

    def knows(self, name: str) -> bool:
        return self.desk.book.find(name) is not None


def test_a_stranger_who_asks_for_thousands_keeps_only_what_others_leave() -> None:
    counter = Counter()
    honest = [counter.give(f"officer {number}") for number in range(20)]
    flood = [counter.give("stranger") for _ in range(5_000)]
    more = [counter.give(f"late officer {number}") for number in range(20)]
    assert all(counter.knows(each) for each in honest + more)
    assert not counter.knows(flood[0])
    assert len(counter.desk.book.given) == NETWORK_CHALLENGES_KEPT


def test_of_those_who_hold_most_the_oldest_gives_way() -> None:
    counter = Counter()
    first = counter.give("one")
    for _ in range(NETWORK_CHALLENGES_KEPT - 1):
        counter.give("one")
    second = counter.give("two")
    assert not counter.knows(first)
    assert counter.knows(second)


def test_what_is_too_old_gives_way_before_anybody() -> None:
    counter = Counter()
    old = counter.give("one", uptime=0)
    stranger = [counter.give("stranger", uptime=CHALLENGE_LIFE_MS) for _ in range(NETWORK_CHALLENGES_KEPT - 1)]
    counter.give("two", uptime=CHALLENGE_LIFE_MS + 1)
    assert not counter.knows(old)
    assert counter.knows(stranger[0])


def test_one_that_has_served_stays_served() -> None:
    counter = Counter()
    served = counter.give("one")
    counter.desk.book = counter.desk.book.spend(served)
    counter.give("two")
    found = counter.desk.book.find(served)
    assert found is not None
    assert found.spent


@pytest.mark.parametrize(
    ("host", "whose"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("/run/socket", ""),
    ],
)
def test_whose_an_address_is(host: str, whose: str) -> None:
    assert neighbour(host) == whose
