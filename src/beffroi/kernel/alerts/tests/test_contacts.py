"""Where people and programs are told: by the pages and the API; one's own, and nobody else's."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, cast
from uuid import UUID, uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.push import identity
from beffroi.adapters.push.fake import Browser, FakePushService, Mood
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.contacts import MOST_BROWSERS, drop_subscription
from beffroi.kernel.alerts.actions.delivery import Attempted, claim_deliveries, note_attempts
from beffroi.kernel.alerts.factories import ring, watch
from beffroi.kernel.alerts.models import Delivery, PushSubscription, Webhook
from beffroi.kernel.alerts.rules import Channel
from beffroi.kernel.alerts.tests.outside import phone_of
from beffroi.kernel.register.models import Entry
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import Handover, Outcome

if TYPE_CHECKING:
    from pathlib import Path

    from beffroi.kernel.alerts.factories import Watch

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
FAR = FakePushService(utc_now, address="https://push.example.test")


@pytest.fixture
def service(settings: Settings, tmp_path: "Path") -> Iterator[FakePushService]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    settings.BEFFROI_HOME = tmp_path
    identity.furnish(tmp_path)
    with FakePushService(utc_now).running() as running:
        yield running


def logged_in(person: Person) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(person)
    return client


def given(browser: Browser, **changes: str) -> dict[str, str]:
    return {"endpoint": browser.endpoint, "p256dh": browser.p256dh, "auth": browser.auth, **changes}


def post(client: Client, path: str, body: dict[str, str]) -> HttpResponse:
    return cast("HttpResponse", client.post(f"/api/v1/push/{path}", body, content_type="application/json"))


def live() -> list[str]:
    return list(PushSubscription.objects.filter(gone_at=None).order_by("made_at").values_list("endpoint", flat=True))


def test_a_browser_is_told_once_however_often_it_subscribes(here: "Watch") -> None:
    browser, client = FAR.subscribe(), logged_in(here.alice)
    client.defaults["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36"
    assert [post(client, "subscriptions", given(browser)).status_code for _ in range(2)] == [201, 201]
    (row,) = PushSubscription.objects.all()
    assert (row.person, row.label) == (here.alice, "Chrome, Android")
    assert "Chrome, Android" in client.get("/alerts/contacts/").content.decode()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"endpoint": "http://push.example.test/1"}, "not-an-endpoint"),
        ({"endpoint": "https://127.0.0.1/1"}, "not-an-endpoint"),
        ({"endpoint": "https://169.254.169.254/latest"}, "not-an-endpoint"),
        ({"endpoint": "file:///etc/passwd"}, "not-an-endpoint"),
        ({"p256dh": "AAAA"}, "not-keys"),
        ({"auth": "AAAA"}, "not-keys"),
        ({"endpoint": "https://push.example.test/" + "x" * 1000}, "invalid"),
    ],
)
def test_what_is_no_subscription_is_refused(here: "Watch", changes: dict[str, str], code: str) -> None:
    answer = post(logged_in(here.alice), "subscriptions", given(FAR.subscribe(), **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)  # type: ignore[attr-defined]  # the test client's
    assert live() == []


def test_a_browser_that_somebody_else_logs_in_with_is_theirs(here: "Watch") -> None:
    browser = FAR.subscribe()
    for person in (here.alice, here.opal):
        assert post(logged_in(person), "subscriptions", given(browser)).status_code == 201
    assert PushSubscription.objects.get().person == here.opal


def test_the_oldest_browsers_are_given_up(here: "Watch", now: datetime) -> None:
    browsers = [phone_of(here.alice.pk, FAR, now + timedelta(seconds=number)) for number in range(MOST_BROWSERS + 2)]
    assert live() == [browser.endpoint for browser in browsers[2:]]


def test_nobody_ends_or_tries_somebody_else_s_browser(here: "Watch", now: datetime) -> None:
    phone_of(here.alice.pk, FAR, now)
    row = PushSubscription.objects.get()
    for person in (here.opal, here.bob, here.administrator):
        for deed in ("end", "try"):
            assert logged_in(person).post(f"/alerts/contacts/{row.pk}/{deed}/").status_code == 404
    assert len(live()) == 1
    assert logged_in(here.alice).post(f"/alerts/contacts/{row.pk}/end/").status_code == 302
    assert live() == []
    assert logged_in(here.alice).post(f"/alerts/contacts/{row.pk}/end/").status_code == 404


def test_a_replaced_subscription_is_known_by_the_secret_of_the_former_one(here: "Watch", now: datetime) -> None:
    former, fresh, thief = phone_of(here.alice.pk, FAR, now), FAR.subscribe(), FAR.subscribe()
    stolen = given(thief, former_endpoint=former.endpoint, former_auth=thief.auth)
    assert post(Client(headers=ENGLISH), "subscriptions/renewed", stolen).status_code == 404
    nowhere = given(thief, former_endpoint=thief.endpoint, former_auth=thief.auth)
    assert post(Client(headers=ENGLISH), "subscriptions/renewed", nowhere).status_code == 404
    assert live() == [former.endpoint]
    renewed = given(fresh, former_endpoint=former.endpoint, former_auth=former.auth)
    assert post(Client(headers=ENGLISH), "subscriptions/renewed", renewed).status_code == 200
    (row,) = PushSubscription.objects.all()
    assert (row.endpoint, row.auth, row.person) == (fresh.endpoint, fresh.auth, here.alice)


def renewed(former: Browser, fresh: Browser, secret: str | None = None) -> int:
    """What a service worker, which has no session, is answered."""
    body = given(fresh, former_endpoint=former.endpoint, former_auth=former.auth if secret is None else secret)
    return post(Client(headers=ENGLISH), "subscriptions/renewed", body).status_code


def gone(now: datetime, meanwhile: Callable[[], object] = lambda: None) -> None:
    """The push service says of the address that a message was meant for that it is nobody's; by then, something may have happened."""
    claimed = claim_deliveries(channel=Channel.PUSH, now=now, most=10)
    meanwhile()
    note_attempts(attempts=[Attempted(each, Handover(Outcome.GONE, "http-410")) for each in claimed], now=now)


