"""Being told: one letter an outcome, to addresses that were confirmed; the question two weeks after; nothing once they stopped."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.alerts.actions.preferences import set_preference
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome
from beffroi.lib.viewer import Role
from beffroi.persistence.letters import Sealed
from beffroi.systems.reports import jobs
from beffroi.systems.reports.actions.handling import (
    Said,
    answer_whether_mended,
    decide_line,
    follow_report,
    leave_report,
    mend_report,
    merge_report,
    reopen_report,
    say_of_report,
    stage_report,
    take_up_report,
)
from beffroi.systems.reports.actions.telling import GROUPED, MOST_QUESTIONS, PAUSES
from beffroi.systems.reports.factories import make_category, reported
from beffroi.systems.reports.models import Category, Follower, Letter, Report
from beffroi.systems.reports.rules import ASKED_AFTER, LetterState, Stage

pytestmark = pytest.mark.usefixtures("own_database")
MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NORA = "nora@exemple.fr"
DONE = Said("Rebouché ce matin.")
LINK = re.compile(r"https?://[^/\s]+(/reports/follow/\S+)")


def category() -> Category:
    return make_category(make_authority().id)


def fresh(report: Report) -> Report:
    return Report.objects.select_related("category").get(pk=report.pk)


def carried(now: datetime, outcome: Handover = HANDED_OVER) -> list[Sealed]:
    """What the alerter would carry then."""
    letters = jobs.claim(now, 50)
    for letter in letters:
        jobs.note(letter, outcome, now)
    return letters


def confirmed(report: Report, email: str = NORA, now: datetime = MONDAY) -> Follower:
    """Somebody without an account, whose address is theirs."""
    row = Follower.objects.get(report=report, email=email)
    carried(now)
    take_up_report(follower=row, now=now)
    return row


def test_an_address_is_asked_first_and_told_nothing_before() -> None:
    report = reported(category(), email="Nora@exemple.fr", now=MONDAY)
    (question,) = carried(MONDAY)
    assert question.to == NORA
    assert question.language == "fr"
    assert report.reference in question.subject
    assert LINK.search(question.text)
    stage_report(report=report, stage=Stage.ACKNOWLEDGED, by=None, now=MONDAY + HOUR)
    assert carried(MONDAY + 2 * HOUR) == []
    assert Letter.objects.count() == 1


def test_one_letter_an_outcome_and_what_comes_together_is_one() -> None:
    report = reported(category(), email=NORA, now=MONDAY)
    confirmed(report)
    stage_report(report=report, stage=Stage.ACKNOWLEDGED, by=None, now=MONDAY + HOUR)
    planned = MONDAY + HOUR + GROUPED / 2
    stage_report(report=fresh(report), stage=Stage.PLANNED, planned_for=date(2026, 11, 18), by=None, now=planned)
    assert carried(MONDAY + HOUR + GROUPED / 2) == []
    (letter,) = carried(MONDAY + HOUR + GROUPED)
    assert "18 novembre 2026" in letter.text
    assert letter.text.count("2026 ") >= 2
    mend_report(report=fresh(report), said=DONE, by=None, now=MONDAY + 3 * HOUR)
    (letter,) = carried(MONDAY + 4 * HOUR)
    assert "Rebouché ce matin." in letter.text
    assert "18 novembre" not in letter.text
    assert carried(MONDAY + 5 * HOUR) == []


def test_what_is_private_or_said_by_others_is_told_to_nobody() -> None:
    report = reported(category(), email=NORA, now=MONDAY)
    confirmed(report)
    say_of_report(report=report, said=Said("Le budget manque.", public=False), staff=True, by=None, now=MONDAY + HOUR)
    say_of_report(report=report, said=Said("Chez moi aussi."), staff=False, by=None, now=MONDAY + HOUR)
    stage_report(report=report, stage=Stage.MENDING, by=None, now=MONDAY + HOUR)
    assert carried(MONDAY + 9 * HOUR) == []
    say_of_report(report=report, said=Said("Nous venons demain."), staff=True, by=None, now=MONDAY + 10 * HOUR)
    (letter,) = carried(MONDAY + 11 * HOUR)
    assert "Nous venons demain." in letter.text
    assert "budget" not in letter.text
    assert "Chez moi" not in letter.text


def test_a_person_is_told_at_their_own_address_unless_they_chose_no_mail_or_did_it_themselves() -> None:
    kind = category()
    alice = make_member("Alice", kind.authority.organisation, Role.AGENT)
    bob, carl = make_person("Bob", email="bob@example.org"), make_person("Carl", email="carl@example.org")
    report = reported(kind, author=bob.pk, now=MONDAY)
    for person in (alice, carl):
        follow_report(report=report, person=person.pk, email="", language="en", too=True, now=MONDAY)
    set_preference(push=True, mail="never", quiet_starts=None, quiet_ends=None, days_off=False, by=carl.pk)
    stage_report(report=report, stage=Stage.ACKNOWLEDGED, by=alice.pk, now=MONDAY)
    (letter,) = carried(MONDAY + HOUR)
    assert (letter.to, letter.language) == ("bob@example.org", "en")
    assert "Acknowledged" in letter.subject
    for name in ("Alice", "Carl", "carl@"):
        assert name not in letter.text + letter.html


def test_whoever_stopped_is_told_no_more_and_what_waited_is_dropped() -> None:
    report = reported(category(), email=NORA, now=MONDAY)
    follower = confirmed(report)
    stage_report(report=report, stage=Stage.ACKNOWLEDGED, by=None, now=MONDAY + HOUR)
    leave_report(follower=follower, now=MONDAY + HOUR)
    assert carried(MONDAY + 2 * HOUR) == []
    assert Letter.objects.get(kind="outcome").state == LetterState.DROPPED
    follow_report(report=report, person=None, email=NORA, language="fr", too=False, now=MONDAY + 3 * HOUR)
    mend_report(report=fresh(report), said=DONE, by=None, now=MONDAY + 4 * HOUR)
    letters = carried(MONDAY + 5 * HOUR)
    assert [letter.subject.startswith(f"Suivre le signalement {report.reference}") for letter in letters] == [True]


def test_a_mailbox_is_not_filled_from_here() -> None:
    kind = category()
    for number in range(MOST_QUESTIONS + 3):
        reported(kind, email=NORA, now=MONDAY + number * HOUR)
    assert Letter.objects.count() == MOST_QUESTIONS
    reported(kind, email=NORA, now=MONDAY + timedelta(days=3))
    assert Letter.objects.count() == MOST_QUESTIONS + 1


def test_two_weeks_after_it_was_done_its_followers_are_asked() -> None:
    report = reported(category(), email=NORA, now=MONDAY)
    confirmed(report)
    mend_report(report=report, said=DONE, by=None, now=MONDAY)
    carried(MONDAY + HOUR)
    do_deadlines(lambda: MONDAY + ASKED_AFTER - HOUR)
    assert carried(MONDAY + ASKED_AFTER) == []
    do_deadlines(lambda: MONDAY + ASKED_AFTER)
    (letter,) = carried(MONDAY + ASKED_AFTER)
    assert "?mended=yes" in letter.text
    assert "?mended=no" in letter.html


@pytest.mark.parametrize("joined", [False, True])
def test_whoever_reported_it_and_says_so_twice_still_opens_it_again(joined: bool) -> None:
    kind = category()
    report = reported(kind, email=NORA, now=MONDAY)
    row = confirmed(report)
    other = reported(kind, now=MONDAY) if joined else report
    follow_report(report=other, person=None, email=NORA, language="fr", too=True, now=MONDAY + HOUR)
    if joined:
        merge_report(report=other, into=report, by=None, now=MONDAY + 2 * HOUR)
    mend_report(report=fresh(report), said=DONE, by=None, now=MONDAY + 3 * HOUR)
    row.refresh_from_db()
    answer_whether_mended(follower=row, mended=False, text="", now=MONDAY + 4 * HOUR)
    assert fresh(report).stage == Stage.ACKNOWLEDGED


def test_nobody_is_asked_of_what_was_opened_again_and_later_once() -> None:
    report = reported(category(), email=NORA, now=MONDAY)
    confirmed(report)
    mend_report(report=report, said=DONE, by=None, now=MONDAY)
    reopen_report(report=fresh(report), said=Said("Encore là."), by=None, now=MONDAY + HOUR)
    again = MONDAY + timedelta(days=5)
    mend_report(report=fresh(report), said=DONE, by=None, now=again)
    do_deadlines(lambda: MONDAY + ASKED_AFTER + HOUR)
    assert not Letter.objects.filter(kind="asked").exists()
    do_deadlines(lambda: again + ASKED_AFTER)
    assert Letter.objects.filter(kind="asked").count() == 1


def test_a_letter_that_could_not_leave_is_tried_again_with_the_same_words() -> None:
    report = reported(category(), email=NORA, now=MONDAY)
    confirmed(report)
    stage_report(report=report, stage=Stage.ACKNOWLEDGED, by=None, now=MONDAY)
    at = MONDAY + HOUR
    (first,) = carried(at, Handover(Outcome.AGAIN, "away"))
    mend_report(report=fresh(report), said=DONE, by=None, now=at)
    (again,) = carried(at + PAUSES[0])
    assert (again.identifier, again.text) == (first.identifier, first.text)
    (other,) = carried(at + HOUR)
    assert "Rebouché" in other.text


def test_who_follows_a_duplicate_follows_the_other_confirmed_or_not_as_before() -> None:
    kind = category()
    first, second = reported(kind, now=MONDAY), reported(kind, email=NORA, now=MONDAY)
    question = carried(MONDAY)[0]
    merge_report(report=second, into=first, by=None, now=MONDAY)
    mend_report(report=fresh(first), said=DONE, by=None, now=MONDAY)
    assert carried(MONDAY + HOUR) == []
    found = LINK.search(question.text)
    assert found is not None
    answer = Client(headers={"accept-language": "en"}).post(found[1], {"act": "take-up"})
    assert answer.status_code == 302
    reopen_report(report=fresh(first), said=Said("Encore là."), by=None, now=MONDAY + 2 * HOUR)
    (letter,) = carried(MONDAY + 3 * HOUR)
    assert letter.to == NORA
    assert first.reference in letter.subject


def test_whose_report_is_joined_is_told_which_one_they_follow_now() -> None:
    kind = category()
    first, second = reported(kind, now=MONDAY), reported(kind, email=NORA, now=MONDAY)
    confirmed(second)
    merge_report(report=second, into=first, by=None, now=MONDAY + HOUR)
    (letter,) = carried(MONDAY + 2 * HOUR)
    assert letter.to == NORA
    assert second.reference in letter.subject
    assert f"vous suivez désormais le signalement {first.reference}" in letter.text
    found = LINK.search(letter.text)
    assert found is not None
    assert first.reference in Client(headers={"accept-language": "en"}).get(found[1]).content.decode()


def test_what_was_held_is_told_once_it_is_shown_and_once() -> None:
    report = reported(category(), email=NORA, now=MONDAY)
    confirmed(report)
    words = Said("Voyez avec Monsieur Petit.", remote="7")
    line = say_of_report(report=report, said=words, staff=True, by=None, now=MONDAY + HOUR)
    stage_report(report=fresh(report), stage=Stage.ACKNOWLEDGED, by=None, now=MONDAY + HOUR)
    (letter,) = carried(MONDAY + 2 * HOUR)
    assert "Petit" not in letter.text
    assert decide_line(line=line, shown=True, by=None, now=MONDAY + 5 * HOUR)
    assert not decide_line(line=line, shown=True, by=None, now=MONDAY + 6 * HOUR)
    (letter,) = carried(MONDAY + 7 * HOUR)
    assert "Petit" in letter.text
    mend_report(report=fresh(report), said=DONE, by=None, now=MONDAY + 8 * HOUR)
    (letter,) = carried(MONDAY + 9 * HOUR)
    assert "Petit" not in letter.text
