"""`beffroi organisation`: register an operator, a firm, a landlord, a police or a service of the authority, and its people."""

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
    from beffroi.kernel.territory.models import Invitation, Organisation

KINDS = (
    "municipal-police",
    "infrastructure-operator",
    "commercial-operator",
    "subcontractor-1",
    "subcontractor-2",
    "landlord",
    "prefecture",
    "gendarmerie",
    "national-police",
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its sub-commands."""
    commands = parser.add_subparsers(dest="organisation", metavar="WHAT", required=True)
    add = commands.add_parser("add", help="register an organisation, and invite its first person if it has one here")
    add.add_argument("--name", required=True, metavar="NAME", help="as people know it: Fibre 77")
    add.add_argument("--kind", choices=KINDS, required=True, help="what it is: one of %(choices)s")
    add.add_argument(
        "--serves",
        metavar="AUTHORITY",
        help="short name of the authority that it is a service of, as the municipal police is: its operators keep watch there",
    )
    add.add_argument(
        "--registered-by",
        metavar="AUTHORITY",
        help="short name of the authority that invites a partner's desk; not needed where there is one authority",
    )
    first = add.add_mutually_exclusive_group()
    first.add_argument(
        "--dispatcher-email",
        metavar="ADDRESS",
        help="where its dispatcher is invited; without it nobody is, as for a prefecture that only signs",
    )
    first.add_argument("--operator-email", metavar="ADDRESS", help="with --serves: where its first operator is invited")
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
    account = commands.add_parser(
        "account", help="invite one person to a role in an organisation, and print the invitation"
    )
    account.add_argument("name", metavar="NAME", help="the organisation, as `beffroi organisation list` names it")
    account.add_argument(
        "--email", required=True, metavar="ADDRESS", help="where they are invited, and what they log in with"
    )
    account.add_argument("--role", choices=[str(role) for role in ROLES], required=True, help="one of %(choices)s")
    account.add_argument("--person", metavar="NAME", help="default: the address before its @")
    account.add_argument(
        "--password-stdin",
        action="store_true",
        help="make their account now, with a password read from the first line of the standard input, instead of inviting them",
    )
    steward = commands.add_parser(
        "steward", help="say which authority opens a partner's desk, where none does or another did"
    )
    steward.add_argument("name", metavar="NAME", help="the partner, as `beffroi organisation list` names it")
    steward.add_argument("--authority", required=True, metavar="AUTHORITY", help="short name of that authority")
    commands.add_parser("list", help="list the organisations, and which authority opens each partner's desk")


def run(args: argparse.Namespace) -> int:
    """Does it over this installation's database."""
    acts: dict[str, Callable[[argparse.Namespace, datetime], None]] = {
        "add": _add,
        "people": _people,
        "account": _account,
        "steward": _new_steward,
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
    from beffroi.kernel.territory.actions.invitations import Guest  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.models import OrganisationKind  # noqa: PLC0415 - as above

    serves = _served(args.serves)
    if (serves is None) != (args.operator_email is None):
        raise CommandError(
            "a service of an authority begins with its first operator: --serves and --operator-email go together"
        )
    email = args.operator_email or args.dispatcher_email or ""
    invitation = add_organisation(
        name=args.name,
        kind=OrganisationKind(args.kind),
        first=Guest(name=args.person or email.partition("@")[0], email=email) if email else None,
        serves=serves,
        steward=None if serves else _steward(args.registered_by),
        by=None,
        now=now,
    )
    sys.stdout.write(f"{args.name} is registered.\n")
    if invitation is not None:
        _show(invitation)


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

    organisation, role = _organisation(args.name), Role(args.role)
    name = args.person or args.email.partition("@")[0]
    if not args.password_stdin:
        _show(_invited(name, args.email, organisation, role, now))
        return
    password = sys.stdin.readline().rstrip("\n")
    give_access(name=name, email=args.email, password=password, organisation=organisation, role=role, by=None, now=now)
    sys.stdout.write(f"{args.email} logs in with that password.\n")


def _invited(name: str, email: str, organisation: "Organisation", role: Role, now: datetime) -> "Invitation":
    """An invitation with a good code: a new one, or the one that waits with another code."""
    from beffroi.kernel.accounts.queries import has_way_in, person_by_email  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.territory.actions.invitations import Guest, invite, send_again  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.queries.invitations import written_to  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.queries.posts import live_posts  # noqa: PLC0415 - as above

    known = person_by_email(email)
    if known is not None and has_way_in(known.pk):
        posts = live_posts(person=known.pk, as_of=now)
        if any(post.organisation == organisation.pk and post.role is role for post in posts):
            raise CommandError(f"{email} already has an account and this role")
    guest = Guest(name=name, email=email)
    made = invite(guest=guest, organisation=organisation, role=role, valid_until=None, now=now, by=None)
    if made is not None:
        return made
    found = written_to(organisation.pk, role, email)
    if found is None or not send_again(invitation=found, now=now, by=None):
        raise CommandError(f"the invitation of {email} was taken or withdrawn just now: run this again")
    found.refresh_from_db()
    return found


def _show(invitation: "Invitation") -> None:
    """The way in, for whoever is invited; the letter, where a mail server is set, says the same."""
    from beffroi.kernel.territory.queries.invitations import code_of, page_of_code  # noqa: PLC0415 - Django is ready only now

    page, code = page_of_code(invitation), code_of(invitation)
    sys.stdout.write(
        f"{invitation.email} is invited ({invitation.role}). Once, until {invitation.expires_at:%Y-%m-%d %H:%M} UTC, they open\n"
        f"  {page}#{code}\nor type the code {code} at {page}, and choose how they log in. A letter leaves as well.\n"
    )


def _new_steward(args: argparse.Namespace, now: datetime) -> None:
    from beffroi.kernel.territory.actions.organisations import set_steward  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.territory.queries.stewardship import sort_of  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.rules import Sort  # noqa: PLC0415 - as above

    organisation, authority = _organisation(args.name), _served(args.authority)
    if sort_of(organisation) is not Sort.PARTNER:
        raise CommandError(
            f"{organisation.name} is an authority's own organisation or a service: it has no other steward"
        )
    if authority is not None and set_steward(organisation=organisation, steward=authority, by=None, now=now):
        sys.stdout.write(f"{args.authority} opens the desk of {organisation.name} from now on.\n")
    else:
        sys.stdout.write(f"{args.authority} opens the desk of {organisation.name} already.\n")


def _list(_args: argparse.Namespace, _now: datetime) -> None:
    from beffroi.kernel.territory.queries.organisations import all_organisations  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.territory.queries.stewardship import sort_of  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.rules import Sort  # noqa: PLC0415 - as above

    for row in all_organisations().select_related("authority", "serves", "steward"):
        desk = f"  (desk: {row.steward.slug if row.steward else 'nobody'})" if sort_of(row) is Sort.PARTNER else ""
        sys.stdout.write(f"{row.id}  {row.kind:<24} {row.name}{desk}\n")


def _steward(slug: str | None) -> UUID | None:
    from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - Django is ready only now

    return _served(slug) if slug else authority_named(None)


def _served(slug: str | None) -> UUID | None:
    from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - Django is ready only now

    if slug is None:
        return None
    found = authority_named(slug)
    if found is None:
        raise CommandError(f"no authority has the short name {slug}")
    return found


def _organisation(name: str) -> "Organisation":
    from beffroi.kernel.territory.queries.organisations import organisation_named  # noqa: PLC0415 - Django is ready only now

    found = organisation_named(name)
    if found is None:
        raise CommandError(f"no organisation is called {name}: `beffroi organisation list` names them")
    return found
