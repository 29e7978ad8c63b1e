"""`beffroi web`: the web server alone (uvicorn, in as many processes as BEFFROI_WEB_PROCESSES says), as the application's role."""

import argparse
import sys
from collections.abc import Callable, Mapping

from beffroi.adapters.postgres import access
from beffroi.cli import https, installation, listening
from beffroi.cli.errors import WebDownError
from beffroi.cli.listening import Doors
from beffroi.cli.parts import Part, Program, several
from beffroi.cli.supervisor import Supervisor
from beffroi.config.environment import Environment, environment
from beffroi.web.watching import counting

# What still answers when we are asked to stop (a live stream never ends by itself).
GRACE = 1
NAME = "web"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where to knock, not where to listen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: BEFFROI_BIND and BEFFROI_PORT say where, BEFFROI_WEB_PROCESSES how many."""


def run(_args: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM: here on the sockets that we were given, here on ours, or in several processes."""
    settings = environment()
    with listening.given() as doors:
        if doors is not None:
            return _here(settings, doors)
    counting.clear(settings.home)
    https.refuse_unusable(settings)
    installation.furnish_secret(settings.home)  # all must read the same: what one signs, another checks
    with listening.bound(settings) as doors:
        return _here(settings, doors) if settings.web_processes == 1 else _apart(settings, doors)


def parts(
    settings: Environment,
    doors: Doors,
    variables: Callable[[], Mapping[str, str]],
    needs: tuple[str, ...] = (),
) -> list[Part]:
    """The web processes, which all listen on these sockets; each is started again when it ends, whatever the others do."""
    address = (EVERYWHERE.get(settings.bind, settings.bind), settings.port)

    def told() -> Mapping[str, str]:
        return {**variables(), **doors.variables}

    names = several(NAME, settings.web_processes)
    return [Part(name, Program((NAME,), told, address, kept=doors.numbers), needs=needs) for name in names]


def _here(settings: Environment, doors: Doors) -> int:
    if settings.watching.metrics_port is not None:
        counting.begin(settings.home)
    with installation.opened(settings, web=True):
        from beffroi.cli.serving import serve  # noqa: PLC0415 - only a web process needs it

        serve(settings, doors)
    return 0


def _apart(settings: Environment, doors: Doors) -> int:
    """Raises WebDownError when none can be kept up: whoever started us is to know."""
    with access.database(settings.home, app_url=settings.database_url, owner_url=settings.database_owner_url) as info:
        supervisor = Supervisor(
            parts(settings, doors, lambda: installation.variables_for(info)),
            say=lambda part, line: print(f"{part}: {line}", file=sys.stderr, flush=True),
            publish=lambda _: None,
            ready=lambda: None,
        )
        problem = supervisor.run()
    if problem:
        raise WebDownError(f"the web server is down: {problem}")
    return 0
