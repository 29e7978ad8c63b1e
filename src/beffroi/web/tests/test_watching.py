"""What is measured, and what the log says of a request: every name bounded, nothing of anybody."""

import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import Resolver404, resolve
from django.utils import translation
from django.views.defaults import bad_request, page_not_found, permission_denied, server_error
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from beffroi.adapters.process import status
from beffroi.adapters.process.status import PROGRAMS, PartStatus, Status
from beffroi.kernel.alerts.factories import watch
from beffroi.kernel.deadlines.actions import set_deadline
from beffroi.kernel.deadlines.factories import promising
from beffroi.lib.clock import utc_now
from beffroi.lib.logged import JsonFormatter
from beffroi.persistence import queues
from beffroi.persistence.checkup import State
from beffroi.persistence.servers import Database
from beffroi.web.watching import measures
from beffroi.web.watching.measures import Measures
from beffroi.web.watching.middleware import RequestMiddleware, part_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Settings) -> Path:
    """With a supervisor's word, and no broker."""
    settings.BEFFROI_HOME, settings.BEFFROI_BROKER_URL = tmp_path, None
    (tmp_path / "run").mkdir()
    now = utc_now().timestamp()
    status.write(tmp_path, Status(1, now, "external", tuple(PartStatus(name, "running", 1, 2) for name in PROGRAMS)))
    return tmp_path


def measured() -> dict[tuple[str, ...], float]:
    """(name, label's value…): value."""
    registry = CollectorRegistry()
    registry.register(Measures(utc_now, "1.2.3"))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(sample.name, *sample.labels.values()): sample.value for family in families for sample in family.samples}


def test_what_waits_is_measured_and_found_late() -> None:
    now = utc_now()
    with promising() as town:
        set_deadline(
            kind="test.promise",
            authority=town.authority,
            subject=town.authority,
            promise=timedelta(minutes=1),
            since=now - timedelta(hours=1),
        )
        found = measured()
        findings = {finding.code: finding for finding in queues.look(now)}
    assert found["beffroi_queue_waiting", "deadlines"] == 1
    assert found["beffroi_queue_oldest_seconds", "deadlines"] >= 59 * 60 - 1
    assert found["beffroi_queue_waiting", "messages"] == 0
    assert findings["queues.deadlines"].state is State.WARNING
    assert findings["queues.deadlines"].values["waiting"] == 1
    assert findings["queues.messages"].state is State.WELL


def test_how_long_the_first_waits_is_said_as_people_say_it() -> None:
    said = [(59.0, "moins d’une minute"), (7_260.0, "2\xa0heures, 1\xa0minute"), (200_000.0, "2\xa0jours, 7\xa0heures")]
    with translation.override("fr"):
        assert [str(queues.spoken(seconds)) for seconds, _words in said] == [words for _seconds, words in said]


def test_every_queue_is_named_for_people() -> None:
    page = Path("docs/operators/watching.md").read_text(encoding="utf-8")
    for queue in queues.queues():
        assert f"| `{queue.code}` |" in page
        assert queue.taker in PROGRAMS


def test_no_label_says_who_or_where() -> None:
    before = {key for key in measured() if not key[0].startswith("beffroi_check_value")}
    people = watch(now=utc_now(), slug="trifouilly")
    after = measured()
    assert {key for key in after if not key[0].startswith("beffroi_check_value")} == before
    said = str(after)
    for word in ("trifouilly", people.alice.name, str(people.authority.pk), "127.0.0.1"):
        assert word not in said


def test_every_measure_is_on_the_page_for_operators() -> None:
    page = Path("docs/operators/watching.md").read_text(encoding="utf-8")
    for name in {key[0] for key in measured()}:
        assert f"`{name}" in page, name


def test_without_its_database_it_says_so_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measures, "ask_database", lambda: Database(answers=False))
    found = measured()
    assert found[("beffroi_database_up",)] == 0
    assert not any(key[0].startswith("beffroi_queue") for key in found)


@pytest.fixture
def lines(settings: Settings) -> Iterator[list[dict[str, object]]]:
    """What requests leave in a log for programs."""
    settings.BEFFROI_LOGS_REQUESTS = True
    kept: list[dict[str, object]] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            kept.append(json.loads(self.format(record)))

    handler, logger = Kept(), logging.getLogger("beffroi.request")
    handler.setFormatter(JsonFormatter("web"))
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel(logging.INFO)
    yield kept
    logger.removeHandler(handler)
    logger.setLevel(level)


def test_a_request_leaves_its_route_and_nothing_that_was_typed(lines: list[dict[str, object]]) -> None:
    visitor = Client()
    answer = visitor.get("/at/secret-place/", {"q": "jeanne@example.org"}, headers={"X-Request-ID": "forged"})
    visitor.post("/login/", {"login": "jeanne@example.org", "password": "hush"})
    assert [line["status"] for line in lines] == [404, 200]
    assert lines[0]["route"] == "at/<slug:slug>/"
    assert lines[0]["request"] == answer.headers["X-Request-ID"] != "forged"
    assert lines[0]["request"] != lines[1]["request"]
    assert {"time", "level", "part", "logger", "message", "ms", "method"} <= lines[0].keys()
    for word in ("secret-place", "jeanne", "hush", "127.0.0.1", "forged"):
        assert word not in json.dumps(lines)


def test_a_method_of_a_stranger_s_own_is_not_repeated(lines: list[dict[str, object]]) -> None:
    Client().generic("JEANNE", "/healthz")
    assert lines[0]["method"] == "other"


@pytest.mark.parametrize(
    ("address", "part"),
    [
        ("/healthz", "web"),
        ("/login/", "accounts"),
        ("/api/v1/holder/grants", "api"),
        ("/alerts/", "alerts"),
        ("/reports/", "reports"),
        ("/static/built/x.js", "static"),
        ("/wp-admin.php", "none"),
    ],
)
def test_requests_are_counted_by_part(address: str, part: str) -> None:
    request = RequestFactory().get(address)
    with contextlib.suppress(Resolver404):
        request.resolver_match = resolve(address)
    assert part_of(request) == part


def refuse(request: HttpRequest) -> HttpResponse:
    return permission_denied(request, PermissionError())


def misread(request: HttpRequest) -> HttpResponse:
    return bad_request(request, ValueError())


def miss(request: HttpRequest) -> HttpResponse:
    return page_not_found(request, Http404())


@pytest.mark.django_db
@pytest.mark.parametrize("answered", [misread, refuse, miss, server_error])
def test_a_page_that_is_not_what_was_asked_for_says_its_number(answered: Callable[[HttpRequest], HttpResponse]) -> None:
    def answer(_request: HttpRequest) -> HttpResponse:
        return answered(Client().get("/").wsgi_request)

    said = RequestMiddleware(answer, number=lambda: "0123456789abcdef")(RequestFactory().get("/"))
    assert b"0123456789abcdef" in getattr(said, "content", b"")
