"""What inhabitants ask about images of themselves, its month, and its answer, by HTTP."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.register.models import Entry, Payload
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome
from beffroi.systems.video.actions.access import Wish, answer_access, ask_access
from beffroi.systems.video.factories import Residence, residence
from beffroi.systems.video.jobs import claim, note
from beffroi.systems.video.models import AccessLetter, AccessRequest
from beffroi.systems.video.queries.access import token_of
from beffroi.systems.video.rules import RECEIVED_MOST, RECEIVED_WITHIN, Answer, Right, months_after

pytestmark = pytest.mark.django_db
TOLD = "On Tuesday at nine in the evening, entrance 2, with a red umbrella."


@pytest.fixture
def here(tmp_path: Path) -> Residence:
    return residence(tmp_path, now=utc_now())


def client(person: Person | None = None) -> Client:
    browser = Client(headers={"accept-language": "en"})
    if person is not None:
        browser.force_login(person)
    return browser


def ask(here: Residence, contact: str = "mireille@example.org") -> tuple[AccessRequest, str]:
    answer = client().post(
        "/video/at/charenton/ask/",
        {
            "site": str(here.site.pk),
            "right": "access",
            "words": TOLD,
            "name": "Mireille Duval",
            "contact": contact,
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    return AccessRequest.objects.get(), answer["Location"]


def test_two_presses_of_one_form_are_one_request(here: Residence) -> None:
    page = client().get("/video/at/charenton/ask/").content.decode()
    found = re.search(r'name="submission" value="([0-9a-f-]{36})"', page)
    assert found is not None
    typed = {
        "site": str(here.site.pk),
        "right": "access",
        "words": TOLD,
        "name": "Mireille Duval",
        "contact": "3 rue du Pont",
        "submission": found[1],
    }
    first, second = (client().post("/video/at/charenton/ask/", typed)["Location"] for _time in range(2))
    assert first == second
    assert AccessRequest.objects.count() == 1


def kinds() -> list[str]:
    found = Entry.objects.filter(kind__startswith="video.access").order_by("number")
    return list(found.values_list("kind", flat=True))


def test_somebody_asks_and_is_answered_within_the_month(here: Residence) -> None:
    row, page = ask(here)
    assert row.due_at == months_after(row.asked_at, 1)
    assert "You are answered by" in client().get(page).content.decode()
    admin = client(here.administrator)
    assert "1 request about images to answer" in admin.get("/").content.decode()
    assert TOLD in admin.get(f"/video/access/{row.pk}/").content.decode()
    without = admin.post(f"/video/access/{row.pk}/answer/", {"answer": "refused", "said": " "})
    assert (without.status_code, "A refusal says why" in without.content.decode()) == (422, True)
    assert admin.post(f"/video/access/{row.pk}/answer/", {"answer": "nothing-kept", "said": ""}).status_code == 302
    assert "Nothing is kept" in client().get(page).content.decode()
    assert set(Deadline.objects.filter(subject=row.pk).values_list("state", flat=True)) == {DeadlineState.MET}
    again = admin.post(f"/video/access/{row.pk}/answer/", {"answer": "given"}, follow=True)
    assert "answered it already" in again.content.decode()
    assert kinds() == ["video.access-asked", "video.access-answered"]
    values = str([one.fields for one in Payload.objects.all()])
    assert "Mireille" not in values
    assert "umbrella" not in values


def test_only_administrators_read_what_was_asked_and_the_link_opens_one_page(here: Residence) -> None:
    row, page = ask(here)
    for person in (here.alice, here.bob, here.lea):
        assert client(person).get(f"/video/access/{row.pk}/").status_code == 404
    assert client().get(page.replace(page[-6:-1], "AAAAA")).status_code == 404


def test_two_more_months_are_taken_once_with_a_reason(here: Residence) -> None:
    row, page = ask(here)
    admin = client(here.administrator)
    assert admin.post(f"/video/access/{row.pk}/longer/", {"why": ""}).status_code == 422
    assert admin.post(f"/video/access/{row.pk}/longer/", {"why": "Three services hold parts of it."}).status_code == 302
    row.refresh_from_db()
    assert row.due_at == months_after(row.asked_at, 3)
    assert "Three services hold parts of it." in client().get(page).content.decode()
    twice = admin.post(f"/video/access/{row.pk}/longer/", {"why": "More."}, follow=True)
    assert "can be taken once" in twice.content.decode()
    waiting = Deadline.objects.filter(subject=row.pk, kind="video.access", state=DeadlineState.WAITING)
    assert [one.due_at for one in waiting] == [row.due_at]


def test_a_week_before_the_end_administrators_are_told(here: Residence) -> None:
    row, _page = ask(here)
    do_deadlines(lambda: row.due_at - timedelta(days=8))
    assert not Alert.objects.filter(kind="video.access-due").exists()
    do_deadlines(lambda: row.due_at - timedelta(days=6))
    do_deadlines(lambda: row.due_at + timedelta(hours=1))
    assert Alert.objects.get(kind="video.access-due").subject == row.pk
    admin = client(here.administrator)
    admin.post(f"/video/access/{row.pk}/answer/", {"answer": "given", "said": "Sent by letter."})
    assert Alert.objects.get(kind="video.access-due").ended_at is not None


def letters() -> list[tuple[str, str]]:
    return list(AccessLetter.objects.order_by("written_at").values_list("told", "state"))


def test_whoever_gave_an_email_is_told_by_email_that_it_is_received_and_answered(here: Residence) -> None:
    row, page = ask(here)
    (letter,) = claim(utc_now(), 10)
    assert (letter.to, letter.subject) == (
        "mireille@example.org",
        "Your request about images of you is received · Charenton",
    )
    assert page in letter.text
    assert page in letter.html
    assert "Résidence du Pont" in letter.text
    for secret in ("Mireille", "umbrella"):
        assert secret not in letter.text + letter.html + letter.subject, "anybody may have typed the address"
    assert claim(utc_now(), 10) == [], "nobody else takes it meanwhile"
    note(letter, HANDED_OVER, utc_now())
    assert letters() == [("received", "sent")]
    client(here.administrator).post(
        f"/video/access/{row.pk}/answer/", {"answer": "refused", "said": "Nobody was found."}
    )
    (answer,) = claim(utc_now(), 10)
    assert "Nobody was found." in answer.text
    assert "CNIL" in answer.text


def test_an_email_that_cannot_be_sent_is_printed_and_posted(here: Residence) -> None:
    row, _page = ask(here)
    (letter,) = claim(utc_now(), 10)
    note(letter, Handover(Outcome.REFUSED, "no-such-mailbox"), utc_now())
    assert letters() == [("received", "paper")]
    admin = client(here.administrator)
    assert "1 letter about images to print and post" in admin.get("/").content.decode()
    paper = admin.get(f"/video/access/{row.pk}/letter/").content.decode()
    assert "Mireille Duval" in paper
    assert "Your request is received" in paper
    assert admin.post(f"/video/access/{row.pk}/posted/").status_code == 302
    assert letters() == [("received", "posted")]
    assert kinds() == ["video.access-asked", "video.access-letter-posted"]
    assert "No letter waits" in admin.post(f"/video/access/{row.pk}/posted/", follow=True).content.decode()
    assert "to print and post" not in admin.get("/").content.decode()


def test_whoever_gave_a_postal_address_gets_one_letter_that_says_how_it_stands(here: Residence) -> None:
    row, _page = ask(here, contact="3 rue du Pont, 94220 Charenton-le-Pont")
    assert letters() == [("received", "paper")]
    admin = client(here.administrator)
    admin.post(f"/video/access/{row.pk}/longer/", {"why": "Three services hold parts of it."})
    assert letters() == [("received", "dropped"), ("longer", "paper")]
    paper = admin.get(f"/video/access/{row.pk}/letter/")
    assert "Three services hold parts of it." in paper.content.decode()
    sheet = admin.get(f"/video/access/{row.pk}/letter/?format=pdf")
    assert sheet["Content-Type"] == "application/pdf"
    assert client(here.alice).get(f"/video/access/{row.pk}/letter/").status_code == 404


def test_a_mailbox_is_told_of_a_few_requests_a_day_whoever_types_its_address(here: Residence) -> None:
    """The page is the same to whoever asks, each request has its month, and its answer is mailed all the same."""
    written = ["mireille@example.org", "Mireille@Example.org", "mireille+one@example.org", "mireille+two@EXAMPLE.org"]
    now = utc_now()

    def asks(contact: str, at: datetime) -> AccessRequest:
        return ask_access(site=here.site, wish=Wish(Right.ACCESS, "M. Duval", contact, TOLD), by=None, now=at)

    asked = [asks(contact, now) for contact in (*written, "another@example.org")]
    states = [row.letters.get().state for row in asked]
    assert states == ["queued"] * RECEIVED_MOST + ["dropped", "queued"]
    assert Deadline.objects.filter(kind="video.access").count() == len(asked)
    shown = [client().get(f"/video/asked/{token_of(row)}/") for row in asked]
    assert {page.status_code for page in shown} == {200}
    answer_access(request=asked[3], answer=Answer.NOTHING_KEPT, said="", by=here.administrator.pk, now=now)
    assert asked[3].letters.get(told="answered").state == "queued"
    later = asks(written[0], now + RECEIVED_WITHIN + timedelta(minutes=1))
    assert later.letters.get().state == "queued"
