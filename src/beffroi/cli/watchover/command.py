"""`beffroi watch-over FILE`: on a second host, in a neighbouring town perhaps; hears whether towns live, tells people when one does not."""

import argparse
import asyncio
import contextlib
import socket
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from beffroi.adapters.tls.context import Renewed
from beffroi.adapters.tls.errors import TlsError
from beffroi.adapters.tls.files import Files
from beffroi.cli.errors import CommandError
from beffroi.cli.watchover import memory
from beffroi.cli.watchover.hearing import Door, server
from beffroi.cli.watchover.line import MOST
from beffroi.cli.watchover.settings import Settings, read
from beffroi.cli.watchover.telling import tell, word
from beffroi.cli.watchover.vigil import Change, Vigil
from beffroi.lib.clock import utc_now

LOOK_EVERY: Final = 1.0
# Nobody could be told: again after so many seconds.
AGAIN_AFTER: Final = 30.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A file, and what else may be asked of it."""
    parser.add_argument(
        "file", type=Path, help="TOML file that says whom to watch over and whom to tell (docs/operators/watching.md)"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--state", action="store_true", help="print how each town is, and end; exit 1 when one is silent")
    what.add_argument(
        "--try", dest="tried", action="store_true", help="tell people once, as if the first town were silent, and end"
    )


def run(args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT. Exit 1 when nobody could be told (--try), or a town is silent (--state)."""
    settings = read(args.file)
    known = memory.read(settings.state)
    if args.state:
        return _state(settings)
    if args.tried:
        return _try(settings)
    vigil = Vigil(settings.towns, known, time.monotonic())
    try:
        memory.write(settings.state, vigil.known)
    except OSError as error:
        raise CommandError(f"{settings.state} can't be written: {error.strerror}") from error
    with _listening(settings) as (at, tls):
        asyncio.run(_watch(settings, vigil, at, tls))
    return 0


@contextlib.contextmanager
def _listening(settings: Settings) -> Iterator[tuple[socket.socket, Renewed | None]]:
    """Where towns call. Raises CommandError."""
    listen, tls = settings.listen, None
    try:
        if listen.certificate is not None and listen.key is not None:
            tls = Renewed(Files(listen.certificate, listen.key), say)
    except TlsError as error:
        raise CommandError(str(error)) from error
    family = socket.AF_INET6 if ":" in listen.address else socket.AF_INET
    try:
        at = socket.create_server((listen.address, listen.port), family=family, backlog=MOST)
    except OSError as error:
        raise CommandError(f"Can't listen on {listen.address} port {listen.port}: {error.strerror}.") from error
    with at:
        at.setblocking(False)
        yield at, tls


def _state(settings: Settings) -> int:
    known = memory.read(settings.state)
    silent = False
    for town in settings.towns:
        each = known.get(town.key)
        heard = "never"
        if each is not None and each.at is not None:
            heard = datetime.fromtimestamp(each.at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        silent = silent or each is None or each.silent
        print(f"{town.name}: {'silent' if each is None or each.silent else 'lives'}, last sign {heard}")
    return 1 if silent else 0


def _try(settings: Settings) -> int:
    faults = asyncio.run(tell(Change(settings.towns[0], silent=True, heard_at=None), settings, utc_now))
    for way, fault in faults.items():
        print(f"{way}: {fault or 'told'}")
    return 1 if any(faults.values()) else 0


async def _watch(settings: Settings, vigil: Vigil, at: socket.socket, tls: Renewed | None) -> None:
    door = server(Door(vigil, kept=_keeper(settings, vigil)), at, tls)
    looking = asyncio.create_task(_look_on(settings, vigil))
    looking.add_done_callback(lambda _: setattr(door, "should_exit", True))  # a door alone tells nobody
    await door.serve()
    looking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await looking


def _keeper(settings: Settings, vigil: Vigil) -> Callable[[], None]:
    def keep() -> None:
        try:
            memory.write(settings.state, vigil.known)
        except OSError as error:
            say(f"{settings.state} can't be written: {error.strerror}")  # people are told all the same

    return keep


async def _look_on(settings: Settings, vigil: Vigil) -> None:
    """Looks each second. Towns are told of beside one another: a mail server that hangs keeps nobody else waiting."""
    keep, under_way = _keeper(settings, vigil), set[str]()

    async def announce(change: Change) -> None:
        faults = await tell(change, settings, utc_now)
        said = ", ".join(f"{way}: {fault or 'told'}" for way, fault in faults.items())
        say(f"{change.town.name} is {word(change)} ({said})")
        if all(faults.values()):
            await asyncio.sleep(AGAIN_AFTER)
        else:
            vigil.told(change)
            keep()
        under_way.discard(change.town.key)

    async with asyncio.TaskGroup() as group:
        while True:
            for change in vigil.changes(time.monotonic()):
                if change.town.key not in under_way:
                    under_way.add(change.town.key)
                    group.create_task(announce(change))
            await asyncio.sleep(LOOK_EVERY)


def say(text: str) -> None:
    """For the log of whoever keeps us running."""
    print(text, file=sys.stderr, flush=True)
