"""Reports on their way to another town's server when something changes meanwhile, or goes wrong."""

from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest

from beffroi.adapters.open311.documents import Attribute, Datatype, ServiceDefinition, Stage
from beffroi.adapters.open311.fake import FakeTown, Whim
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.handling import Said, decline_report, hand_over, reopen_report, say_of_report
from beffroi.systems.reports.actions.making import Told, make_report
from beffroi.systems.reports.actions.notices import claim_notices
from beffroi.systems.reports.actions.photos import decide_photo
from beffroi.systems.reports.actions.sending import claim_pushes, send_report
from beffroi.systems.reports.courier import carry
from beffroi.systems.reports.errors import NotOpen
from beffroi.systems.reports.factories import HERE
from beffroi.systems.reports.herald import tell
from beffroi.systems.reports.models import Line, Notice, Push, PushState, Report, Server
from beffroi.systems.reports.reader import read
from beffroi.systems.reports.rules import Decline, Source
from beffroi.systems.reports.rules import Stage as Step
from beffroi.systems.reports.tests.darkroom import developed, sent, taken

LATER = timedelta(minutes=2)


def handed(server: Server, **answers: str) -> Report:
    """A report that was given to whoever has the server."""
    told = Told(category=server.mapped.get().category_id, position=HERE, text="Éteint", answers=answers)
    report, _new = make_report(
        authority=server.authority_id,
        submission=uuid4(),
        told=told,
        photos=(),
        source=Source.POCKET,
        author=None,
        by=None,
        now=utc_now(),
    )
    return hand_over(report=report, organisation=server.organisation_id, team=None, by=None, now=utc_now())


@pytest.fixture
def report(server: Server) -> Report:
    return handed(server)


def worked(later: timedelta = timedelta()) -> str:
    """A turn of the worker, so long from now: how far the report is there."""
    now = utc_now() + later
    carry(claim_pushes(now=now, most=10), lambda: now)
    return Push.objects.get().state


def test_what_may_have_left_and_is_theirs_no_more_is_looked_for_and_not_posted(
    meaux: Authority, report: Report, town: FakeTown
) -> None:
    town.whims = [Whim.BREAKS_OFF]
    assert worked() == PushState.QUEUED
    hand_over(report=report, organisation=meaux.organisation.pk, team=None, by=None, now=utc_now())
    assert worked(LATER) == PushState.DROPPED
    assert town.taken == {}
    assert not Line.objects.filter(kind__in=["sent", "unsent"]).exists()


