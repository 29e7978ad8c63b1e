"""A phone is told: its owner allows it by a touch, an alert comes through the push service to its service worker, and is seen as shown."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from playwright.sync_api import CDPSession, Page, expect
from pytest_django import Settings

from beffroi.adapters.push import identity
from beffroi.adapters.push.fake import Browser, FakePushService
from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.models import Delivery, PushSubscription
from beffroi.kernel.alerts.tests.outside import alerting, eventually, phone_of
from beffroi.lib.clock import utc_now
from tests.journeys.browser import Chromium, Town, faults, log_in, until

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
KIND = "alerts.nobody"
# No push service answers a headless browser: its push manager is played, with keys that the test holds.
PLAYED = """
([endpoint, p256dh, auth]) => {
  const kept = () => localStorage.getItem("played");
  const subscription = () => ({ endpoint, toJSON: () => ({ endpoint, keys: { p256dh, auth } }), unsubscribe: async () => true });
  PushManager.prototype.subscribe = async (options) => {
    if (typeof options.applicationServerKey !== "string" || options.userVisibleOnly !== true) throw new TypeError("options");
    localStorage.setItem("played", "1");
    return subscription();
  };
  PushManager.prototype.getSubscription = async () => (kept() ? subscription() : null);
}
"""
# What Chromium says of its own accord, and only of a page that it has known for a while.
OFFERED = """() => {
  window.prompted = 0;
  const prompt = async () => { window.prompted += 1; };
  window.dispatchEvent(Object.assign(new Event("beforeinstallprompt", { cancelable: true }), { prompt }));
}"""
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.0 Mobile/15E148 Safari/604.1"
)
SHOWN = """
async () => (await (await navigator.serviceWorker.ready).getNotifications())
  .map(({ title, body, tag, silent, requireInteraction }) => ({ title, body, tag, silent, requireInteraction }))
"""


@pytest.fixture
def service(settings: Settings) -> Iterator[FakePushService]:
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    with FakePushService(utc_now).running() as running:
        yield running


def play(page: Page, browser: Browser) -> None:
    """Have this page's browser subscribe as that one."""
    given = json.dumps([browser.endpoint, browser.p256dh, browser.auth])
    page.context.add_init_script(f"({PLAYED})({given})")


def worker_of(page: Page) -> tuple[CDPSession, str]:
    """A line to the page's service worker, and the number of its registration."""
    devtools = page.context.new_cdp_session(page)
    found: list[str] = []

    def updated(event: dict[str, list[dict[str, object]]]) -> None:
        found.extend(str(registration["registrationId"]) for registration in event["registrations"])

    devtools.on("ServiceWorker.workerRegistrationUpdated", updated)
    devtools.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(({ active }) => Boolean(active))")
    until(page, lambda: bool(found), "no service worker is registered")
    return devtools, found[0]


def ring(town: Town) -> None:
    raise_alert(
        authority=town.authority.pk,
        kind=KIND,
        subject=town.authority.pk,
        resource=None,
        where=None,
        since=utc_now(),
        organisation=None,
        convention=None,
        facts={"audience": "Police municipale", "target": ""},
        now=utc_now(),
    )


def over(town: Town) -> None:
    assert end_alert(
        authority=town.authority.pk, kind=KIND, subject=town.authority.pk, reason="somebody-again", now=utc_now()
    )


def received(town: Town, service: FakePushService, phone: Browser, count: int) -> dict[str, object]:
    """The last of so many messages that an alerter brought to that phone's push service."""

    def bring() -> object:
        with alerting():
            eventually(lambda: len(service.messages(phone)) == count, f"message {count} comes")
            eventually(lambda: not Delivery.objects.filter(channel="push", state="queued").exists(), "it is marked")
        return service.messages(phone)[-1]

    return cast("dict[str, object]", town.act(bring))


def test_a_phone_is_subscribed_by_a_touch_and_listed_and_given_up(
    town: Town, chromium: Chromium, tmp_path: Path
) -> None:
    identity.furnish(tmp_path)  # as `beffroi up` does
    page = chromium.visit(**PHONE)
    page.context.grant_permissions(["notifications"], origin=town.address)
    phone = FakePushService(utc_now, address="https://push.example.test").subscribe()
    play(page, phone)
    log_in(page, town.administrator)
    page.goto("/alerts/contacts/")
    assert faults(page) == []
    page.get_by_role("button", name="Être prévenu sur cet appareil").click()
    expect(page.get_by_text("Cet appareil est prévenu.")).to_be_visible()
    assert faults(page) == []
    (row,) = town.act(lambda: list(PushSubscription.objects.all()))
    assert (row.person_id, row.endpoint, row.p256dh, row.auth) == (
        town.administrator.id,
        phone.endpoint,
        phone.p256dh,
        phone.auth,
    )
    page.get_by_role("button", name="Ne plus le prévenir").click()
    expect(page.get_by_text("Aucun pour l’instant.")).to_be_visible()
    assert town.act(lambda: PushSubscription.objects.get().gone_at) is not None


