"""A week of a roster on its page: turns whole, gaps that a link fills, drawn as they are said."""

import re
from datetime import UTC, datetime, time, timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.rosters import add_slot, draw_up_roster
from beffroi.kernel.alerts.factories import Watch
from beffroi.kernel.alerts.models import Roster
from beffroi.kernel.alerts.queries.weeks import HALF_HOURS, unbroken
from beffroi.kernel.alerts.rules import Duty

LINE = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
SPAN = re.compile(r'colspan="(\d+)"')


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def roster(here: Watch, now: datetime) -> Roster:
    """Opal, every day from 0 to 20 h; nobody after that, though somebody should be."""
    row = draw_up_roster(
        authority=here.authority.pk, name="On call", continuous=True, holidays_apart=False, now=now, by=None
    )
    for day in range(7):
        add_slot(
            roster=row,
            person=here.opal.pk,
            day=day,
            starts=time(0),
            ends=time(20),
            first=now.date() - timedelta(days=30),
            last=None,
            now=now,
            by=None,
        )
    return row


def shown(person: Person, roster: Roster, query: str = "") -> str:
    answer = as_(person).get(f"/told/rosters/{roster.pk}/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
def test_a_turn_under_way_is_one_turn(here: Watch, roster: Roster, now: datetime) -> None:
    text = shown(here.alice, roster)
    words = text.split('class="table stacking"')[1].split("</table>")[0]
    assert words.count(here.opal.name) == 7, "one a day, whatever the hour it is now"


@pytest.mark.django_db
def test_each_line_of_the_drawing_is_a_whole_day(here: Watch, roster: Roster) -> None:
    drawing = shown(here.alice, roster, "?week=2027-03-22").split('<table class="hours"')[1].split("</table>")[0]
    lines = LINE.findall(drawing.split("</thead>")[1])
    assert len(lines) == 7
    for line in lines:
        assert sum(int(span) for span in SPAN.findall(line)) == HALF_HOURS
        assert 'class="hours-turn"' in line
        assert 'class="hours-nobody"' in line


@pytest.mark.django_db
def test_a_gap_has_a_link_that_fills_it(here: Watch, roster: Roster) -> None:
    text = shown(here.opal, roster)
    assert "Nobody is on duty at 1" in text
    link = re.search(r'href="(\?from=[^"#]+)#', text)
    assert link is not None
    filled = shown(here.opal, roster, unescape(link.group(1)))
    starts = re.search(r'name="swap-starts"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="swap-starts"', filled)
    ends = re.search(r'name="swap-ends"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="swap-ends"', filled)
    assert starts is not None
    assert ends is not None
    fields = {
        "swap-starts": starts.group(1) or starts.group(2),
        "swap-ends": ends.group(1) or ends.group(2),
        "swap-leaves": "",
        "swap-takes": str(here.opal.pk),
    }
    before = text.count("Fill it")
    after = as_(here.opal).post(f"/told/rosters/{roster.pk}/swaps/", fields, follow=True).content.decode()
    assert "Written down." in after
    assert link.group(1) not in after
    assert after.count("Fill it") <= before


def test_what_touches_is_joined_and_what_does_not_is_left() -> None:
    one, other = uuid4(), uuid4()
    noon = datetime(2027, 3, 22, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    duties = [
        Duty(one, noon, noon + hour),
        Duty(one, noon + hour, noon + 2 * hour),
        Duty(other, noon + hour, noon + 3 * hour),
        Duty(one, noon + 3 * hour, noon + 4 * hour),
    ]
    assert unbroken(duties) == [
        Duty(one, noon, noon + 2 * hour),
        Duty(other, noon + hour, noon + 3 * hour),
        Duty(one, noon + 3 * hour, noon + 4 * hour),
    ]
    assert unbroken([]) == []
