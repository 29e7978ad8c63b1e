"""`beffroi init`: the address, the authority, its first administrator, its keys. Run again, it makes what is missing, and says so."""

import argparse
import getpass
import os
import re
import subprocess
import sys
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from beffroi.adapters.postgres import access
from beffroi.adapters.process import places
from beffroi.cli import address, https, installation
from beffroi.cli.errors import CommandError
from beffroi.cli.service.install import UNIT
from beffroi.config.environment import Environment, environment, in_force
from beffroi.lib.clock import utc_now

# Nobody speaks HTTPS at that address yet, as far as is known here.
HTTPS_FIRST = (
    "HTTPS, one of three ways: the town's proxy before it; the town's certificate, BEFFROI_TLS_CERT in settings.env; or\n"
    "`beffroi init --local-ca`, an authority of the town's own (docs/operators/https.md). "
)
# Enough to see that something else was typed, before anything is made; accounts look closer.
ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
KINDS = {"commune": ("TOWN_HALL", "COMMUNE"), "departement": ("DEPARTMENT", "DEPARTEMENT")}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for."""

    name: str
    slug: str
    kind: str
    email: str
    person: str
    inside: str | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What isn't given is asked for, when somebody is at the keyboard."""
    address.add_arguments(parser)
    https.add_arguments(parser)
    parser.add_argument("--authority-name", metavar="NAME", help="as inhabitants read it: Ville de Meaux")
    parser.add_argument(
        "--authority-slug", metavar="SLUG", help="short name in addresses: meaux (default: from the name)"
    )
    parser.add_argument("--authority-kind", choices=sorted(KINDS), default="commune", help="default: %(default)s")
    parser.add_argument(
        "--inside", metavar="SLUG", help="short name of the département, an authority here, in which this commune is"
    )
    parser.add_argument("--admin-email", metavar="ADDRESS", help="what the first administrator logs in with")
    parser.add_argument("--admin-name", metavar="NAME", help="default: the address before its @")
    parser.add_argument(
        "--admin-password-stdin",
        action="store_true",
        help="read the password from the first line of the standard input",
    )


def run(args: argparse.Namespace) -> int:
    """Over this installation's database, which `beffroi up` may be running or not."""
    environment()  # a mistake in what is set, or in the name, is said before anything is asked
    if args.domain:
        address.domain_of(args.domain)
    wanted = what_is_wanted(args)
    address.settle(args.domain)
    environment.cache_clear()
    https.settle(args, environment(), in_force(os.environ))
    environment.cache_clear()
    settings = environment()
    places.open_folder(settings.home)
    installation.furnish(settings.home)
    certified = https.begin(args, settings, utc_now())
    sys.stderr.write("Making the database and its tables ready: up to a minute the first time…\n")
    with access.database(settings.home, app_url=settings.database_url, owner_url=settings.database_owner_url) as info:
        _migrate({**os.environ, **installation.variables_for(info, owner=True)})
        os.environ.update(installation.variables_for(info))
        environment.cache_clear()
        with installation.opened(environment()):
            _begin(wanted, args, settings, certified)
    return 0


def what_is_wanted(args: argparse.Namespace) -> Wanted:
    """From the options, else from the keyboard."""
    name = _asked("--authority-name", "Name of the authority (Ville de Meaux)", args.authority_name)
    slug = args.authority_slug or slug_of(name)
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > 40:  # noqa: PLR2004 - as in the table
        raise CommandError(f"{slug!r} can't be a short name: up to 40 small letters, digits and single hyphens")
    email = _asked("--admin-email", "E-mail address of the first administrator", args.admin_email)
    while not ADDRESS.fullmatch(email):
        if args.admin_email or not sys.stdin.isatty():
            raise CommandError(f"{email!r} is no e-mail address: claire@my-town.fr is one")
        _say(f"{email!r} is no e-mail address.")
        email = _asked("--admin-email", "E-mail address of the first administrator", None)
    person = args.admin_name or email.partition("@")[0]
    return Wanted(name, slug, args.authority_kind, email, person, args.inside)


