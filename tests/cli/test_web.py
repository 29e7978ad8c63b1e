"""`beffroi web` in several processes: what one does the others know, one that dies is replaced, and none outlives who started it."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.alerts.factories import make_convention
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.models import Authority, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.simulator.browser import Browser, OtherwiseError
from beffroi.systems.cabinets.rules import Alarm
from tests.journeys.browser import PASSWORD, founded, serving

PROCESSES, PATIENCE = 3, 120.0
EMAIL = "claire.martin@meaux.example"


@dataclass
class Web:
    """A web server of several processes."""

    address: str
    pid: int
    authority: Authority

    @property
    def port(self) -> int:
        return int(self.address.rsplit(":", 1)[1])

    def children(self) -> list[int]:
        return sorted(map(int, Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()))

    def refuses(self) -> bool:
        try:
            self.answers()
        except ConnectionRefusedError:
            return True
        except ConnectionResetError:  # the socket was closing
            pass
        return False

    def answers(self, path: str = "/login/") -> int:
        with contextlib.closing(http.client.HTTPConnection("localhost", self.port, timeout=PATIENCE)) as asked:
            asked.request("GET", path)
            return asked.getresponse().status


def eventually(condition: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether this process runs (a zombie doesn't)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def forced(authority: Authority) -> UUID:
    """A cabinet that somebody forced, as the town's watch is told."""
    now = utc_now()
    operator = create_organisation(name="Fibre 77", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, by=None)
    convention = make_convention(authority, operator, now=now)
    return raise_alert(
        authority=authority.pk,
        kind=Alarm.FORCED,
        subject=uuid4(),
        resource=None,
        where=Where("PM-77284-0142, avenue Roosevelt"),
        since=now,
        organisation=operator.pk,
        convention=convention.pk,
        facts={"reference": "PM-77284-0142"},
        now=now,
    )


def until_said(events: http.client.HTTPResponse, words: str) -> None:
    """Read a screen's stream up to these words."""
    give_up = time.monotonic() + PATIENCE
    while words not in events.readline().decode():
        assert time.monotonic() < give_up, f"never said: {words}"


@pytest.fixture
def web(own_database: ConnectionInfo, tmp_path: Path) -> Iterator[Web]:
    authority, _claire = founded()
    # A folder without a key of sessions: processes that each made one up would know nobody of another's.
    several = {"BEFFROI_WEB_PROCESSES": str(PROCESSES), "BEFFROI_HOME": str(tmp_path / "bare")}
    with serving(own_database, tmp_path, **several) as (address, pid):
        web = Web(address, pid, authority)
        eventually(lambda: len(web.children()) == PROCESSES, "all run")
        yield web


@contextlib.contextmanager
def only(web: Web, kept: int) -> Iterator[None]:
    """Only this one of the processes takes what comes: the others are held still."""
    held = [pid for pid in web.children() if pid != kept]
    for pid in held:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in held:
            os.kill(pid, signal.SIGCONT)


def test_any_process_knows_who_logged_in_at_another_and_counts_what_was_tried_there(web: Web) -> None:
    first, second, third = web.children()
    with only(web, first):
        claire = Browser(web.address, EMAIL, PASSWORD)
        assert "Claire" in claire.page("/account/")
    for other in (second, third):
        with only(web, other):
            where, text = claire.submit("/language/", {"language": "fr"}, on="/account/")
            assert "Claire" in claire.page("/account/"), (where, text)
    wrong = Browser(web.address, EMAIL, "not this one")
    for tried, process in enumerate([first, second, third, first, second]):
        with only(web, process), pytest.raises(OtherwiseError):
            wrong.page(f"/account/?{tried}")
    with only(web, third), pytest.raises(OtherwiseError):
        Browser(web.address, EMAIL, PASSWORD).page("/account/")


def test_a_screen_sees_what_another_process_did(web: Web) -> None:
    first, second, _third = web.children()
    with contextlib.closing(http.client.HTTPConnection("localhost", web.port, timeout=PATIENCE)) as screen:
        with only(web, first):
            claire = Browser(web.address, EMAIL, PASSWORD)
            claire.page("/console/")
            cookies = "; ".join(f"{name}={value}" for name, value in claire.cookies().items())
            screen.request("GET", "/live/", headers={"Cookie": cookies})
            events = screen.getresponse()
            until_said(events, "event: ready")
        alert = forced(web.authority)
        until_said(events, '"topic":"alerts"')
        with only(web, second):
            claire.submit(f"/alerts/{alert}/take/", {}, on=f"/alerts/{alert}/")
        until_said(events, '"topic":"alerts"')


def test_a_process_killed_hard_is_replaced_and_nobody_waits_in_vain(web: Web) -> None:
    before = web.children()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: not lives(before[0]), "it ends")
    with ThreadPoolExecutor(8) as crowd:
        assert set(crowd.map(lambda _: web.answers(), range(40))) == {200}
    eventually(lambda: len(web.children()) == PROCESSES, "another takes its place")
    (fresh,) = set(web.children()) - set(before)
    with only(web, fresh):
        assert web.answers() == 200


def test_none_outlives_who_started_them(web: Web) -> None:
    children = web.children()
    os.kill(web.pid, signal.SIGKILL)
    eventually(lambda: not any(map(lives, children)), "they end")
    eventually(web.refuses, "nobody listens")


def test_being_asked_to_stop_stops_all_well(web: Web) -> None:
    children = web.children()
    os.kill(web.pid, signal.SIGTERM)
    eventually(lambda: not any(map(lives, [web.pid, *children])), "they end")


@pytest.mark.parametrize("processes", ["1", "2"])
def test_an_interrupt_is_no_fault(own_database: ConnectionInfo, tmp_path: Path, processes: str) -> None:
    """It is what docs/operators/install.md has systemd send, which restarts on a failure."""
    with serving(own_database, tmp_path, BEFFROI_WEB_PROCESSES=processes) as (_address, pid):
        os.kill(pid, signal.SIGINT)
        eventually(lambda: not lives(pid), "it ends")
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert ended is not None
        assert (ended.si_code, ended.si_status) == (os.CLD_EXITED, 0)


def refused(home: Path, **variables: str) -> str:
    """What it says to whoever starts it so."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")}
    done = subprocess.run(
        [sys.executable, "-m", "beffroi", "web"],
        env=clean | {"BEFFROI_HOME": str(home)} | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    return done.stderr


def test_more_processes_than_connections_allow_are_refused(tmp_path: Path) -> None:
    said = refused(tmp_path, BEFFROI_WEB_PROCESSES="5", BEFFROI_WEB_CONNECTIONS="16")
    assert "20 connections" in said
    assert "BEFFROI_WEB_CONNECTIONS" in said
    assert "a whole number from 1 to 16" in refused(tmp_path, BEFFROI_WEB_PROCESSES="17")


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"port {port}" in refused(tmp_path, BEFFROI_PORT=port, BEFFROI_WEB_PROCESSES="3")
