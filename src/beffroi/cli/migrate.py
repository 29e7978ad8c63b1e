"""`beffroi migrate`: brings the tables to this release, as the role that owns them."""

import argparse
import sys

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describes the command's arguments."""
    parser.add_argument("--plan", action="store_true", help="only list what would be done")


def run(args: argparse.Namespace) -> int:
    """Applies what is missing; says nothing long when there is nothing to do."""
    with installation.opened(environment(), owner=True):
        from django.core.management import call_command  # noqa: PLC0415 - Django is ready only here
        from django.db import OperationalError  # noqa: PLC0415 - as above

        try:
            call_command("migrate", interactive=False, plan=args.plan, verbosity=1)
        except OperationalError as error:
            raise CommandError(f"the database can't be reached: {str(error).strip()}") from error
        from beffroi.kernel.territory.models import Authority  # noqa: PLC0415 - as above

        if not args.plan and not Authority.objects.exists():
            sys.stdout.write("No authority yet: `beffroi init` creates it and its first administrator.\n")
    return 0
