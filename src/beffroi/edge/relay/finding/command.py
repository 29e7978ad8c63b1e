"""`python -m beffroi.edge.relay discover` and `… find ADDRESS`: for whoever adds cameras. A password is typed or read, never an argument,
and nothing that is written here holds one. docs/spec/relay-finding.md is normative.
"""

import argparse
import asyncio
import getpass
import ipaddress
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from beffroi.edge.relay.faults import CameraFault
from beffroi.edge.relay.finding.discovery import GROUP, MOST, Outcome, Search, discover
from beffroi.edge.relay.finding.saying import readable

if TYPE_CHECKING:
    from beffroi.edge.relay.finding.asking import Asked

DISCOVER, FIND = "discover", "find"
COMMANDS: Final = (DISCOVER, FIND)
FOUND, NONE_FOUND, CANT = 0, 1, 2
LONGEST_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 5.0
NOTICED: Final = timedelta(seconds=30)  # a clock that is further out is said
PASSWORD_LIMIT: Final = 1_024
MISSING: Final = "onvif-missing: what asks cameras isn't installed here: pip install 'beffroi[relay]'"


def parser() -> argparse.ArgumentParser:
    """The command line."""
    top = argparse.ArgumentParser(prog="python -m beffroi.edge.relay", description="Find the cameras of this network.")
    commands = top.add_subparsers(dest="command", required=True)
    search = commands.add_parser(DISCOVER, help="which cameras answer (ONVIF, WS-Discovery)")
    search.add_argument(
        "--seconds", type=_seconds, default=Search.seconds, metavar="S", help="how long answers may take"
    )
    search.add_argument("--most", type=_count, default=MOST, metavar="N", help="how many are taken at most")
    search.add_argument("--interface", type=_own, metavar="IP", help="our address on the cameras' network")
    search.add_argument(
        "--at",
        type=_machine,
        action="append",
        default=[],
        metavar="IP[:PORT]",
        help="ask this machine alone; repeatable",
    )
    one = commands.add_parser(FIND, help="where a camera's H.264 picture is, and whether it plays")
    one.add_argument("address", help="as `discover` says it, or HOST, or HOST:PORT")
    one.add_argument(
        "--user", default="", help="the relay's account there; its password is asked for, or read from stdin"
    )
    one.add_argument(
        "--seconds", type=_seconds, default=ANSWER_SECONDS, metavar="S", help="how long an answer may take"
    )
    one.add_argument("--profile", default="", metavar="TOKEN", help="this one, rather than the one that we choose")
    for each in (search, one):
        each.add_argument("--json", action="store_true", help="for programs")
    return top


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= LONGEST_SECONDS:
        raise argparse.ArgumentTypeError(f"more than 0, and {LONGEST_SECONDS:g} at most")
    return seconds


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"1 to {MOST}")
    return int(text)


def _own(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise argparse.ArgumentTypeError("an IPv4 address is needed") from None


def _machine(text: str) -> tuple[str, int]:
    host, colon, port = text.partition(":")
    if colon and not port.isdecimal():
        raise argparse.ArgumentTypeError("IP or IP:PORT is needed")
    return _own(host), int(port) if colon else GROUP[1]


def main(arguments: Sequence[str]) -> int:
    """0 when something was found (and, of one camera, plays), 1 when nothing, 2 when it could not be tried."""
    options = parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.ERROR, format="relay: %(message)s")
    try:
        return _discover(options) if options.command == DISCOVER else _find(options)
    except CameraFault as fault:
        return _fail(f"{fault.cause}: {fault.detail}", options)
    except OSError as fault:
        return _fail(f"network: {fault}", options)


def _fail(words: str, options: argparse.Namespace) -> int:
    if options.json:
        code, _, detail = words.partition(": ")
        print(json.dumps({"error": code, "detail": detail}))
    print(f"relay: {words}", file=sys.stderr)
    return CANT


def _discover(options: argparse.Namespace) -> int:
    search = Search(options.seconds, tuple(options.at), options.interface or "", options.most)
    outcome = asyncio.run(discover(search))
    if options.json:
        print(json.dumps({"cameras": [asdict(each) for each in outcome.cameras], "more": outcome.more}))
    else:
        _table(outcome)
    return FOUND if outcome.cameras else NONE_FOUND


def _table(outcome: Outcome) -> None:
    rows = [("ADDRESS", "NAME", "MODEL", "PLACE")]
    rows += [(each.address, each.name or "-", each.model or "-", each.place or "-") for each in outcome.cameras]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows if outcome.cameras else ():
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    if outcome.more:
        print("There may be others: as many as are taken have answered.", file=sys.stderr)
    if not outcome.cameras:
        print("No camera has answered. Those of another network are asked one by one, with --at.", file=sys.stderr)


def _find(options: argparse.Namespace) -> int:
    try:
        from beffroi.edge.relay.finding import asking  # noqa: PLC0415 - only this needs what the extra brings
    except ImportError:
        return _fail(MISSING, options)
    address = asking.device_address(options.address)
    password = _password() if options.user else ""
    asked = asyncio.run(
        asking.ask(address, user=options.user, password=password, profile=options.profile, seconds=options.seconds)
    )
    if options.json:
        print(json.dumps(_as_json(asked)))
    else:
        _words(asked)
    return FOUND if asked.plays is None else NONE_FOUND


def _password() -> str:
    """Typed unseen, or the first line of what is piped in."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline(PASSWORD_LIMIT).removesuffix("\n")


def _as_json(asked: "Asked") -> dict[str, object]:
    said = asdict(asked)
    return said | {
        "chosen": asked.chosen.token,
        "plays": asked.plays is None,
        "cause": asked.plays and asked.plays.cause,
        "ahead": None if asked.ahead is None else round(asked.ahead.total_seconds()),
    }


def _words(asked: "Asked") -> None:
    print(" ".join(filter(None, (asked.make, asked.model, asked.firmware))) or "A camera that doesn't say its name")
    for each in asked.profiles:
        mark = "*" if each is asked.chosen else " "
        size = f"{each.width}x{each.height}" if each.width and each.height else "-"
        print(f"{mark} {each.token}  {each.codec}  {size}  {each.rate or '-'}/s  {readable(each.name)}".rstrip())
    print(asked.address)
    if asked.ahead is not None and abs(asked.ahead) > NOTICED:
        far = timedelta(seconds=round(abs(asked.ahead).total_seconds()))
        how = "ahead" if asked.ahead > timedelta(0) else "behind"
        print(f"Its clock is {far} {how}: set it. The password was proven for the time that it shows.", file=sys.stderr)
    if asked.plays is None:
        print("It plays. Give this address to the camera in the town's pages, with the same account.")
    else:
        print(f"relay: {asked.plays.cause}: it doesn't play: {asked.plays.detail}", file=sys.stderr)
