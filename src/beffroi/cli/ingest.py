"""`beffroi ingest`: stores what devices send, and answers them. Several may run."""

import argparse

from beffroi.cli import installation
from beffroi.cli.signals import stop_event
from beffroi.config.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: settings come from the environment."""


def run(_args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT."""
    stop = stop_event()
    with installation.opened(environment()):
        from beffroi.kernel.devices.ingest.process import run_ingest  # noqa: PLC0415 - Django is ready only now

        run_ingest(stop)
    return 0
