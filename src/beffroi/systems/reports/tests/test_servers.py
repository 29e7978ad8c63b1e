"""Reports handed to another town's Open311 server over real HTTP: once, with what anybody may read, and what comes back."""

from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.adapters.open311.documents import Service, Stage
from beffroi.adapters.open311.fake import FakeTown, Whim
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.handling import QUIETLY, hand_over
from beffroi.systems.reports.actions.sending import claim_pushes
from beffroi.systems.reports.actions.servers import keep_server, map_services
from beffroi.systems.reports.courier import carry
from beffroi.systems.reports.factories import make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Line, Push, PushState, Report, Server
from beffroi.systems.reports.reader import read
from beffroi.systems.reports.rules import Stage as Step
from beffroi.systems.reports.tests.darkroom import store_in

pytestmark = pytest.mark.usefixtures("own_database")
LATER = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def keys(own_database: object, settings: Settings, tmp_path: Path) -> None:
    store_in(tmp_path, settings)
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})


@pytest.fixture
def town() -> Iterator[FakeTown]:
    fake = FakeTown(utc_now, services=[Service("lamp", "Lampadaire éteint"), Service("pole", "Poteau")])
    with fake.running():
        yield fake


@pytest.fixture
def meaux(own_database: object) -> Authority:
    authority = make_authority()
    switched_on(authority.pk)
    return authority


@pytest.fixture
def operator(meaux: Authority) -> Organisation:
    return make_organisation("Fibre 77")


@pytest.fixture
def lamp(meaux: Authority) -> Category:
    return make_category(meaux.pk, "Lampadaire éteint")


@pytest.fixture
def server(meaux: Authority, operator: Organisation, lamp: Category, town: FakeTown) -> Server:
    row = Server(authority=meaux, organisation=operator, name="Fibre 77", url=f"{town.address}/v2")
    row.made_at = row.read_until = row.due_at = utc_now() - timedelta(hours=1)
    keep_server(server=row, key=town.key, by=None, now=utc_now())
    map_services(server=row, codes={lamp.pk: "lamp"}, by=None, now=utc_now())
    return row


def handed(category: Category, server: Server, text: str = "Éteint depuis lundi") -> Report:
    report = reported(category, text=text, email="elue@meaux.example")
    return hand_over(
        report=report, organisation=server.organisation_id, team=None, said=QUIETLY, by=None, now=utc_now()
    )


def worked(later: timedelta = timedelta()) -> Push | None:
    """A turn of the worker, so long from now."""
    now = utc_now() + later
    carry(claim_pushes(now=now, most=10), lambda: now)
    return Push.objects.first()


def listened(server: Server) -> None:
    # Moments of Open311 are whole seconds: what is said in this one is read in the next.
    read(server.pk, Server.objects.get(pk=server.pk).attempts, lambda: utc_now() + timedelta(seconds=1))


def lines(report: Report) -> list[tuple[str, str, bool]]:
    rows = Line.objects.filter(report=report).exclude(kind__in=["made", "handed"]).order_by("at", "id")
    return list(rows.values_list("kind", "text", "public"))


def test_what_is_handed_over_is_posted_once_with_what_anybody_may_read(
    server: Server, lamp: Category, town: FakeTown
) -> None:
    assert town.key.encode() not in bytes(server.sealed_key)
    report = handed(lamp, server)
    push = worked()
    assert push is not None
    assert (push.state, push.remote) == (PushState.TAKEN, "1")
    (taken,) = town.taken.values()
    assert taken.fields["description"].startswith("Éteint depuis lundi\n\n[Meaux, ")
    assert f"/reports/meaux/{report.reference}/" in taken.fields["description"]
    assert (taken.fields["service_code"], float(taken.fields["lat"])) == ("lamp", report.latitude)
    assert "elue@" not in str(taken)
    assert lines(report) == [("sent", "1", False)]
    hand_over(report=report, organisation=server.organisation_id, team=None, said=QUIETLY, by=None, now=utc_now())
    worked(LATER)
    assert len(town.taken) == 1


def test_an_agent_gives_it_to_whoever_has_a_server_without_a_convention(
    meaux: Authority, server: Server, lamp: Category, town: FakeTown
) -> None:
    staff = Client(headers={"accept-language": "en"})
    staff.force_login(make_member("alice", meaux.organisation))
    there, tag = reported(lamp), reported(make_category(meaux.pk, "Tag"))
    for report, outcome in ((there, 302), (tag, 422)):
        answer = staff.post(f"/reports/{report.pk}/hand/", {"to": str(server.organisation_id)})
        assert answer.status_code == outcome
    worked()
    assert [push.report for push in Push.objects.filter(state=PushState.TAKEN.value)] == [there]


def test_a_kind_that_becomes_nothing_and_a_report_taken_back_stay_here(
    meaux: Authority, server: Server, lamp: Category, town: FakeTown
) -> None:
    handed(make_category(meaux.pk, "Tag"), server)
    report = handed(lamp, server, "Monsieur Durand l’a cassé")
    hand_over(report=report, organisation=meaux.organisation.pk, team=None, said=QUIETLY, by=None, now=utc_now())
    push = worked()
    assert push is not None
    assert (push.state, town.asked) == (PushState.DROPPED, [])
    hand_over(report=report, organisation=server.organisation_id, team=None, said=QUIETLY, by=None, now=utc_now())
    worked()
    (taken,) = town.taken.values()
    assert taken.fields["description"].startswith("Lampadaire éteint\n\n[Meaux, ")
    assert "Durand" not in str(taken)


