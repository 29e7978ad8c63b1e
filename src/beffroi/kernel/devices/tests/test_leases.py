"""Uses that live at a device: beats renew its lease; when they stop, what its kind does is done once, at the last beat."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.actions.commissioning import retire_device
from beffroi.kernel.devices.actions.uses import claim_lapses, handle_lapse
from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.ingest.loop import Ingest
from beffroi.kernel.devices.models import Beat, Head, Lapse
from beffroi.kernel.devices.queries.devices import tasks_behind
from beffroi.kernel.devices.registry import LEASES, LeaseEnded
from beffroi.kernel.devices.rules import BATCH_MOST, LEASE
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused
from beffroi.kernel.devices.worker import do_lapses
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.protocol.v1.carriage import BeatFrame
from beffroi.protocol.v1.members import encode_bytes

SECOND = timedelta(seconds=1)
ONE, TWO = (encode_bytes(bytes([number] * 16)) for number in (1, 2))


@dataclass
class Scene:
    """A desk that listens, one relay, and what its kind was told."""

    desk: Desk
    relay: FieldDevice
    ended: list[LeaseEnded] = field(default_factory=list)

    def beat(self, *uses: str, at: datetime) -> str:
        """The relay's next beat comes then."""
        token = self.relay.beat(*uses)
        self.say(token, at=at)
        return token

    def say(self, token: str, *, at: datetime) -> None:
        message = self.desk.message(self.relay.id, "up/beat", BeatFrame(token))
        self.desk.ingest.process([message], at)

    def looks(self, begins: datetime, until: datetime) -> datetime | None:
        """A round each second, and the worker after each; when the first lease ended."""
        now = begins
        while now <= until:
            self.desk.ingest.round(now)
            if do_lapses(lambda now=now: now):
                return now
            now += SECOND
        return None


