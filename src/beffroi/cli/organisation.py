"""`beffroi organisation`: register an operator, a firm or a service of the authority, and its people."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.cli.people import ROLES, read_people
from beffroi.config.environment import environment
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

if TYPE_CHECKING:
    from beffroi.kernel.territory.models import Organisation

KINDS = ("municipal-police", "infrastructure-operator", "commercial-operator", "subcontractor-1", "subcontractor-2")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its sub-commands."""
    commands = parser.add_subparsers(dest="organisation", metavar="WHAT", required=True)
    add = commands.add_parser("add", help="register an organisation, and give its first person an account")
    add.add_argument("--name", required=True, metavar="NAME", help="as people know it: Fibre 77")
    add.add_argument("--kind", choices=KINDS, required=True, help="what it is: one of %(choices)s")
    add.add_argument(
        "--serves",
        metavar="AUTHORITY",
        help="short name of the authority that it is a service of, as the municipal police is: its operators keep watch there",
    )
    first = add.add_mutually_exclusive_group(required=True)
    first.add_argument("--dispatcher-email", metavar="ADDRESS", help="what its dispatcher logs in with")
    first.add_argument(
        "--operator-email", metavar="ADDRESS", help="with --serves: what its first operator logs in with"
    )
    add.add_argument("--person", "--dispatcher-name", metavar="NAME", help="default: the address before its @")
    people = commands.add_parser(
        "people", help="add everybody of a CSV file to an organisation; run again, it adds the new ones"
    )
    people.add_argument("name", metavar="NAME", help="the organisation, as `beffroi organisation list` names it")
    people.add_argument(
        "file",
        type=Path,
        metavar="FILE.csv",
        help="columns name, email, and if wanted role and language; the first line names them",
    )
    account = commands.add_parser("account", help="give one person of an organisation a way to log in")
    account.add_argument("name", metavar="NAME", help="the organisation, as `beffroi organisation list` names it")
    account.add_argument("--email", required=True, metavar="ADDRESS", help="what they log in with")
    account.add_argument("--role", choices=[str(role) for role in ROLES], required=True, help="one of %(choices)s")
    account.add_argument("--person", metavar="NAME", help="default: the address before its @")
    commands.add_parser("list", help="list the organisations")


def run(args: argparse.Namespace) -> int:
    """Does it over this installation's database."""
    acts: dict[str, Callable[[argparse.Namespace, datetime], None]] = {
        "add": _add,
        "people": _people,
        "account": _account,
        "list": _list,
    }
    with installation.opened(environment()), _said():
        acts[args.organisation](args, utc_now())
    return 0


@contextmanager
def _said() -> Iterator[None]:
    """The user's faults, in the English words that screens have for them."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django is ready only now
    from django.utils.translation import override  # noqa: PLC0415 - as above

    from beffroi.kernel.accounts.errors import AccountError  # noqa: PLC0415 - as above

    with override("en"):
        try:
            yield
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except AccountError as error:
            raise CommandError(str(error.message)) from error


def _add(args: argparse.Namespace, now: datetime) -> None:
    from beffroi.kernel.grants.actions.team import add_organisation  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.territory.models import OrganisationKind  # noqa: PLC0415 - as above

    serves = _served(args.serves)
    if (serves is None) != (args.operator_email is None):
        raise CommandError(
            "a service of an authority begins with its first operator: --serves and --operator-email go together"
        )
    email = args.operator_email or args.dispatcher_email
    access = add_organisation(
        name=args.name,
        kind=OrganisationKind(args.kind),
        first=args.person or email.partition("@")[0],
        email=email,
        serves=serves,
        by=None,
        now=now,
    )
    who = "Its desk" if serves is None else "Its first operator"
    sys.stdout.write(
        f"{args.name} is registered. {who} logs in with {access.email}, first password: {access.password}\n"
    )


def _people(args: argparse.Namespace, now: datetime) -> None:
    from beffroi.kernel.grants.actions.team import add_people  # noqa: PLC0415 - Django is ready only now

    organisation = _organisation(args.name)
    people = read_people(args.file)
    joined = add_people(organisation=organisation, people=people, by=None, now=now)
    sys.stdout.write(
        f"{organisation.name}: {len(people)} people in the file, {joined.accounts} new accounts, {joined.members} joined, "
        f"{len(people) - joined.members} belonged already.\n"
    )


def _account(args: argparse.Namespace, now: datetime) -> None:
    from beffroi.kernel.grants.actions.team import give_access  # noqa: PLC0415 - Django is ready only now

    access = give_access(
        name=args.person or args.email.partition("@")[0],
        email=args.email,
        organisation=_organisation(args.name),
        role=Role(args.role),
        by=None,
        now=now,
    )
    sys.stdout.write(f"{access.email} logs in with this first password: {access.password}\n")


def _list(_args: argparse.Namespace, _now: datetime) -> None:
    from beffroi.kernel.territory.queries import all_organisations  # noqa: PLC0415 - Django is ready only now

    for row in all_organisations():
        sys.stdout.write(f"{row.id}  {row.kind:<24} {row.name}\n")


def _served(slug: str | None) -> UUID | None:
    from beffroi.kernel.territory.queries import authority_named  # noqa: PLC0415 - Django is ready only now

    if slug is None:
        return None
    found = authority_named(slug)
    if found is None:
        raise CommandError(f"no authority has the short name {slug}")
    return found


def _organisation(name: str) -> "Organisation":
    from beffroi.kernel.territory.queries import organisation_named  # noqa: PLC0415 - Django is ready only now

    found = organisation_named(name)
    if found is None:
        raise CommandError(f"no organisation is called {name}: `beffroi organisation list` names them")
    return found
