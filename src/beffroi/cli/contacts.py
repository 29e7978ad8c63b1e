"""`beffroi contact`: models of door contacts, those that are registered, another one."""

import argparse
import sys
from uuid import UUID

from beffroi.adapters.sensors.sources import Observed
from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position, placed

MINUTES = 60


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Three things to do."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    actions.add_parser("models", help="which models are known, and where their descriptions come from")
    listed = actions.add_parser("list", help="contacts of an authority, and how each is")
    listed.add_argument("--authority", required=True, metavar="NAME", help="its short name")
    add = actions.add_parser("add", help="put a contact on a room's door, or on a cabinet's that has no lock")
    add.add_argument("--authority", required=True, metavar="NAME", help="its short name")
    add.add_argument("--label", required=True, help="its address, or the text of its QR code (LW:D0:…)")
    add.add_argument("--model", required=True, help="as `beffroi contact models` lists them")
    add.add_argument("--name", required=True, help="what people will read")
    add.add_argument("--cabinet", metavar="REFERENCE", help="the cabinet whose door it is; a room's when left out")
    add.add_argument(
        "--at", nargs=2, type=float, metavar="DEGREES", help="latitude and longitude of a room, for the console's map"
    )
    add.add_argument("--minutes", type=int, default=30, help="how long a room's door may stand open (default: 30)")


def run(args: argparse.Namespace) -> int:
    """Exit 0; what can't be done is said in one line."""
    settings = environment()
    if args.action == "models":
        return _models(settings.observe or Observed.none())
    from django.utils.translation import override  # noqa: PLC0415 - not for what needs no database

    with installation.opened(settings), override("en"):
        return _list(args) if args.action == "list" else _add(args)


def _models(known: Observed) -> int:
    for code, model in sorted(known.models.items()):
        every = f"{model.beat.total_seconds() / MINUTES / MINUTES:g} h"
        sys.stdout.write(f"{code:<20} {model!s:<28} {model.network:<8} every {every:<7} {model.source}\n")
    return 0


def _authority(args: argparse.Namespace) -> UUID:
    from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - Django is ready only now

    found = authority_named(args.authority)
    if found is None:
        raise CommandError(f"no authority here is called {args.authority}")
    return found


def _list(args: argparse.Namespace) -> int:
    from beffroi.kernel.contacts.queries.contacts import contacts_of  # noqa: PLC0415 - Django is ready only now

    for row in contacts_of(_authority(args)):
        heard = row.heard_at.strftime("%Y-%m-%d %H:%M:%SZ") if row.heard_at else "never heard"
        battery = "battery ?" if row.battery is None else f"battery {row.battery} %"
        sys.stdout.write(f"{row.address}  {row.door:<8} {row.condition:<5} {heard}  {battery}  {row.name}\n")
    return 0


def _place(args: argparse.Namespace) -> Position | None:
    found = placed(*args.at) if args.at else None
    if found is not None and not isinstance(found, Position):
        raise CommandError("--at is no place in France: latitude, then longitude, in degrees")
    return found


def _add(args: argparse.Namespace) -> int:
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django is ready only now

    from beffroi.kernel.contacts.actions.registration import register_contact  # noqa: PLC0415 - as above
    from beffroi.kernel.contacts.errors import ContactError  # noqa: PLC0415 - as above
    from beffroi.systems.cabinets.queries.cabinets import cabinets_of  # noqa: PLC0415 - as above

    authority, thing = _authority(args), None
    if args.cabinet:
        cabinet = cabinets_of(authority).filter(reference=args.cabinet).first()
        if cabinet is None:
            raise CommandError(f"{args.authority} has no cabinet called {args.cabinet}")
        thing = ("cabinet", cabinet.pk)
    try:
        row = register_contact(
            authority=authority,
            label=args.label,
            model=args.model,
            name=args.name,
            thing=thing,
            patience=args.minutes,
            place=_place(args),
            by=None,
            now=utc_now(),
        )
    except ContactError as error:
        raise CommandError(str(error.message)) from None
    except ValidationError as error:
        raise CommandError("; ".join(error.messages)) from None
    sys.stdout.write(
        f"{row.name} is registered under {row.address}. Open its door: `beffroi contact list` says what it tells.\n"
    )
    return 0
