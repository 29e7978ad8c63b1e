"""`beffroi organisation`: register an operator or a firm, with the person who holds its desk."""

import argparse
import sys

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment

KINDS = ("municipal-police", "infrastructure-operator", "commercial-operator", "subcontractor-1", "subcontractor-2")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its sub-commands."""
    commands = parser.add_subparsers(dest="organisation", metavar="WHAT", required=True)
    add = commands.add_parser("add", help="register an organisation, and give its desk an account")
    add.add_argument("--name", required=True, metavar="NAME", help="as people know it: Fibre 77")
    add.add_argument("--kind", choices=KINDS, required=True, help="what it is: one of %(choices)s")
    add.add_argument("--dispatcher-email", required=True, metavar="ADDRESS", help="what its dispatcher logs in with")
    add.add_argument("--dispatcher-name", metavar="NAME", help="default: the address before its @")
    commands.add_parser("list", help="list the organisations")


def run(args: argparse.Namespace) -> int:
    """Does it over this installation's database."""
    with installation.opened(environment()):
        return _add(args) if args.organisation == "add" else _list()


def _add(args: argparse.Namespace) -> int:
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django is ready only now

    from beffroi.kernel.accounts.errors import AccountError  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.actions.team import add_organisation  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.models import OrganisationKind  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

    try:
        desk = add_organisation(
            name=args.name,
            kind=OrganisationKind(args.kind),
            dispatcher=args.dispatcher_name or args.dispatcher_email.partition("@")[0],
            email=args.dispatcher_email,
            by=None,
            now=utc_now(),
        )
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
    except AccountError as error:
        raise CommandError(str(error.message)) from error
    sys.stdout.write(
        f"{args.name} is registered. Its desk logs in with {desk.email}, first password: {desk.password}\n"
    )
    return 0


def _list() -> int:
    from beffroi.kernel.territory.queries import all_organisations  # noqa: PLC0415 - Django is ready only now

    for row in all_organisations():
        sys.stdout.write(f"{row.id}  {row.kind:<24} {row.name}\n")
    return 0
