"""kill -9 of every process of a town, one after the other, while its cabinets are opened by their technician, and broken into.

Every admitted opening has exactly one entry; every event that a lock made is in the table once when all is quiet again; every break-in
has its alert, every alert its entry, and the police receive each of them, at most twice, under one tag that merges them. With either
broker.
"""

import itertools
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from beffroi.adapters.push.fake import Browser, FakePushService
from beffroi.lib.clock import utc_now
from beffroi.simulator.hands import NobodyThereError, put, tell
from beffroi.simulator.life.crew import TROUBLES, ForgedError, Technician
from tests.battery.blows import assert_register_holds, kill, query, technician, until
from tests.journeys.demonstration import FEW, FOUNDED, Demonstration, demonstration, resumed

POLICE = "police@meaux.example"
BROKERS = ("mosquitto", "demonstration")
KILLED = ("web", "worker", "alerter", "ingest", "sequencer", "minter", "locks", "broker", "database")
# The short form that the suite runs: the others are killed while doors are opened.
SHORT = {"mosquitto": ("alerter", "worker", "ingest", "broker"), "demonstration": ("broker",)}
WHILE_OPENED = ("web", "worker", "ingest", "sequencer", "minter", "lock-1", "broker", "database")
OPENINGS_BEFORE, OPENINGS_AFTER = 2, 3
ROUNDS_OF_HANDS = 2
PAUSE = 0.1


@dataclass
class Street:
    """A running town, the phone of an officer, and hands on its cabinets that never rest."""

    broker: str
    demo: Demonstration
    service: FakePushService
    phone: Browser
    port: int
    devices: list[str]
    done: Counter[str] = field(default_factory=Counter)
    rest: threading.Event = field(default_factory=threading.Event)

    def put(self, device: str, act: str) -> dict[str, object]:
        """Hands on one cabinet of the fleet; nothing while its process is away."""
        try:
            found = tell(self.port, act, device=device)
        except NobodyThereError:
            return {}
        if found.get("ok"):
            self.done[act] += 1
        return found

    def busy(self) -> bool:
        """Whether hands were on every cabinet since they were last counted."""
        return self.done.total() >= ROUNDS_OF_HANDS * len(self.devices)

    def live(self) -> None:
        """Break in, shut, break in elsewhere, until told to rest."""
        for device, act in itertools.cycle(itertools.product(self.devices, ("force", "close-door"))):
            if self.rest.wait(PAUSE):
                return
            self.put(device, act)


def founded(broker: str) -> AbstractContextManager[Demonstration]:
    """Locks keep the broker that they were commissioned for: only one of the two finds it again in a town that goes on."""
    settings = {
        "BEFFROI_BROKER": broker,
        "BEFFROI_INTERNAL_HOSTS": "127.0.0.1",
        "BEFFROI_DEMO": "1",
        "BEFFROI_DEMO_PACE": "60",
    }
    return (
        resumed(**settings)
        if broker == "mosquitto"
        else demonstration(FOUNDED, lively=False, mobilised=FEW, **settings)
    )


@contextmanager
def town(broker: str) -> Iterator[Street]:
    """A demonstration whose officer has a phone, on a push service of ours."""
    with (
        FakePushService(clock=utc_now).running() as service,
        founded(broker) as demo,
    ):
        phone = service.subscribe()
        keys = {"endpoint": phone.endpoint, "p256dh": phone.p256dh, "auth": phone.auth}
        status, said = demo.browser(POLICE).call("/api/v1/push/subscriptions", keys)
        assert status == 201, said
        devices = [str(device) for (device,) in query(demo, "SELECT id FROM devices_device ORDER BY id")]
        fleet = json.loads((demo.home / "demo" / "bodies.json").read_text())["locks"]
        street = Street(broker, demo, service, phone, fleet, devices)
        street.devices = [device for device in devices if street.put(device, "state").get("ok")]
        assert len(street.devices) == FOUNDED - 3
        yield street


@pytest.fixture(scope="module")
def street(request: pytest.FixtureRequest) -> Iterator[Street]:
    with town(request.param) as found:
        assert found.demo.health()["broker"]["kind"] == request.param  # type: ignore[index]  # /healthz's own form
        yield found


