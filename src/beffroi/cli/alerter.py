"""`beffroi alerter`: hands messages over to phones, mailboxes and programs. Several may run: work is claimed."""

import argparse
import asyncio
import signal

from beffroi.adapters.push.identity import PushKeyError
from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: settings come from the environment."""


def run(_args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT."""
    with installation.opened(environment()):
        from beffroi.kernel.alerts import alerter  # noqa: PLC0415 - Django is ready only now

        def ready(running: alerter.Alerter) -> None:
            loop = asyncio.get_running_loop()
            for each in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(each, running.stop)

        try:
            asyncio.run(alerter.run(ready=ready))
        except PushKeyError as error:
            raise CommandError(str(error)) from error
    return 0
