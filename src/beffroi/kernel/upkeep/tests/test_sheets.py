"""The sheet of the degraded mode: what stands on it, who reads and who writes it, and when the paper is no longer right."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.test import Client
from django.utils import translation
from django.utils.timezone import localtime

from beffroi.kernel.alerts.actions.rosters import add_slot, draw_up_roster
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.upkeep.actions.sheets import note_printed
from beffroi.kernel.upkeep.queries.sheets import LASTS, Part, look, paper, printed, sheet_of
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.checkup import State
from beffroi.persistence.downtime import Downtime

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Authority:
    return make_authority()


def somebody(town: Authority, role: Role) -> Client:
    client = Client(headers={"accept-language": "fr"})
    client.force_login(make_member(f"Somebody {role}", town.organisation, role))
    return client


def states(town: Authority, after: timedelta = timedelta()) -> list[State]:
    return [finding.state for finding in look(utc_now() + after) if finding.authority == town.pk]


def test_an_administrator_writes_it_prints_it_and_is_told_when_it_has_changed(town: Authority) -> None:
    ada, alice = somebody(town, Role.ADMINISTRATOR), somebody(town, Role.AGENT)
    at = f"/degraded/{town.slug}/"
    assert "Personne n’a encore indiqué" in ada.get(at).content.decode()
    assert states(town) == [], "never printed: the first steps say so"
    texts = {"first": "Aller voir la baie", "calls": "Astreinte : 01 60 00 00 00", "keys": "Coffre du CTM"}
    assert ada.post(f"{at}edit/", texts).status_code == 302
    page = alice.get(at).content.decode()
    assert all(text in page for text in texts.values())
    assert alice.post(f"{at}edit/", texts).status_code == 404
    assert ada.post(f"{at}printed/").status_code == 302
    assert Entry.objects.filter(kind="upkeep.sheet-printed", log=str(town.pk)).count() == 1
    assert states(town) == [State.WELL]
    assert states(town, LASTS + timedelta(days=1)) == [State.WARNING]
    ada.post(f"{at}edit/", texts | {"calls": "Astreinte : 01 60 00 00 01"})
    assert states(town) == [State.WARNING]
    assert "a changé depuis" in ada.get(at).content.decode()
    ada.post(f"{at}printed/")
    assert states(town) == [State.WELL]


def test_it_may_be_had_as_a_pdf(town: Authority) -> None:
    answer = somebody(town, Role.OPERATOR).get(f"/degraded/{town.slug}/?format=pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")


def test_what_is_printed_is_what_was_shown(town: Authority) -> None:
    shown = paper(town, utc_now())
    ada = make_member("Ada", town.organisation, Role.ADMINISTRATOR)
    note_printed(authority=town.pk, digest=shown.digest, by=ada.pk, now=utc_now())
    assert sheet_of(town.pk).digest == shown.digest
    assert not paper(town, utc_now()).changed


def test_an_old_paper_is_not_called_right(town: Authority) -> None:
    ada = make_member("Ada", town.organisation, Role.ADMINISTRATOR)
    long_ago = utc_now() - LASTS - timedelta(days=1)
    note_printed(authority=town.pk, digest=paper(town, long_ago).digest, by=ada.pk, now=long_ago)
    page = somebody(town, Role.AGENT).get(f"/degraded/{town.slug}/").content.decode()
    assert "il y a plus de quatre-vingt-dix jours" in page
    assert "est à jour" not in page


def test_the_day_is_the_town_s_as_people_write_it(town: Authority) -> None:
    ada = make_member("Ada", town.organisation, Role.ADMINISTRATOR)
    evening = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    note_printed(authority=town.pk, digest=paper(town, evening).digest, by=ada.pk, now=evening)
    with translation.override("fr"):
        assert str(printed(town.pk, evening).words).endswith("02/07/2026")
        seen = [str(found.seen) for found in look(evening + LASTS * 2) if found.authority == town.pk]
    assert "2 juillet 2026" in seen[0]


def test_whose_turn_it_is_stands_by_day_from_this_morning_on(town: Authority) -> None:
    ada = make_member("Ada Martin", town.organisation, Role.OPERATOR)
    noon = utc_now().replace(month=3, day=20, hour=12) + timedelta(days=366)  # one night before April has an hour less
    roster = draw_up_roster(
        authority=town.pk, name="Astreinte", continuous=True, holidays_apart=False, now=noon, by=None
    )
    night = {"starts": time(22), "ends": time(6), "first": date(2026, 1, 1), "last": None}
    for day in range(7):
        add_slot(roster=roster, person=ada.pk, day=day, **night, now=noon, by=None)  # type: ignore[arg-type]  # night's four
    (found,) = paper(town, noon).duties
    assert [each.day for each in found.days] == [noon.date() + timedelta(days=each) for each in range(14)]
    for each in found.days:
        hours = [(localtime(turn.starts).time(), localtime(turn.ends).time()) for turn in each.turns]
        assert hours == [(time(0), time(6)), (time(22), time(0))], each.day
        assert {turn.name for turn in each.turns} == {"Ada Martin"}
    page = somebody(town, Role.AGENT).get(f"/degraded/{town.slug}/").content.decode()
    assert "00:00 – 06:00 · Ada Martin" in page
    (in_the_night,) = paper(town, noon.replace(hour=2)).duties  # in the middle of a turn, which stays one
    assert in_the_night.days == found.days


def test_each_cell_of_a_list_says_its_column(town: Authority) -> None:
    lamps = Downtime("lamps", "Lamps", (), (), head=("Who", "Where"), rows=lambda _authority, _now: [("Enedis", "A1")])
    assert Part(lamps, (("Enedis", "A1"),)).cells == [[("Who", "Enedis"), ("Where", "A1")]]
