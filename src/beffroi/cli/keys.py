"""`beffroi keys`: the two offline roots of an authority, the key sets that they sign, and the keys that seal photographs."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import Environment, environment

if TYPE_CHECKING:
    from uuid import UUID

ROOTS = "roots"
TAKE_AWAY = """\
The two roots of {name} are in
  {first}
  {second}
They sign the authority's key sets, and every gate knows them. Copy each to a medium of its own (two USB keys in two safes, or
print both files), check the copies with `beffroi keys check FILE`, then delete both files here: the server doesn't need them.
"""


class KeysError(CommandError):
    """Something about keys that the person who typed must mend."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its sub-commands."""
    commands = parser.add_subparsers(dest="keys", metavar="WHAT", required=True)
    show = commands.add_parser("show", help="list the key set in force")
    sign = commands.add_parser("sign", help="sign the next key set with one of the two roots")
    sign.add_argument(
        "--root", type=Path, required=True, metavar="FILE", help="one of the two roots, from where it is kept"
    )
    sign.add_argument(
        "--drop",
        action="append",
        default=[],
        metavar="KEY",
        help="the name of a key that was stolen or lost (may be repeated)",
    )
    check = commands.add_parser("check", help="say whether a file is one of the authority's two roots")
    check.add_argument("file", type=Path, metavar="FILE", help="the file to look at")
    commands.add_parser(
        "media", help="make a new key that seals originals of photographs from now on; the others go on opening theirs"
    )
    for each in (show, sign, check):
        each.add_argument(
            "--authority", metavar="SLUG", help="the authority's short name (not needed when there is one)"
        )


def run(args: argparse.Namespace) -> int:
    """Does it over this installation's database."""
    settings = environment()
    if args.keys == "media":  # it concerns the whole installation and no database
        return _media(settings)
    with installation.opened(settings):
        act = {"show": _show, "sign": _sign, "check": _check}[args.keys]
        return act(args, settings)


def begin_keys(*, authority: "UUID", name: str, home: Path, now: datetime) -> str:
    """Make an authority's two roots and its first key set, unless it has one; returns what to tell whoever installs."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - Django is ready only now

    from beffroi.adapters.keystore import KeyStore, read_private, write_private  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset, take_roots  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.queries import current_keyset  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.jwk import octet_key  # noqa: PLC0415 - as above

    if current_keyset(authority):
        return ""
    folder = home / "keys" / str(authority) / ROOTS
    paths = folder / "root-1.jwk", folder / "root-2.jwk"
    for path in paths:  # a run that was cut short left one or both: they are taken up
        if not path.exists():
            write_private(path, Ed25519PrivateKey.generate())
    first, second = (read_private(path) for path in paths)
    if not isinstance(first, Ed25519PrivateKey) or not isinstance(second, Ed25519PrivateKey):
        raise KeysError(f"{folder} holds keys that are no roots: move them away and run this again")
    take_roots(authority=authority, first=octet_key(first), second=octet_key(second), by=None)
    token = prepare_keyset(KeyStore(home / "keys"), authority=authority, root=first, now=now)
    take_keyset(authority=authority, token=token, by=None, now=now)
    return TAKE_AWAY.format(name=name, first=paths[0], second=paths[1])


def _authority(args: argparse.Namespace) -> "UUID":
    from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - Django is ready only now

    found = authority_named(args.authority)
    if found is None:
        raise KeysError("name the authority with --authority SLUG: there is none, several, or none of that name")
    return found


def _show(args: argparse.Namespace, _settings: Environment) -> int:
    from beffroi.kernel.grants.queries import read_keyset  # noqa: PLC0415 - Django is ready only now

    keyset = read_keyset(_authority(args))
    if keyset is None:
        sys.stdout.write("No key set is in force: `beffroi init` makes the first.\n")
        return 1
    sys.stdout.write(f"key set {keyset.number}, signed {_day(keyset.issued)}\n")
    for key in sorted(keyset.keys, key=lambda key: (key.use, key.end)):
        sys.stdout.write(f"  {key.use:<18} {key.kid}  {_day(key.start)} to {_day(key.end)}\n")
    return 0


def _sign(args: argparse.Namespace, settings: Environment) -> int:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415 - Django is ready only now

    from beffroi.adapters.keystore import KeyStore, KeyStoreError, read_private  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.errors import GrantError  # noqa: PLC0415 - as above
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

    authority, now = _authority(args), utc_now()
    try:
        root = read_private(args.root)
        if not isinstance(root, Ed25519PrivateKey):
            raise KeysError(f"{args.root} is no root")
        token = prepare_keyset(
            KeyStore(settings.home / "keys"), authority=authority, root=root, now=now, drop=frozenset(args.drop)
        )
        number = take_keyset(authority=authority, token=token, by=None, now=now)
    except (KeyStoreError, GrantError) as error:
        raise KeysError(str(error)) from error
    sys.stdout.write(
        f"Key set {number} is in force here; each gate takes it when it next hears from us or from a phone.\n"
    )
    return 0


def _check(args: argparse.Namespace, _settings: Environment) -> int:
    from beffroi.adapters.keystore import KeyStoreError, read_private  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.grants.queries import roots  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.jwk import octet_key  # noqa: PLC0415 - as above

    try:
        thumbprint = octet_key(read_private(args.file)).thumbprint
    except KeyStoreError as error:
        raise KeysError(str(error)) from error
    known = [root.thumbprint for root in roots(_authority(args))]
    if thumbprint not in known:
        sys.stdout.write("This is not one of the authority's two roots.\n")
        return 1
    sys.stdout.write(f"This is root {known.index(thumbprint) + 1} of 2, whole and readable.\n")
    return 0


def _media(settings: Environment) -> int:
    from beffroi.adapters.keystore import KeyStore, KeyStoreError  # noqa: PLC0415 - as above

    store = KeyStore(settings.home / "keys")
    try:
        before = len(store.media_keys())
        store.create_media_key()
    except KeyStoreError as error:
        raise KeysError(str(error)) from error
    sys.stdout.write(
        f"The new key seals from now on; {before} before it open what they sealed. Copy {settings.home / 'keys'} again.\n"
    )
    return 0


def _day(moment: int) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d")
