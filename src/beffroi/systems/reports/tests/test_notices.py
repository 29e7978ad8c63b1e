"""What another town's server is told of a report it has: once each, in order, nothing that isn't anybody's to read, never in a circle."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from django.test import Client

from beffroi.adapters.open311.documents import Stage
from beffroi.adapters.open311.fake import FakeTown, Whim
from beffroi.kernel.territory.factories import make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.destruction import destroy_reports
from beffroi.systems.reports.actions.handling import (
    QUIETLY,
    Said,
    decline_report,
    hand_over,
    mend_report,
    merge_report,
    rate_report,
    reopen_report,
    say_of_report,
    stage_report,
    unmerge_report,
)
from beffroi.systems.reports.actions.notices import claim_notices
from beffroi.systems.reports.actions.photos import decide_photo
from beffroi.systems.reports.actions.sending import claim_pushes
from beffroi.systems.reports.actions.servers import end_server, pause_server
from beffroi.systems.reports.courier import carry
from beffroi.systems.reports.factories import make_category, reported
from beffroi.systems.reports.herald import tell
from beffroi.systems.reports.models import Line, Notice, NoticeState, Photo, Report, Server
from beffroi.systems.reports.reader import read
from beffroi.systems.reports.rules import Decline, Priority
from beffroi.systems.reports.rules import Stage as Step
from beffroi.systems.reports.tests.darkroom import address, developed, sent, taken

LATER = timedelta(minutes=3)
MOMENT = timedelta(milliseconds=1)


def handed(server: Server) -> Report:
    """A report that is on their server."""
    report = reported(server.mapped.get().category, text="Éteint depuis lundi")
    given(report, server)
    worked()
    report.refresh_from_db()
    return report


def given(report: Report, server: Server) -> None:
    hand_over(report=report, organisation=server.organisation_id, team=None, said=QUIETLY, by=None, now=utc_now())


def worked(later: timedelta = timedelta()) -> None:
    """A turn of the worker, so long from now, and as many more as there is something to tell."""
    now = utc_now() + later
    carry(claim_pushes(now=now, most=10), lambda: now)
    while due := claim_notices(now=now, most=10):
        tell(due, lambda: now)


def listened(server: Server) -> None:
    read(server.pk, Server.objects.get(pk=server.pk).attempts, lambda: utc_now() + timedelta(seconds=1))


def told(town: FakeTown) -> list[tuple[Stage, str | None]]:
    return [(one.status, one.description) for one in town.updates]


def posts(town: FakeTown) -> int:
    return sum(one.startswith("POST /v2/servicerequestupdates") for one in town.asked)


def test_words_and_stages_leave_once_and_private_ones_without_their_words(server: Server, town: FakeTown) -> None:
    report, now = handed(server), utc_now()
    said = Said("Toujours éteint.")
    say_of_report(report=report, said=said, staff=True, by=None, now=now)
    say_of_report(report=report, said=Said("En secret.", public=False), staff=True, by=None, now=now + MOMENT)
    private = Said("Madame Durand dérange.", public=False)
    stage_report(report=report, stage=Step.PLANNED, said=private, by=None, now=now + 2 * MOMENT)
    say_of_report(report=report, said=Said("C’est Madame Durand."), staff=False, by=None, now=now + 3 * MOMENT)
    mend_report(report=report, said=Said("Lampe changée."), by=None, now=now + 4 * MOMENT)
    for _time in range(2):
        worked()
    words = [words for _status, words in told(town)]
    assert (words[0], words[2:]) == ("Toujours éteint.", ["Lampe changée."])
    assert [status for status, _words in told(town)][1:] == [Stage.ACTION_SCHEDULED, Stage.FIXED]
    assert posts(town) == 3
    assert "Durand" not in str(town.updates)


def test_what_we_told_comes_back_and_is_not_said_again(server: Server, town: FakeTown) -> None:
    report = handed(server)
    say_of_report(report=report, said=Said("Toujours éteint."), staff=True, by=None, now=utc_now())
    worked()
    town.tell("1", Stage.IN_PROGRESS, "On y est.")
    for _time in range(2):
        listened(server)
        worked()
    assert list(Line.objects.filter(report=report, kind="said").values_list("text", flat=True)) == ["Toujours éteint."]
    report.refresh_from_db()
    assert (report.stage, posts(town)) == (Step.MENDING, 1)


@pytest.mark.parametrize("lost", [True, False])
def test_a_word_whose_answer_was_lost_is_looked_for_before_it_is_posted_again(
    server: Server, town: FakeTown, lost: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = handed(server)
    say_of_report(report=report, said=Said("Toujours  éteint."), staff=True, by=None, now=utc_now())
    if lost:
        town.whims = [Whim.BREAKS_OFF]
        worked()
    else:
        with monkeypatch.context() as killed:
            killed.setattr("beffroi.systems.reports.herald.note_told", lambda **_noted: None)
            worked()
        listened(server)
        assert Line.objects.filter(report=report, kind="said").count() == 1
    worked(LATER)
    assert (len(town.updates), posts(town)) == (1, 2 if lost else 1)
    assert Notice.objects.get().state == NoticeState.TAKEN


def test_words_keep_their_order_while_a_server_is_away_and_what_is_refused_is_said(
    meaux: Authority, server: Server, town: FakeTown
) -> None:
    report, now = handed(server), utc_now()
    for text in ("Un.", "Deux."):
        now += MOMENT
        say_of_report(report=report, said=Said(text), staff=True, by=None, now=now)
    town.whims = [HTTPStatus.SERVICE_UNAVAILABLE]
    worked()
    assert told(town) == []
    town.whims = [HTTPStatus.OK, HTTPStatus.BAD_REQUEST]  # the look, then the post
    worked(LATER)
    assert [words for _status, words in told(town)] == ["Deux."]
    staff = Client(headers={"accept-language": "en"})
    staff.force_login(make_member("alice", meaux.organisation))
    assert "1 message since could not be told there" in staff.get(f"/reports/{report.pk}/").content.decode()


def test_opened_again_taken_back_and_given_again_are_told(meaux: Authority, server: Server, town: FakeTown) -> None:
    report = handed(server)
    decline_report(report=report, reason=Decline.NOTHING_FOUND, said=Said("Rien vu."), by=None, now=utc_now())
    reopen_report(report=report, said=Said("Si."), by=None, now=utc_now())
    hand_over(report=report, organisation=meaux.organisation.pk, team=None, by=None, now=utc_now())
    say_of_report(report=report, said=Said("Ce n’est plus chez eux."), staff=True, by=None, now=utc_now())
    given(report, server)
    worked()
    statuses = [status for status, _words in told(town)]
    assert statuses == [Stage.NO_FURTHER_ACTION, Stage.REOPEN, Stage.INTERNAL_REFERRAL, Stage.REOPEN]
    assert len(town.requests) == 1


def test_handed_back_by_them_is_told_when_it_is_given_to_them_again(
    meaux: Authority, server: Server, town: FakeTown
) -> None:
    report = handed(server)
    town.tell("1", Stage.NOT_COUNCILS_RESPONSIBILITY, "Au département.")
    listened(server)
    worked()
    assert posts(town) == 0
    report.refresh_from_db()
    assert report.organisation_id == meaux.organisation.pk
    given(report, server)
    worked()
    assert told(town)[-1][0] is Stage.REOPEN


def test_what_is_joined_and_parted_here_is_told(server: Server, town: FakeTown) -> None:
    report, other = handed(server), reported(server.mapped.get().category)
    merge_report(report=report, into=other, by=None, now=utc_now())
    report.refresh_from_db()
    unmerge_report(report=report, by=None, now=utc_now())
    worked()
    assert [status for status, _words in told(town)] == [Stage.DUPLICATE, Stage.INVESTIGATING]
    assert all(other.reference in str(words) for _status, words in told(town))


def test_what_is_said_before_it_is_there_follows_it_and_a_pause_loses_nothing(server: Server, town: FakeTown) -> None:
    report = reported(server.mapped.get().category)
    given(report, server)
    say_of_report(report=report, said=Said("Trois lampes."), staff=True, by=None, now=utc_now())
    pause_server(server=server, paused=True, by=None, now=utc_now())
    worked()
    assert town.asked == []
    pause_server(server=server, paused=False, by=None, now=utc_now())
    worked()
    assert [one.split("?")[0].split("/")[-1] for one in town.asked] == ["requests.xml", "servicerequestupdates.xml"]
    say_of_report(report=report, said=Said("Quatre."), staff=True, by=None, now=utc_now())
    end_server(server=server, by=None, now=utc_now())
    worked()
    assert posts(town) == 1
    assert not Notice.objects.filter(due_at__isnull=False).exists()


def checked(photo: Photo, *, shown: bool = True) -> Photo:
    """Staff looked at it."""
    assert decide_photo(photo=developed(photo), shown=shown, areas=(), made=None, by=None, now=utc_now())
    return photo


def test_a_photo_that_was_checked_after_the_report_left_follows_it(server: Server, town: FakeTown) -> None:
    photo = sent(taken())
    given(photo.report, server)
    worked()
    assert [one.fields.get("media_url") for one in town.taken.values()] == [None]
    assert posts(town) == 0
    checked(photo)
    for _time in range(2):
        worked()
    assert [str(one.media_url).endswith(address(photo)) for one in town.updates] == [True]
    assert Client().get(address(photo)).status_code == 200


def test_a_photo_that_was_checked_while_the_town_had_it_is_told_when_it_is_given_again(
    meaux: Authority, server: Server, town: FakeTown
) -> None:
    photo = sent(taken())
    given(photo.report, server)
    worked()
    hand_over(report=photo.report, organisation=meaux.organisation.pk, team=None, by=None, now=utc_now())
    checked(photo)
    worked()
    assert not any(one.media_url for one in town.updates), "it isn't theirs"
    given(photo.report, server)
    worked()
    assert sum(str(one.media_url).endswith(address(photo)) for one in town.updates) == 1


def test_a_photo_leaves_once_and_one_that_is_taken_back_never(server: Server, town: FakeTown) -> None:
    first, second = checked(sent(taken())), sent(taken())
    for photo in (first, second):
        given(photo.report, server)
    worked()
    assert [bool(one.fields.get("media_url")) for one in town.taken.values()] == [True, False]
    decide_photo(photo=developed(second), shown=True, areas=(), made=None, by=None, now=utc_now())
    second.refresh_from_db()
    decide_photo(photo=second, shown=False, areas=(), made=None, by=None, now=utc_now())
    worked()
    assert (posts(town), Notice.objects.filter(due_at__isnull=False).count()) == (0, 0)
    second.refresh_from_db()
    decide_photo(photo=second, shown=True, areas=(), made=None, by=None, now=utc_now())
    worked()
    assert len(town.updates) == 1


def test_a_kind_that_became_nobody_s_to_read_leaves_without_its_words(server: Server, town: FakeTown) -> None:
    report, now = handed(server), utc_now()
    secret = make_category(server.authority_id, "Abri", public=False)
    say_of_report(report=report, said=Said("Derrière l’abri."), staff=True, by=None, now=now)
    rate_report(report=report, category=secret, priority=Priority.ORDINARY, by=None, now=now)
    stage_report(report=report, stage=Step.PLANNED, said=Said("Près de l’abri."), by=None, now=now + MOMENT)
    worked()
    assert [status for status, _words in told(town)] == [Stage.ACTION_SCHEDULED]
    assert "abri" not in str(town.updates)
    assert not Notice.objects.filter(due_at__isnull=False).exists()


def test_a_report_is_destroyed_with_what_was_told_of_it(server: Server) -> None:
    report = handed(server)
    mend_report(report=report, said=Said("Lampe changée."), by=None, now=utc_now())
    assert destroy_reports(keys=[str(report.pk)], now=utc_now(), by=None) == 1
    assert not Notice.objects.exists()