def slug_of(name: str) -> str:
    """ "Ville de Saint-Cyr-l'École" gives "saint-cyr-l-ecole"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", re.sub(r"^(ville|commune|departement|mairie) (de |du |des |d')?", "", plain))
    return "-".join(words)


def _asked(option: str, question: str, given: str | None) -> str:
    if given and given.strip():
        return given.strip()
    if not sys.stdin.isatty():
        raise CommandError(f"{option} is needed (nobody is at the keyboard to be asked)")
    while not (answer := input(f"{question}: ").strip()):
        pass
    return answer


def _migrate(variables: dict[str, str]) -> None:
    """In a process of its own: it alone knows the owner's password."""
    done = subprocess.run(
        [sys.executable, "-m", "beffroi", "migrate"],
        env=variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CommandError(f"the tables could not be made:\n{done.stdout.strip()}")


def _begin(wanted: Wanted, args: argparse.Namespace, settings: Environment, certified: str) -> None:
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django is ready only now

    from beffroi.cli.keys import begin_keys  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.actions.authorities import create_authority  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.models import OrganisationKind, TerritoryKind  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - as above

    now = utc_now()
    authority = authority_named(wanted.slug)
    if authority is None:
        organisation, territory = KINDS[wanted.kind]
        try:
            authority = create_authority(
                slug=wanted.slug,
                name=wanted.name,
                by=None,
                kind=OrganisationKind[organisation],
                territory=TerritoryKind[territory],
                inside=_departement(wanted),
            ).id
        except ValidationError as error:
            with installation.in_english():
                raise CommandError(f"the authority can't be made: {' '.join(error.messages)}") from error
        _say(f"Created the authority {wanted.name} ({wanted.slug}).")
    else:
        _say(f"The authority {wanted.slug} exists: left as it is.")
    _administrator(wanted, args, authority, now)
    told = begin_keys(authority=authority, name=wanted.name, home=settings.home, now=now)
    _say("Created its keys." if told else "Its keys exist: left as they are.")
    if certified:
        _say(f"\n{certified}")
    _say(next_steps(wanted, settings, roots=told))


def next_steps(wanted: Wanted, settings: Environment, *, roots: str, unit: Path = UNIT) -> str:
    """What remains to do, in three steps; `roots` is what is to be said of new ones."""
    put_away = roots.rstrip() or "The two roots exist: neither should still be on this machine."
    safe = "\nAmong them, for the safe: beffroi break-glass --pdf sheet.pdf"
    start = "sudo systemctl enable --now beffroi" if unit.exists() else "beffroi up"
    door = "" if settings.https.own or not settings.secure else HTTPS_FIRST
    steps = (
        put_away,
        f"{door}Start it:\n{start}",
        f"Open this, log in as {wanted.email}, and follow First steps (Premiers pas):\n{settings.public_url}/login/{safe}",
    )
    return "\nThree steps remain.\n" + "\n".join(
        f"\n{number}. " + step.replace("\n", "\n   ") for number, step in enumerate(steps, start=1)
    )


def _departement(wanted: Wanted) -> UUID | None:
    from beffroi.kernel.territory.queries.authorities import departement_named  # noqa: PLC0415 - Django is ready only now

    found = departement_named(wanted.inside) if wanted.inside else None
    if wanted.inside and (found is None or wanted.kind != "commune"):
        raise CommandError(f"--inside is for a commune, and names a département of this installation: {wanted.inside}")
    return found


def _administrator(wanted: Wanted, args: argparse.Namespace, authority: UUID, now: datetime) -> None:
    from beffroi.kernel.accounts.queries import person_by_email  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.territory.actions.memberships import begin_membership  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.queries.authorities import authority_organisation  # noqa: PLC0415 - as above
    from beffroi.kernel.territory.queries.posts import live_posts  # noqa: PLC0415 - as above
    from beffroi.lib.viewer import Role  # noqa: PLC0415 - as above

    known = person_by_email(wanted.email)
    if known is None:
        person = _person(wanted, from_stdin=args.admin_password_stdin)
        _say(f"Created the account of {wanted.email}.")
    else:
        person = known.id
        _say(f"{wanted.email} has an account: its password is left as it is.")
    posts = live_posts(person=person, as_of=now)
    if not any(post.authority == authority and post.role is Role.ADMINISTRATOR for post in posts):
        organisation = authority_organisation(authority)
        begin_membership(person=person, organisation=organisation, role=Role.ADMINISTRATOR, valid_from=now, by=None)
        _say(f"{wanted.email} is administrator of {organisation.name}.")


def _person(wanted: Wanted, *, from_stdin: bool) -> UUID:
    """A new account. A weak password is asked for again, when somebody is there to be asked."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django is ready only now

    from beffroi.kernel.accounts.actions import create_person  # noqa: PLC0415 - as above
    from beffroi.kernel.accounts.errors import WeakPassword  # noqa: PLC0415 - as above

    while True:
        password = sys.stdin.readline().rstrip("\n") if from_stdin else _password()
        try:
            with installation.in_english():
                return create_person(email=wanted.email, name=wanted.person, password=password, by=None).id
        except WeakPassword as weak:
            if from_stdin:
                raise CommandError(f"the password is refused: {' '.join(weak.reasons)}") from weak
            _say(" ".join(weak.reasons))
        except ValidationError as error:
            with installation.in_english():
                raise CommandError(f"the administrator can't be made: {' '.join(error.messages)}") from error


def _password() -> str:
    if not sys.stdin.isatty():
        raise CommandError("--admin-password-stdin is needed (nobody is at the keyboard to be asked)")
    while True:
        first = getpass.getpass("Password of the first administrator (12 characters or more): ")
        if first == getpass.getpass("Once more: "):
            return first
        _say("These are not the same.")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
