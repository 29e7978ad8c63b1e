"""The first alarm, from a door left open to a phone that rings, and from a crowbar to an officer who takes it: the demonstration's own
processes, real locks, a push service that decrypts, a browser whose service worker shows what it was sent.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from beffroi.adapters.push.fake import Browser, FakePushService
from beffroi.cli.demo.people import PASSWORD
from beffroi.lib.clock import utc_now
from beffroi.simulator.hands import put
from beffroi.simulator.street.plan import Corner
from tests.battery.blows import query, technician, until
from tests.journeys.browser import Chromium, browsing, faults
from tests.journeys.demonstration import Demonstration, resumed

THEO, POLICE, ALICE = "theo@fibre77.example", "police@meaux.example", "alice@meaux.example"
PHONE: Final = {"width": 390, "height": 844}
# Half an hour lasts six seconds, two minutes less than half a second.
PACE: Final = "300"


MEMBERS: Final = ("tag", "version", "title", "path", "ended", "silent")


@dataclass(frozen=True)
class Message:
    """What a phone is told."""

    tag: str
    version: int
    title: str
    path: str
    ended: bool
    silent: bool


@dataclass(frozen=True)
class Scene:
    """A running town, and the push service that its alerter reaches."""

    demo: Demonstration
    service: FakePushService

    def put(self, lock: str, act: str) -> None:
        """Hands on one of the street's three cabinets."""
        put(self.corner(lock).body, act)

    def corner(self, lock: str) -> Corner:
        return next(corner for corner in self.demo.corners() if corner.name == lock)

    def heard(self, phone: Browser) -> list[Message]:
        """What reached a phone, decrypted."""
        return [Message(**{name: said[name] for name in MEMBERS}) for said in self.service.messages(phone)]  # type: ignore[index]  # JSON objects of ours


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with (
        FakePushService(clock=utc_now).running() as service,
        resumed(BEFFROI_INTERNAL_HOSTS="127.0.0.1", BEFFROI_DEMO_PACE=PACE) as demo,
    ):
        yield Scene(demo, service)


@pytest.fixture(autouse=True)
def shut(scene: Scene) -> Iterator[None]:
    """Each test leaves the street shut and nothing to be told: an alert that joins another's notice calls nobody new."""
    yield
    for corner in scene.demo.corners():
        scene.put(corner.name, "close-door")
    under_way = (
        "SELECT (SELECT count(*) FROM cabinets_occurrence WHERE ended_at IS NULL)"
        " + (SELECT count(*) FROM alerts_notice WHERE kind = 'cabinets.open' AND ended_at IS NULL)"
    )
    until(lambda: query(scene.demo, under_way) == [(0,)], "a cabinet that was shut is not told to be")


@pytest.fixture
def browser(scene: Scene) -> Iterator[Chromium]:
    with browsing(scene.demo.town) as found:
        yield found


def log_in(page: Page, email: str) -> Page:
    page.goto("/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.locator("h1")).to_contain_text("Bonjour")
    return page


class Worker:
    """A page's service worker, and the push service's way to it."""

    def __init__(self, page: Page) -> None:
        """Registers it as the page of one's contacts does."""
        self._page = page
        self._registrations: dict[str, str] = {}
        page.goto("/alerts/contacts/")
        address = page.locator("[data-island=push]").get_attribute("data-worker")
        page.evaluate(
            "address => navigator.serviceWorker.register(address).then(() => navigator.serviceWorker.ready)", address
        )
        self._session = page.context.new_cdp_session(page)
        self._session.on("ServiceWorker.workerRegistrationUpdated", self._note)
        self._session.send("ServiceWorker.enable")
        until(lambda: page.evaluate("1") and bool(self._registrations), "no service worker is registered")

    def _note(self, said: dict[str, list[dict[str, str]]]) -> None:
        for each in said["registrations"]:
            self._registrations[each["registrationId"]] = each["scopeURL"]

    def shows(self, message: object) -> None:
        """Deliver it until it is the one notification. DevTools doesn't say when a message found no worker: it comes again, as in life."""
        assert isinstance(message, dict)
        until(lambda: self._shown(message) == [message["title"]], f"it isn't shown: {message}")

    def _shown(self, message: object) -> object:
        """What the browser does with a message that it has decrypted; the titles of what is on the screen then."""
        ((registration, scope),) = self._registrations.items()
        self._session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": scope.rstrip("/"), "registrationId": registration, "data": json.dumps(message)},
        )

        return self._page.evaluate(
            "navigator.serviceWorker.ready.then(worker => worker.getNotifications()).then(all => all.map(({ title }) => title))"
        )


