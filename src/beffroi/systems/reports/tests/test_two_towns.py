"""Two authorities hand reports to one another over real HTTP, each by the other's own Open311: once, and never in a circle."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test.testcases import QuietWSGIRequestHandler
from pytest_django.fixtures import Settings

from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.handling import (
    QUIETLY,
    Said,
    hand_over,
    mend_report,
    reopen_report,
    say_of_report,
    stage_report,
)
from beffroi.systems.reports.actions.keys import give_key
from beffroi.systems.reports.actions.making import Told, make_report
from beffroi.systems.reports.actions.notices import claim_notices
from beffroi.systems.reports.actions.questions import keep_question
from beffroi.systems.reports.actions.sending import claim_pushes, send_report
from beffroi.systems.reports.actions.servers import keep_server, map_services
from beffroi.systems.reports.courier import carry
from beffroi.systems.reports.factories import HERE, make_category, switched_on
from beffroi.systems.reports.herald import tell
from beffroi.systems.reports.models import Answer, Category, Line, Push, PushState, Question, Report, Server
from beffroi.systems.reports.reader import read
from beffroi.systems.reports.rules import Source
from beffroi.systems.reports.rules import Stage as Step
from beffroi.systems.reports.tests.darkroom import store_in


@pytest.fixture(autouse=True)
def store(own_database: object, settings: Settings, tmp_path: Path) -> None:
    store_in(tmp_path, settings)
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    settings.ALLOWED_HOSTS = ["127.0.0.1"]


@pytest.fixture
def address(own_database: object) -> Iterator[str]:
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def founded(slug: str) -> tuple[Authority, Category]:
    authority = make_authority(slug)
    switched_on(authority.pk)
    give_key(authority=authority.pk, name="Voisine", secret=f"key-of-{slug}", by=None, now=utc_now())
    category = make_category(authority.pk, "Lampadaire éteint")
    question = Question(authority=authority, category=category, code="pole", label="Quel numéro ?", kind=Answer.TEXT)
    keep_question(question=question, by=None, now=utc_now())
    return authority, category


def joined(ours: Category, theirs: Category, address: str) -> Server:
    """A server of the other authority, in ours."""
    now = utc_now()
    row = Server(authority=ours.authority, organisation=theirs.authority.organisation, name=theirs.authority.name)
    row.url = f"{address}/open311/{theirs.authority.slug}/v2"
    row.made_at = row.read_until = row.due_at = now
    keep_server(server=row, key=f"key-of-{theirs.authority.slug}", by=None, now=now)
    map_services(server=row, codes={ours.pk: theirs.code}, by=None, now=now)
    return row


def told(category: Category, other: Authority) -> Report:
    report, _new = make_report(
        authority=category.authority_id,
        submission=category.pk,
        told=Told(category.pk, HERE, text="Éteint depuis lundi", answers={"pole": "L-17"}, email="elue@meaux.example"),
        photos=(),
        source=Source.POCKET,
        author=None,
        by=None,
        now=utc_now(),
    )
    return handed(report, other)


def handed(report: Report, other: Authority) -> Report:
    return hand_over(report=report, organisation=other.organisation.pk, team=None, said=QUIETLY, by=None, now=utc_now())


def worked(later: timedelta = timedelta()) -> None:
    now = utc_now() + later
    carry(claim_pushes(now=now, most=10), lambda: now)
    while due := claim_notices(now=now, most=10):
        tell(due, lambda: now)


def heard(server: Server, later: timedelta = timedelta()) -> None:
    # Moments of Open311 are whole seconds: what is said in this one is read in the next.
    read(server.pk, Server.objects.get(pk=server.pk).attempts, lambda: utc_now() + later + timedelta(seconds=2))


def spoken(report: Report) -> list[str]:
    """What anybody may read in its thread."""
    rows = Line.objects.filter(report=report, public=True, held=False).exclude(text="").order_by("at")
    return list(rows.values_list("text", flat=True))


def test_towns_hand_reports_to_one_another_once_and_never_in_a_circle(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (meaux, lamp), (provins, theirs) = founded("meaux"), founded("provins")
    there = joined(lamp, theirs, address)
    joined(theirs, lamp, address)
    ours = told(lamp, provins)
    with monkeypatch.context() as killed:
        killed.setattr("beffroi.systems.reports.courier.note_given", lambda **_noted: None)
        worked()
    worked(timedelta(minutes=3))
    twin = Report.objects.get(authority=provins)
    push = Push.objects.get()
    assert (push.state, push.remote) == (PushState.TAKEN, twin.reference)
    assert (twin.source, twin.answers) == (Source.OPEN311, {"pole": "L-17"})
    assert twin.text.startswith(f"Éteint depuis lundi\n\n[Meaux, {ours.reference}]")
    assert not twin.followers.exists()
    # Provins gives it to whom it came from: it stays there, until somebody says so.
    handed(twin, meaux)
    worked(timedelta(minutes=6))
    assert (Push.objects.count(), Report.objects.count()) == (1, 2)
    handed(twin, provins)
    stage_report(report=twin, stage=Step.PLANNED, said=Said("Jeudi."), by=None, now=utc_now())
    mend_report(report=twin, said=Said("Lampe changée."), by=None, now=utc_now() + timedelta(milliseconds=1))
    for _time in range(2):
        heard(there)
    ours.refresh_from_db()
    assert ours.stage == Step.DONE
    assert spoken(ours) == ["Jeudi.", "Lampe changée."]


def test_somebody_may_send_on_what_another_town_sent(address: str) -> None:
    (meaux, lamp), (provins, theirs) = founded("meaux"), founded("provins")
    joined(lamp, theirs, address)
    joined(theirs, lamp, address)
    told(lamp, provins)
    worked()
    twin = handed(Report.objects.get(authority=provins), meaux)
    send_report(report=twin, by=None, now=utc_now())
    worked()
    assert Report.objects.filter(authority=meaux).count() == 2
    assert Push.objects.filter(state=PushState.TAKEN.value).count() == 2


def test_what_one_says_reaches_the_other_once_and_never_comes_back(address: str) -> None:
    (meaux, lamp), (provins, theirs) = founded("meaux"), founded("provins")
    there, back = joined(lamp, theirs, address), joined(theirs, lamp, address)
    ours = told(lamp, provins)
    worked()
    twin = handed(Report.objects.get(authority=provins), meaux)
    # Provins sends it on to Meaux, of all places: three reports of one fault, two servers that say it to one another.
    send_report(report=twin, by=None, now=utc_now())
    worked()
    third = Report.objects.exclude(pk__in=[ours.pk, twin.pk]).get()
    say_of_report(report=ours, said=Said("Toujours éteint."), staff=True, by=None, now=utc_now())
    stage_report(report=third, stage=Step.PLANNED, said=Said("Mardi."), by=None, now=utc_now())
    for minute in range(4):
        worked(timedelta(minutes=minute))
        heard(there, timedelta(minutes=minute))
        heard(back, timedelta(minutes=minute))
    assert (spoken(ours).count("Toujours éteint."), spoken(twin).count("Toujours éteint.")) == (1, 1)
    assert [spoken(one).count("Mardi.") for one in (third, twin, ours)] == [1, 1, 1]
    assert [Line.objects.filter(report=one, kind="said").count() for one in (ours, twin, third)] == [1, 1, 0]


def test_what_is_opened_again_here_is_said_there(address: str) -> None:
    (_meaux, lamp), (provins, theirs) = founded("meaux"), founded("provins")
    there = joined(lamp, theirs, address)
    ours = told(lamp, provins)
    worked()
    twin = Report.objects.get(authority=provins)
    mend_report(report=twin, said=Said("Lampe changée."), by=None, now=utc_now())
    heard(there)
    ours.refresh_from_db()
    reopen_report(report=ours, said=Said("Encore éteint."), by=None, now=utc_now())
    for _time in range(2):
        worked()
        heard(there)
    ours.refresh_from_db()
    assert ours.stage == Step.ACKNOWLEDGED
    assert [text for text in spoken(twin) if "Encore éteint." in text] == spoken(twin)[-1:]
