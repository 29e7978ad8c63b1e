"""The simulator's cameras and their ONVIF in a thread of their own, and the relay's commands as somebody types them."""

import asyncio
import io
import json
import threading
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import pytest

from beffroi.edge.relay.__main__ import main
from beffroi.simulator.cameras.control import Control
from beffroi.simulator.cameras.onvif.habits import Habits
from beffroi.simulator.cameras.onvif.speaker import Speaker, speaking
from beffroi.simulator.cameras.server import Plan, Server, running
from tests.edge.relay.cameras import CLIPS, SMALL
from tests.edge.street import PATIENCE

Result = TypeVar("Result")


@dataclass
class Street:
    """What runs: `server` films, `speaker` answers."""

    server: Server
    speaker: Speaker
    loop: asyncio.AbstractEventLoop

    @property
    def ear(self) -> str:
        """Where questions for each camera are heard."""
        return f"127.0.0.1:{self.speaker.ear}"

    def fault(self, name: str) -> None:
        """Something is wrong with the picture of the first camera."""
        self._do(Control(self.server).do({"camera": 1, "fault": name}))

    def _do(self, course: Coroutine[None, None, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(course, self.loop).result(PATIENCE)


@contextmanager
def street(habits: Habits | None = None, *, count: int = 1, group: bool = False) -> Iterator[Street]:
    """Cameras that speak, inside."""
    ready: Future[Street] = Future()
    over = asyncio.Event()

    async def run() -> None:
        plan = Plan(count=count, recipe=SMALL)
        try:
            async with running(plan, CLIPS.get) as server, speaking(server, habits, group=group) as speaker:
                ready.set_result(Street(server, speaker, asyncio.get_running_loop()))
                await over.wait()
        except OSError as fault:
            ready.set_exception(fault)

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    found = ready.result(PATIENCE)
    try:
        yield found
    finally:
        found.loop.call_soon_threadsafe(over.set)
        thread.join(PATIENCE)


@dataclass(frozen=True)
class Said:
    """What a command wrote, and its exit status."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, object]:
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


class Terminal:
    """Types a command; the password of `find` comes by stdin."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch = monkeypatch
        self._capsys = capsys

    def type(self, *arguments: str, stdin: str = "") -> Said:
        self._monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        self._capsys.readouterr()
        status = main(arguments)
        out, err = self._capsys.readouterr()
        return Said(status, out, err)

    def discover(self, street: Street, *more: str) -> Said:
        return self.type("discover", "--at", street.ear, "--seconds", "2", *more)

    def find(self, street: Street, *more: str, password: str | None = None, number: int = 1) -> Said:
        account = street.server.account
        typed = account.password if password is None else password
        found = self.type("find", street.speaker.address(number), "--user", account.user, *more, stdin=f"{typed}\n")
        for each in (typed, typed.replace(" ", "%20")):
            assert each not in found.out + found.err
        return found


def cameras(said: Said) -> Sequence[dict[str, str]]:
    """What `discover --json` found."""
    found = said.json["cameras"]
    assert isinstance(found, list)
    return found
