"""`beffroi migrate`: brings the tables to this release, as the role that owns them."""

import argparse
import sys

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describes the command's arguments."""
    parser.add_argument("--plan", action="store_true", help="only list what would be done")
    parser.add_argument(
        "--closed",
        action="store_true",
        help="the town waits: a migration may keep a table for longer than five seconds",
    )


def run(args: argparse.Namespace) -> int:
    """Applies what is missing, and says so."""
    with installation.opened(environment(), owner=True):
        from django.core.management import call_command  # noqa: PLC0415 - Django is ready only here
        from django.db import OperationalError, connection  # noqa: PLC0415 - as above

        from beffroi.persistence import patience, release  # noqa: PLC0415 - as above

        try:
            mark = release.newest(connection)
            if release.is_newer(mark):
                return _newer(release.refusal(mark))
            missing = _missing()
            for name in missing if args.plan else []:
                sys.stdout.write(f"would apply {name}\n")
            if not args.plan:
                patience.give_way(closed=args.closed)
                # Also when nothing is missing: each run gives the application's role its rights again.
                call_command("migrate", interactive=False, verbosity=1 if missing else 0)
                release.leave(connection)
        except patience.TownBusy as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"the database can't be reached: {str(error).strip()}") from error
        if not missing:
            sys.stdout.write("The tables are up to date.\n")
        if not args.plan:
            _hint()
    return 0


def _newer(refusal: str) -> int:
    """Tables of a release after ours are left as they are: it alone knows what the application may do on them."""
    if refusal:
        raise CommandError(refusal)
    sys.stdout.write("The tables are of a newer release, which runs beside this one: left as they are.\n")
    return 0


def _missing() -> list[str]:
    from django.db import connection  # noqa: PLC0415 - Django is ready only here
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415 - as above

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [str(migration) for migration, _ in plan]


def _hint() -> None:
    from beffroi.kernel.territory.models import Authority  # noqa: PLC0415 - Django is ready only here

    if not Authority.objects.exists():
        sys.stdout.write("No authority yet: `beffroi init` creates it and its first administrator.\n")
