"""What a browser sends twice at the same instant is one; what somebody else does at that instant is seen. The first one holds its
transaction open until the others wait for it.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from uuid import uuid4

import psycopg
import pytest
from django.core.cache import cache
from django.db import connections, transaction
from django.test import Client
from django.utils.timezone import localdate

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.tests.outside import eventually
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions.rounds import Plan, make_round, shortlist_reports
from beffroi.systems.reports.factories import HERE, make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Letter, Report, Round, Stop, Subscription
from tests.holding import WAITING

NORA = "nora@exemple.fr"
Answer = tuple[int, str]


@pytest.fixture(autouse=True)
def nobody_asked_yet(own_database: ConnectionInfo) -> None:
    cache.clear()


@pytest.fixture
def town() -> Authority:
    authority = make_authority("meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


@pytest.fixture
def firm(town: Authority, hole: Category) -> Organisation:
    found = make_organisation("Fibre 77")
    make_convention(town.id, found.id, [hole], until=utc_now() + timedelta(days=10))
    return found


def press(person: Person | None, address: str, **said: str) -> Answer:
    """The button, from a thread of its own."""
    client = Client(headers={"accept-language": "en"})
    try:
        if person is not None:
            client.force_login(person)
        answer = client.post(address, said, follow=True)
        return answer.status_code, answer.content.decode()
    finally:
        connections.close_all()


While = Callable[[Callable[[], None], list[Callable[[], Answer]]], list[Answer]]


@pytest.fixture
def while_written(own_database: ConnectionInfo) -> Iterator[While]:
    """What each answers that is pressed before the first, who writes this, is done."""
    with psycopg.connect(own_database.app_url, autocommit=True) as looking:

        def run(write: Callable[[], None], presses: list[Callable[[], Answer]]) -> list[Answer]:
            with ThreadPoolExecutor(len(presses)) as threads:
                with transaction.atomic(), writing():
                    write()
                    pressed = [threads.submit(one) for one in presses]
                    many = (len(presses),)
                    eventually(lambda: looking.execute(WAITING).fetchone() == many, "they wait for the first")
                return [one.result() for one in pressed]

        yield run


def test_a_subscription_that_is_sent_again_at_the_same_instant_is_one(
    town: Authority, hole: Category, while_written: While
) -> None:
    now = utc_now()
    first = Subscription(authority=town, category=hole, email=NORA, since=now, told_until=now, language="en")
    said = {"area": "all", "category": hole.code, "email": NORA}

    def again() -> Answer:
        return press(None, "/reports/meaux/subscribe/", **said)

    answers = while_written(first.save, [again, again])
    assert [code for code, _page in answers] == [200, 200]
    assert Subscription.objects.get().pk == first.pk
    assert Letter.objects.filter(kind="confirm").count() == 1


def test_a_round_that_is_sent_again_at_the_same_instant_is_one(
    town: Authority, hole: Category, while_written: While
) -> None:
    alice, report, page = make_member("Alice", town.organisation, Role.AGENT), reported(hole), uuid4()
    shortlist_reports(reports=[report], by=alice.pk, now=utc_now())
    first = Round(
        authority=town,
        organisation=town.organisation,
        submission=page,
        day=localdate(utc_now()),
        starts=time(8),
        latitude=HERE.latitude,
        longitude=HERE.longitude,
        made_at=utc_now(),
    )

    def write() -> None:
        first.save()
        Stop.objects.create(authority=town, round=first, report=report, position=0)

    said = {"day": "2026-12-01", "starts": "08:30", "minutes": "15", "submission": str(page)}
    said |= {"latitude": str(HERE.latitude), "longitude": str(HERE.longitude)}
    address = f"/reports/rounds/new/{town.pk}/{report.organisation_id}/"
    ((code, shown),) = while_written(write, [lambda: press(alice, address, **said)])
    assert (code, Round.objects.get().pk) == (200, first.pk)
    assert report.reference in shown


def test_the_page_of_a_round_says_which_it_is(town: Authority, hole: Category) -> None:
    alice, report = make_member("Alice", town.organisation, Role.AGENT), reported(hole)
    shortlist_reports(reports=[report], by=alice.pk, now=utc_now())
    client = Client(headers={"accept-language": "en"})
    client.force_login(alice)
    page = client.get(f"/reports/rounds/new/{town.pk}/{report.organisation_id}/").content.decode()
    assert 'type="hidden" name="submission"' in page


def test_a_place_is_not_ticked_while_its_report_is_handed_over(
    town: Authority, hole: Category, firm: Organisation, while_written: While
) -> None:
    tom, report = make_member("Tom", town.organisation, Role.AGENT), reported(hole)
    plan = Plan(
        authority=town.pk,
        organisation=report.organisation_id,
        day=localdate(utc_now()),
        starts=time(8),
        start=HERE,
        person=tom.pk,
    )
    row = make_round(plan=plan, reports=[report.pk], by=None, now=utc_now())
    address = f"/reports/rounds/{row.pk}/{row.stops.get().pk}/"

    def hand() -> None:
        Report.objects.filter(pk=report.pk).update(organisation=firm)

    answers = while_written(
        hand,
        [
            lambda: press(tom, f"{address}done/", text="Rebouché"),
            lambda: press(tom, f"{address}mending/"),
            lambda: press(tom, f"{address}missing/", text="Rien vu"),
        ],
    )
    assert all("somebody else has it by now" in page for _code, page in answers)
    found = Report.objects.get(pk=report.pk)
    assert (found.stage, found.closed_at, found.lines.count()) == (report.stage, None, 1)
    assert row.stops.get().skipped_at is None
