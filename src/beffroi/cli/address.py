"""The address that people type: asked for once, written in the file of settings, never changed by `beffroi init` afterwards."""

import argparse
import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from typing import Final

from beffroi.adapters.process import places
from beffroi.cli.errors import CommandError
from beffroi.config import file
from beffroi.config.environment import in_force

URL: Final = "BEFFROI_PUBLIC_URL"
REGISTER: Final = "BEFFROI_REGISTER_HOST"
LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
LONGEST: Final = 253
LAST_PORT: Final = 65535
QUESTION: Final = "Address that people will type, such as beffroi.my-town.fr (nothing: this machine only, to try it): "


class DomainError(CommandError):
    """A name that can't be an installation's; the message says why."""

    code = "domain"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the address may be given by."""
    parser.add_argument(
        "--domain",
        metavar="NAME",
        help="the name that people type: beffroi.my-town.fr (with :PORT when it isn't 443). Passkeys and the register are bound to it",
    )


def domain_of(text: str) -> str:
    """The name (and port) as it is written in an address: small letters, accents as DNS has them. Raises DomainError."""
    given = text.strip().lower().removeprefix("https://").rstrip("/")
    if "://" in given:
        raise DomainError(f"{text!r}: a town is reached by HTTPS; give its name alone, such as beffroi.my-town.fr")
    host, colon, port = given.partition(":")
    if colon and not (port.isascii() and port.isdigit() and 1 <= int(port) <= LAST_PORT):
        raise DomainError(f"{text!r}: after the colon a port is needed, 1 to {LAST_PORT}")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        raise DomainError(f"{text!r} can't be a name of the Internet") from None
    if _is_address(given) or _is_address(host):
        raise DomainError(
            f"{text!r} is an address by numbers: browsers give it no passkeys. Give the machine a name in your DNS first"
        )
    labels = host.split(".")
    if len(host) > LONGEST or not all(LABEL.fullmatch(label) for label in labels):
        raise DomainError(
            f"{text!r} can't be a name of the Internet: letters, digits, hyphens and dots are needed, and no path"
        )
    if len(labels) == 1 and host != "localhost":
        raise DomainError(f"{text!r} is half a name: give the whole one, with its domain, such as {host}.my-town.fr")
    return f"{host}:{port}" if colon and port != "443" else host


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def settle(given: str | None, variables: Mapping[str, str] = os.environ) -> None:
    """Write the address in settings.env, asked for at the keyboard when nobody gave it; one that is set stays. Raises DomainError."""
    home = file.home_of(variables)
    said = in_force(variables)
    known = said.get(URL, "").strip().rstrip("/")
    if not given and not known and sys.stdin.isatty():
        given = _asked()
    if not given:
        return
    domain = domain_of(given)
    wanted = f"https://{domain}"
    if known and known != wanted:
        raise DomainError(
            f"this installation answers at {known} already ({URL}): it was left as it is. Passkeys and printed codes are bound to the "
            f"name; to change it all the same, edit {file.path_in(home)}, and leave {REGISTER} there as it is"
        )
    if not known:
        places.open_folder(home)
        register = {} if said.get(REGISTER, "").strip() else {REGISTER: domain.partition(":")[0]}
        file.save(file.path_in(home), {URL: wanted, **register})
        sys.stdout.write(f"{file.path_in(home)} says that people type {wanted}.\n")


def _asked() -> str:
    while answer := input(QUESTION).strip():
        try:
            return domain_of(answer)
        except DomainError as error:
            sys.stdout.write(f"{error}\n")
    return ""
