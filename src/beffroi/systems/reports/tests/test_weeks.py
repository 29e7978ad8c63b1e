"""The working week of an authority's services: its own hours and holidays count, for promises to come only."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.persistence.imports import Fate, Verdict, unreported
from beffroi.systems.reports.actions.past import write_past
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Opening, Report, WorkingWeek

AT = "/settings/meaux/reports/week/"
# Friday at eight in the morning; its Monday is a day like others, in Alsace and elsewhere.
FRIDAY = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)
# The day before Good Friday of 2027, which some places keep.
MAUNDY = datetime(2027, 3, 25, 7, 0, tzinfo=UTC)


@pytest.fixture
def town(own_database: None) -> Authority:
    authority = make_authority("meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def admin(town: Authority) -> Client:
    return as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))


@pytest.fixture
def potholes(town: Authority) -> Category:
    category = make_category(town.id, hours=8)
    with writing():
        Category.objects.filter(pk=category.pk).update(working=True)
    return Category.objects.get(pk=category.pk)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def hours(days: str, **more: str) -> dict[str, str]:
    """The same morning and afternoon on these days."""
    filled = {"opens": {"am": "09:00", "pm": "14:00"}, "closes": {"am": "12:00", "pm": "17:00"}}
    found = {f"{name}-{day}-{half}": filled[name][half] for day in days for half in ("am", "pm") for name in filled}
    return {**found, **more}


def test_promises_to_come_count_the_towns_own_hours_and_those_made_dont_move(admin: Client, potholes: Category) -> None:
    before = reported(potholes, now=FRIDAY)
    assert before.due_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC), "seven and a half on Friday, the rest on Monday"
    assert admin.post(AT, hours("0145")).status_code == 302
    after = reported(potholes, now=FRIDAY)
    assert after.due_at == datetime(2026, 11, 21, 10, 0, tzinfo=UTC), "six on Friday, two on Saturday"
    before.refresh_from_db()
    assert before.due_at == datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
    assert Opening.objects.count() == 8
    assert admin.post(AT, {"usual": "1"}).status_code == 302
    assert reported(potholes, now=FRIDAY).due_at == before.due_at
    assert WorkingWeek.objects.count() == 0
    assert Entry.objects.filter(kind="report.rules-changed").count() == 3, "the kind of fault, the week, its end"


@pytest.mark.parametrize(("place", "due"), [("FR", 26), ("57", 30), ("6AE", 30), ("971", 30)])
def test_holidays_are_those_of_where_the_town_lies(admin: Client, potholes: Category, place: str, due: int) -> None:
    assert admin.post(AT, hours("01234", subdivision=place)).status_code == 302
    report = reported(potholes, now=MAUNDY)
    assert report.due_at.day == due, "Good Friday is kept there; Easter Monday everywhere"


def test_what_is_wrong_comes_back_with_what_to_do(admin: Client) -> None:
    answer = admin.post(AT, hours("0", **{"closes-0-am": "08:00", "opens-1-am": "09:00"}))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "It ends before it begins." in page
    assert "Give both hours, or neither." in page
    assert 'value="08:00"' in page, "what was typed is still there"
    crossed = admin.post(AT, hours("0", **{"opens-0-pm": "11:00"})).content.decode()
    assert "The afternoon begins before the morning ends." in crossed
    assert "A week without a single hour" in admin.post(AT, {"subdivision": ""}).content.decode()
    assert WorkingWeek.objects.count() == 0


def test_a_week_is_tried_before_it_is_kept(admin: Client) -> None:
    page = admin.get(AT).content.decode()
    assert "37.5 h a week" in page
    assert 'value="08:30"' in page
    assert "24 h a week" in admin.get(f"{AT}tried/", hours("0123")).content.decode()
    assert "Correct the hours" in admin.get(f"{AT}tried/", {"opens-0-am": "x"}).content.decode()
    assert WorkingWeek.objects.count() == 0


def test_it_is_the_administrators_alone(town: Authority) -> None:
    for role in (Role.AGENT, Role.OPERATOR):
        client = as_(make_member(role.value, town.organisation, role))
        assert client.get(AT).status_code == 404
        assert client.post(AT, hours("0")).status_code == 404


def test_a_week_in_which_no_promise_could_be_kept_is_refused(admin: Client, potholes: Category) -> None:
    slip = {"opens-0-am": "09:00", "closes-0-am": "09:01"}
    assert "Correct the hours" in admin.get(f"{AT}tried/", slip).content.decode()
    answer = admin.post(AT, slip)
    assert answer.status_code == 422
    assert "too few hours" in answer.content.decode()
    assert WorkingWeek.objects.count() == 0
    an_hour = {"opens-0-am": "09:00", "closes-0-am": "10:00"}
    with writing():
        Category.objects.filter(pk=potholes.pk).update(hours=900)
    assert admin.post(AT, an_hour).status_code == 422, "a kind of fault promises more than ten years of it hold"
    with writing():
        Category.objects.filter(pk=potholes.pk).update(hours=40)
    assert admin.post(AT, an_hour).status_code == 302
    assert reported(potholes, now=FRIDAY).due_at.year == 2027


def test_a_list_of_past_reports_reads_the_week_once(town: Authority, potholes: Category) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    said: dict[str, str | float | None] = {"latitude": HERE.latitude, "longitude": HERE.longitude, "stage": "done"}
    said |= {"category": str(potholes.pk), "since": FRIDAY.isoformat(), "closed": now.isoformat()}
    empty = dict.fromkeys(("priority", "reason", "address", "text", "answer", "number"), "")
    rows = [Verdict(at, Fate.NEW, values={**empty, **said, "submission": str(uuid4())}) for at in range(20)]
    with CaptureQueriesContext(connection) as asked:
        write_past(authority=town.id, batch=uuid4(), rows=rows, report=unreported, by=None, now=now)
    assert set(Report.objects.values_list("working", "due_at")) == {(True, datetime(2026, 11, 23, 8, 0, tzinfo=UTC))}
    assert sum("reports_workingweek" in one["sql"] for one in asked) == 1
