"""A town's IT officer puts the product in service in a morning, loses it, has it back; and what goes wrong says so."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import memory
from tests.morning.playing import FIRST_ACT, play
from tests.morning.spoiling import SECOND_ACT
from tests.morning.telling import Telling


@pytest.fixture
def folder() -> Iterator[Path]:
    """Empty."""
    made = memory.folder("beffroi-morning-")
    yield made
    shutil.rmtree(made)


def test_an_officer_s_morning_from_the_wheel_to_a_town_that_was_lost_and_is_there_again(folder: Path) -> None:
    """What each step proves stands in it; what it said is shown when one fails."""
    told = Telling(sys.stdout)
    play(folder, told, FIRST_ACT, SECOND_ACT)
    assert len(told.steps) == 1 + len(FIRST_ACT) + len(SECOND_ACT)