def test_what_arrived_all_the_same_is_known_to_be_there(
    meaux: Authority, report: Report, town: FakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as killed:
        killed.setattr("beffroi.systems.reports.courier.note_given", lambda **_noted: None)
        worked()
    hand_over(report=report, organisation=meaux.organisation.pk, team=None, by=None, now=utc_now())
    assert worked(LATER + LATER) == PushState.TAKEN
    assert (len(town.taken), Line.objects.get(kind="sent").text) == (1, "1")


def test_what_was_closed_before_it_left_leaves_when_it_is_opened_again(report: Report, town: FakeTown) -> None:
    decline_report(report=report, reason=Decline.NOTHING_FOUND, said=Said("Rien."), by=None, now=utc_now())
    assert worked() == PushState.DROPPED
    reopen_report(report=report, said=Said("Si."), by=None, now=utc_now())
    assert worked() == PushState.TAKEN
    assert len(town.taken) == 1


def test_answers_wait_until_the_server_says_what_it_asks(server: Server, town: FakeTown) -> None:
    handed(server, depth="12", colour="bleu")
    asked = Attribute(True, "depth", Datatype.NUMBER, False, None, 1, "Profondeur")
    town.definitions["lamp"] = ServiceDefinition("lamp", (asked,))
    town.whims = [HTTPStatus.SERVICE_UNAVAILABLE]
    assert worked() == PushState.QUEUED
    assert worked(LATER) == PushState.TAKEN
    (taken,) = town.taken.values()
    assert taken.attributes == {"depth": ["12"]}


def test_what_is_on_its_way_is_not_sent_again(report: Report) -> None:
    with pytest.raises(NotOpen):
        send_report(report=report, by=None, now=utc_now())
    assert not Line.objects.filter(kind="sending").exists()


def test_what_is_found_there_and_theirs_no_more_is_told_no_photo(
    meaux: Authority, server: Server, town: FakeTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    photo = sent(taken())
    decide_photo(photo=developed(photo), shown=True, areas=(), made=None, by=None, now=utc_now())
    hand_over(report=photo.report, organisation=server.organisation_id, team=None, by=None, now=utc_now())
    with monkeypatch.context() as killed:
        killed.setattr("beffroi.systems.reports.courier.note_given", lambda **_noted: None)
        worked()
    hand_over(report=photo.report, organisation=meaux.organisation.pk, team=None, by=None, now=utc_now())
    assert worked(LATER) == PushState.TAKEN
    assert not Notice.objects.filter(photo__isnull=False).exists()
    assert Notice.objects.filter(line__kind="handed").exists()


def test_words_that_could_not_be_taken_in_are_in_no_log(
    server: Server, town: FakeTown, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    handed(server)
    worked()
    town.tell("1", Stage.FIXED, "Madame Durand avait la clé")

    def broken(*_given: object) -> None:
        raise ArithmeticError

    monkeypatch.setattr("beffroi.systems.reports.reader._act", broken)
    read(server.pk, Server.objects.get().attempts, lambda: utc_now() + timedelta(seconds=1))
    assert Server.objects.get().fault == "ArithmeticError"
    assert "ArithmeticError" in caplog.text
    assert "Durand" not in caplog.text


def turn(server: Server) -> None:
    """What the server says is read."""
    read(server.pk, Server.objects.get(pk=server.pk).attempts, lambda: utc_now() + timedelta(seconds=1))


def test_two_that_they_join_are_joined_here_once(server: Server, town: FakeTown) -> None:
    first, second = handed(server), handed(server)
    carry(claim_pushes(now=utc_now(), most=10), utc_now)
    numbers = dict(Push.objects.values_list("report_id", "remote"))
    town.tell(numbers[second.pk], Stage.DUPLICATE, numbers[first.pk])
    for _time in range(2):
        turn(server)
    second.refresh_from_db()
    assert (second.stage, second.into_id) == (Step.MERGED, first.pk)
    assert Line.objects.filter(report=second, kind__in=["merged", "said"]).count() == 1
    assert not Notice.objects.exists()


def test_what_they_join_to_another_goes_on_as_that_one_does(report: Report, server: Server, town: FakeTown) -> None:
    worked()
    town.requests["40"] = replace(town.requests["1"], service_request_id="40")
    town.tell("1", Stage.DUPLICATE, "40")
    for _time in range(2):
        turn(server)
    report.refresh_from_db()
    assert (report.stage, report.closed_at) == (Step.RECEIVED, None)
    assert Line.objects.get(report=report, kind="said").text.endswith("40.")
    town.tell("40", Stage.FIXED, "Lampe changée.")
    turn(server)
    report.refresh_from_db()
    assert report.stage == Step.DONE


def test_all_that_they_join_to_another_is_mended_with_it_and_hears_nothing_of_its_own(
    server: Server, town: FakeTown
) -> None:
    first, second = handed(server), handed(server)
    carry(claim_pushes(now=utc_now(), most=10), utc_now)
    town.requests["40"] = replace(town.requests["1"], service_request_id="40")
    for number in Push.objects.values_list("remote", flat=True):
        town.tell(number, Stage.DUPLICATE, "40")
    turn(server)
    say_of_report(report=first, said=Said("Toujours éteint."), staff=True, by=None, now=utc_now())
    tell(claim_notices(now=utc_now(), most=10), utc_now)
    turn(server)
    assert Line.objects.get(text="Toujours éteint.").report_id == first.pk
    town.tell("40", Stage.FIXED, "Lampe changée.")
    turn(server)
    assert dict(Report.objects.values_list("pk", "stage")) == {first.pk: Step.DONE, second.pk: Step.DONE}


def test_a_duplicate_of_nobody_knows_what_stays_open(report: Report, server: Server, town: FakeTown) -> None:
    worked()
    town.tell("1", Stage.DUPLICATE, "Déjà signalé par un voisin, merci !")
    turn(server)
    report.refresh_from_db()
    assert (report.stage, Push.objects.get().joined) == (Step.RECEIVED, "")
    assert "Déjà signalé par un voisin" in Line.objects.get(report=report, kind="said").text
    town.tell("1", Stage.DUPLICATE, "99")
    town.tell("1", Stage.OPEN, "Finalement non.")
    turn(server)
    assert Push.objects.get().joined == ""


@pytest.mark.parametrize("talkative", [True, False])
def test_what_they_joined_to_another_is_not_mended_when_its_own_number_is_closed(
    report: Report, server: Server, town: FakeTown, *, talkative: bool
) -> None:
    worked()
    town.requests["40"] = replace(town.requests["1"], service_request_id="40")
    town.tell("1", Stage.DUPLICATE, "40")
    turn(server)
    town.talkative = talkative
    town.tell("1", Stage.CLOSED, "Clos.")
    turn(server)
    report.refresh_from_db()
    assert report.stage == Step.RECEIVED
    town.tell("40", Stage.FIXED, "Clos.")
    turn(server)
    report.refresh_from_db()
    assert report.stage == Step.DONE
