"""What a command says and does of HTTPS, before Django is there: `beffroi init --local-ca`, a certificate that can't be served."""

import argparse
import io
import sys
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import segno

from beffroi.adapters.tls.local import LocalAuthority, fingerprint, within
from beffroi.adapters.tls.pair import read_pair
from beffroi.cli.address import domain_of
from beffroi.cli.errors import CommandError
from beffroi.config import file
from beffroi.config.environment import Environment
from beffroi.lib.hosts import at_home

HTTPS, HTTP = 443, 80
ELSEWHERE: Final = 8080  # the door of plain HTTP where HTTPS isn't at its usual port either
PAIRS_A_LINE: Final = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How a town without a certificate has HTTPS."""
    parser.add_argument(
        "--local-ca",
        action="store_true",
        help="make an authority of the town's own that certifies this server, where no public one does: every phone and computer "
        "is then told once to trust it",
    )
    parser.add_argument(
        "--local-ca-name",
        action="append",
        default=[],
        metavar="NAME",
        help="another domain that it may certify, such as that of an authority whose own address comes later; may be repeated",
    )


def refuse_unusable(settings: Environment) -> None:
    """Raises PairError when the certificate can't be served, CommandError when there is no local authority to make one."""
    if settings.https.local_ca:
        if not LocalAuthority(settings.home / "keys").exists:
            raise CommandError(
                "BEFFROI_LOCAL_CA is set and there is no authority of our own yet: `beffroi init --local-ca` makes it"
            )
    elif settings.tls is not None:
        read_pair(settings.tls)


def settle(args: argparse.Namespace, settings: Environment, said: Mapping[str, str]) -> None:
    """Write in settings.env that our own authority certifies, and at which ports; `said` is what is set. What is set stays.

    Raises CommandError.
    """
    if args.local_ca_name and not args.local_ca:
        raise CommandError("--local-ca-name names what our own authority may certify: give --local-ca too")
    if not args.local_ca:
        return
    if not settings.secure or at_home(settings.host):
        raise CommandError(
            "--local-ca certifies a name that other machines call this one by: give it with --domain, as beffroi.my-town.fr"
        )
    if settings.https.certificate is not None:
        raise CommandError(
            "BEFFROI_TLS_CERT names a certificate already, which phones trust by themselves: nothing is to be made. To have our own "
            f"authority all the same, take it and BEFFROI_TLS_KEY out of {file.path_in(settings.home)}"
        )
    _names(args, settings)  # what can't be a name is said before anything is written
    port = urlsplit(settings.public_url).port or HTTPS
    wanted = {
        "BEFFROI_LOCAL_CA": "1",
        "BEFFROI_BIND": "0.0.0.0",  # noqa: S104 - that is what HTTPS is for
        "BEFFROI_PORT": str(port),
        "BEFFROI_HTTP_PORT": str(HTTP if port == HTTPS else ELSEWHERE),
    }
    missing = {name: value for name, value in wanted.items() if not said.get(name, "").strip()}
    if missing:
        file.save(file.path_in(settings.home), missing)


def begin(args: argparse.Namespace, settings: Environment, now: datetime) -> str:
    """Make the authority unless there is one for these names; what is to be said of it, nothing when nobody wants one."""
    if not args.local_ca:
        return ""
    authority = LocalAuthority(settings.home / "keys")
    known = authority.domains() if authority.exists else ()
    fresh = [name for name in _names(args, settings) if not any(within(name, domain) for domain in known)]
    if fresh:
        authority.make([*known, *fresh], now)
    replaced = "Every device that trusted the former one has to be told again.\n" if known and fresh else ""
    made = "Made an authority of the town's own" if fresh else "The town's own authority is there"
    return f"{made}, for {', '.join(authority.domains())} and nothing else.\n{replaced}{_how_to_trust(settings, authority)}"


def trust_address(settings: Environment) -> str:
    """The page that says how to trust it, which nobody has to trust yet."""
    port = settings.https.plain_port
    if port is None:
        return f"{settings.public_url}/trust/"
    return f"http://{settings.host}{'' if port == HTTP else f':{port}'}/trust/"


def _names(args: argparse.Namespace, settings: Environment) -> list[str]:
    """What the authority is asked to certify. Raises DomainError."""
    return list(dict.fromkeys([settings.host, *(domain_of(name).partition(":")[0] for name in args.local_ca_name)]))


def _how_to_trust(settings: Environment, authority: LocalAuthority) -> str:
    address = trust_address(settings)
    pairs = fingerprint(authority.root()).split(" ")
    lines = [" ".join(pairs[start : start + PAIRS_A_LINE]) for start in range(0, len(pairs), PAIRS_A_LINE)]
    drawn = io.StringIO()
    if sys.stdout.isatty():
        segno.make(address, error="m", micro=False).terminal(out=drawn, compact=True)
    return (
        f"Once it runs, have each phone and computer trust it: {address} says how.\n{drawn.getvalue()}"
        "Keep this on paper: whoever trusts it compares first that they are shown the same (SHA-256):\n  "
        + "\n  ".join(lines)
        + "\n"
    )
