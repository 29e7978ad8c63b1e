"""What an event asks of a system is done once, in a transaction of its own; what fails is pushed forward and holds nobody up."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection

from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.client import Message
from beffroi.adapters.mqtt.topics import Topic
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.actions.tasks import claim_tasks, handle_task
from beffroi.kernel.devices.factories import FieldDevice, Town, in_service, town
from beffroi.kernel.devices.ingest.loop import Ingest
from beffroi.kernel.devices.jobs import SINK_CHANNEL, do_sinks, run_sinks
from beffroi.kernel.devices.models import SinkTask
from beffroi.kernel.devices.queries.devices import tasks_behind
from beffroi.kernel.devices.registry import SINKS, Handler, StoredEvent, register_sink
from beffroi.kernel.devices.tests.street import eventually
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.lib.clock import Clock, utc_now
from beffroi.persistence.wake import Listener
from beffroi.protocol.v1.carriage import Events
from beffroi.protocol.v1.frames import encode_frame

Registering = Callable[[str, Handler], None]


class Scene:
    """A town with one device, whose batches are stored as they are said."""

    def __init__(self, folder: Path) -> None:
        self.town: Town = town(folder, now=utc_now())
        self.device: FieldDevice = in_service(self.town, now=utc_now())
        self.ingest = Ingest(store=self.town.store, publish=lambda _topic, _payload: None)

    def say(self, *kinds: str) -> None:
        """The device says events of these kinds, in one batch."""
        topic = Topic(self.town.authority.id, self.device.id, topics.UP_EVENTS)
        payload = encode_frame(Events(self.device.write(*kinds)))
        self.ingest.process([Message(topic, payload, lambda: None)], utc_now())


@pytest.fixture
def scene(own_database: ConnectionInfo, tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.fixture
def sink() -> Iterator[Registering]:
    """Registers a sink for doors, for the length of a test; those of the systems are put aside."""
    before = dict(SINKS)
    SINKS.clear()

    def register(name: str, handler: Handler) -> None:
        register_sink(name, ["opened", "closed"], handler)

    yield register
    SINKS.clear()
    SINKS.update(before)


def found_firm(event: StoredEvent) -> None:
    """A handler with an effect that can be counted."""
    create_organisation(name=f"{event.kind} {event.sequence}", kind=OrganisationKind.TOWN_HALL, by=None)


def at(moment: datetime) -> Clock:
    """A clock that stands still."""
    return lambda: moment


def firms() -> set[str]:
    return set(Organisation.objects.exclude(name="Meaux").values_list("name", flat=True))


def test_each_event_is_done_once_for_each_sink(scene: Scene, sink: Registering) -> None:
    seen: list[tuple[str, StoredEvent]] = []
    sink("first", lambda event: seen.append(("first", event)))
    sink("second", lambda event: seen.append(("second", event)))
    scene.say("boot", "opened", "closed")
    assert do_sinks() == 4
    assert do_sinks() == 0
    assert sorted((name, event.kind) for name, event in seen) == [
        ("first", "closed"),
        ("first", "opened"),
        ("second", "closed"),
        ("second", "opened"),
    ]
    assert {(event.device, event.authority, event.boot) for _name, event in seen} == {
        (scene.device.id, scene.town.authority.id, 1)
    }


def test_the_effect_and_the_end_of_the_task_are_kept_together(scene: Scene, sink: Registering) -> None:
    failing = True

    def handler(event: StoredEvent) -> None:
        found_firm(event)
        if failing and event.kind == "opened":
            raise ValueError("a secret that must not be kept")

    sink("firms", handler)
    scene.say("opened", "closed")
    now = utc_now()
    assert do_sinks(at(now)) == 2
    assert firms() == {"closed 2"}
    task = SinkTask.objects.get()
    assert (task.attempts, task.fault) == (1, "ValueError")
    assert task.due_at == now + timedelta(seconds=30)
    assert tasks_behind(now) == (0, 1)
    assert do_sinks(at(now)) == 0
    later = now + timedelta(seconds=31)
    assert do_sinks(at(later)) == 1
    assert SinkTask.objects.get().due_at == later + timedelta(seconds=60)
    for _try in range(12):
        later += timedelta(hours=1)
        assert do_sinks(at(later)) == 1
    assert SinkTask.objects.get().due_at == later + timedelta(hours=1)
    later += timedelta(hours=1)
    failing = False
    assert do_sinks(at(later)) == 1
    assert firms() == {"closed 2", "opened 1"}
    assert not SinkTask.objects.exists()


def test_a_task_whose_worker_died_comes_back_later_and_is_done_once(scene: Scene, sink: Registering) -> None:
    sink("firms", found_firm)
    scene.say("opened")
    now = utc_now()
    ((task, attempt),) = claim_tasks(now=now)
    assert claim_tasks(now=now) == []
    ((again, second),) = claim_tasks(now=now + timedelta(seconds=31))
    assert again == task
    assert not handle_task(task=task, attempt=attempt)
    assert handle_task(task=task, attempt=second)
    assert not handle_task(task=task, attempt=second)
    assert firms() == {"opened 1"}


def test_several_workers_share_the_work(scene: Scene, sink: Registering) -> None:
    done: list[int] = []
    sink("counter", lambda event: done.append(event.sequence))
    for _batch in range(5):
        scene.say(*["opened"] * 40)

    def work() -> None:
        while do_sinks():
            pass
        connection.close()

    workers = [threading.Thread(target=work) for _index in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(done) == list(range(1, 201))


def test_a_sink_that_is_not_here_keeps_its_tasks_for_who_has_it(scene: Scene, sink: Registering) -> None:
    sink("elsewhere", found_firm)
    scene.say("opened")
    handler = SINKS.pop("elsewhere").handler
    assert do_sinks() == 0
    assert SinkTask.objects.count() == 1
    sink("elsewhere", handler)
    assert do_sinks() == 1


def test_the_worker_is_woken_by_what_is_stored(scene: Scene, sink: Registering) -> None:
    done, stop, woken = threading.Event(), threading.Event(), threading.Event()
    sink("bell", lambda _event: done.set())

    def work() -> None:
        with Listener(SINK_CHANNEL, ring=woken.set):
            run_sinks(stop, woken)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        scene.say("opened")
        eventually(done.is_set, "the sink is called")
    finally:
        stop.set()
        woken.set()
        worker.join()
