"""The supervisor, with shell lines as parts: what ends is started again, what keeps failing is declared down, and stopping is quick."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from beffroi.adapters.process import status
from beffroi.adapters.process.status import PartStatus
from beffroi.cli import supervisor

PATIENCE = 120.0  # seconds; a slow machine is not a failing one
PROMISED = 5.0
PROGRAM = Path(__file__).with_name("small_town.py")
STEADY = "steady:exec sleep 600"


def eventually(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.02)


class Town:
    """A small town that runs; `said` is its log so far."""

    def __init__(self, home: Path, process: subprocess.Popen[bytes]) -> None:
        self.home, self.process = home, process

    def part(self, name: str) -> PartStatus:
        known = status.read(self.home)
        found = [each for each in known.parts if each.name == name] if known else []
        return found[0] if found else PartStatus(name, "unknown", None, 0)

    def is_in(self, name: str, state: str) -> bool:
        return self.part(name).state == state

    @property
    def said(self) -> str:
        return (self.home / "said").read_text()


@contextmanager
def town(home: Path, *parts: str, **variables: str) -> Iterator[Town]:
    home.mkdir(exist_ok=True)
    with (home / "said").open("wb") as said:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), str(home), *parts], stdout=said, stderr=said, env=os.environ | variables
        )
    with process:
        try:
            yield Town(home, process)
        finally:
            process.kill()


def lives(pid: int | None) -> bool:
    """Whether this process runs (a zombie, which waits for its parent to look, does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_part_killed_hard_is_started_again_and_the_others_are_left_alone(tmp_path: Path) -> None:
    with town(tmp_path, STEADY, "other:exec sleep 600") as small:
        eventually(lambda: small.is_in("steady", "running") and small.is_in("other", "running"), "both run")
        before, other = small.part("steady"), small.part("other")
        assert before.pid is not None
        os.kill(before.pid, signal.SIGKILL)
        eventually(lambda: small.part("steady").restarts == 1 and small.is_in("steady", "running"), "it runs again")
        assert small.part("steady").pid not in (before.pid, None)
        assert small.part("other") == other
        assert "killed by SIGKILL; starting again" in small.said


def test_a_part_that_keeps_failing_is_declared_down_and_the_rest_lives(tmp_path: Path) -> None:
    with town(tmp_path, STEADY, "broken:echo no luck; exit 3") as small:
        eventually(lambda: small.is_in("broken", "down"), "it is declared down")
        assert small.part("broken").reason == "ended with exit 3"
        assert small.is_in("steady", "running")
        assert small.said.count("no luck") == 5
        assert "DOWN" in small.said
        small.process.send_signal(signal.SIGHUP)
        eventually(lambda: small.said.count("no luck") == 10, "asked to, it tries again")
        eventually(lambda: small.is_in("broken", "down"), "and is down again")
        assert small.is_in("steady", "running")


def test_what_is_down_comes_back_by_itself_once_nothing_stands_in_its_way(tmp_path: Path) -> None:
    way = tmp_path / "free"
    with town(tmp_path, STEADY, f"broken:test -e {way} && exec sleep 600; exit 3", DOWN_PAUSE="0.1") as small:
        eventually(lambda: small.said.count("DOWN") == 2, "it is down, tried again, and down again")
        way.touch()
        eventually(lambda: small.is_in("broken", "running"), "it runs")
        assert "tried again every 0.1 s" in small.said
        assert small.is_in("steady", "running")


def test_when_nothing_is_left_that_runs_it_ends_and_says_why(tmp_path: Path) -> None:
    with town(tmp_path, "one:exit 3", "two:exit 4") as small:
        assert small.process.wait(PATIENCE) == 1
        assert "ended with exit" in small.said.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_waits_for_nobody_who_will_not(tmp_path: Path, number: signal.Signals) -> None:
    stubborn = "stubborn:trap '' TERM INT; echo on guard; while :; do sleep 1; done"
    with town(tmp_path, STEADY, stubborn, "broken:exit 1") as small:
        eventually(lambda: "on guard" in small.said and small.is_in("steady", "running"), "both run")
        pids = [small.part("steady").pid, small.part("stubborn").pid]
        small.process.send_signal(number)
        assert small.process.wait(PATIENCE) == 0
        assert not any(lives(pid) for pid in pids)
        assert "stubborn does not end: killed" in small.said
        assert small.said.rstrip().endswith("stopped")


def test_whoever_will_not_stop_is_waited_for_less_than_five_seconds_in_all() -> None:
    # How long the machine itself takes is its own affair; the database alone is told a second time.
    groups = supervisor.PATIENCE_FIRST + supervisor.PATIENCE_PROGRAMS + supervisor.PATIENCE_SERVERS
    assert groups + supervisor.PATIENCE_LAST_SIGNAL < PROMISED


def test_a_second_ctrl_c_stops_at_once(tmp_path: Path) -> None:
    with town(tmp_path, "stubborn:trap '' TERM INT; echo on guard; while :; do sleep 0.1; done") as small:
        eventually(lambda: "on guard" in small.said, "it runs")
        small.process.send_signal(signal.SIGINT)
        pid = small.part("stubborn").pid
        small.process.send_signal(signal.SIGINT)
        assert small.process.wait(PATIENCE) == 0
        assert not lives(pid)


def test_when_the_supervisor_is_killed_hard_no_child_is_left(tmp_path: Path) -> None:
    with town(tmp_path, STEADY, "stubborn:trap '' TERM INT HUP; while :; do sleep 0.1; done") as small:
        eventually(lambda: small.is_in("stubborn", "running") and small.is_in("steady", "running"), "both run")
        pids = [small.part("steady").pid, small.part("stubborn").pid]
        small.process.kill()
        small.process.wait()
        eventually(lambda: not any(lives(pid) for pid in pids), "the children end")


def test_parts_wait_for_what_they_need_and_a_task_that_ends_well_is_done(tmp_path: Path) -> None:
    with town(tmp_path, "late,needs=task:echo late begins; exec sleep 600", "task,once:echo task ends") as small:
        eventually(lambda: small.is_in("late", "running") and "late begins" in small.said, "the one that waits runs")
        assert small.is_in("task", "done")
        assert small.said.index("task ends") < small.said.index("late begins")
        eventually(lambda: "ready" in small.said, "it says when all is ready")


def test_a_task_that_fails_is_tried_again(tmp_path: Path) -> None:
    mark = tmp_path / "tried"
    with town(
        tmp_path, f"task,once:test -e {mark} && exit 0; touch {mark}; exit 1", "late,needs=task:exec sleep 600"
    ) as small:
        eventually(lambda: small.is_in("late", "running"), "the second try does it")
        assert small.part("task").restarts == 1


def test_nothing_goes_on_without_what_is_essential(tmp_path: Path) -> None:
    with town(tmp_path, "base,essential:fail the disk is full", STEADY) as small:
        assert small.process.wait(PATIENCE) == 1
        assert "the disk is full" in small.said
    with town(tmp_path / "second", "base,essential,once:exit 9", STEADY) as small:
        assert small.process.wait(PATIENCE) == 1
        assert "base: ended with exit 9" in small.said


def test_the_log_is_aligned_dated_and_can_t_be_forged(tmp_path: Path) -> None:
    line = r"printf 'first\n\033[31mred\rforged\n\377\nno end of line'; exec sleep 600"
    with town(tmp_path, f"a:{line}") as small:
        eventually(lambda: small.is_in("a", "running") and "forged" in small.said, "it has spoken")
        small.process.send_signal(signal.SIGTERM)
        assert small.process.wait(PATIENCE) == 0
    lines = [each for each in small.said.splitlines() if each[9:10] == "a"]
    assert [each[18:] for each in lines] == ["first", "�[31mred�forged", "�", "no end of line"]
    assert all(each[2] == each[5] == ":" and each[8:18] == " a        " for each in lines)
    kept = (tmp_path / "log" / "beffroi.log").read_text()
    assert "+00:00 a        first" in kept
    assert (tmp_path / "log" / "beffroi.log").stat().st_mode & 0o777 == 0o600
