"""One screen's stream: what changes reaches it as its viewer may see it, soon, once, and no longer than the viewer may look."""

import asyncio
import threading
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from django.db import OperationalError, connection

from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence import live
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.live import Place, Topic, changed, read_since
from beffroi.web.console import hub as hubs
from beffroi.web.console import stream as streams
from beffroi.web.console.hub import Hub
from beffroi.web.console.sight import Sight
from beffroi.web.tests.screens import HIDDEN, MEAUX, PATIENCE, PROVINS, TOPIC, Screen, acting, move, sight

pytestmark = pytest.mark.usefixtures("doors")


def test_what_changes_is_told() -> None:
    door = uuid4()

    async def watch() -> None:
        async with Screen() as screen:
            acting(lambda: move(doors=[door]))
            assert await screen.change() == {str(door): {"door": str(door), "of": str(MEAUX)}}

    asyncio.run(watch())


def test_many_acts_are_one_event_and_one_reading() -> None:
    doors = [uuid4() for _ in range(5)]

    async def watch() -> None:
        async with Screen() as screen:
            for door in [*doors, *doors]:
                acting(lambda door=door: move(doors=[door]))  # type: ignore[misc]  # bound now
            told: dict[str, object] = {}
            count = 0
            while len(told) < len(doors):
                told |= await screen.change()
                count += 1
            assert count <= len(doors), "told together as far as they came together"

    asyncio.run(watch())


def test_it_goes_on_where_it_was_cut() -> None:
    before, during = uuid4(), uuid4()

    async def watch() -> Place | None:
        async with Screen() as screen:
            acting(lambda: move(doors=[before]))
            screen.now += streams.FLUSH_EVERY
            _kind, place, _ = await screen.next()
            return place

    place = asyncio.run(watch())
    assert place is not None
    move(doors=[during])

    async def come_back() -> None:
        async with Screen(since=place) as screen:
            told = set(await screen.change())
            # What was told may be told again while another transaction of the server runs.
            assert str(during) in told
            assert told <= {str(before), str(during)}

    asyncio.run(come_back())


def test_an_act_that_commits_late_is_told_all_the_same() -> None:
    slow, quick = uuid4(), uuid4()
    written, commit = threading.Event(), threading.Event()

    @kernel_action
    def move_slowly() -> None:
        changed(authority=MEAUX, topic=TOPIC, subjects=[slow])
        written.set()
        assert commit.wait(PATIENCE)

    def run() -> None:
        move_slowly()
        connection.close()

    async def watch() -> None:
        thread = threading.Thread(target=run)
        async with Screen() as screen:
            thread.start()
            assert written.wait(PATIENCE)
            acting(lambda: move(doors=[quick]))
            assert set(await screen.change()) == {str(quick)}
            commit.set()
            thread.join()
            assert str(slow) in await screen.change()

    asyncio.run(watch())


def test_what_the_viewer_may_not_see_is_not_told() -> None:
    """Another authority's changes are nothing; one's own thing that is gone is null."""
    foreign, own, gone = uuid4(), uuid4(), uuid4()
    HIDDEN.add(gone)

    async def watch() -> None:
        async with Screen() as screen:
            acting(lambda: move(doors=[foreign], authority=PROVINS))
            acting(lambda: move(doors=[gone]))
            acting(lambda: move(doors=[own]))
            told: dict[str, object] = {}
            while str(own) not in told:
                told |= await screen.change()
            assert set(told) == {str(own), str(gone)}
            assert told[str(gone)] is None

    asyncio.run(watch())


def test_a_partner_is_not_told_of_what_they_never_saw() -> None:
    """bob's desk may follow some of Meaux's things: that another one changed is not his to know, until he was shown it."""
    mine, secret = uuid4(), uuid4()
    HIDDEN.add(secret)
    bob = replace(sight(), authorities=frozenset([MEAUX]))

    async def watch() -> None:
        async with Screen(look=lambda: bob) as screen:
            acting(lambda: move(doors=[secret, mine]))
            assert set(await screen.change()) == {str(mine)}
            HIDDEN.add(mine)
            acting(lambda: move(doors=[secret, mine]))
            assert await screen.change() == {str(mine): None}

    asyncio.run(watch())


