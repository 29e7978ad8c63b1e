"""`beffroi device`: devices from the command line: into service, out of it, and how they are."""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from beffroi.adapters.mqtt import accounts, certificates
from beffroi.adapters.mqtt.errors import CertificateError
from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import Environment, environment

if TYPE_CHECKING:
    from beffroi.kernel.devices.models import Device

LARGEST_REQUEST = 16_384
CERTIFIED_WITHIN = 120.0
LOOK_EVERY = 0.2
LISTENER = """\
Written. {folder}/broker.pem holds a private key. On that machine, in mosquitto.conf (and SIGHUP after each time):

listener 8883
require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.3
cafile {folder}/trusted.pem
certfile {folder}/broker.pem
keyfile {folder}/broker.pem
crlfile {folder}/struck-off.pem
acl_file {folder}/access
"""
REASONS = ("broken", "replaced", "stolen", "removed")


class DeviceCommandError(CommandError):
    """Something about a device that the person who typed must mend."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its sub-commands."""
    commands = parser.add_subparsers(dest="device", metavar="WHAT", required=True)
    commission = commands.add_parser(
        "commission", help="register a device, have it certified, write its commissioning document"
    )
    commission.add_argument(
        "--request", type=Path, required=True, metavar="FILE", help="what the device printed with --request"
    )
    commission.add_argument("--name", required=True, metavar="TEXT", help="the name written on it, which phones show")
    commission.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="where to write the document (it may hold a password)",
    )
    listing = commands.add_parser("list", help="list devices, their state, and what is missing of their logs")
    retire = commands.add_parser("retire", help="take a device out of service for good")
    retire.add_argument("id", type=UUID, metavar="DEVICE", help="its identifier, as `beffroi device list` shows it")
    retire.add_argument("--reason", choices=REASONS, required=True, help="why, for the register")
    tell = commands.add_parser("tell", help="tell a device something; no command opens anything")
    tell.add_argument("id", type=UUID, metavar="DEVICE", help="its identifier")
    tell.add_argument("action", metavar="WHAT", help="report, or send-events first=N last=N")
    tell.add_argument("arguments", nargs="*", metavar="NAME=VALUE", help="what that command takes")
    broker = commands.add_parser(
        "broker", help="write what a Mosquitto elsewhere needs to take our devices; again when devices come or go"
    )
    broker.add_argument("--host", required=True, metavar="NAME", help="by which devices reach it")
    broker.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where to write its files")
    for each in (commission, listing, retire, tell):
        each.add_argument(
            "--authority", metavar="SLUG", help="the authority's short name (not needed when there is one)"
        )


def run(args: argparse.Namespace) -> int:
    """Does it over this installation's database."""
    settings = environment()
    with installation.opened(settings), installation.in_english():
        from beffroi.kernel.devices.errors import DeviceError  # noqa: PLC0415 - Django is ready only now
        from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

        act = {"commission": _commission, "list": _list, "retire": _retire, "tell": _tell, "broker": _broker}[
            args.device
        ]
        try:
            return act(args, settings, utc_now)
        except DeviceError as error:
            raise DeviceCommandError(f"{error.message} ({error.detail or error.code})") from error


def _authority(args: argparse.Namespace) -> UUID:
    from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - Django is ready only now

    found = authority_named(args.authority)
    if found is None:
        raise DeviceCommandError(
            "name the authority with --authority SLUG: there is none, several, or none of that name"
        )
    return found