@pytest.mark.parametrize("street", BROKERS, indirect=True)
def test_nothing_is_lost_whatever_is_killed(street: Street, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    hands = threading.Thread(target=street.live)
    hands.start()
    try:
        rounds = request.config.getoption("--kill-rounds", default=1)
        for _round in range(rounds):
            for part in KILLED if rounds > 1 else SHORT[street.broker]:
                street.done.clear()
                kill(street.demo, part)
                until(lambda: street.demo.health().get("status") == "well", f"not well after {part} was killed")
                until(street.busy, "hands do nothing any more")
    finally:
        street.rest.set()
        hands.join()
    until(lambda: quiet(street), "events or messages are still on their way")
    assert_events_once(street)
    assert_alerts_whole(street)
    assert_told(street)
    assert_register_holds(street.demo, tmp_path / "export")


def quiet(street: Street) -> bool:
    """Locks keep nothing more, no task, message or due deadline waits, every entry is numbered."""
    if any(street.put(device, "state").get("waiting") != 0 for device in street.devices):
        return False
    waiting = (
        "SELECT count(*) FROM devices_sinktask",
        "SELECT count(*) FROM alerts_delivery WHERE state = 'queued'",
        "SELECT count(*) FROM deadlines_deadline WHERE state = 'fired' OR (state = 'waiting' AND due_at < now() + interval '2 seconds')",
        "SELECT count(*) FROM register_entry e WHERE NOT EXISTS (SELECT 1 FROM register_leaf l WHERE l.entry = e.id)",
    )
    return all(query(street.demo, text) == [(0,)] for text in waiting)


def assert_events_once(street: Street) -> None:
    stored = {
        str(device): (count, last, distinct)
        for device, count, last, distinct in query(
            street.demo,
            "SELECT device_id, count(*), max(sequence), count(DISTINCT sequence) FROM devices_deviceevent GROUP BY 1",
        )
    }
    for device in street.devices:
        made = street.put(device, "state")["last"]
        assert stored[device] == (made, made, made), device
    assert query(street.demo, "SELECT count(*) FROM devices_hole") == [(0,)]


def assert_alerts_whole(street: Street) -> None:
    """Each break-in has an alert, each alert its one entry and somebody who was told."""
    lonely = (
        "SELECT count(*) FROM cabinets_occurrence o WHERE kind = 'forced'"
        " AND NOT EXISTS (SELECT 1 FROM alerts_alert a WHERE a.subject = o.id)"
    )
    assert query(street.demo, lonely) == [(0,)]
    ((alerts,),) = query(street.demo, "SELECT count(*) FROM alerts_alert")
    assert isinstance(alerts, int)
    assert alerts >= len(street.devices)
    assert query(street.demo, "SELECT count(*) FROM register_entry WHERE kind = 'alert.raised'") == [(alerts,)]
    untold = (
        "SELECT count(*) FROM alerts_alert a WHERE kind = 'cabinets.forced' AND NOT EXISTS (SELECT 1 FROM alerts_delivery d"
        " JOIN accounts_person p ON p.id = d.person_id WHERE d.notice_id = a.notice_id AND p.email = 'police@meaux.example')"
    )
    assert query(street.demo, untold) == [(0,)]


def assert_told(street: Street) -> None:
    """What reached the officer's phone: every notice made for it, none of its versions more than twice, all under the notice's own tag."""
    received = Counter(
        (str(said["tag"]), int(said["version"]))
        for said in street.service.messages(street.phone)
        if isinstance(said, dict)
    )
    assert received
    assert max(received.values()) <= 2
    handed = query(
        street.demo,
        "SELECT d.notice_id FROM alerts_delivery d JOIN accounts_person p ON p.id = d.person_id"
        " WHERE d.channel = 'push' AND p.email = 'police@meaux.example'",
    )
    tags = {tag for tag, _version in received}
    assert len(tags) == len(handed)
    assert query(
        street.demo, "SELECT count(*) FROM alerts_delivery WHERE state IN ('failed', 'gone') AND channel = 'push'"
    ) == [(0,)]


def open_some(theo: Technician, demo: Demonstration, admitted: set[str], count: int) -> int:
    """Openings at each of the street's cabinets in turn, and how many were admitted; what can't be opened is tried at the next one, as
    a person would.
    """
    before = len(admitted)
    corners = demo.corners()
    for number in range(count):
        try:
            admitted.add(theo.open(corners[number % len(corners)].stand))
        except ForgedError:
            raise
        except TROUBLES:
            continue
    return len(admitted) - before


@pytest.mark.parametrize("street", ["mosquitto"], indirect=True)
def test_every_admitted_opening_has_exactly_one_entry(
    street: Street, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    demo = street.demo
    theo, admitted = technician(demo), set[str]()
    until(lambda: open_some(theo, demo, admitted, 3) == 3, "the town does not open")
    for _round in range(request.config.getoption("--kill-rounds", default=1)):
        for part in WHILE_OPENED:
            open_some(theo, demo, admitted, OPENINGS_BEFORE)
            kill(demo, part)
            open_some(theo, demo, admitted, OPENINGS_AFTER)
            until(lambda: demo.health().get("status") == "well", f"not well after {part} was killed")
    until(lambda: open_some(theo, demo, admitted, 3) == 3, "the town does not open any more")
    until(lambda: still(demo), "events are still on their way")
    assert_each_once(demo, admitted)
    assert_register_holds(demo, tmp_path / "export")


def still(demo: Demonstration) -> bool:
    """Locks keep nothing more, no task waits, every entry is numbered."""
    try:
        if any(put(corner.body, "state").waiting for corner in demo.corners()):
            return False
    except NobodyThereError:
        return False
    tasks = query(demo, "SELECT count(*) FROM devices_sinktask")
    loose = query(
        demo,
        "SELECT count(*) FROM register_entry e WHERE NOT EXISTS (SELECT 1 FROM register_leaf l WHERE l.entry = e.id)",
    )
    return tasks == [(0,)] and loose == [(0,)]


def assert_each_once(demo: Demonstration, admitted: set[str]) -> None:
    uses = query(demo, "SELECT nonce, entry FROM cabinets_use WHERE admitted")
    nonces = [str(nonce) for nonce, _entry in uses]
    assert len(nonces) == len(set(nonces))
    assert admitted <= set(nonces), "an opening that the phone saw has no entry"
    signed = query(demo, "SELECT count(*) FROM devices_deviceevent WHERE kind = 'use-admitted'")
    entries = query(demo, "SELECT count(*) FROM register_entry WHERE kind = 'cabinet.opened'")
    assert signed == entries == [(len(uses),)]
    leaves = query(
        demo, "SELECT count(*) FROM register_leaf l JOIN cabinets_use u ON u.entry = l.entry WHERE u.admitted"
    )
    assert leaves == entries
