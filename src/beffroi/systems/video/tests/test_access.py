"""What inhabitants ask about images of themselves, its month, and its answer, by HTTP."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.register.models import Entry, Payload
from beffroi.lib.clock import utc_now
from beffroi.systems.video.factories import Residence, residence
from beffroi.systems.video.models import AccessRequest
from beffroi.systems.video.rules import months_after

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


def ask(here: Residence) -> tuple[AccessRequest, str]:
    answer = client().post(
        "/video/at/charenton/ask/",
        {
            "site": str(here.site.pk),
            "right": "access",
            "words": TOLD,
            "name": "Mireille Duval",
            "contact": "mireille@example.org",
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