def test_things_are_read_as_of_now_whenever_the_sight_was_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty seconds at most after its half hour a door is still not overdue for an older sight, and nobody tells of it twice."""
    early = sight(MEAUX)
    due_at = utc_now()

    def read_door(viewer: Viewer, _authority: UUID, subjects: frozenset[UUID]) -> dict[UUID, dict[str, object]]:
        return {one: {"overdue": due_at <= viewer.as_of} for one in subjects}

    monkeypatch.setitem(live.TOPICS, TOPIC, Topic(TOPIC, read_door))
    door = uuid4()

    async def watch() -> None:
        async with Screen(look=lambda: early) as screen:
            acting(lambda: move(doors=[door]))
            assert await screen.change() == {str(door): {"overdue": True}}

    asyncio.run(watch())


def test_rights_that_are_gone_close_the_stream_within_thirty_seconds() -> None:
    rights: list[Sight | None] = [sight(MEAUX)]

    async def watch() -> None:
        async with Screen(look=lambda: rights[-1]) as screen:
            rights.append(None)
            screen.now += streams.REBUILD_EVERY
            kind, _, _ = await screen.next()
            assert kind == "closed"
            assert screen.events is not None
            with pytest.raises(StopAsyncIteration):
                await anext(screen.events)
            assert screen.hub.room_for(uuid4())

    asyncio.run(watch())


def test_rights_that_are_said_to_have_changed_are_looked_at_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A screen that was removed is blank when that has committed, not thirty seconds later."""
    monkeypatch.setitem(live.TOPICS, TOPIC, replace(live.TOPICS[TOPIC], rights=True))
    rights: list[Sight | None] = [sight(MEAUX)]

    async def watch() -> None:
        async with Screen(look=lambda: rights[-1]) as screen:
            rights.append(None)
            acting(lambda: move(doors=[uuid4()]))
            kind, _, _ = await screen.next()
            assert kind == "closed"

    asyncio.run(watch())


def test_rights_that_changed_have_everything_read_afresh() -> None:
    rights = [sight(MEAUX)]

    async def watch() -> None:
        async with Screen(look=lambda: rights[-1]) as screen:
            rights.append(sight(MEAUX, PROVINS))
            screen.now += streams.REBUILD_EVERY
            kind, _, _ = await screen.next()
            assert kind == "again"
            door = uuid4()
            acting(lambda: move(doors=[door], authority=PROVINS))
            assert set(await screen.change()) == {str(door)}

    asyncio.run(watch())


def test_a_stranger_s_stream_says_nothing() -> None:
    async def watch() -> None:
        stream = Screen(look=lambda: None).stream()
        events = [event async for event in stream.events()]
        assert [event.split(b"\n")[0] for event in events] == [b"event: closed"]

    asyncio.run(watch())


def test_a_quiet_stream_beats_while_the_database_answers() -> None:
    """A beat says "up to date", so none is sent when nobody could look."""
    answers = threading.Event()
    answers.set()

    def reading(place: Place | None) -> live.Reading:
        if not answers.is_set():
            raise OperationalError("away")
        return read_since(place)

    async def watch() -> None:
        async with Screen(hub=Hub(reading)) as screen:
            screen.now += streams.BEAT_EVERY
            kind, place, _ = await screen.next()
            assert kind == "beat"
            assert place is not None
            answers.clear()
            screen.now += streams.BEAT_EVERY
            assert screen.events is not None
            silence = asyncio.ensure_future(anext(screen.events))
            done, _ = await asyncio.wait([silence], timeout=3 * hubs.LOOK_EVERY)
            # One reading may have been on its way when the database went.
            if done:
                screen.now += streams.BEAT_EVERY
                silence = asyncio.ensure_future(anext(screen.events))
                done, _ = await asyncio.wait([silence], timeout=3 * hubs.LOOK_EVERY)
            assert not done
            answers.set()
            assert b"event: beat" in await asyncio.wait_for(silence, PATIENCE)

    asyncio.run(watch())


def test_a_reader_that_was_away_too_long_reads_afresh() -> None:
    here = read_since(None).place
    old = Place(here.xid, here.at - int(live.RESUMED_WITHIN.total_seconds()))

    async def watch() -> None:
        async with Screen(since=old) as screen:
            screen.now += streams.FLUSH_EVERY
            kind, place, _ = await screen.next()
            assert kind == "again"
            assert place is not None
            assert place.at >= here.at

    asyncio.run(watch())


def test_more_than_a_screen_takes_is_read_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "MOST_PENDING", 10)

    async def watch() -> None:
        async with Screen() as screen:
            acting(lambda: move(doors=[uuid4() for _ in range(11)]))
            screen.now += streams.FLUSH_EVERY
            kind, _, _ = await screen.next()
            assert kind == "again"

    asyncio.run(watch())
