"""`GET /healthz`, by the test client: what counts as well, and who is told more than that."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.process import places, status
from beffroi.adapters.process.status import PROGRAMS, PartStatus, Status
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.viewer import Role
from beffroi.persistence.checkup import HERE

pytestmark = pytest.mark.django_db

RUNNING = tuple(PartStatus(name, "running", 1, 0) for name in PROGRAMS)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    """A home of the test's own, with no broker, and nothing remembered from another."""
    settings.BEFFROI_HOME, settings.BEFFROI_BROKER_URL = tmp_path, None
    HERE.forget()
    (tmp_path / "run").mkdir()
    return tmp_path


@pytest.fixture
def at_work() -> Iterator[dict[str, psycopg.Connection[tuple[object, ...]]]]:
    """Connections like those of each program."""
    at = connection.settings_dict
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(
                psycopg.connect(
                    host=at["HOST"],
                    port=at["PORT"],
                    user=at["USER"],
                    password=at["PASSWORD"],
                    dbname=at["NAME"],
                    application_name=f"beffroi {name}",
                    autocommit=True,
                )
            )
            for name in PROGRAMS
        }


def browser(**traits: str) -> Client:
    """A client at this machine, with other traits of its requests where given."""
    client = Client()
    client.defaults.update({"HTTP_HOST": "localhost", **traits})
    return client


def supervised(home: Path, *parts: PartStatus, broker: str = "mosquitto", age: float = 0.0) -> None:
    status.write(home, Status(1, time.time() - age, broker, parts))


Connections = dict[str, psycopg.Connection[tuple[object, ...]]]


def test_all_is_well_when_every_program_works_whoever_runs_it(at_work: Connections, home: Path) -> None:
    at_work["sequencer"].execute("SELECT pg_advisory_lock(4242)")
    answer = browser().get("/healthz")
    told = answer.json()
    assert (answer.status_code, told["status"], told["supervised"]) == (200, "well", False)
    assert told["database"]["roles"] == "apart"
    assert told["database"]["singletons"] == ["sequencer"]
    supervised(home, *RUNNING)
    told = browser().get("/healthz").json()
    assert (told["status"], told["supervised"], len(told["parts"])) == ("well", True, len(PROGRAMS))


def test_a_program_that_is_not_connected_makes_it_unwell(at_work: Connections) -> None:
    at_work["worker"].close()
    deadline = time.monotonic() + 20
    while (answer := browser().get("/healthz")).status_code == 200:
        assert time.monotonic() < deadline
    assert answer.status_code == 503
    assert answer.json()["database"]["missing"] == ["worker"]


@pytest.mark.parametrize("state", ["down", "backing off", "starting", "waiting"])
def test_a_part_that_does_not_run_makes_it_unwell(at_work: Connections, home: Path, state: str) -> None:
    supervised(home, *RUNNING, PartStatus("web", state, None, 5, "ended with exit 1"))
    answer = browser().get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["parts"][-1] == {
        "name": "web",
        "state": state,
        "pid": None,
        "restarts": 5,
        "reason": "ended with exit 1",
        "well": False,
    }


def test_what_a_killed_supervisor_wrote_is_not_believed(at_work: Connections, home: Path) -> None:
    supervised(home, PartStatus("web", "down", None, 5), age=status.STALE_AFTER + 1)
    answer = browser().get("/healthz")
    assert (answer.status_code, answer.json()["supervised"]) == (200, False)


def test_the_demonstration_broker_is_well_but_named_so(at_work: Connections, home: Path) -> None:
    supervised(home, *RUNNING, broker="demonstration")
    answer = browser().get("/healthz")
    assert (answer.status_code, answer.json()["broker"]["kind"]) == (200, "demonstration")
    assert ("broker.demonstration", "warning") in [(each["code"], each["state"]) for each in answer.json()["findings"]]


def test_a_broker_that_does_not_answer_makes_it_unwell(at_work: Connections, settings: Settings) -> None:
    settings.BEFFROI_BROKER_URL = f"mqtt://server:word@127.0.0.1:{places.free_port()}"
    answer = browser().get("/healthz")
    assert (answer.status_code, answer.json()["broker"]["answers"]) == (503, False)


def test_a_database_that_does_not_answer_makes_it_unwell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "PORT", str(places.free_port()))
    answer = browser().get("/healthz")
    assert (answer.status_code, answer.json()["database"]["answers"]) == (503, False)


def test_only_this_machine_and_administrators_are_told_more(at_work: Connections) -> None:
    town = make_authority()
    administrator = make_member("Ada", town.organisation, Role.ADMINISTRATOR)
    agent = make_member("Alice", town.organisation, Role.AGENT)
    for somebody, more in ((None, False), (agent, False), (administrator, True)):
        client = browser(REMOTE_ADDR="192.0.2.7")
        if somebody is not None:
            client.force_login(somebody)
        answer = client.get("/healthz")
        assert answer.status_code == 200
        assert ("parts" in answer.json()) is more


@pytest.mark.parametrize(
    "trace",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": ""},
        {"HTTP_HOST": "phone.localhost"},
        {"HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"HTTP_X_REAL_IP": "127.0.0.1"},
        {"HTTP_FORWARDED": "for=127.0.0.1"},
        {"HTTP_VIA": "1.1 proxy"},
        {"HTTP_X_FORWARDED_PROTO": "https"},
    ],
    ids=str,
)
def test_a_proxy_on_this_machine_does_not_make_strangers_ours(trace: dict[str, str]) -> None:
    told = browser(**trace).get("/healthz").json()
    assert told == {"status": "unwell"}


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_this_machine_may_be_called_by_each_of_its_names(host: str, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
    assert "parts" in browser(HTTP_HOST=host, REMOTE_ADDR="::1").get("/healthz").json()


def test_strangers_ask_our_memory_and_we_look_anew(at_work: Connections, home: Path) -> None:
    stranger = browser(REMOTE_ADDR="192.0.2.7")
    assert stranger.get("/healthz").status_code == 200
    supervised(home, PartStatus("web", "down", None, 5))
    assert stranger.get("/healthz").status_code == 200
    assert browser().get("/healthz").status_code == 503
    assert stranger.get("/healthz")["Cache-Control"].startswith("max-age=0, no-cache")


def test_it_is_only_read() -> None:
    assert browser().post("/healthz").status_code == 405
    assert browser().head("/healthz").content == b""
