"""`beffroi keys`: the two offline roots of an authority, the key sets that they sign, and the keys that seal photographs."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from beffroi.cli import installation
from beffroi.cli.keysets import DROPPED, OVERLAP_DAYS, KeysError, next_set, rotate, say_in_force
from beffroi.config.environment import Environment, environment
from beffroi.lib.clock import utc_now

if TYPE_CHECKING:
    from uuid import UUID

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ROOTS = "roots"
TAKE_AWAY = """\
The two roots of {name} are in
  {first}
  {second}
They sign the authority's key sets, and every gate knows them. Copy each to a medium of its own (two USB keys in two safes, or
print each: `beffroi keys paper FILE --out PAGE`), check the copies with `beffroi keys check FILE`, then delete both files here:
the server doesn't need them.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its sub-commands."""
    commands = parser.add_subparsers(dest="keys", metavar="WHAT", required=True)
    show = commands.add_parser("show", help="list the key set in force")
    sign = commands.add_parser("sign", help="sign the next key set with one of the two roots")
    sign.add_argument(
        "--drop",
        action="append",
        default=[],
        metavar="KEY",
        help="the name of a key that was stolen or lost (may be repeated)",
    )
    sign.add_argument(
        "--lost",
        action="store_true",
        help="the server was lost or stolen: drop all keys that are not in this server's folder, save those that certify devices",
    )
    rotate = commands.add_parser(
        "rotate",
        help="have the next keys take their turn: first announce them, then, by the same command, drop the oldest",
    )
    for each in (sign, rotate):
        each.add_argument(
            "--root",
            type=Path,
            required=True,
            metavar="FILE",
            help="one of the two roots, from where it is kept; - to type it from its paper",
        )
    rotate.add_argument(
        "--in",
        dest="days",
        type=int,
        default=OVERLAP_DAYS,
        metavar="DAYS",
        help=f"how long gates are told of the next keys before something is signed with them (usual: {OVERLAP_DAYS})",
    )
    rotate.add_argument(
        "--all-the-same",
        action="store_true",
        help="drop the oldest though some gates haven't said that they know the next",
    )
    check = commands.add_parser(
        "check", help="say whether a file, or what is typed, is one of the authority's two roots"
    )
    check.add_argument("file", type=Path, metavar="FILE", help="the file to look at; - to type what a paper says")
    paper = commands.add_parser(
        "paper", help="write a root as a page to print: groups that can be typed, and a QR code"
    )
    paper.add_argument("file", type=Path, metavar="FILE", help="the root's file")
    paper.add_argument(
        "--out", type=Path, required=True, metavar="PAGE", help="where to write the page (HTML); delete it after"
    )
    commands.add_parser(
        "media", help="make a new key that seals originals of photographs from now on; the others go on opening theirs"
    )
    for each in (show, sign, rotate, check, paper):
        each.add_argument(
            "--authority", metavar="SLUG", help="the authority's short name (not needed when there is one)"
        )


def run(args: argparse.Namespace) -> int:
    """Does it over this installation's database."""
    settings = environment()
    if args.keys == "media":  # it concerns the whole installation and no database
        return _media(settings)
    with installation.opened(settings):
        act = {"show": _show, "sign": _sign, "rotate": _rotate, "check": _check, "paper": _paper}[args.keys]
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
    from beffroi.kernel.devices.queries.trust import devices_unaware  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.grants.queries import read_keyset  # noqa: PLC0415 - as above

    authority = _authority(args)
    keyset = read_keyset(authority)
    if keyset is None:
        sys.stdout.write("No key set is in force: `beffroi init` makes the first.\n")
        return 1
    sys.stdout.write(f"key set {keyset.number}, signed {_day(keyset.issued)}\n")
    for key in sorted(keyset.keys, key=lambda key: (key.use, key.end)):
        sys.stdout.write(f"  {key.use:<18} {key.kid}  {_day(key.start)} to {_day(key.end)}\n")
    for name in devices_unaware(authority=authority, keyset=keyset.number):
        sys.stdout.write(f"not known to hold it yet: {name}\n")
    return 0


def _sign(args: argparse.Namespace, settings: Environment) -> int:
    from beffroi.adapters.keystore import KeyStore  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.grants.queries.turns import keys_elsewhere  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.keyset import Use  # noqa: PLC0415 - as above

    authority, store = _authority(args), KeyStore(settings.home / "keys")
    drop = frozenset(args.drop)
    if args.lost:
        drop |= frozenset(key.kid for key in keys_elsewhere(store, authority) if key.use is not Use.DEVICE_CERTIFICATE)
    number = next_set(store, authority, args.root, utc_now(), drop=drop)
    say_in_force(authority, number)
    if drop:
        sys.stdout.write(DROPPED.format(count=len(drop), number=number))
    return 0


def _rotate(args: argparse.Namespace, settings: Environment) -> int:
    from beffroi.adapters.keystore import KeyStore  # noqa: PLC0415 - Django is ready only now

    store = KeyStore(settings.home / "keys")
    rotate(store, _authority(args), args.root, utc_now(), days=args.days, all_the_same=args.all_the_same)
    return 0


def _check(args: argparse.Namespace, _settings: Environment) -> int:
    position = _position(args, args.file)[1]
    if position is None:
        sys.stdout.write("This is not one of the authority's two roots.\n")
        return 1
    sys.stdout.write(f"This is root {position} of 2, whole and readable.\n")
    return 0


def _paper(args: argparse.Namespace, _settings: Environment) -> int:
    from beffroi.cli.roots import page, write_page  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.territory.queries.authorities import authority_organisation  # noqa: PLC0415 - as above

    root, position = _position(args, args.file)
    if position is None:
        raise KeysError("this is not one of the authority's two roots: nothing was written")
    name = authority_organisation(_authority(args)).name
    write_page(args.out, page(root, authority=name, position=position))
    sys.stdout.write(
        f"Root {position} of 2 is in {args.out}. Print it on a printer that keeps no copy, read it back with `beffroi keys check -`, "
        "then delete this page and the root's file.\n"
    )
    return 0


def _position(args: argparse.Namespace, file: Path) -> "tuple[Ed25519PrivateKey, int | None]":
    """What the file holds, and which of the authority's two roots it is."""
    from beffroi.cli.roots import read_root  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.grants.queries import roots  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.jwk import octet_key  # noqa: PLC0415 - as above

    root = read_root(file)
    known = [each.thumbprint for each in roots(_authority(args))]
    thumbprint = octet_key(root).thumbprint
    return root, known.index(thumbprint) + 1 if thumbprint in known else None


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
