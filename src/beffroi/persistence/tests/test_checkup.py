"""Checks of an installation: what they may say, how long it is believed, and that none stands in another's way."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import OperationalError
from django.utils import translation
from django.utils.translation import gettext_lazy
from pytest_django import Settings

from beffroi.persistence import checkup, room
from beffroi.persistence.checkup import (
    ALL,
    QUICK,
    Check,
    Checkup,
    Finding,
    State,
    register_check,
    said,
    title_of,
    worst,
)

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(autouse=True)
def own_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A house with no checks but the test's."""
    monkeypatch.setattr(checkup, "CHECKS", {})


class Ticking:
    """Seconds that pass when told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def counted(code: str, **traits: object) -> tuple[Check, list[datetime]]:
    looks: list[datetime] = []

    def look(now: datetime) -> Iterator[Finding]:
        looks.append(now)
        yield Finding(code, State.WELL, f"look {len(looks)}")

    return Check(code, code, look, **traits), looks  # type: ignore[arg-type]  # as the test says them


def codes(findings: tuple[Finding, ...]) -> list[str]:
    return [finding.code for finding in findings]


def test_a_trouble_says_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"disk\.media is bad and doesn't say what to do"):
        Finding("disk.media", State.BAD, "full")
    assert Finding("disk.media", State.WELL, "room enough").todo == ""


@pytest.mark.parametrize("code", ["disk.home", "Disk", "", "1disk", "disk home"])
def test_a_check_has_a_plain_code_of_its_own(code: str) -> None:
    with pytest.raises(ValueError, match="can't be the code"):
        register_check(Check(code, "Disks", lambda _now: ()))
    one = Check("disk", "Disks", lambda _now: ())
    register_check(one)
    register_check(one)
    with pytest.raises(ValueError, match="two checks are called disk"):
        register_check(Check("disk", "Disks", lambda _now: ()))
    assert (title_of("disk.media"), title_of("gone.with-its-app")) == ("Disks", "gone.with-its-app")


def test_what_was_seen_is_believed_for_as_long_as_the_check_says() -> None:
    seconds = Ticking()
    quick, quick_looks = counted("quick")
    slow, slow_looks = counted("slow", good_for=60.0, order=10)
    register_check(quick)
    register_check(slow)
    own = Checkup(seconds)
    assert codes(own.examine(NOW)) == ["slow", "quick"]
    seconds.at = 3.0
    own.examine(NOW)
    assert (len(quick_looks), len(slow_looks)) == (2, 1)
    own.examine(NOW, only=["slow"], fresh=ALL)
    assert (len(quick_looks), len(slow_looks)) == (2, 2)
    own.examine(NOW, fresh=QUICK)
    assert (len(quick_looks), len(slow_looks)) == (3, 2), "what asks a stranger is remembered"
    own.forget()
    own.examine(NOW, only=["quick"])
    assert (len(quick_looks), len(slow_looks)) == (4, 2)


def test_many_who_ask_at_a_time_have_it_looked_at_once() -> None:
    inside, go = threading.Event(), threading.Event()
    looks: list[datetime] = []

    def look(now: datetime) -> Iterator[Finding]:
        looks.append(now)
        inside.set()
        go.wait()
        yield Finding("slow", State.WELL, "seen")

    register_check(Check("slow", "Slow", look))
    own = Checkup(Ticking())
    asking = [threading.Thread(target=own.examine, args=(NOW,)) for _ in range(4)]
    for each in asking:
        each.start()
    inside.wait()
    go.set()
    for each in asking:
        each.join()
    assert len(looks) == 1


def test_a_check_that_breaks_is_a_warning_and_hides_no_other(caplog: pytest.LogCaptureFixture) -> None:
    def breaks(_now: datetime) -> Iterator[Finding]:
        raise RuntimeError("a secret")

    def speaks_of_others(_now: datetime) -> Iterator[Finding]:
        yield Finding("else", State.WELL, "well")

    def away(_now: datetime) -> Iterator[Finding]:
        raise OperationalError("password wrong")

    for code, look in (("breaks", breaks), ("strange", speaks_of_others), ("away", away)):
        register_check(Check(code, code, look))
    sound, _looks = counted("sound")
    register_check(sound)
    found = Checkup(Ticking()).examine(NOW)
    assert [(each.code, each.state) for each in found] == [
        ("away", State.WARNING),
        ("breaks", State.WARNING),
        ("sound", State.WELL),
        ("strange", State.WARNING),
    ]
    assert "RuntimeError" in str(found[1].seen)
    assert not any("secret" in str(each.seen) or "password" in str(each.seen) for each in found)
    assert "the check breaks broke" in caplog.text


def test_what_reads_our_tables_is_left_out_while_the_database_is_away() -> None:
    state = {"away": True}

    def database(_now: datetime) -> Iterator[Finding]:
        if state["away"]:
            yield Finding(checkup.SILENT, State.BAD, "no answer", "start it")
        else:
            yield Finding("database", State.WELL, "answers")

    register_check(Check("database", "Database", database, order=10))
    tables, looks = counted("tables", needs_database=True)
    register_check(tables)
    own = Checkup(Ticking())
    assert codes(own.examine(NOW, fresh=ALL)) == ["database.silent"]
    assert looks == []
    state["away"] = False
    assert codes(own.examine(NOW, fresh=ALL)) == ["database", "tables"]


def test_words_are_found_when_they_are_read() -> None:
    told = said(gettext_lazy("Page"), unused=1)
    number = said("%(count)s", count=2000)
    moment = said("%(end)s", end=datetime(2027, 12, 25, 23, 27, tzinfo=UTC))
    with translation.override("en"):
        english = str(number)
        assert "26" in str(moment), "the town's clock has it tomorrow already"
    with translation.override("fr"):
        assert (str(told), str(number)) == ("Page", "2\N{NO-BREAK SPACE}000")
    assert english == "2,000"


def test_the_worst_is_the_state_of_the_whole() -> None:
    well, bad = Finding("a", State.WELL, "a"), Finding("b", State.BAD, "b", "mend")
    warning = Finding("c", State.WARNING, "c", "mend soon")
    assert [worst(each) for each in ((), (well,), (warning, well), (warning, bad))] == [
        State.WELL,
        State.WELL,
        State.WARNING,
        State.BAD,
    ]


def test_room_is_said_of_each_disk_once(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.BEFFROI_HOME, settings.BEFFROI_MEDIA = tmp_path / "not" / "made", tmp_path / "media"
    (tmp_path / "media").mkdir()
    (found,) = room.look(NOW)
    assert found.code == "disk.home"
    assert found.values["free_bytes"] <= found.values["size_bytes"]
    monkeypatch.setattr(room, "FOLDERS", {"nothing": lambda: None, "system": lambda: Path("/proc"), **room.FOLDERS})
    assert [each.code for each in room.look(NOW)] == ["disk.system", "disk.home"]
