"""What the law bounds by a year ends on the eve of the same day, whatever the year and its clock; PostgreSQL holds it to that."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.formats import date_format
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.grants.actions.conventions import Manner, end_convention, sign_convention
from beffroi.kernel.grants.factories import HOUR, Residence, purposes, residence
from beffroi.kernel.grants.forms import TermsForm
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries.conventions import renewed
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS
from beffroi.kernel.grants.rules import surely
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now
from beffroi.lib.years import last_day, latest_end
from beffroi.persistence.acts import kernel_action

HERE = ZoneInfo(settings.TIME_ZONE)
A_SECOND = timedelta(seconds=1)
FIRST = datetime(1990, 1, 1, tzinfo=UTC)
# Hours around the changes of the clock, and the ends of February.
EDGES = [
    datetime(year, month, day, hour, minute, tzinfo=UTC)
    for year in range(2023, 2030)
    for month, days in ((2, (27, 28)), (3, (1, *range(24, 32))), (10, range(24, 32)))
    for day in days
    for hour in (0, 1, 2, 22, 23)
    for minute in (0, 30)
]
COUNTED = """SELECT count(*) FROM unnest(%s::timestamptz[], %s::timestamptz[], %s::int[]) AS one(starts, latest, years)
WHERE latest <> timezone(%s, timezone(%s, starts) + make_interval(years => years))"""


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_a_year_holds_each_day_of_the_calendar_once(first: date) -> None:
    last = last_day(first, 1)
    assert last - first in (timedelta(364), timedelta(365))
    assert (last.month, last.day) != (first.month, first.day)
    after = last + timedelta(1)
    assert (after.month, after.day) in {(first.month, first.day), (2, 28)}
    leap = any((first + timedelta(n)).strftime("%m%d") == "0229" for n in range(365))
    assert (last - first == timedelta(365)) <= leap


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)), st.integers(1, 5))
def test_whole_days_end_at_the_midnight_that_ends_the_last(first: date, years: int) -> None:
    starts = datetime.combine(first, time.min, HERE)
    ends = datetime.combine(last_day(first, years) + timedelta(1), time.min, HERE)
    assert latest_end(starts, years, HERE) == ends.astimezone(UTC)


@pytest.mark.django_db
def test_postgresql_counts_alike_whatever_its_sessions_clock() -> None:
    chance = random.Random(6)  # noqa: S311 - which moments are tried is no secret
    minutes = int((datetime(2100, 1, 1, tzinfo=UTC) - FIRST).total_seconds()) // 60
    some = [(FIRST + timedelta(minutes=chance.randrange(minutes)), chance.randint(1, 5)) for _ in range(2_000)]
    every = [*some, *((moment, 1) for moment in EDGES)]
    starts, years = [moment for moment, _years in every], [many for _moment, many in every]
    ends = [latest_end(moment, many, HERE) for moment, many in every]
    with connection.cursor() as cursor:
        for session in ("UTC", "Pacific/Auckland", "America/Martinique"):
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [session])
            cursor.execute(COUNTED, [starts, ends, years, settings.TIME_ZONE, settings.TIME_ZONE])
            assert cursor.fetchone() == (0,)
        cursor.execute("SELECT set_config('TimeZone', 'UTC', true)")


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, HERE).astimezone(UTC)


@pytest.fixture
def here(db: None) -> Residence:
    return residence(make_authority("charenton"), now=utc_now())


def signed(here: Residence, starts: datetime, ends: datetime) -> Convention:
    return surely(
        sign_convention(
            authority=here.authority.pk,
            partner=here.landlord.pk,
            system=here.convention.system,
            title="Another",
            valid_from=starts,
            valid_until=ends,
            purposes=purposes(HOUR, 2 * HOUR),
            transports=("network",),
            list_age=timedelta(minutes=15),
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=here.now,
            manner=Manner(years=1),
        )
    )


# Over no 29 February, over one, from one; from summer time and back.
FIRST_DAYS = [date(2026, 3, 1), date(2027, 3, 1), date(2028, 2, 29), date(2026, 3, 29), date(2026, 10, 25)]


@pytest.mark.parametrize("first", FIRST_DAYS, ids=str)
def test_a_convention_lasts_no_moment_longer_than_its_year(here: Residence, first: date) -> None:
    starts, ends = midnight(first), midnight(last_day(first, 1) + timedelta(1))
    assert signed(here, starts, ends).years == 1
    with override("en"), pytest.raises(ValidationError, match="so long"):
        signed(here, starts, ends + A_SECOND)


def test_the_database_itself_holds_it_and_leaves_what_was_signed_by_days(here: Residence) -> None:
    row = signed(here, midnight(date(2026, 3, 1)), midnight(date(2027, 3, 1)))
    row.valid_until += A_SECOND
    with pytest.raises(IntegrityError, match="convention_years"), transaction.atomic():
        save_as_it_is(convention=row, by=None)
    row.years, row.longest, row.valid_until = None, timedelta(366), row.valid_from + timedelta(366)
    save_as_it_is(convention=row, by=None)
    assert row.bounded
    assert end_convention(convention=row, by=None, now=row.valid_from + timedelta(1)) == 0
    row.refresh_from_db()
    assert row.ended_at is not None, "one that was signed before is ended as any other"


@kernel_action
def save_as_it_is(*, convention: Convention, by: None) -> None:
    """What an action that checked nothing would do."""
    convention.save()


def form(first: date, last: date) -> TermsForm:
    said = {"title": "Images", "valid_from": first.isoformat(), "valid_until": last.isoformat()}
    return TermsForm(said, years=1)


@pytest.mark.parametrize("first", FIRST_DAYS, ids=str)
def test_its_form_takes_the_eve_of_the_same_day_and_says_which_that_is(first: date) -> None:
    last = last_day(first, 1)
    assert form(first, last).is_valid()
    late = form(first, last + timedelta(1))
    with override("en"):
        assert not late.is_valid()
        (words,) = late.errors["valid_until"]
        assert "last beyond" in words
        assert date_format(last) in words


def test_what_is_written_anew_after_a_leap_year_lasts_a_year_too(
    here: Residence, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = signed(here, midnight(date(2027, 3, 1)), midnight(date(2028, 3, 1)))
    video = CONVENTION_SYSTEMS["video"]
    monkeypatch.setitem(CONVENTION_SYSTEMS, row.system, replace(video, code=row.system))
    content = renewed(row, here.now)
    assert (content["valid_from"], content["valid_until"]) == ("2028-03-01", "2029-02-28")
