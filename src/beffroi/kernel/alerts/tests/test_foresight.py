"""Who would be told, said beforehand: from the statement that tells, and held against what an alert then makes."""

import re
from datetime import UTC, datetime, time, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import localtime

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.preferences import set_preference
from beffroi.kernel.alerts.actions.raising import escalate_unanswered
from beffroi.kernel.alerts.factories import FORCED, LATE, OPEN, Watch, crowd, ring, with_phone
from beffroi.kernel.alerts.models import Delivery, Notice
from beffroi.kernel.alerts.rules import Channel
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db
NIGHT = datetime(2027, 3, 3, 1, 30, tzinfo=UTC)
ROW = re.compile(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', re.DOTALL)
CELL = re.compile(r">(\d+)</td>")


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def page(here: Watch, kind: str, at: datetime, person: Person, **chosen: UUID) -> str:
    given = {"at": localtime(at).strftime("%Y-%m-%dT%H:%M"), **{name: str(pk) for name, pk in chosen.items()}}
    answer = as_(person).get(f"/told/now/{here.authority.pk}/{kind}/", given)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def said(text: str) -> list[dict[str, list[int]]]:
    """By step: organisation → people, notification, SMS, e-mail, waiting, screen only."""
    steps = text.split('<section class="card"')[1:]
    return [{name: [int(cell) for cell in CELL.findall(cells)] for name, cells in ROW.findall(step)} for step in steps]


def made(notice: Notice, step: int) -> dict[str, list[int]]:
    """The same of the deliveries that were really made."""
    found: dict[str, list[int]] = {}
    rows = Delivery.objects.filter(notice=notice, step=step, person__isnull=False).select_related("organisation")
    people: dict[tuple[str, object], list[Delivery]] = {}
    for row in rows:
        people.setdefault((row.organisation.name if row.organisation else "", row.person_id), []).append(row)
    for (name, _person), deliveries in people.items():
        counts = found.setdefault(name, [0] * 6)
        others = [each for each in deliveries if each.channel != Channel.SCREEN]
        counts[0] += 1
        for place, channel in enumerate((Channel.PUSH, Channel.SMS, Channel.MAIL), start=1):
            counts[place] += any(each.channel == channel for each in others)
        counts[4] += bool(others) and min(each.due_at for each in others) > deliveries[0].made_at
        counts[5] += not others
    return found


@pytest.fixture
def busy(here: Watch) -> Watch:
    """Phones, quiet hours, somebody who wants no letter, and a crowd at the partner's."""
    with_phone(here.opal, NIGHT)
    with_phone(here.alice, NIGHT)
    for person, mail in ((here.alice, "instead"), (here.bob, "never")):
        set_preference(push=True, mail=mail, quiet_starts=time(21), quiet_ends=time(7), days_off=False, by=person.pk)
    crowd(here.partner, 40, now=NIGHT)
    return here


@pytest.mark.parametrize("kind", [OPEN, FORCED, LATE])
def test_what_is_said_is_what_is_made(busy: Watch, kind: str) -> None:
    before = said(page(busy, kind, NIGHT, busy.alice, convention=busy.convention.pk, organisation=busy.partner.pk))
    notice = ring(busy, now=NIGHT, kind=kind).notice
    assert before[0] == made(notice, 1)
    assert before[0], "somebody is told"


def test_the_next_step_is_said_at_its_own_moment(busy: Watch) -> None:
    text = page(busy, FORCED, NIGHT, busy.alice, convention=busy.convention.pk)
    steps = said(text)
    notice = ring(busy, now=NIGHT, kind=FORCED).notice
    escalate_unanswered(authority=busy.authority.pk, notice=notice.pk, now=NIGHT + timedelta(minutes=5))
    assert steps[1] == made(notice, 2)
    escalate_unanswered(authority=busy.authority.pk, notice=notice.pk, now=NIGHT + timedelta(minutes=10))
    assert steps[2] == made(notice, 3), "the administrators, when nobody answered at all"
    assert "After 5 min" in text
    assert "It stops there." in text


def test_a_step_with_nobody_is_passed_at_once(here: Watch) -> None:
    text = page(here, OPEN, NIGHT, here.alice)
    assert "Nobody would be there" in text, "without a convention there is no partner to tell"
    assert "After" not in text


def test_names_are_of_ones_own_people(busy: Watch) -> None:
    text = page(busy, OPEN, NIGHT, busy.administrator, convention=busy.convention.pk)
    assert "Person 7" not in text
    assert busy.bob.name not in text
    assert busy.opal.name in page(busy, FORCED, NIGHT, busy.administrator)


def test_strangers_see_no_such_page(here: Watch) -> None:
    stranger = make_member("Charlie", make_authority("provins", "Provins").organisation, Role.ADMINISTRATOR)
    for person in (stranger, here.bob, here.tess):
        assert as_(person).get(f"/told/now/{here.authority.pk}/{FORCED}/").status_code == 404
    assert as_(here.alice).get(f"/told/now/{here.authority.pk}/no.such/").status_code == 404
    wrong = as_(here.alice).get(f"/told/now/{here.authority.pk}/{FORCED}/", {"at": "yesterday"})
    assert wrong.status_code == 422
