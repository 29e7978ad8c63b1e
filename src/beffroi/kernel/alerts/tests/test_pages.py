"""The pages of alerts by HTTP: what each person sees, what they can do, and that strangers see nothing at all."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.answering import take_alert
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience
from beffroi.kernel.alerts.factories import MINUTE, OPEN, Watch, crowd, leave, make_convention, ring
from beffroi.kernel.alerts.models import Alert, Delivery
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def page(person: Person, alert: Alert, follow: str = "") -> str:
    answer = as_(person).get(f"/alerts/{alert.pk}/{follow}")
    assert answer.status_code == 200
    return answer.content.decode()


def post(person: Person, alert: Alert, act: str) -> str:
    answer = as_(person).post(f"/alerts/{alert.pk}/{act}/", follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_police_see_it_take_it_and_the_town_knows_who(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    seen = page(here.opal, alert)
    assert "Something at rue Saint-Rémy" in seen
    assert "1 person told" in seen
    assert "If nobody answers by then: agents of the authority." in seen
    assert "You have taken it. The others are told." in post(here.opal, alert, "take")
    assert f"Taken by {here.opal.name}" in page(here.alice, alert)
    assert "Somebody else has taken it." in post(here.alice, alert, "take")
    assert "You have given it back." in post(here.opal, alert, "release")
    assert "You have not taken it." in post(here.opal, alert, "release")
    assert "It is over. Those who were told see it." in post(here.alice, alert, "close")
    assert "This is over already." in post(here.opal, alert, "take")


def test_somebody_who_was_told_says_that_they_know(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    assert "It is written down that you know." in post(here.opal, alert, "acknowledge")
    assert "Somebody answered: no further step." in page(here.alice, alert)
    assert "You were not told of it." in post(here.alice, alert, "acknowledge")


def test_a_technician_who_was_told_has_one_big_button(here: Watch, now: datetime) -> None:
    audience = draw_up_audience(
        authority=here.authority.pk, name="All", convention=here.convention.pk, now=now, by=None
    )
    add_to_audience(audience=audience, organisation=here.partner.pk, now=now, by=None)
    alert = ring(here, now=now, kind=OPEN)
    seen = page(here.tess, alert)
    assert 'class="button primary large wide"' in seen
    assert "Who was told" not in seen
    post(here.tess, alert, "take")
    assert "You have taken it: the others know." in page(here.tess, alert)
    theirs = page(here.alice, alert)
    assert here.tess.name not in theirs.split("<main", 1)[1].replace(f"Taken by {here.tess.name}", "")


def test_a_partner_sees_that_it_is_taken_not_by_whom_of_the_town(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    take_alert(alert=alert, now=now, by=here.opal.pk)
    seen = page(here.bob, alert)
    assert "Taken" in seen
    assert here.opal.name not in seen
    assert here.police.name in seen, "how far it came, by organisation"


def test_strangers_see_nothing(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    charlie = make_member("Charlie", make_authority("provins").organisation, Role.AGENT)
    former = make_organisation("Former")
    make_convention(here.authority, former, now=now, until=now - MINUTE)
    dave = make_member("Dave", former, Role.DISPATCHER)
    for stranger in (charlie, dave, here.tess):
        assert as_(stranger).get(f"/alerts/{alert.pk}/").status_code == 404
        assert "rue Saint-Rémy" not in as_(stranger).get("/alerts/").content.decode()
        for act in ("take", "release", "acknowledge", "close"):
            assert as_(stranger).post(f"/alerts/{alert.pk}/{act}/").status_code == 404
            if act != "close":
                answer = as_(stranger).post(f"/api/v1/alerts/{alert.pk}/{act}")
                assert (answer.status_code, answer.json()["code"]) == (404, "alert-unknown")
    leave(here.opal, now)
    assert as_(here.opal).get(f"/alerts/{alert.pk}/").status_code == 403, (
        "told, and gone since: their last role has ended"
    )


def test_the_list_has_the_gravest_first_and_counts(here: Watch, now: datetime) -> None:
    ring(here, now=now, kind=OPEN, where="avenue Roosevelt")
    ring(here, now=now - MINUTE, where="rue Saint-Rémy")
    seen = as_(here.alice).get("/alerts/").content.decode()
    assert seen.index("rue Saint-Rémy") < seen.index("avenue Roosevelt")
    assert "Not over (2)" in seen
    assert "avenue Roosevelt" in as_(here.alice).get("/alerts/?state=untaken").content.decode()
    assert "No alert is over yet." in as_(here.alice).get("/alerts/?state=ended").content.decode()


def test_what_came_together_is_listed_in_full(here: Watch, now: datetime) -> None:
    alerts = [ring(here, now=now, where=f"street {number}") for number in range(60)]
    notice = alerts[0].notice_id
    first = as_(here.opal).get(f"/alerts/?notice={notice}&state=all").content.decode()
    assert "60 alerts that came together" in first
    assert "Page 1 of 2" in first
    found = [
        as_(here.opal).get(f"/alerts/?notice={notice}&state=all&page={number}").content.decode() for number in (1, 2)
    ]
    assert all(sum(f">{'Something at street '}{number}<" in each for each in found) == 1 for number in range(60))
    assert as_(here.opal).get("/alerts/?notice=nonsense").status_code == 200


def test_2000_people_are_counted_by_the_server_and_paged(here: Watch, now: datetime) -> None:
    crowd(here.partner, 2000, now=now)
    audience = draw_up_audience(
        authority=here.authority.pk, name="All", convention=here.convention.pk, now=now, by=None
    )
    add_to_audience(audience=audience, organisation=here.partner.pk, now=now, by=None)
    alert = ring(here, now=now, kind=OPEN)
    theirs = page(here.bob, alert)
    assert "2,002 people you know" in theirs
    assert "Page 1 of 41" in theirs
    assert theirs.count("On their screen</span>") == 50
    ours = page(here.alice, alert)
    assert "2,002 people told" in ours
    assert "Person 7" not in ours, "the town counts the partner's people, and doesn't name them"


def test_an_audience_with_nobody_in_it_is_said_on_the_page(here: Watch, now: datetime) -> None:
    leave(here.opal, now)
    alert = ring(here, now=now)
    seen = page(here.alice, alert)
    assert "A step reached nobody" in seen
    assert "Nobody was told." in seen


def test_everybody_was_told_and_nobody_answered_is_said(here: Watch, now: datetime) -> None:
    alert = ring(here, now=now)
    for minutes in (5, 10):
        do_deadlines(lambda minutes=minutes: now + minutes * MINUTE)
    assert "Everybody was told and nobody answered" in page(here.alice, alert)


class TestApi:
    def test_taking_and_giving_back(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        taken = as_(here.opal).post(f"/api/v1/alerts/{alert.pk}/take")
        assert (taken.status_code, taken.json()["state"], taken.json()["mine"]) == (200, "taken", True)
        refused = as_(here.alice).post(f"/api/v1/alerts/{alert.pk}/take")
        assert (refused.status_code, refused.json()["code"]) == (409, "taken-by-another")
        back = as_(here.opal).post(f"/api/v1/alerts/{alert.pk}/release")
        assert (back.json()["state"], back.json()["taken_by"]) == ("live", "")

    def test_what_a_screen_shows_is_kept_once(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        for _turn in range(2):
            assert as_(here.opal).post(f"/api/v1/alerts/{alert.pk}/shown").status_code == 204
        row = Delivery.objects.get(person=here.opal, channel="screen")
        assert row.shown_at is not None
        assert row.shown_at - now < timedelta(minutes=5)

    def test_acknowledging(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        assert as_(here.opal).post(f"/api/v1/alerts/{alert.pk}/acknowledge").status_code == 200
        assert as_(here.alice).post(f"/api/v1/alerts/{alert.pk}/acknowledge").json()["code"] == "not-told"

    def test_a_write_needs_its_token(self, here: Watch, now: datetime) -> None:
        alert = ring(here, now=now)
        client = Client(enforce_csrf_checks=True)
        client.force_login(here.opal)
        assert client.post(f"/api/v1/alerts/{alert.pk}/take").status_code == 403
