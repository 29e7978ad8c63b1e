"""The hub of one process: whom it takes, and whom it lets go of."""

import asyncio
import threading
from uuid import UUID, uuid4

import pytest

from beffroi.persistence import live
from beffroi.persistence.live import Place, read_since
from beffroi.web.console import hub as hubs
from beffroi.web.console.hub import Hub
from beffroi.web.tests.screens import PATIENCE, Screen

pytestmark = pytest.mark.usefixtures("doors")


def test_a_process_takes_so_many_screens_and_so_many_of_one_person(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "MOST_OF_ONE", 2)
    monkeypatch.setattr(hubs, "MOST", 3)

    class Tab:
        def __init__(self, person: UUID) -> None:
            self.person = person

        def take(self, reading: live.Reading) -> None:
            """Nothing."""

    hub = Hub()
    alice, bob = uuid4(), uuid4()
    tabs = [Tab(alice), Tab(alice), Tab(bob)]
    for tab in tabs[:2]:
        hub.join(tab)
    assert not hub.room_for(alice)
    assert hub.room_for(bob)
    hub.join(tabs[2])
    assert not hub.room_for(uuid4())
    for tab in tabs:
        hub.leave(tab)
    assert hub.room_for(alice)


@pytest.mark.parametrize("slow", ["joining", "the first reading"])
def test_a_screen_that_leaves_while_it_joins_is_followed_no_more(monkeypatch: pytest.MonkeyPatch, slow: str) -> None:
    """Its database is slow and it is loaded again: ten of these must not be the ten that one person may have."""
    monkeypatch.setattr(hubs, "MOST_OF_ONE", 1)
    asked, answers, let_go = threading.Event(), threading.Event(), threading.Event()

    def answering(what: str) -> None:
        if what == slow:
            asked.set()
            assert answers.wait(PATIENCE)

    def reading(place: Place | None) -> live.Reading:
        answering("the first reading")
        return read_since(place)

    class Followed(Hub):
        def join(self, subscriber: hubs.Subscriber) -> None:
            answering("joining")
            super().join(subscriber)

        def leave(self, subscriber: hubs.Subscriber) -> None:
            super().leave(subscriber)
            if threading.current_thread() is not threading.main_thread():
                let_go.set()

    hub = Followed(reading)

    async def watch() -> UUID:
        stream = Screen(hub=hub).stream()
        first = asyncio.ensure_future(anext(stream.events()))
        await asyncio.to_thread(asked.wait, PATIENCE)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        return stream.person

    person = asyncio.run(watch())
    if slow == "joining":
        answers.set()
    assert let_go.wait(PATIENCE), "the thread that joined never left"
    answers.set()
    assert hub.room_for(person)