def test_what_stands_in_the_way_is_said_once_with_what_to_do(town: Town, chromium: Chromium, tmp_path: Path) -> None:
    identity.furnish(tmp_path)
    page = chromium.visit(**PHONE)
    log_in(page, town.administrator)
    page.goto("/alerts/contacts/")
    page.get_by_role("button", name="Être prévenu sur cet appareil").click()
    expect(page.get_by_text("Les notifications de ce site sont bloquées")).to_be_visible()
    again = page.get_by_role("button", name="Je les ai autorisées")
    expect(again).to_be_visible()
    assert faults(page) == []
    page.context.grant_permissions(["notifications"], origin=town.address)
    page.reload()
    expect(page.get_by_role("button", name="Être prévenu sur cet appareil")).to_be_enabled()
    offer = page.get_by_role("button", name="Le mettre sur l’écran d’accueil")
    expect(offer).to_be_hidden()
    page.evaluate(OFFERED)
    expect(offer).to_be_visible()
    assert faults(page) == []
    offer.click()
    expect(offer).to_be_hidden()
    assert page.evaluate("window.prompted") == 1

    iphone = chromium.visit(**PHONE, user_agent=IPHONE)
    iphone.context.add_init_script("delete window.PushManager")
    log_in(iphone, town.administrator)
    iphone.goto("/alerts/contacts/")
    steps = iphone.get_by_text("Partager")
    expect(steps).to_be_visible()
    expect(steps).to_have_count(1)
    assert faults(iphone) == []


def test_an_alert_reaches_the_service_worker_and_its_end_takes_its_place(
    town: Town, chromium: Chromium, service: FakePushService
) -> None:
    phone = town.act(lambda: phone_of(town.administrator.id, service, utc_now()))
    page = chromium.visit(**PHONE)
    page.context.grant_permissions(["notifications"], origin=town.address)
    log_in(page, town.administrator)
    page.goto("/alerts/contacts/")
    page.evaluate("navigator.serviceWorker.register('/sw.js', { scope: '/' })")
    devtools, registration = worker_of(page)

    def push(message: dict[str, object]) -> None:
        told = {"origin": town.address, "registrationId": registration, "data": json.dumps(message)}
        devtools.send("ServiceWorker.deliverPushMessage", told)

    def pushed(message: dict[str, object]) -> bool:
        """Whether it is on the screen. DevTools doesn't say when a message found no worker: it comes again, as in life."""
        push(message)
        return [each["title"] for each in page.evaluate(SHOWN)] == [message["title"]]

    town.act(lambda: ring(town))
    first = received(town, service, phone, 1)
    page.context.clear_cookies()  # a phone in a pocket has no session: what it reports, it reports without
    eventually(lambda: pushed(first), "it is on the screen")
    (notification,) = page.evaluate(SHOWN)
    assert notification == {
        "title": "Personne n’a été prévenu",
        "body": first["body"],
        "tag": first["tag"],
        "silent": False,
        "requireInteraction": False,
    }
    town.act(lambda: eventually(lambda: Delivery.objects.get(channel="push").shown_at is not None, "shown is kept"))

    town.act(lambda: over(town))
    last = received(town, service, phone, 2)
    eventually(lambda: pushed(last), "the end is on the screen")
    assert page.evaluate(SHOWN)[0]["silent"] is True
    push(first)  # the older one, late: it changes nothing
    push({"v": 1, "nonsense": True})
    push(last)
    notifications = page.evaluate(SHOWN)
    assert [(each["title"], each["tag"]) for each in notifications] == [(last["title"], first["tag"])]
    assert last["title"] != first["title"]


def test_the_worker_and_the_manifest_are_for_everybody(town: Town, visitor: Page) -> None:
    worker = visitor.request.get("/sw.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "no-cache" in worker.headers["cache-control"]
    script = worker.text()
    assert "import" not in script.replace("important", ""), "browsers without module workers run it too"
    manifest = visitor.request.get("/manifest.webmanifest").json()
    assert manifest["name"] == "Ville de Meaux"
    for icon in manifest["icons"]:
        assert visitor.request.get(icon["src"]).headers["content-type"] == "image/png"
