"""`beffroi up`: the whole installation on this machine, one readable log, Ctrl-C stops everything within 5 s."""

import argparse
import contextlib
import fcntl
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version

from beffroi.adapters.mqtt.mosquitto import Mosquitto
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process import places, status
from beffroi.adapters.process.status import PartStatus, Status
from beffroi.cli import https, installation, listening, web
from beffroi.cli.backups import keeping
from beffroi.cli.broker import Demonstration, own_broker
from beffroi.cli.errors import AlreadyRunningError
from beffroi.cli.listening import Doors
from beffroi.cli.output import JsonLog, ReadableLog
from beffroi.cli.parts import Part, Program, several
from beffroi.cli.service import releases
from beffroi.cli.service.notify import Notifier
from beffroi.cli.supervisor import Supervisor
from beffroi.config.environment import Environment, SettingError, environment
from beffroi.config.values import SettingFileError
from beffroi.web.watching import counting

OURSELVES = "beffroi"
# Two of each: they share the work, and when one dies the other goes on within the second.
TWICE = ("alerter",)
DEMONSTRATION = (
    "!!! Mosquitto is not installed: the demonstration broker runs. It loses what it holds when it stops, takes devices of this "
    "machine only, by password, and is NOT for a real town. Debian: apt install mosquitto, then start again."
)
MANY_FILES = 65_536


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: settings come from the environment."""


def run(_args: argparse.Namespace) -> int:
    """Until asked to stop; exit 1 when something essential can't be started, EX_CONFIG (78) when what settings say can't be used, so that
    systemd does not try the same words again. What may pass by itself, a file that isn't there yet included, is said as by every command.
    """
    try:
        settings = environment()
    except SettingFileError:
        raise
    except SettingError as error:
        Notifier().refuse(str(error))
        sys.stderr.write(f"beffroi: {error}\n")
        return os.EX_CONFIG
    return up(settings)


def up(settings: Environment, extra: Callable[["Town"], list[Part]] = lambda _: []) -> int:
    """Runs the parts of a town, and those that `extra` adds."""
    https.refuse_unusable(settings)
    keeping.refuse_unusable(settings)
    notifier = Notifier()
    code, door = _run(settings, extra, notifier)
    if door:
        command = releases.command()
        given = {**os.environ, **notifier.variables, **door}
        os.execve(command[0], [*command, *sys.argv[1:]], given)  # noqa: S606 - our own command
    return code


def _run(
    settings: Environment, extra: Callable[["Town"], list[Part]], notifier: Notifier
) -> tuple[int, dict[str, str]]:
    """The exit code, and the doors for whoever begins anew in our place, when we are asked to."""
    with alone(settings), listening.kept_or_bound(settings) as doors:
        open_many_files()
        installation.furnish(settings.home)
        counting.clear(settings.home)
        town = Town.of(settings)
        parts = [*town.parts(doors), *extra(town)]
        log = (JsonLog if settings.watching.json else ReadableLog)(
            sys.stdout,
            settings.home / "log",
            width=max(len(part.name) for part in parts),
            wall=lambda: datetime.now().astimezone(),
        )

        release = version("beffroi")
        essential = frozenset(part.name for part in parts if part.essential)

        def publish(parts: tuple[PartStatus, ...]) -> None:
            with contextlib.suppress(OSError):  # a full disk ends no town: what reads the file sees that it grows old
                status.write(settings.home, Status(os.getpid(), time.time(), town.broker_kind, parts, release))
            notifier.tell(parts, essential)

        supervisor = Supervisor(
            parts,
            say=log.say,
            publish=publish,
            ready=lambda: log.say(OURSELVES, f"ready: {settings.public_url}   (Ctrl-C stops everything)"),
        )
        log.say(OURSELVES, f"starting, everything is kept in {settings.home}")
        if isinstance(town.broker, Demonstration):
            log.say(OURSELVES, DEMONSTRATION)
        try:
            problem = supervisor.run()
        finally:
            town.stop()
            status.path_in(settings.home).unlink(missing_ok=True)
        log.say(OURSELVES, f"can't start: {problem}" if problem else "stopped")
        log.close()
        return 1 if problem else 0, doors.handed_on() if supervisor.renew_asked else {}


@dataclass(frozen=True, slots=True)
class Town:
    """The servers that the parts use, ours or others."""

    settings: Environment
    cluster: Cluster | None
    broker: Mosquitto | Demonstration | None

    @classmethod
    def of(cls, settings: Environment) -> "Town":
        """Our own PostgreSQL unless DATABASE_URL, our own broker unless BEFFROI_BROKER_URL, says where another is."""
        kept = settings.backups.log_every if settings.backups.log else 0
        cluster = None if settings.database_url else Cluster(settings.home, archive_every=kept)
        return cls(settings, cluster, None if settings.broker_url else own_broker(settings))

    @property
    def broker_kind(self) -> str:
        """As the status file names it."""
        return self.broker.kind if self.broker else "external"

    def database(self) -> ConnectionInfo:
        """Where the database is now."""
        if self.cluster is not None:
            return self.cluster.connection()
        app_url = self.settings.database_url or ""
        return ConnectionInfo(self.settings.database_owner_url or app_url, app_url)

    def application(self) -> Mapping[str, str]:
        """What a part is told of the servers."""
        broker_url = self.broker.furnish().url if self.broker else self.settings.broker_url or ""
        return {**installation.variables_for(self.database()), "BEFFROI_BROKER_URL": broker_url}

    def owner(self) -> Mapping[str, str]:
        """What a task that changes tables is told."""
        return installation.variables_for(self.database(), owner=True)

    def parts(self, doors: Doors) -> list[Part]:
        """In the order in which they come up; the web answers at these doors."""
        parts = []
        if self.cluster is not None:
            fast = (signal.SIGINT, signal.SIGQUIT)
            parts.append(Part("database", self.cluster, essential=True, stop_signals=fast, last=True))
        needs = tuple(part.name for part in parts)
        if self.broker is not None:
            parts.append(Part("broker", self.broker, last=True))
        parts.append(Part("migrate", Program(("migrate",), self.owner), needs=needs, once=True, essential=True))
        counts = dict.fromkeys(status.PROGRAMS, 1) | dict.fromkeys(TWICE, 2) | {"ingest": self.settings.ingest_workers}
        for name, count in counts.items():
            parts += [
                Part(each, Program((name,), self.application), needs=("migrate",)) for each in several(name, count)
            ]
        if self.settings.observe is not None:
            parts.append(Part("bridge", Program(("bridge",), self.application), needs=("migrate",)))
        if self.settings.watching.monitored:
            parts.append(Part("monitor", Program(("monitor",), self.application), needs=("migrate",)))
        return [*parts, *web.parts(self.settings, doors, self.application, needs=("migrate",))]

    def stop(self) -> None:
        """Whatever the supervisor did not start or could not end."""
        if self.cluster is not None:
            self.cluster.stop()


def open_many_files() -> None:
    """Each device on the line is an open file of the broker's, and the usual bound is 1,024."""
    usual, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MANY_FILES if most == resource.RLIM_INFINITY else min(most, MANY_FILES)
    if usual < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


@contextmanager
def alone(settings: Environment) -> Iterator[None]:
    """One supervisor a home. Raises AlreadyRunningError."""
    places.open_folder(settings.home)
    folder = settings.home / "run"
    folder.mkdir(mode=0o700, exist_ok=True)
    with status.lock_in(settings.home).open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            running = status.read(settings.home)
            who = f" (process {running.supervisor})" if running else ""
            raise AlreadyRunningError(
                f"`beffroi up` already runs for {settings.home}{who}. Stop it first, or set another BEFFROI_HOME."
            ) from None
        yield
