"""An administrator demands it, on record; others see who has none before the day."""

from datetime import date, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from beffroi.kernel.accounts.factories import PASSWORD
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.factors.actions import demand_factor
from beffroi.kernel.factors.factories import make_app, make_demand
from beffroi.kernel.factors.models import Demand
from beffroi.kernel.factors.queries import demand_of
from beffroi.kernel.factors.rules import Scope
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.safe.actions import seal_sheet
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db
HERE = "/settings/meaux/second-factor/"


@pytest.fixture
def meaux(settings: Settings) -> Authority:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # no secret is kept here
    cache.clear()
    return make_authority()


@pytest.fixture
def boss(meaux: Authority) -> Person:
    return make_member("Ada Lemoine", meaux.organisation, Role.ADMINISTRATOR, password=PASSWORD)


def browser(person: Person, *, confirmed: bool = True) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    if confirmed:
        client.post("/login/confirm/", {"password": PASSWORD})
    return client


def demands(client: Client, scope: str, days: int | None = 14) -> tuple[int, str]:
    day = "" if days is None else str(today() + timedelta(days=days))
    answer = client.post(HERE, {"scope": scope, "begins": day})
    return answer.status_code, answer.content.decode()


def today() -> date:
    return timezone.localdate(utc_now())


def test_it_is_demanded_from_a_day_on_record_without_names(meaux: Authority, boss: Person) -> None:
    make_app(boss)
    client = browser(boss)
    day = today() + timedelta(days=14)
    assert client.post(HERE, {"scope": "administrators", "begins": str(day)}).status_code == 302
    row = demand_of(meaux.pk)
    assert row is not None
    assert timezone.localtime(row.administrators_from).date() == day
    assert timezone.localtime(row.administrators_from).hour == 0
    entry = Entry.objects.get(kind="factor.demanded")
    assert entry.log == str(meaux.pk)
    told = Payload.objects.get(entry=entry.pk).fields
    assert "Ada" not in str(told)
    page = client.get(HERE).content.decode()
    assert "Administrators, from" in page
    assert "by Ada Lemoine" in page
    assert client.post(HERE, {"scope": "administrators", "begins": str(day)}).status_code == 302
    assert Entry.objects.filter(kind="factor.demanded").count() == 1, "what is said is not said again"


def test_it_is_taken_back_and_its_history_stays(meaux: Authority, boss: Person) -> None:
    make_app(boss)
    client = browser(boss)
    demands(client, "others")
    assert demands(client, "nobody", None)[0] == 302
    assert demand_of(meaux.pk) is None
    assert Demand.objects.get().ended_at is not None
    assert Entry.objects.filter(kind="factor.demanded").count() == 2
    assert "Ended on" in client.get(HERE).content.decode()


@pytest.mark.parametrize("scope", [Scope.NOBODY, Scope.ADMINISTRATORS])
def test_whoever_waited_for_another_speaks_after_them(meaux: Authority, boss: Person, scope: Scope) -> None:
    """Of two who press at once, one may have looked at the clock first and be served last."""
    make_app(boss)
    asked = utc_now()
    make_demand(meaux)
    other = demand_of(meaux.pk)
    assert other is not None
    assert demand_factor(authority=meaux.pk, scope=scope, begins=asked, by=boss.pk, now=asked) is None
    other.refresh_from_db()
    assert other.ended_at == other.set_at
    last = demand_of(meaux.pk)
    assert (last.administrators_from if last is not None else None) == (
        other.set_at if scope.value != "nobody" else None
    )


def test_whoever_has_none_demands_none(meaux: Authority, boss: Person) -> None:
    client = browser(boss)
    assert "You have no second factor yourself" in client.get(HERE).content.decode()
    status, words = demands(client, "administrators")
    assert status == 422
    assert "you would shut yourself out" in words
    assert demand_of(meaux.pk) is None
    assert demands(client, "nobody", None)[0] == 302


def test_who_asks_confirms_who_they_are(meaux: Authority, boss: Person) -> None:
    make_app(boss)
    client = browser(boss, confirmed=False)
    assert client.get(HERE)["location"].startswith("/login/confirm/")
    assert demands(client, "others")[0] == 302
    assert demand_of(meaux.pk) is None


def test_only_its_administrators_say_so(meaux: Authority) -> None:
    provins = make_authority("provins")
    for person in (
        make_member("Alice Perrin", meaux.organisation, Role.AGENT),
        make_member("Charlie Nguyen", provins.organisation, Role.ADMINISTRATOR),
    ):
        make_app(person)
        client = browser(person, confirmed=False)
        assert client.get(HERE).status_code == 404
        assert demands(client, "others")[0] == 404


@pytest.mark.parametrize(
    ("days", "words"), [(None, "This field is required"), (-2, "This day is past"), (182, "more than 180 days away")]
)
def test_days_that_cannot_be_are_said(meaux: Authority, boss: Person, days: int | None, words: str) -> None:
    make_app(boss)
    status, said = demands(browser(boss), "others", days)
    assert (status, words in said) == (422, True)
    assert demand_of(meaux.pk) is None


def test_naming_more_people_later_lets_nobody_go_whom_it_holds(meaux: Authority) -> None:
    boss = make_demand(meaux, scope=Scope.ADMINISTRATORS)
    before = demand_of(meaux.pk)
    assert before is not None
    client = Client(headers={"accept-language": "en"})
    client.force_login(boss)
    assert client.get(HERE)["location"].startswith("/login/second-factor/"), "it holds whoever demanded it too"
    session = client.session
    session["account_authentication_methods"] = [
        {"method": "mfa", "type": "totp", "at": utc_now().timestamp(), "reauthenticated": True}
    ]
    session["account_authentication_methods_user"] = str(boss.pk)
    session.save()
    assert demands(client, "others", 20)[0] == 302
    after = demand_of(meaux.pk)
    assert after is not None
    assert after.administrators_from == before.administrators_from
    assert after.others_from is not None
    assert "everybody who sees what concerns others, from" in client.get(HERE).content.decode()


def test_people_without_one_are_marked_counted_and_listed(meaux: Authority, boss: Person) -> None:
    make_app(boss)
    make_member("Alice Perrin", meaux.organisation, Role.AGENT)
    make_member("Marc Told", meaux.organisation, Role.MEMBER)
    seal_sheet(authority=meaux.pk, now=utc_now(), by=None)
    client = browser(boss)
    everybody = client.get("/people/").content.decode()
    assert everybody.count("No second factor") == 1
    alone = client.get("/people/?factor=none").content.decode()
    assert "1 person without a second factor" in alone
    assert "Alice Perrin" in alone
    assert "Marc Told" not in alone
    assert "Ada Lemoine" not in alone.split("<main")[1]
    words = " ".join(client.get(HERE).content.decode().split())
    assert "1 has no second factor, of 3" in words, (
        "the sheet of the safe counts among people, not among those who lack one"
    )
    alice = Person.objects.get(name="Alice Perrin")
    assert "No second factor" in client.get(f"/people/{alice.pk}/").content.decode()