def test_a_cabinet_left_open_reaches_a_phones_service_worker_and_is_updated_when_it_is_shut(
    scene: Scene, browser: Chromium
) -> None:
    page = log_in(
        browser.visit(base_url=scene.demo.phone, viewport=PHONE, has_touch=True, permissions=["notifications"]), THEO
    )
    worker, phone = Worker(page), scene.service.subscribe()
    keys = {"endpoint": phone.endpoint, "p256dh": phone.p256dh, "auth": phone.auth}
    assert scene.demo.browser(THEO).call("/api/v1/push/subscriptions", keys)[0] == 201

    theo = technician(scene.demo)

    def opened() -> bool:
        """A lock that nobody opened is locked again after ten seconds: on a busy machine its door is tried too late."""
        theo.open(scene.corner("lock-1").stand)
        return put(scene.corner("lock-1").body, "open-door").door == "open"

    until(opened, "the door does not open")
    until(lambda: bool(scene.heard(phone)), "nothing reaches the phone")
    first = scene.heard(phone)[0]
    assert "restée ouverte" in first.title
    assert not first.silent
    worker.shows(scene.service.messages(phone)[0])
    seen = "SELECT count(*) FROM alerts_delivery WHERE channel = 'push' AND shown_at IS NOT NULL"
    until(lambda: query(scene.demo, seen) == [(1,)], "the phone's word that it showed it doesn't arrive")
    page.goto(first.path)
    expect(page.locator("main")).to_contain_text("restée ouverte")
    assert faults(page) == []
    told = (
        "SELECT sum(told) FROM alerts_noticestep s JOIN alerts_notice n ON n.id = s.notice_id"
        " WHERE n.kind = 'cabinets.open'"
    )
    assert int(str(query(scene.demo, told)[0][0])) >= 2000

    scene.put("lock-1", "close-door")
    until(lambda: scene.heard(phone)[-1].ended, "the phone is not told that it is over")
    last = scene.heard(phone)[-1]
    assert (last.tag, last.silent) == (first.tag, True)
    assert last.version > first.version
    worker.shows(scene.service.messages(phone)[-1])
    assert "refermée" in last.title


def test_a_forced_cabinet_reaches_the_police_screen_and_an_officer_takes_it_by_the_keyboard(
    scene: Scene, browser: Chromium
) -> None:
    police, alice = log_in(browser.visit(), POLICE), log_in(browser.visit(), ALICE)
    for page in (police, alice):
        page.goto("/console/")
        expect(page.locator("[data-island=console]")).to_have_attribute("data-state", "ready")
    scene.put("lock-2", "break-in")
    alert = police.get_by_role("option").filter(has_text=scene.demo.corners()[1].reference).filter(has_text="forcée")
    expect(alert).to_be_visible()
    police.locator("[data-part=queue]").focus()
    police.keyboard.press("Home")
    for _ in range(200):
        police.keyboard.press("ArrowDown")
        if alert.get_attribute("aria-selected") == "true":
            break
    police.keyboard.press("Enter")
    expect(police.locator("[data-part=panel] [data-case='taken mine']")).to_be_visible()
    there = alice.get_by_role("option").filter(has_text=scene.demo.corners()[1].reference).filter(has_text="forcée")
    there.click()
    expect(alice.locator("[data-part=panel]")).to_contain_text("Samir Haddad")
    taken = "SELECT count(*) FROM register_entry WHERE kind = 'alert.taken'"
    assert query(scene.demo, taken) == [(1,)]


def test_what_nobody_acknowledges_goes_one_step_further_each_time(scene: Scene, browser: Chromium) -> None:
    scene.put("lock-3", "break-in")
    reference = scene.demo.corners()[2].reference
    steps = (
        "SELECT count(*) FROM alerts_noticestep s JOIN alerts_alert a ON a.notice_id = s.notice_id"
        f" WHERE a.kind = 'cabinets.forced' AND a.label LIKE '{reference}%'"
    )
    until(lambda: int(str(query(scene.demo, steps)[0][0])) >= 3, "it stays where it is")
    alice = log_in(browser.visit(), ALICE)
    alice.goto("/alerts/")
    alice.get_by_role("link", name=reference).filter(has_text="forcée").click()
    told = alice.locator("main")
    for number in (1, 2, 3):
        expect(told).to_contain_text(f"Étape {number}")
    assert faults(alice) == []
    entries = query(scene.demo, "SELECT count(*) FROM register_entry WHERE kind = 'alert.escalated'")
    assert int(str(entries[0][0])) >= 3
