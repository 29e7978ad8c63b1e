"""`beffroi worker`: does what events ask of the systems. Several may run: work is claimed."""

import argparse
import threading

from beffroi.cli import installation
from beffroi.cli.signals import stop_event
from beffroi.config.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: settings come from the environment."""


def run(_args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT."""
    stop, woken = stop_event(), threading.Event()
    with installation.opened(environment()):
        from beffroi.kernel.devices.jobs import SINK_CHANNEL, run_sinks  # noqa: PLC0415 - Django is ready only now
        from beffroi.persistence.wake import Listener  # noqa: PLC0415 - as above

        with Listener(SINK_CHANNEL, ring=woken.set):
            run_sinks(stop, woken)
    return 0