@pytest.fixture
def scene(own_database: ConnectionInfo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    desk = Desk(tmp_path)
    relay = in_service(desk.town, now=NOW, name="Relais", device=FieldDevice(kind="relay"))
    scene = Scene(desk, relay)
    monkeypatch.setitem(LEASES, "relay", scene.ended.append)
    return scene


def test_a_lease_goes_on_with_beats_and_ends_once_at_the_last(scene: Scene) -> None:
    for second in range(0, 20, 2):
        scene.beat(ONE, TWO, at=NOW + second * SECOND)
        assert scene.looks(NOW + second * SECOND, NOW + (second + 1) * SECOND) is None
    last = NOW + 18 * SECOND
    ended_at = scene.looks(last + 2 * SECOND, last + 30 * SECOND)
    assert ended_at is not None
    assert LEASE <= ended_at - last <= LEASE + 2 * SECOND
    (ended,) = scene.ended
    assert (ended.device.id, ended.last_beat, ended.uses) == (scene.relay.id, last, (ONE, TWO))
    assert scene.looks(ended_at, ended_at + 30 * SECOND) is None
    assert not Lapse.objects.exists()


def test_a_beat_without_uses_ends_nothing_and_a_lease_ends_again_after_it_began_again(scene: Scene) -> None:
    scene.beat(ONE, at=NOW)
    scene.beat(at=NOW + SECOND)
    assert scene.looks(NOW, NOW + 20 * SECOND) is None
    scene.beat(TWO, at=NOW + 21 * SECOND)
    assert scene.looks(NOW + 21 * SECOND, NOW + 40 * SECOND) is not None
    scene.beat(TWO, at=NOW + 41 * SECOND)
    assert scene.looks(NOW + 41 * SECOND, NOW + 60 * SECOND) is not None
    assert [each.last_beat for each in scene.ended] == [NOW + 21 * SECOND, NOW + 41 * SECOND]


def test_a_beat_that_was_heard_before_or_was_kept_back_renews_nothing(scene: Scene) -> None:
    held_back = scene.relay.beat(ONE)
    token = scene.beat(ONE, at=NOW)
    for second in range(1, 5):
        scene.say(token, at=NOW + second * SECOND)
        scene.say(held_back, at=NOW + second * SECOND)
    assert scene.looks(NOW, NOW + LEASE) == NOW + LEASE
    assert scene.ended[0].last_beat == NOW
    scene.relay.boot, scene.relay.beats = 2, 0
    scene.beat(TWO, at=NOW + 9 * SECOND)
    assert Beat.objects.get().uses == [TWO]


def test_beats_of_others_of_strangers_and_of_kinds_without_a_lease_are_refused(scene: Scene) -> None:
    scene.say(FieldDevice(id=scene.relay.id, kind="relay").beat(ONE), at=NOW)
    scene.say(FieldDevice(kind="relay").beat(ONE), at=NOW)
    scene.say("e30.e30.AAAA", at=NOW)
    lock = in_service(scene.desk.town, now=NOW)
    message = scene.desk.message(lock.id, "up/beat", BeatFrame(lock.beat(ONE)))
    scene.desk.ingest.process([message], NOW)
    assert not Beat.objects.exists()
    assert sum(refused().values()) == 4
    assert refused()["frame-type"] == 1


def test_a_retired_device_ends_at_its_last_beat(scene: Scene) -> None:
    scene.beat(ONE, at=NOW)
    retire_device(device=scene.relay.id, reason="stolen", now=NOW + SECOND, by=None)
    scene.beat(ONE, at=NOW + 2 * SECOND)
    assert scene.looks(NOW, NOW + 10 * SECOND) == NOW + LEASE
    assert scene.ended[0].last_beat == NOW


def test_while_we_were_away_nobody_is_silent_and_who_never_came_back_ends_at_the_last_beat(
    scene: Scene, tmp_path: Path
) -> None:
    other = in_service(scene.desk.town, now=NOW, name="Autre", device=FieldDevice(kind="relay"))
    scene.beat(ONE, at=NOW)
    message = scene.desk.message(other.id, "up/beat", BeatFrame(other.beat(TWO)))
    scene.desk.ingest.process([message], NOW)
    back = NOW + timedelta(minutes=10)
    scene.desk = Desk(tmp_path, place=scene.desk.town)  # a new process, after ten minutes without any
    scene.desk.ingest.round(back)
    scene.beat(ONE, at=back + SECOND)
    assert scene.looks(back + SECOND, back + 4 * SECOND) is None
    assert scene.looks(back + 5 * SECOND, back + 5 * SECOND) == back + LEASE
    (ended,) = scene.ended
    assert (ended.device.id, ended.last_beat) == (other.id, NOW)


def test_a_process_that_was_held_up_or_is_behind_ends_no_lease(scene: Scene) -> None:
    scene.beat(ONE, at=NOW)
    scene.desk.ingest.round(NOW)
    scene.desk.ingest.round(NOW + 8 * SECOND)  # the machine slept
    assert not Lapse.objects.exists()
    scene.beat(ONE, at=NOW + 9 * SECOND)
    for _number in range(BATCH_MOST):
        scene.desk.ingest.accept(scene.desk.message(uuid4(), "up/events", b"{}"))
    for second in range(9, 20):
        scene.desk.ingest.round(NOW + second * SECOND)
    assert not Lapse.objects.exists()
    scene.desk.turn()  # it is abreast again: silence counts from now
    assert scene.looks(NOW + 20 * SECOND, NOW + 40 * SECOND) == NOW + 19 * SECOND + LEASE
    assert [ended.last_beat for ended in scene.ended] == [NOW + 9 * SECOND]


@pytest.fixture
def both() -> Iterator[Callable[[Callable[[], object]], None]]:
    """Does something in two threads at once, each with a connection of its own."""
    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:

        def twice(work: Callable[[], object]) -> None:
            for each in [first.submit(work), second.submit(work)]:
                each.result()

        yield twice
        twice(lambda: connection.close())  # noqa: PLW0108 - the connection is each thread's own


def test_several_processes_and_several_workers_end_a_lease_once(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, both: Callable[[Callable[[], object]], None]
) -> None:
    monkeypatch.setitem(
        LEASES,
        "relay",
        lambda ended: create_organisation(name=ended.uses[0], kind=OrganisationKind.TOWN_HALL, by=None),
    )
    desks = iter([scene.desk, Desk(Path(scene.desk.town.store.folder), place=scene.desk.town)])
    scene.beat(ONE, at=NOW)

    def listen() -> None:
        desk: Ingest = next(desks).ingest
        for second in range(10):
            desk.round(NOW + second * SECOND)

    both(listen)
    assert Lapse.objects.count() == 1
    both(lambda: do_lapses(lambda: NOW + 10 * SECOND))
    assert Organisation.objects.filter(name=ONE).count() == 1
    assert not Lapse.objects.exists()


def test_what_a_handler_does_is_kept_whole_or_not_at_all_and_comes_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = [True]

    def handler(ended: LeaseEnded) -> None:
        create_organisation(name=ended.uses[0], kind=OrganisationKind.TOWN_HALL, by=None)
        if fails:
            raise RuntimeError("the secret that is not kept")

    monkeypatch.setitem(LEASES, "relay", handler)
    scene.beat(ONE, at=NOW)
    assert scene.looks(NOW, NOW + LEASE) is not None
    assert not Organisation.objects.filter(name=ONE).exists()
    assert list(Lapse.objects.values_list("fault", flat=True)) == ["RuntimeError"]
    assert tasks_behind(NOW + LEASE + SECOND) == (0, 1)
    assert do_lapses(lambda: NOW + LEASE + SECOND) == 0
    fails.clear()
    assert do_lapses(lambda: NOW + LEASE + timedelta(minutes=1)) == 1
    assert Organisation.objects.filter(name=ONE).count() == 1
    assert not Lapse.objects.exists()


def test_who_dies_between_the_claim_and_the_deed_leaves_it_to_another(scene: Scene) -> None:
    scene.beat(ONE, at=NOW)
    for second in range(6):
        scene.desk.ingest.round(NOW + second * SECOND)
    ((lapse, attempt),) = claim_lapses(now=NOW + LEASE)
    ((_, again),) = claim_lapses(now=NOW + LEASE + timedelta(minutes=1))
    assert not handle_lapse(lapse=lapse, attempt=attempt)
    assert handle_lapse(lapse=lapse, attempt=again)
    assert len(scene.ended) == 1


def test_the_beats_of_many_are_kept_by_one_statement_and_say_that_they_are_heard(scene: Scene) -> None:
    relays = [in_service(scene.desk.town, now=NOW, name=f"R {n}", device=FieldDevice(kind="relay")) for n in range(20)]
    messages = [
        scene.desk.message(relay.id, "up/beat", BeatFrame(relay.beat(ONE))) for relay in relays for _ in range(3)
    ]
    with CaptureQueriesContext(
        connection,
    ) as captured:
        scene.desk.ingest.process(messages, NOW)
    assert sum("devices_beat" in query["sql"] for query in captured) == 1
    assert {beat.number for beat in Beat.objects.all()} == {3}
    assert set(Head.objects.filter(device__kind="relay").values_list("heard_at", flat=True)) == {NOW, None}
    for second in (2, 4, 61):
        message = scene.desk.message(relays[0].id, "up/beat", BeatFrame(relays[0].beat(ONE)))
        scene.desk.ingest.process([message], NOW + second * SECOND)
        kept = NOW + 61 * SECOND if second > 60 else NOW
        assert Head.objects.get(device_id=relays[0].id).heard_at == kept
