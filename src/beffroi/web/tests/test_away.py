"""While the database can't do what is asked: a plain page at once, for programs a problem, and all is as before when it is back."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client, RequestFactory

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.kernel.territory.factories import make_authority
from beffroi.web import away


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A process that knows of no trouble, and looks again each time."""
    monkeypatch.setattr(away, "LOOK_EVERY", 0.0)
    monkeypatch.setattr(away, "KNOWN", away.Known())
    yield
    connection.close()


def client(language: str = "fr") -> Client:
    return Client(headers={"accept-language": language}, raise_request_exception=False)


def test_a_database_that_is_away_is_said_at_once_and_its_return_too(
    own_database: ConnectionInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_authority()
    assert client().get("/").status_code == 200
    port = connection.settings_dict["PORT"]
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "PORT", str(free_port()))
    for language, words in (("fr", "Le service est absent"), ("en", "The service is away")):
        answer = client(language).get("/")
        page = answer.content.decode()
        assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "10", "no-store")
        assert words in page
        assert "Traceback" not in page
        assert "OperationalError" not in page
    assert away.KNOWN.away()
    answer = client().get("/api/v1/alerts/")
    assert (answer.status_code, answer.json()["code"]) == (503, "database-away")
    assert client().get("/", headers={"accept": "text/event-stream"}).status_code == 503
    assert client().get("/healthz", headers={"host": "localhost"}).status_code == 503
    monkeypatch.setitem(connection.settings_dict, "PORT", port)
    assert client().get("/").status_code == 200


def test_a_full_disk_says_that_nothing_is_kept() -> None:
    request = RequestFactory().post("/reports/new/", headers={"accept-language": "fr"})
    try:
        try:
            raise psycopg.errors.DiskFull("no space left on device")
        except psycopg.errors.DiskFull as cause:
            raise OperationalError from cause
    except OperationalError:
        answer = away.failed(request)
    page = answer.content.decode()
    assert answer.status_code == 503
    assert "Nothing can be kept" in page or "Rien ne peut être enregistré" in page
    assert 'href="/"' in page, "what was to be written is not asked for again by a link"
    assert not away.KNOWN.away(), "pages are served on"


def test_what_is_our_own_fault_stays_ours() -> None:
    try:
        raise RuntimeError("a fault")
    except RuntimeError:
        assert away.failed(RequestFactory().get("/")).status_code == 500