@pytest.mark.parametrize("forgetful", [False, True])
def test_a_worker_killed_between_the_answer_and_its_note_makes_no_second_one(
    server: Server,
    lamp: Category,
    town: FakeTown,
    forgetful: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    town.forgetful = forgetful
    report = handed(lamp, server)
    with monkeypatch.context() as killed:
        killed.setattr("beffroi.systems.reports.courier.note_given", lambda **_noted: None)
        worked()
    assert (len(town.requests), lines(report)) == (1, [])
    push = worked(timedelta(minutes=3))
    assert push is not None
    assert (push.state, push.remote, len(town.requests)) == (PushState.TAKEN, "1", 1)
    assert lines(report) == [("sent", "1", False)]


def test_what_timed_out_and_is_not_there_is_posted_again(server: Server, lamp: Category, town: FakeTown) -> None:
    handed(lamp, server)
    town.whims = [Whim.BREAKS_OFF]
    push = worked()
    assert push is not None
    assert (push.state, push.fault) == (PushState.QUEUED, "broken-off")
    assert worked(LATER) is not None
    assert [one.split("?")[0] for one in town.asked][-3:] == [
        f"GET /v2/tokens/{push.pk}.xml",
        "GET /v2/requests.xml",
        "POST /v2/requests.xml",
    ]
    assert len(town.requests) == 1


def test_a_token_is_asked_for_until_it_is_a_number(server: Server, lamp: Category, town: FakeTown) -> None:
    town.tokens = True
    report = handed(lamp, server)
    push = worked()
    assert push is not None
    assert (push.state, push.token) == (PushState.NUMBERED_LATER, "t1")
    worked(LATER)
    town.number("t1")
    push = worked(timedelta(minutes=30))
    assert push is not None
    assert (push.state, push.remote) == (PushState.TAKEN, "1")
    assert (lines(report), len(town.taken)) == ([("sent", "1", False)], 1)


def test_what_is_refused_is_said_to_staff_and_sent_again_when_they_want(
    meaux: Authority, server: Server, lamp: Category, town: FakeTown
) -> None:
    report = handed(lamp, server)
    town.whims = [HTTPStatus.BAD_REQUEST]
    push = worked()
    assert push is not None
    assert (push.state, push.fault) == (PushState.FAILED, "http-400")
    ((kind, words, public),) = lines(report)
    assert (kind, public) == ("unsent", False)
    assert words
    staff = Client(headers={"accept-language": "en"})
    staff.force_login(make_member("alice", meaux.organisation))
    page = f"/reports/{report.pk}/"
    assert "Could not be sent" in staff.get(page).content.decode()
    assert staff.post(f"{page}send/", follow=True).status_code == 200
    worked()
    shown = staff.get(page).content.decode()
    assert "there it is no. 1" in shown
    assert "Send again" not in shown


def test_what_becomes_of_it_there_comes_back_once(server: Server, lamp: Category, town: FakeTown) -> None:
    report = handed(lamp, server)
    worked()
    town.tell("1", Stage.ACTION_SCHEDULED, "Mardi.")
    town.tell("1", Stage.OPEN, "Madame Durand a appelé", media_url="https://photos.example/1.jpg")
    for _time in range(2):
        listened(server)
    report.refresh_from_db()
    assert report.stage == Step.PLANNED
    town.tell("1", Stage.FIXED, "Lampe changée.")
    for _time in range(2):
        listened(server)
    report.refresh_from_db()
    assert (report.stage, report.closed_at is not None) == (Step.DONE, True)
    assert [one for one in lines(report) if one[0] != "sent"] == [
        ("staged", "Mardi.", True),
        ("said", "Madame Durand a appelé", True),
        ("said", "https://photos.example/1.jpg", False),
        ("closed", "Lampe changée.", True),
    ]
    assert list(Line.objects.filter(report=report, held=True).values_list("text", flat=True)) == [
        "Madame Durand a appelé"
    ]
    town.tell("1", Stage.REOPEN, "Encore en panne.")
    listened(server)
    report.refresh_from_db()
    assert (report.stage, Entry.objects.filter(kind="report.reopened").count()) == (Step.ACKNOWLEDGED, 1)


def test_what_is_not_theirs_comes_home_open_and_what_comes_later_is_only_words(
    meaux: Authority, server: Server, lamp: Category, town: FakeTown
) -> None:
    report = handed(lamp, server)
    worked()
    town.tell("1", Stage.NOT_COUNCILS_RESPONSIBILITY, "Au département.")
    town.tell("1", Stage.FIXED, "Fermé chez nous.")
    listened(server)
    report.refresh_from_db()
    assert (report.organisation_id, report.closed_at) == (meaux.organisation.pk, None)
    assert Line.objects.filter(report=report, text="Fermé chez nous.", kind="said").exists()


def test_a_server_without_updates_is_asked_for_each_report(server: Server, lamp: Category, town: FakeTown) -> None:
    town.talkative = False
    report = handed(lamp, server)
    worked()
    listened(server)
    assert [one[0] for one in lines(report)] == ["sent"]
    town.tell("1", Stage.CLOSED, "Réparé.")
    for _time in range(2):
        listened(server)
    report.refresh_from_db()
    assert (report.stage, Server.objects.get().by_request) == (Step.DONE, True)
    assert [one for one in lines(report) if one[0] == "closed"] == [("closed", "Réparé.", True)]
    town.tell("1", Stage.OPEN, "")
    listened(server)
    report.refresh_from_db()
    assert report.stage == Step.ACKNOWLEDGED