def test_a_browser_that_wakes_after_its_address_was_given_up_is_told_again(here: "Watch", now: datetime) -> None:
    former, fresh = phone_of(here.opal.pk, FAR, now), FAR.subscribe()
    ring(here, now=now)
    gone(now)
    assert live() == []
    assert renewed(former, fresh) == 200
    assert live() == [fresh.endpoint]
    assert renewed(former, FAR.subscribe()) == 404, "its former secret is spent"


def test_an_address_that_was_replaced_meanwhile_is_told_at_the_new_one(here: "Watch", now: datetime) -> None:
    former, fresh = phone_of(here.opal.pk, FAR, now), FAR.subscribe()
    ring(here, now=now)
    gone(now, lambda: renewed(former, fresh))
    assert live() == [fresh.endpoint]
    (again,) = claim_deliveries(channel=Channel.PUSH, now=now + timedelta(seconds=5), most=10)
    assert (again.address, again.reachable) == (fresh.endpoint, True)
    gone(now + timedelta(minutes=1))
    assert live() == [], "that one is nobody's either"


def test_a_trial_that_finds_the_former_address_gone_leaves_the_new_one(here: "Watch", now: datetime) -> None:
    former, fresh = phone_of(here.opal.pk, FAR, now), FAR.subscribe()
    row = PushSubscription.objects.get()
    assert renewed(former, fresh) == 200
    drop_subscription(subscription=row.pk, endpoint=former.endpoint, now=now)
    assert live() == [fresh.endpoint]
    drop_subscription(subscription=row.pk, endpoint=fresh.endpoint, now=now)
    assert live() == []


def test_one_that_its_page_has_registered_already_is_told_once(here: "Watch", now: datetime) -> None:
    former = phone_of(here.alice.pk, FAR, now)
    fresh = phone_of(here.alice.pk, FAR, now + timedelta(seconds=1))
    assert renewed(former, fresh) == 200
    assert live() == [fresh.endpoint]
    assert renewed(former, fresh) == 404, "its former secret is spent"
    assert live() == [fresh.endpoint]


def test_a_refusal_to_renew_changes_nothing(here: "Watch", now: datetime) -> None:
    mine, theirs = phone_of(here.alice.pk, FAR, now), phone_of(here.opal.pk, FAR, now + timedelta(seconds=1))
    assert renewed(mine, theirs) == 422, "somebody else logged in with it"
    assert live() == [mine.endpoint, theirs.endpoint]


def test_one_that_its_owner_gave_up_is_not_brought_back_by_its_browser(here: "Watch", now: datetime) -> None:
    former = phone_of(here.alice.pk, FAR, now)
    client = logged_in(here.alice)
    assert client.post(f"/alerts/contacts/{PushSubscription.objects.get().pk}/end/").status_code == 302
    assert renewed(former, FAR.subscribe()) == 404
    assert renewed(former, FAR.subscribe(), "") == 404
    assert live() == []
    assert post(client, "subscriptions", given(former)).status_code == 201, "from its own page it is"
    assert live() == [former.endpoint]


