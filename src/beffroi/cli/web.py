"""`beffroi web`: the web server alone (uvicorn, in as many processes as BEFFROI_WEB_PROCESSES says), as the application's role."""

import argparse
import contextlib
import os
import socket
import sys
from collections.abc import Callable, Mapping

from beffroi.adapters.postgres import access
from beffroi.cli import installation, listening
from beffroi.cli.errors import WebDownError
from beffroi.cli.parts import Part, Program, several
from beffroi.cli.supervisor import Supervisor
from beffroi.config.environment import Environment, environment

# What still answers when we are asked to stop (a live stream never ends by itself).
GRACE = 1
NAME = "web"
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where to knock, not where to listen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: BEFFROI_BIND and BEFFROI_PORT say where, BEFFROI_WEB_PROCESSES how many."""


def run(_args: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM: here on the socket that we were given, here on one of ours, or in several processes."""
    settings = environment()
    given = os.environ.get(listening.VARIABLE)
    if given:
        with socket.socket(fileno=int(given)) as door:
            return _here(settings, door)
    installation.furnish_secret(settings.home)  # all must read the same: what one signs, another checks
    with listening.bound(settings) as door:
        return _here(settings, door) if settings.web_processes == 1 else _apart(settings, door)


def parts(
    settings: Environment,
    door: socket.socket,
    variables: Callable[[], Mapping[str, str]],
    needs: tuple[str, ...] = (),
) -> list[Part]:
    """The web processes, which all listen on this socket; each is started again when it ends, whatever the others do."""
    address = (EVERYWHERE.get(settings.bind, settings.bind), settings.port)
    number = door.fileno()

    def told() -> Mapping[str, str]:
        return {**variables(), listening.VARIABLE: str(number)}

    names = several(NAME, settings.web_processes)
    return [Part(name, Program((NAME,), told, address, kept=(number,)), needs=needs) for name in names]


def _here(settings: Environment, door: socket.socket) -> int:
    with installation.opened(settings, web=True):
        _serve(door)
    return 0


def _apart(settings: Environment, door: socket.socket) -> int:
    """Raises WebDownError when none can be kept up: whoever started us is to know."""
    with access.database(settings.home, app_url=settings.database_url, owner_url=settings.database_owner_url) as info:
        supervisor = Supervisor(
            parts(settings, door, lambda: installation.variables_for(info)),
            say=lambda part, line: print(f"{part}: {line}", file=sys.stderr, flush=True),
            publish=lambda _: None,
            ready=lambda: None,
        )
        problem = supervisor.run()
    if problem:
        raise WebDownError(f"the web server is down: {problem}")
    return 0


def _serve(door: socket.socket) -> None:
    """Runs uvicorn here. A proxy on this machine may say for whom it asks (X-Forwarded-For, -Proto); nobody else."""
    import uvicorn  # noqa: PLC0415 - only a web process needs it

    from beffroi.cli.wire import Wire  # noqa: PLC0415 - as above

    config = uvicorn.Config(
        "beffroi.config.asgi:application",
        http=Wire,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        timeout_graceful_shutdown=GRACE,
    )
    with contextlib.suppress(KeyboardInterrupt):  # so it says that SIGINT had it stop, once it has
        uvicorn.Server(config).run(sockets=[door])
