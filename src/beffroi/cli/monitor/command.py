"""`beffroi monitor`: serves measures to Prometheus and says that we live to a second host, as the settings ask."""

import argparse
import sys
import threading
from importlib import resources
from importlib.metadata import version
from typing import Final

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.cli.monitor import identity
from beffroi.cli.signals import stop_event
from beffroi.config.environment import Environment, environment
from beffroi.lib.clock import utc_now

READY: Final = {"alert_rules": "alerts.yml", "dashboard": "dashboard.json"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where it listens and whom it tells are settings."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--alert-rules", action="store_true", help="print rules of alert for Prometheus, and end")
    what.add_argument("--dashboard", action="store_true", help="print a dashboard for Grafana, and end")
    what.add_argument(
        "--key",
        action="store_true",
        help="print the key that the second host knows us by (docs/operators/watching.md), and end",
    )


def run(args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT."""
    for name, file in READY.items():
        if getattr(args, name):
            sys.stdout.write(resources.files(__package__).joinpath("ready", file).read_text(encoding="utf-8"))
            return 0
    settings = environment()
    if args.key:
        print(identity.public_line(settings.home))
        return 0
    if not settings.watching.monitored:
        raise CommandError("nothing is told to anybody: set BEFFROI_METRICS_PORT or BEFFROI_DEADMAN_URL")
    stop = stop_event()
    with installation.opened(settings):
        _serve_measures(settings)
        return _live(settings, stop)


def _serve_measures(settings: Environment) -> None:
    """In threads of their own, to the end of the process. Raises CommandError when the door is taken."""
    port = settings.watching.metrics_port
    if port is None:
        return
    from prometheus_client import CollectorRegistry, start_http_server  # noqa: PLC0415 - only where measures are served
    from prometheus_client.multiprocess import MultiProcessCollector  # noqa: PLC0415 - as above

    from beffroi.web.watching import counting  # noqa: PLC0415 - Django is ready only now
    from beffroi.web.watching.measures import Measures  # noqa: PLC0415 - as above

    registry = CollectorRegistry()
    counting.folder_in(settings.home).mkdir(parents=True, exist_ok=True, mode=0o700)
    MultiProcessCollector(registry, str(counting.folder_in(settings.home)))  # type: ignore[no-untyped-call]  # the library's own
    registry.register(Measures(utc_now, version("beffroi")))
    try:
        start_http_server(port, settings.watching.metrics_bind, registry)
    except OSError as error:
        raise CommandError(f"measures can't be served at {settings.watching.metrics_bind}:{port}: {error}") from error


def _live(settings: Environment, stop: threading.Event) -> int:
    """Waits to the end, saying all the while that we live where somebody is to hear it."""
    if settings.watching.deadman_url is None:
        stop.wait()
        return 0
    from beffroi.cli.monitor.living import tell_on  # noqa: PLC0415 - Django is ready only now

    tell_on(settings, stop, say=lambda text: print(text, file=sys.stderr, flush=True))
    return 0
