"""Subscriptions over time: nothing empty leaves, nobody fills another's list, once a year one is asked whether one goes on."""

import re
from datetime import datetime, timedelta

import pytest
from django.core.cache import cache

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions.settings import keep_category
from beffroi.systems.reports.actions.subscribing import (
    A_YEAR,
    MOST,
    SETTLED,
    TO_ANSWER,
    Covered,
    ask_whether_on,
    subscribe,
    take_up_subscription,
    write_digests,
)
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Follower, Letter, Subscription
from beffroi.systems.reports.rules import LetterState
from beffroi.systems.reports.tests.test_subscriptions import (
    ASK,
    FAR,
    NORA,
    asked,
    carried,
    confirmed,
    evening,
    link_of,
    visitor,
)

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def nobody_asked_yet(own_database: None) -> None:
    cache.clear()


@pytest.fixture
def town() -> Authority:
    authority = make_authority("meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


def back(**when: datetime) -> None:
    """Written down so long ago."""
    with writing():
        Subscription.objects.update(**when)


def test_a_letter_with_nothing_left_to_tell_does_not_leave(town: Authority, hole: Category) -> None:
    confirmed()
    reported(hole)
    now = utc_now() + SETTLED
    assert write_digests(authority=town.id, now=now) == 1
    hole.public = False
    keep_category(category=hole, promises={}, by=None, now=now)
    assert carried(now + 9 * timedelta(hours=1)) == []
    assert Letter.objects.get(kind="digest").state == LetterState.DROPPED


def test_what_a_stranger_asked_for_in_ones_name_counts_for_nothing(town: Authority, hole: Category) -> None:
    before = utc_now() - 2 * DAY
    kinds = [make_category(town.id, f"Panne {number}").pk for number in range(MOST + 1)]

    def wanted(kind: Category | None, now: datetime) -> Subscription:
        covered = Covered(kind.pk if kind else None)
        row = subscribe(authority=town.id, covered=covered, person=None, email=NORA, language="en", now=now)
        assert row is not None
        return row

    for kind in kinds:
        wanted(Category.objects.get(pk=kind), before)
    carried(before)
    path = confirmed(category=hole.code)
    assert visitor().get(path).status_code == 200
    assert Subscription.objects.filter(confirmed_at__isnull=False).count() == 1
    stale = Subscription.objects.filter(category=kinds[0]).get()
    assert take_up_subscription(subscription=stale, now=utc_now()).value == "late"
    for kind in kinds[: MOST - 1]:
        row = wanted(Category.objects.get(pk=kind), utc_now())
        assert take_up_subscription(subscription=row, now=utc_now()).value == "done"
    waiting = Subscription.objects.get(category=kinds[-1])
    with writing():
        Subscription.objects.filter(pk=waiting.pk).update(since=utc_now())
    assert take_up_subscription(subscription=waiting, now=utc_now()).value == "full"


def test_a_question_is_answered_within_a_day(town: Authority, hole: Category) -> None:
    client = visitor()
    asked(client)
    path = link_of(carried(utc_now())[0])
    back(since=utc_now() - 25 * timedelta(hours=1))
    client.post(path, {"act": "take-up"})
    assert Subscription.objects.get().confirmed_at is None
    page = client.get(path).content.decode()
    assert "more than a day old" in page
    assert 'value="take-up"' not in page
    asked(client)
    client.post(path, {"act": "take-up"})
    assert Subscription.objects.get().confirmed_at is not None


def test_once_a_year_one_is_asked_and_one_press_is_enough(town: Authority, hole: Category) -> None:
    path, client, now = confirmed(), visitor(), utc_now()
    back(confirmed_at=now - A_YEAR + DAY)
    ask_whether_on(authority=town.id, now=now)
    assert carried(now) == []
    ask_whether_on(authority=town.id, now=now + DAY)
    (letter,) = carried(now + DAY)
    assert letter.subject == "Do you go on being told? All kinds of faults, all of Meaux"
    assert link_of(letter) == path
    assert 'value="keep"' in client.get(path).content.decode()
    ask_whether_on(authority=town.id, now=now + 2 * DAY)
    assert carried(now + 2 * DAY) == [], "asked once"
    client.post(path, {"act": "keep"})
    assert 'value="keep"' not in client.get(path).content.decode()
    ask_whether_on(authority=town.id, now=now + DAY + TO_ANSWER)
    assert Subscription.objects.get().stopped_at is None


def test_without_an_answer_it_ends_in_a_month_and_one_is_told(town: Authority, hole: Category) -> None:
    path, client, now = confirmed(), visitor(), utc_now()
    back(confirmed_at=now - A_YEAR)
    ask_whether_on(authority=town.id, now=now)
    carried(now)
    ask_whether_on(authority=town.id, now=now + TO_ANSWER - DAY)
    assert carried(now + TO_ANSWER - DAY) == []
    ask_whether_on(authority=town.id, now=now + TO_ANSWER)
    (letter,) = carried(now + TO_ANSWER)
    assert letter.subject.startswith("You are told no more")
    assert link_of(letter) == path
    assert Subscription.objects.get().stopped_at == now + TO_ANSWER
    late = client.post(path, {"act": "keep"}, follow=True).content.decode()
    assert "You go on being told of it." not in late, "a page that was open since"
    assert "Tell me again" in late
    reported(hole)
    assert evening(town) == []
    client.post(path, {"act": "take-up"})
    reported(hole)
    assert len(evening(town)) == 1


def test_whoever_has_an_account_is_asked_on_their_own_page_too(town: Authority, hole: Category) -> None:
    zoe = visitor()
    zoe.force_login(make_person("Zoe", email="zoe@example.org"))
    zoe.post(ASK, {"area": "all"})
    now = utc_now()
    back(since=now - A_YEAR)
    ask_whether_on(authority=town.id, now=now)
    (letter,) = carried(now)
    assert (letter.to, letter.subject[:21]) == ("zoe@example.org", "Do you go on being to")
    assert "Yes, go on telling me" in zoe.get("/reports/subscriptions/").content.decode()


def test_whoever_wants_it_again_while_asked_goes_on_and_nobody_says_so_for_an_address(
    town: Authority, hole: Category
) -> None:
    confirmed()
    zoe, now = visitor(), utc_now()
    zoe.force_login(make_person("Zoe", email="zoe@example.org"))
    zoe.post(ASK, {"area": "all"})
    back(since=now - A_YEAR, confirmed_at=now - A_YEAR)
    ask_whether_on(authority=town.id, now=now)
    zoe.post(ASK, {"area": "all"})
    asked(visitor())
    ask_whether_on(authority=town.id, now=now + TO_ANSWER)
    stopped = dict(Subscription.objects.values_list("email", "stopped_at"))
    assert stopped == {"": None, NORA: now + TO_ANSWER}


def test_nobody_is_told_of_what_they_reported_themselves(town: Authority, hole: Category) -> None:
    zoe = make_person("Zoe", email="zoe@example.org")
    client = visitor()
    client.force_login(zoe)
    client.post(ASK, {"area": "all"})
    confirmed()
    own = reported(hole, author=zoe.pk)
    (letter,) = evening(town)
    assert letter.to == NORA
    assert own.reference in letter.text
    theirs = reported(hole, email=NORA)
    with writing():
        Follower.objects.filter(report=theirs, email=NORA).update(confirmed_at=utc_now())
    (letter,) = evening(town)
    assert letter.to == "zoe@example.org"
    both = reported(hole, author=zoe.pk), reported(hole)
    letters = {one.to: one.text for one in evening(town)}
    assert [both[0].reference in letters[to] for to in (NORA, "zoe@example.org")] == [True, False]
    assert all(both[1].reference in text for text in letters.values())


def test_the_feed_of_a_place_is_its_subscription_s(town: Authority, hole: Category) -> None:
    near, far = reported(hole), reported(hole, position=FAR)
    lamp = reported(make_category(town.id, "Lampadaire"))
    place = {"area": "around", "latitude": str(HERE.latitude), "longitude": str(HERE.longitude), "radius": "500"}
    path = confirmed(**place, category=hole.code)
    page = visitor().get(path).content.decode()
    link = re.search(r'href="(/[^"]*feed[^"]*)"', page)
    assert link is not None
    feed = visitor().get(link[1].replace("&amp;", "&"))
    assert feed["Content-Type"].startswith("application/atom+xml")
    told = [one.reference in feed.content.decode() for one in (near, far, lamp)]
    assert told == [True, False, False]
    address = link[1].partition("?")[0]
    five = {"lat": str(HERE.latitude), "long": str(HERE.longitude), "radius": "5000"}
    wide = visitor().get(address, five).content.decode()
    assert all(one.reference in wide for one in (near, far, lamp))
    wrongs: tuple[dict[str, str], ...] = (
        {"lat": "48.9"},
        {"lat": "95", "long": "2", "radius": "500"},
        {"radius": "9000"},
        {"lat": "nan"},
    )
    for wrong in wrongs:
        answer = visitor().get(address, wrong)
        assert (answer.status_code, answer["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert "Give lat, long and radius together." in visitor().get(address, {"lat": "48.9"}).content.decode()
