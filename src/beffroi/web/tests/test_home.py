"""Where everybody arrives: an authority's public page, a choice of authorities, and what waits for whoever is known."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest
from django.test import Client
from django.utils.timezone import localdate

from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.answering import acknowledge_notice
from beffroi.kernel.alerts.actions.rosters import add_slot, draw_up_roster
from beffroi.kernel.alerts.factories import FORCED, OPEN, Watch, ring, ringing, watch
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now
from beffroi.web.offline import KEEP, READER

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def here() -> Iterator[Watch]:
    with ringing():
        yield watch(now=utc_now())


def page_of(person: Person | None, path: str = "/") -> str:
    client = Client(headers=ENGLISH)
    if person is not None:
        client.force_login(person)
    return client.get(path).content.decode()


def test_an_authority_shows_what_can_be_done_without_a_log_in_and_how_to_be_reached() -> None:
    make_authority("meaux", "Ville de Meaux")
    page = page_of(None)
    assert "<h1>Ville de Meaux</h1>" in page
    assert "Check a receipt" in page
    assert "Nothing is online only" in page
    assert page.index("Check a receipt") < page.index('href="/login/"', page.index("<h1>"))


def test_several_authorities_are_a_choice_and_each_has_its_page() -> None:
    make_authority("meaux", "Ville de Meaux")
    make_authority("provins", "Ville de Provins")
    page = page_of(None)
    assert 'href="/at/meaux/"' in page
    assert 'href="/at/provins/"' in page
    assert "<h1>Ville de Provins</h1>" in page_of(None, "/at/provins/")
    assert Client().get("/at/nowhere/").status_code == 404


def test_what_waits_comes_first_for_whoever_watches_and_whoever_was_told(here: Watch) -> None:
    ring(here, kind=FORCED, now=utc_now())
    alert = ring(here, kind=OPEN, now=utc_now())
    assert "2 alerts that nobody has taken" in page_of(here.alice)
    assert "1 alert that you have not seen to" in page_of(here.bob)
    assert acknowledge_notice(notice=alert.notice, now=utc_now(), by=here.bob.pk).conflict is None
    assert "not seen to" not in page_of(here.bob)
    assert 'id="waiting"' in page_of(here.alice)
    assert 'id="waiting"' not in page_of(here.tess)


def test_whoever_is_on_duty_reads_until_when(here: Watch) -> None:
    now = utc_now()
    roster = draw_up_roster(
        authority=here.authority.pk, name="Astreinte", continuous=False, holidays_apart=False, by=here.alice.pk, now=now
    )
    for day in range(7):
        add_slot(
            roster=roster,
            person=here.opal.pk,
            day=day,
            starts=time(0),
            ends=time(0),
            first=localdate(now) - timedelta(days=1),
            last=None,
            by=here.alice.pk,
            now=now,
        )
    assert "Astreinte: you are on duty until" in page_of(here.opal)
    assert "Astreinte" not in page_of(here.alice).split("<main")[1]


def test_only_a_pocket_keeps_pages_and_each_session_is_another_reader(here: Watch) -> None:
    def answered(person: Person | None, path: str) -> tuple[str | None, str | None]:
        client = Client(headers=ENGLISH)
        if person is not None:
            client.force_login(person)
        answer = client.get(path)
        return answer.headers.get(KEEP), answer.headers.get(READER)

    kept, first = answered(here.tess, "/orders/")
    _kept, second = answered(here.tess, "/orders/")
    assert kept == "1"
    assert first != second
    assert str(here.tess.pk) not in (first or "")
    assert answered(here.tess, "/account/")[0] is None
    assert answered(here.alice, "/orders/")[0] is None
    assert answered(None, "/") == ("1", "nobody")
    assert answered(None, "/login/") == (None, "nobody")


def test_pages_are_compressed_streams_and_pictures_are_not(here: Watch) -> None:
    client = Client(headers={**ENGLISH, "accept-encoding": "gzip"})
    assert client.get("/")["Content-Encoding"] == "gzip"
    worker = client.get("/sw.js")
    if worker.status_code == 200:
        tag = worker["ETag"]
        assert client.get("/sw.js", headers={"if-none-match": tag}).status_code == 304
    client.force_login(here.alice)
    stream = client.get("/live/")
    assert not stream.has_header("Content-Encoding")
    stream.close()


def test_a_language_is_kept_on_every_device() -> None:
    person = make_person("Nora Kaci", password=PASSWORD, language="en")
    first = Client()
    first.force_login(person)
    first.post("/language/", {"language": "fr", "next": "/"})
    other = Client(headers=ENGLISH)
    other.post("/login/", {"login": person.email, "password": PASSWORD})
    assert "Bonjour" in other.get("/").content.decode()
    first.post("/language/", {"language": "xx", "next": "/"})
    person.refresh_from_db()
    assert person.language == "fr"


def test_places_are_lines_each_with_what_it_is_for(here: Watch) -> None:
    home = page_of(here.alice)
    home = home[home.index('<main id="main"') :]
    lines = home.count('class="list-item"')
    assert lines > 2
    assert home.count('<span class="hint">') == lines
    assert 'class="card"' not in home