def _commission(args: argparse.Namespace, settings: Environment, clock: Callable[[], datetime]) -> int:
    from beffroi.kernel.devices.actions.service import put_in_service  # noqa: PLC0415 - Django is ready only now

    if args.out.exists():
        raise DeviceCommandError(f"{args.out} exists already: it may be a document in use, choose another file")
    if not os.access(
        args.out.absolute().parent, os.W_OK
    ):  # before anything is put in service whose document would be nowhere
        raise DeviceCommandError(
            f"{args.out} can't be written: no such folder, or it isn't this account's"
        ) from PermissionError()
    device = _registered(_authority(args), _request(args.request), args.name, clock())
    _await_certificates(device)
    document = put_in_service(
        device=device.id, home=settings.home, broker_url=settings.broker_url, by=None, now=clock()
    )
    descriptor = os.open(args.out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")
    device.refresh_from_db()
    secret = ", then delete the file: it holds a password" if device.broker_account else ""
    sys.stdout.write(f"{device.name} ({device.id}) is in service. Give it {args.out}{secret}.\n")
    return 0


def _request(path: Path) -> str:
    """The signed request of a file: bare, or in the line that the device printed."""
    try:
        text = path.read_bytes()[:LARGEST_REQUEST].decode("ascii").strip()
        if not text.startswith("{"):
            return text
        return str(json.loads(text)["request"])
    except (OSError, ValueError, KeyError) as error:
        raise DeviceCommandError(f"{path} holds no request of a device: give what it printed with --request") from error


def _registered(authority: UUID, request: str, name: str, now: datetime) -> "Device":
    """The device that asks: registered now, or by a run of this command that was cut short."""
    from beffroi.kernel.devices.actions.commissioning import register_device  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.devices.errors import DeviceKnown  # noqa: PLC0415 - as above
    from beffroi.kernel.devices.queries.devices import device_that_asked  # noqa: PLC0415 - as above

    try:
        return register_device(authority=authority, request=request, name=name, now=now, by=None)
    except DeviceKnown:
        known = device_that_asked(authority=authority, request=request)
        if known is None or known.name != name.strip():
            raise
        return known


def _await_certificates(device: "Device") -> None:
    """Both of them: its own, and the one for its line to the broker; either may be signed first."""
    until = time.monotonic() + CERTIFIED_WITHIN
    while not (device.certificate and device.line_certificate):
        if time.monotonic() > until:
            raise DeviceCommandError(
                "the device is registered, but its certificates are not signed: is `beffroi up` (its minter) running? Then run this again"
            )
        time.sleep(LOOK_EVERY)
        device.refresh_from_db()


def _list(args: argparse.Namespace, _settings: Environment, clock: Callable[[], datetime]) -> int:
    from beffroi.kernel.devices.queries.devices import administrator_listing, tasks_behind  # noqa: PLC0415 - Django is ready only now

    now = clock()
    for each in administrator_listing(_authority(args), as_of=now):
        heard = each.heard_at.strftime("%Y-%m-%d %H:%M:%SZ") if each.heard_at else "never"
        state = each.condition if each.state == "commissioned" and each.condition != "well" else each.state
        missing = " ".join(f"{first}-{last}" for first, last in each.missing) or "nothing"
        sys.stdout.write(
            f"{each.device.id}  {state:<12} {each.device.kind:<8} heard {heard:<20} "
            f"stored {each.stored}, missing {missing}{' (overdue)' if each.overdue else ''}  {each.device.name}\n"
        )
    due, failed = tasks_behind(now)
    if due or failed:
        sys.stdout.write(
            f"what events ask of the systems: {due} wait for the worker, {failed} failed and are tried again later\n"
        )
    return 0


def _retire(args: argparse.Namespace, _settings: Environment, clock: Callable[[], datetime]) -> int:
    from beffroi.kernel.devices.actions.commissioning import retire_device  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.devices.errors import DeviceUnknown  # noqa: PLC0415 - as above
    from beffroi.kernel.devices.queries.devices import registered_device  # noqa: PLC0415 - as above

    device = registered_device(authority=_authority(args), device=args.id)
    if device is None:
        raise DeviceUnknown(str(args.id))
    retire_device(device=device.id, reason=args.reason, now=clock(), by=None)
    sys.stdout.write(
        f"{device.name} is out of service: nothing it sends is stored, our broker refuses it in seconds.\n"
    )
    return 0


def _tell(args: argparse.Namespace, _settings: Environment, clock: Callable[[], datetime]) -> int:
    from beffroi.kernel.devices.actions.commands import command_device  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.devices.errors import DeviceUnknown  # noqa: PLC0415 - as above
    from beffroi.kernel.devices.queries.devices import registered_device  # noqa: PLC0415 - as above

    device = registered_device(authority=_authority(args), device=args.id)
    if device is None:
        raise DeviceUnknown(str(args.id))
    given = dict(_argument(text) for text in args.arguments)
    command = command_device(device=device.id, action=args.action, arguments=given, now=clock(), by=None)
    until = command.expires_at.strftime("%Y-%m-%d %H:%M:%SZ")
    sys.stdout.write(f"{device.name} is told {command.action} when it next hears from us, until {until}.\n")
    return 0


def _broker(args: argparse.Namespace, settings: Environment, clock: Callable[[], datetime]) -> int:
    from beffroi.kernel.devices.queries.devices import broker_accounts, struck_off  # noqa: PLC0415 - Django is ready only now

    keys, now = settings.home / "keys", clock()
    args.out.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        accounts.write_door(args.out, keys, {args.host}, now)
        accounts.write_struck_off(args.out, struck_off(now), lambda: certificates.issuer(keys), now)
    except CertificateError as error:
        raise DeviceCommandError(str(error)) from error
    accounts.write_devices(args.out, broker_accounts(now))
    sys.stdout.write(LISTENER.format(folder=args.out))
    return 0


def _argument(text: str) -> tuple[str, int | str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise DeviceCommandError(f"{text!r} is not NAME=VALUE")
    return name, int(value) if value.isascii() and value.isdigit() else value
