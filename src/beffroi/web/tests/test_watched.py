"""Whether whoever watches from elsewhere can: the door of measures, the second host."""

import socket
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from beffroi.lib.clock import utc_now
from beffroi.persistence.checkup import State
from beffroi.web.watching import heard
from beffroi.web.watching.looking import LATE, MEASURES, SECOND_HOST, look

NOW = utc_now()


@pytest.fixture(autouse=True)
def home(settings: Settings, tmp_path: Path) -> Path:
    settings.BEFFROI_HOME = tmp_path
    settings.BEFFROI_METRICS_PORT = None
    settings.BEFFROI_TELLS_A_SECOND_HOST = False
    return tmp_path


def seen(seconds: float = 0.0) -> dict[str, State]:
    """So long after now; whatever is wrong says what to do."""
    found = list(look(NOW + timedelta(seconds=seconds)))
    assert all(each.todo and each.more for each in found if each.state is not State.WELL)
    return {each.code: each.state for each in found}


def test_nobody_is_missed_who_was_not_asked_to_watch() -> None:
    assert seen() == {}


def test_measures_that_are_not_served_are_said(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        settings.BEFFROI_METRICS_BIND, settings.BEFFROI_METRICS_PORT = door.getsockname()
        assert seen() == {MEASURES: State.WELL}
    assert seen() == {MEASURES: State.WARNING}


@pytest.mark.parametrize(
    ("heard_ago", "spoke_ago", "state"),
    [
        (0, 0, State.WELL),
        (LATE - 1, 0, State.WELL),
        (LATE + 1, 0, State.WARNING),  # it answers no more
        (None, 0, State.WARNING),  # it never did
        (LATE + 1, LATE + 1, State.WARNING),  # nobody speaks to it
    ],
)
def test_a_second_host_that_does_not_hear_is_said(
    settings: Settings, home: Path, heard_ago: float | None, spoke_ago: float, state: State
) -> None:
    settings.BEFFROI_TELLS_A_SECOND_HOST = True
    moment = NOW.timestamp()
    heard.leave(home, heard.Heard(moment - spoke_ago, None if heard_ago is None else moment - heard_ago))
    assert seen() == {SECOND_HOST: state}


@pytest.mark.parametrize("content", [None, b"", b"[]", b"{}", b'{"at": "x", "heard_at": 1}', b"\xff"])
def test_a_word_that_can_t_be_read_is_none(settings: Settings, home: Path, content: bytes | None) -> None:
    settings.BEFFROI_TELLS_A_SECOND_HOST = True
    if content is not None:
        (home / heard.FILE).parent.mkdir()
        (home / heard.FILE).write_bytes(content)
    assert heard.read(home) is None
    assert seen() == {SECOND_HOST: State.WARNING}