def test_the_oldest_is_given_up_for_one_that_comes_back_too(here: "Watch") -> None:
    now = utc_now() - timedelta(hours=1)
    former = phone_of(here.opal.pk, FAR, now)
    ring(here, now=now)
    gone(now)
    others = [phone_of(here.opal.pk, FAR, now + timedelta(seconds=1 + number)) for number in range(MOST_BROWSERS)]
    fresh = FAR.subscribe()
    assert renewed(former, fresh) == 200
    assert set(live()) == {fresh.endpoint, *(each.endpoint for each in others[1:])}
    assert renewed(others[0], FAR.subscribe()) == 404


def test_what_was_shown_is_kept_once_and_told_to_nobody(here: "Watch", now: datetime) -> None:
    phone_of(here.opal.pk, FAR, now)
    ring(here, now=now)
    row = Delivery.objects.get(channel="push")
    for number in (row.pk, row.pk, uuid4()):
        assert Client().post(f"/api/v1/push/shown/{number}").status_code == 204
    row.refresh_from_db()
    first = row.shown_at
    assert first is not None
    assert Client().post(f"/api/v1/push/shown/{row.pk}").status_code == 204
    row.refresh_from_db()
    assert row.shown_at == first


def test_a_browser_is_tried_for_real_and_not_too_often(here: "Watch", now: datetime, service: FakePushService) -> None:
    phone, client = phone_of(here.alice.pk, service, now), logged_in(here.alice)
    attempt = f"/alerts/contacts/{PushSubscription.objects.get().pk}/try/"
    assert "within seconds" in client.post(attempt, follow=True).content.decode()
    (message,) = cast("list[dict[str, object]]", service.messages(phone))
    assert (message["title"], message["delivery"], message["silent"]) == ("It works", None, False)
    assert "wait ten seconds" in client.post(attempt, follow=True).content.decode()
    assert service.asked[phone.endpoint] == 1


@pytest.mark.parametrize(
    ("mood", "words", "left"), [(Mood.GONE, "ended its notifications", 0), (Mood.BROKEN, "http-502", 1)]
)
def test_a_trial_that_fails_says_how(
    here: "Watch", service: FakePushService, mood: Mood, words: str, left: int
) -> None:
    phone = phone_of(here.alice.pk, service, utc_now())
    service.behave(phone, mood)
    attempt = f"/alerts/contacts/{PushSubscription.objects.get().pk}/try/"
    assert words in logged_in(here.alice).post(attempt, follow=True).content.decode()
    assert len(live()) == left


def added(person: Person, authority: UUID, **changes: str) -> HttpResponse:
    form = {"of": str(authority), "name": "CSU", "url": "https://csu.example.test/hook", **changes}
    return cast("HttpResponse", logged_in(person).post("/told/programs/", form))


def test_a_program_is_added_on_the_record_and_its_secret_shown_once(here: "Watch") -> None:
    answer = added(here.administrator, here.authority.pk)
    row = Webhook.objects.get()
    assert answer.status_code == 201
    assert row.secret in answer.content.decode()
    client = logged_in(here.administrator)
    listed = client.get("/told/programs/").content.decode()
    assert "csu.example.test" in listed
    assert row.secret not in listed
    for deed, retired in (("end", True), ("restore", False)):
        assert client.post(f"/told/programs/{row.pk}/{deed}/").status_code == 302
        row.refresh_from_db()
        assert (row.retired_at is not None) is retired
    assert Entry.objects.filter(kind="webhook.changed").count() == 3


@pytest.mark.parametrize("url", ["http://csu.example.test/", "https://10.0.0.1/hook", "https://[::1]/", "csu"])
def test_a_program_inside_is_refused_in_words(here: "Watch", url: str) -> None:
    answer = added(here.administrator, here.authority.pk, url=url)
    assert answer.status_code == 422
    assert "must be public" in answer.content.decode()
    assert not Webhook.objects.exists()


def test_programs_are_the_administrators_own(here: "Watch", now: datetime) -> None:
    charlie = watch(now=now, slug="dijon").administrator
    added(here.administrator, here.authority.pk)
    row = Webhook.objects.get()
    for person in (here.alice, here.opal, here.bob, here.tess):
        assert logged_in(person).get("/told/programs/").status_code == 404
        assert added(person, here.authority.pk).status_code == 404
    assert added(charlie, here.authority.pk).status_code == 422, "not an authority of his"
    assert "csu.example.test" not in logged_in(charlie).get("/told/programs/").content.decode()
    assert logged_in(charlie).post(f"/told/programs/{row.pk}/end/").status_code == 404
    assert Webhook.objects.get().retired_at is None
