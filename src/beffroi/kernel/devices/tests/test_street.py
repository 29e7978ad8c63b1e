"""Through a real broker, with real locks: events arrive once whatever dies, commands are obeyed once, strangers are nobody."""

import queue
import random
import signal
import socket
from urllib.parse import urlsplit
from uuid import UUID

import paho.mqtt.client as paho
from django.db import connection
from paho.mqtt.enums import CallbackAPIVersion

from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.topics import Topic
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.actions.commands import command_device
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.devices.models import Command, CommandState, DeviceEvent, Head, Hole, RefusedInput
from beffroi.kernel.devices.queries.devices import gate_in_service, trust_in_force
from beffroi.kernel.devices.relay import broker_url, exchange
from beffroi.kernel.devices.tests.street import (
    DIE_BEFORE_THE_RECEIPT,
    PATIENCE,
    Street,
    StreetLock,
    eventually,
    open_street,
)
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.carriage import CarryDown, Events
from beffroi.protocol.v1.errors import Reason
from beffroi.protocol.v1.event import read_event
from beffroi.protocol.v1.events import NO_HASH, event_hash
from beffroi.protocol.v1.frames import ChallengeFrame, ChallengeRequest, RefusedFrame, encode_frame


def kinds(lock: StreetLock) -> list[str]:
    rows = DeviceEvent.objects.filter(device_id=lock.id).order_by("sequence")
    return list(rows.values_list("kind", flat=True))


def receipted(lock: StreetLock) -> bool:
    """Whether the lock has forgotten everything, because we signed that we have it."""
    return lock.hands.do("state")["waiting"] == 0


def settled(lock: StreetLock) -> bool:
    """Whether all that the lock ever wrote is stored and receipted, at one moment."""
    state = lock.hands.do("state")
    return state["waiting"] == 0 and state["last"] == Head.objects.get(device_id=lock.id).sequence


def whole(device: UUID) -> int:
    """The length of the stored log, once every event is there, each once, each chained to the one before."""
    # The lock may go on writing meanwhile: what lies after this head isn't looked at.
    head = Head.objects.get(device_id=device)
    found = DeviceEvent.objects.filter(device_id=device, sequence__lte=head.sequence)
    before, rows = NO_HASH, list(found.order_by("sequence"))
    assert [row.sequence for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        before = event_hash(
            before, device=str(device), boot=row.boot, sequence=row.sequence, event=read_event(row.body)
        )
        assert before == row.hash
    assert (len(rows), before) == (head.sequence, head.hash)
    return len(rows)


def test_events_arrive_once_and_the_lock_is_told(street: Street) -> None:
    street.ingest()
    lock = street.lock()
    lock.hands.do("force")
    state = lock.hands.until(lambda state: state["time"] != "unknown")
    eventually(lambda: "forced" in kinds(lock) and settled(lock), "the lock holds a receipt of all")
    assert kinds(lock)[0] == "boot"
    assert whole(lock.id) == Head.objects.get(device_id=lock.id).sequence
    trust = trust_in_force(street.town.authority.id)
    assert trust is not None
    assert state["keyset"] == trust.keyset.number


def test_the_demonstration_broker_does_for_a_demonstration(own_database: ConnectionInfo) -> None:
    with open_street(own_database, demonstration=True) as street:
        # Shared subscriptions don't work there: two that are told to share hear everything each, and store it once.
        processes, lock = [street.ingest(workers=2), street.ingest(workers=2)], street.lock()
        lock.hands.do("force")
        eventually(lambda: "forced" in kinds(lock) and receipted(lock), "the lock holds a receipt")
        gate = gate_in_service(lock.id)
        assert gate is not None
        assert exchange(gate, ChallengeRequest(1, str(lock.id))) == RefusedFrame(Reason.NOT_TOUCHED)
        lock.hands.do("touch")
        assert isinstance(exchange(gate, ChallengeRequest(1, str(lock.id))), ChallengeFrame)
        for process in processes:
            street.end(process)
        whole(lock.id)


def test_stored_but_not_receipted_is_stored_once(street: Street) -> None:
    dying = street.ingest(before=DIE_BEFORE_THE_RECEIPT)
    lock = street.lock()
    assert dying.wait(60) == -signal.SIGKILL
    stored = Head.objects.get(device_id=lock.id).sequence
    assert stored >= 1
    assert not receipted(lock)
    street.ingest()
    lock.process.kill()
    lock.restart()
    eventually(lambda: kinds(lock).count("boot") == 2 and receipted(lock), "sent again, and receipted")
    assert whole(lock.id) > stored


def test_ingest_killed_again_and_again_loses_and_doubles_nothing(street: Street) -> None:
    lock, chance = street.lock(), random.Random(5)  # noqa: S311 - a repeatable test
    for _round in range(3):
        process = street.ingest()
        target = Head.objects.get(device_id=lock.id).sequence + chance.randint(5, 40)
        while Head.objects.get(device_id=lock.id).sequence < target:
            lock.hands.do("battery", level=chance.randint(1, 100))
            lock.hands.do("open-door")
            lock.hands.do("close-door")
        process.kill()
        process.wait(60)
        lock.hands.do("shock")
    street.ingest()
    lock.process.stop()
    lock.restart()
    eventually(lambda: settled(lock), "everything stored and receipted")
    whole(lock.id)
    assert not Hole.objects.exists()
    assert not RefusedInput.objects.exists()


def test_two_ingesting_processes_store_once_and_survive_lost_connections(street: Street) -> None:
    processes, lock = [street.ingest(), street.ingest()], street.lock()
    for level in range(1, 61):
        lock.hands.do("battery", level=level)
        lock.hands.do("open-door")
        lock.hands.do("close-door")
        if level % 20 == 0:
            seen = Head.objects.get(device_id=lock.id).sequence
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
                )
            eventually(lambda seen=seen: Head.objects.get(device_id=lock.id).sequence > seen, "stored again")  # type: ignore[misc]  # mypy doesn't type default arguments of lambdas
    eventually(lambda: settled(lock), "everything stored and receipted")
    whole(lock.id)
    assert [process.poll() for process in processes] == [None, None]
    assert not Hole.objects.exists()
    assert not RefusedInput.objects.exists()


