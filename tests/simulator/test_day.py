"""A day in the cabinets: nothing that a server or a lock does ends it, and no door is left open behind a technician."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from beffroi.simulator.browser import AwayError, OtherwiseError
from beffroi.simulator.hands import NobodyThereError, put
from beffroi.simulator.life.crew import Stand
from beffroi.simulator.life.day import AT_WORK, BETWEEN, PATIENCE, Day
from tests.simulator.pavement import Bare, pavement

SARAH, MALIK = "Sarah Petit", "Malik Benali"


@pytest.fixture
def cabinets(tmp_path: Path) -> dict[str, Bare]:
    return {name: Bare(tmp_path / name) for name in ("north", "south")}


@pytest.fixture
def stands(cabinets: dict[str, Bare]) -> Iterator[list[Stand]]:
    with pavement(cabinets) as port:
        yield [Stand(f"PM-{name}", name, port) for name in cabinets]


def drawn() -> Random:
    """The same day each time."""
    return Random(7)  # noqa: S311 - which cabinet is next is no secret


class Opener:
    """A technician whose phone works, but for the troubles that are given, first come first served."""

    def __init__(self, name: str, cabinets: dict[str, Bare], troubles: list[Exception] | None = None) -> None:
        self.name = name
        self.cabinets = cabinets
        self.troubles = troubles or []
        self.opened: list[str] = []
        self.finished = 0

    def open(self, stand: Stand) -> str:
        if self.troubles:
            raise self.troubles.pop(0)
        self.cabinets[stand.gate].metal.bolt(out=False)
        self.opened.append(stand.reference)
        return "nonce"

    def done(self) -> None:
        self.finished += 1


class Hours:
    """A clock that a test hears: it passes at once, and the day is over after so many waits."""

    def __init__(self, waits: int) -> None:
        self.waits = waits
        self.waited: list[float] = []

    def rest(self, seconds: float) -> bool:
        self.waited.append(seconds)
        return len(self.waited) >= self.waits


def within(bounds: tuple[float, float], seconds: float) -> bool:
    return bounds[0] <= seconds <= bounds[1]


def test_they_open_by_turns_work_for_a_while_and_shut(cabinets: dict[str, Bare], stands: list[Stand]) -> None:
    sarah, malik = Opener(SARAH, cabinets), Opener(MALIK, cabinets)
    hours, said = Hours(waits=12), list[str]()
    Day([sarah, malik], stands, drawn(), hours.rest, said.append).run()
    assert (len(sarah.opened), len(malik.opened)) == (3, 3)
    assert (sarah.finished, malik.finished) == (3, 3)
    assert all(within(BETWEEN, seconds) for seconds in hours.waited[0::2])
    assert all(within(AT_WORK, seconds) for seconds in hours.waited[1::2])
    assert not any(cabinet.metal.door_open for cabinet in cabinets.values())
    assert said == []


def test_what_is_away_is_waited_for_longer_and_longer_and_said_once(
    cabinets: dict[str, Bare], stands: list[Stand]
) -> None:
    away: list[Exception] = [AwayError("/orders/add/: 502") for _ in range(8)]
    sarah = Opener(SARAH, cabinets, [*away, OtherwiseError("too-many"), NobodyThereError("1")])
    hours, said = Hours(waits=14), list[str]()
    Day([sarah], stands, drawn(), hours.rest, said.append).run()
    waits = hours.waited[1:11]
    assert waits[:6] == [2, 4, 8, 16, 32, 60]
    assert max(waits) == PATIENCE[1]
    assert [line.partition(":")[0] for line in said] == [
        f"{SARAH} has to wait",
        f"{SARAH} has to wait",
        f"{SARAH} has to wait",
        "work goes on",
    ]
    assert len(sarah.opened) == 2


def test_what_one_cannot_do_the_other_does_and_its_order_is_ended_all_the_same(
    cabinets: dict[str, Bare], stands: list[Stand]
) -> None:
    sarah = Opener(SARAH, cabinets, [OtherwiseError("a phone that is lost") for _ in range(9)])
    malik = Opener(MALIK, cabinets)
    Day([sarah, malik], stands, drawn(), Hours(waits=10).rest, list[str]().append).run()
    assert len(malik.opened) == malik.finished == 3
    assert (len(sarah.opened), sarah.finished) == (0, 3)


def test_doors_left_open_by_a_day_that_was_cut_short_are_shut_first(
    cabinets: dict[str, Bare], stands: list[Stand]
) -> None:
    cabinets["south"].metal.bolt(out=False)
    cabinets["south"].metal.pull()
    Day([Opener(SARAH, cabinets)], stands, drawn(), Hours(waits=1).rest, print).run()
    assert not cabinets["south"].metal.door_open


def test_a_lock_that_does_not_answer_is_said_to_be_nobody(stands: list[Stand]) -> None:
    with pytest.raises(NobodyThereError):
        put(stands[0].body, "state", "nowhere")
    with pytest.raises(ValueError, match="dance"):
        put(stands[0].body, "dance")


def test_a_crowbar_opens_a_locked_door(cabinets: dict[str, Bare], stands: list[Stand]) -> None:
    seen = put(stands[0].body, "break-in", stands[0].gate)
    assert (seen.door, seen.latch) == ("open", "locked")
