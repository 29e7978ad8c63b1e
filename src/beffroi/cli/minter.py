"""`beffroi minter`: the process that alone reads the capability keys."""

import argparse
import os
from pathlib import Path

from beffroi.cli import installation
from beffroi.cli.signals import stop_event
from beffroi.config.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: settings come from the environment."""


def run(_args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT."""
    settings, stop = environment(), stop_event()
    with installation.opened(settings):
        from beffroi.kernel.grants import minter  # noqa: PLC0415 - Django is ready only now
        from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

        given = os.environ.get("CREDENTIALS_DIRECTORY")
        minter.run(home=settings.home, clock=utc_now, stopped=stop.is_set, credentials=Path(given) if given else None)
    return 0