def remembers(url: str, name: str) -> bool:
    """Whether the broker keeps a session for whoever comes by this name."""
    at, found = urlsplit(url), queue.SimpleQueue[bool]()
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
    client.username_pw_set(at.username or "", at.password)
    client.on_connect = lambda _client, _data, flags, _reason, _properties: found.put(flags.session_present)
    client.connect(at.hostname or "", at.port or 0)
    client.loop_start()
    try:
        return found.get(timeout=PATIENCE)
    finally:
        client.disconnect()
        client.loop_stop()


def live(locks: list[StreetLock], events: int, chance: random.Random) -> None:
    """Until each of these has written so many events more, and they are stored."""
    targets = {lock.id: Head.objects.get(device_id=lock.id).sequence + events for lock in locks}
    for lock in locks:
        while Head.objects.get(device_id=lock.id).sequence < targets[lock.id]:
            lock.hands.do("battery", level=chance.randint(1, 100))
            lock.hands.do("open-door")
            lock.hands.do("close-door")


def test_processes_that_share_the_work_lose_and_double_nothing_whichever_is_killed(street: Street) -> None:
    processes, locks = [street.ingest(workers=2), street.ingest(workers=2)], [street.lock("PM 1"), street.lock("PM 2")]
    chance = random.Random(7)  # noqa: S311 - a repeatable test
    for turn in range(4):
        live(locks, 10, chance)
        street.end(processes[turn % 2])
        for lock in locks:
            lock.hands.do("shock")
        processes[turn % 2] = street.ingest(workers=2)
    for lock in locks:
        lock.process.stop()
        lock.restart()
    eventually(lambda: all(settled(lock) for lock in locks), "everything stored and receipted")
    for lock in locks:
        whole(lock.id)
    assert not Hole.objects.exists()
    assert not RefusedInput.objects.exists()


def test_who_leaves_for_good_is_not_given_a_share_any_more(street: Street) -> None:
    staying, leaving = street.ingest(workers=2), street.ingest(workers=2)
    leaving.send_signal(signal.SIGTERM)
    assert leaving.wait(60) == 0
    lock = street.lock()
    live([lock], 10, random.Random(7))  # noqa: S311 - a repeatable test
    eventually(lambda: settled(lock), "everything stored and receipted")
    assert staying.poll() is None
    whole(lock.id)
    assert not Hole.objects.exists()
    assert not remembers(broker_url(), f"ingest-{socket.gethostname()}-2")
    street.end(staying)
    assert remembers(broker_url(), f"ingest-{socket.gethostname()}-1")


def test_forged_and_foreign_batches_are_refused_and_counted(street: Street) -> None:
    street.ingest()
    lock, other = street.lock("PM 1"), street.lock("PM 2")
    server = street.client()
    forged = encode_frame(Events(FieldDevice(id=lock.id).write("opened")))
    authority = street.town.authority.id
    server.publish(Topic(authority, lock.id, topics.UP_EVENTS), forged)
    server.publish(Topic(authority, other.id, topics.UP_EVENTS), forged)
    server.publish(Topic(authority, FieldDevice().id, topics.UP_EVENTS), forged)
    server.publish(Topic(authority, lock.id, topics.UP_EVENTS), b"\x00" * 70_000)
    wanted = {"token-signature", "device-other", "device-unknown", "json-syntax"}
    eventually(lambda: set(RefusedInput.objects.values_list("reason", flat=True)) >= wanted, "each refused")
    assert set(RefusedInput.objects.values_list("reason", flat=True)) == wanted
    lock.hands.do("shock")
    eventually(lambda: "forced" in kinds(lock) and receipted(lock), "the true log goes on")
    assert "opened" not in kinds(lock)
    whole(lock.id)


def test_a_command_is_obeyed_once(street: Street) -> None:
    street.ingest()
    lock = street.lock()
    command = command_device(device=lock.id, action="report", arguments={}, now=utc_now(), by=None)
    eventually(lambda: Command.objects.get(pk=command.pk).state == CommandState.DONE, "the lock says done")
    again = Command.objects.get(pk=command.pk)
    topic = Topic(street.town.authority.id, lock.id, topics.DOWN_COMMAND)
    street.client().publish(topic, encode_frame(CarryDown((("command", again.token),))))
    following = command_device(
        device=lock.id, action="send-events", arguments={"first": 1, "last": 1}, now=utc_now(), by=None
    )
    eventually(lambda: Command.objects.get(pk=following.pk).state == CommandState.DONE, "the next one is done")
    eventually(lambda: receipted(lock), "receipted")
    done = DeviceEvent.objects.filter(device_id=lock.id, kind="command-done").order_by("sequence")
    assert [row.body["command"] for row in done] == [str(command.pk), str(following.pk)]
    assert Command.objects.get(pk=following.pk).number == (again.number or 0) + 1
    assert not RefusedInput.objects.exists()
