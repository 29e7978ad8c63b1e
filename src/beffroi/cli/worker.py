"""`beffroi worker`: fires deadlines, does what events ask of the systems, watches the alerter. Several may run: work is claimed."""

import argparse
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from beffroi.cli import installation
from beffroi.cli.signals import stop_event
from beffroi.config.environment import environment

LOOK_EVERY = 0.5
# One that takes long (the weekly comparison, a large erasure) keeps no other promise waiting.
HANDLERS = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: settings come from the environment."""


def run(_args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT. Each of its loops has a thread, and a connection, of its own; when one ends, so does the process."""
    stop = stop_event()
    with installation.opened(environment()):
        _return_from_absence(environment().home)
        return _watched(stop, [*_loops(stop), *_nightly(stop), *_sealing(stop)])


def _return_from_absence(home: Path) -> None:
    """After a restore, once: what fell due meanwhile is put off before anything fires."""
    from beffroi.cli.backups.absence import absent_since, forget_absence  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.deadlines.jobs import return_from_absence  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

    since = absent_since(home)
    if since is not None:
        return_from_absence(since, utc_now())
        forget_absence(home)


def _nightly(stop: threading.Event) -> list[Callable[[], None]]:
    """The backup of each night; none where settings say never."""
    from beffroi.cli.backups.nightly import SPREAD, Night, run_nightly  # noqa: PLC0415 - only here
    from beffroi.kernel.deadlines.rules import ZONE  # noqa: PLC0415 - Django is ready only now
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

    settings = environment()
    if settings.backups.at is None:
        return []
    later = timedelta(seconds=secrets.randbelow(int(SPREAD.total_seconds())))
    night = Night(settings.backups.at, ZONE, later)
    return [lambda: run_nightly(stop, night, settings.home, utc_now)]


def _sealing(stop: threading.Event) -> list[Callable[[], None]]:
    """The log of our own PostgreSQL, where it is kept."""
    from beffroi.cli.backups.keeping import sealing  # noqa: PLC0415 - Django is ready only now
    from beffroi.cli.backups.sealing import run_sealing  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

    kept = sealing(environment())
    return [] if kept is None else [lambda: run_sealing(stop, kept, utc_now)]


def _loops(stop: threading.Event) -> list[Callable[[], None]]:
    from beffroi.kernel.alerts.watcher import run_watch  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.contacts.jobs import CHANNEL as CONTACTS  # noqa: PLC0415 - as above
    from beffroi.kernel.contacts.jobs import run_events  # noqa: PLC0415 - as above
    from beffroi.kernel.deadlines.jobs import run_firing, run_handling  # noqa: PLC0415 - as above
    from beffroi.kernel.devices.jobs import SINK_CHANNEL, run_sinks, run_sweep  # noqa: PLC0415 - as above
    from beffroi.kernel.devices.worker import run_lapses  # noqa: PLC0415 - as above
    from beffroi.kernel.imports.jobs import run_imports  # noqa: PLC0415 - as above
    from beffroi.kernel.townhall.jobs import run_exports  # noqa: PLC0415 - as above
    from beffroi.kernel.upkeep.jobs import run_upkeep  # noqa: PLC0415 - as above
    from beffroi.persistence.live import run_forgetting  # noqa: PLC0415 - as above
    from beffroi.persistence.wake import Listener  # noqa: PLC0415 - as above
    from beffroi.systems.reports.courier import run_pushes  # noqa: PLC0415 - as above
    from beffroi.systems.reports.encoder import run_photos  # noqa: PLC0415 - as above
    from beffroi.systems.reports.reader import run_reading  # noqa: PLC0415 - as above

    def sinks() -> None:
        woken = threading.Event()
        with Listener(SINK_CHANNEL, ring=woken.set):
            run_sinks(stop, woken)

    def contacts() -> None:
        woken = threading.Event()
        with Listener(CONTACTS, ring=woken.set):
            run_events(stop, woken)

    fired = threading.Event()
    return [
        sinks,
        contacts,
        lambda: run_firing(stop, fired),
        *[lambda: run_handling(stop, fired)] * HANDLERS,
        lambda: run_sweep(stop),
        lambda: run_lapses(stop),
        lambda: run_watch(stop),
        lambda: run_upkeep(stop),
        lambda: run_forgetting(stop),
        lambda: run_exports(stop),
        lambda: run_imports(stop),
        lambda: run_photos(stop),
        lambda: run_pushes(stop),
        lambda: run_reading(stop),
    ]


def _watched(stop: threading.Event, loops: list[Callable[[], None]]) -> int:
    """Whatever ends a loop ends the process, so that whoever supervises it starts it whole again."""
    threads = [threading.Thread(target=loop, daemon=True) for loop in loops]
    for thread in threads:
        thread.start()
    while not stop.wait(LOOK_EVERY):
        if not all(thread.is_alive() for thread in threads):
            stop.set()
            return 1
    for thread in threads:
        thread.join(timeout=LOOK_EVERY)
    return 0
