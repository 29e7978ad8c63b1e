"""`python -m beffroi.edge.relay`: run one relay, or make the request for its certificate; `discover` and `find` look for cameras."""

import argparse
import asyncio
import json
import logging
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from beffroi.edge.device import home
from beffroi.edge.device.errors import DeviceError
from beffroi.edge.relay.finding import command
from beffroi.edge.relay.http import DEFAULT_BOUNDS, Bounds
from beffroi.edge.relay.program import Plan, run
from beffroi.edge.relay.relay import KIND
from beffroi.edge.relay.source import DEFAULT_PACE

REFUSED_TO_START = 2
LONGEST_PAUSE = 3_600.0
_is_origin = re.compile(r"https?://[a-z0-9.\-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?").fullmatch


def parser() -> argparse.ArgumentParser:
    """The command line; docs/spec/relay.md explains each option."""
    top = argparse.ArgumentParser(prog="python -m beffroi.edge.relay", description=__doc__)
    top.add_argument("--home", type=Path, metavar="DIR", required=True, help="the relay's folder")
    top.add_argument(
        "--request",
        metavar="DEVICE",
        help="make the relay's key, print its signed certificate request (a JSON object), and stop",
    )
    top.add_argument("--commission", type=Path, metavar="FILE", help="take this document (default: commissioning.json)")
    top.add_argument(
        "--listen", type=_address, metavar="HOST:PORT", help="where browsers connect (port 0: any free one)"
    )
    top.add_argument(
        "--origin", type=_origin, action="append", default=[], help="a site whose pages may watch; may be repeated"
    )
    top.add_argument("--certificate", type=Path, metavar="FILE", help="PEM: serve HTTPS with it")
    top.add_argument("--key", type=Path, metavar="FILE", help="PEM: the key of --certificate, where it isn't in it")
    top.add_argument("--broker", type=_address, metavar="HOST:PORT", help="instead of the document's host and port")
    top.add_argument("--hands", type=int, metavar="PORT", help="a port for tests and demonstrations")
    top.add_argument("--clock", choices=("machine", "hands"), default="machine", help="hands: only for tests")
    top.add_argument("--request-seconds", type=float, default=DEFAULT_BOUNDS.request_seconds, metavar="S")
    top.add_argument("--connections", type=int, default=DEFAULT_BOUNDS.connections, metavar="N")
    top.add_argument(
        "--refused-seconds",
        type=_pause,
        default=DEFAULT_PACE.refused,
        metavar="S",
        help="before a camera that refused our password is asked again: longer where cameras lock their accounts",
    )
    return top


def _pause(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not DEFAULT_PACE.refused <= seconds <= LONGEST_PAUSE:
        raise argparse.ArgumentTypeError(f"{DEFAULT_PACE.refused:g} to {LONGEST_PAUSE:g} seconds are needed")
    return seconds


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise argparse.ArgumentTypeError("HOST:PORT is needed")
    return host.strip("[]"), int(port)


def _origin(text: str) -> str:
    if not _is_origin(text):
        raise argparse.ArgumentTypeError("an origin is needed, as https://video.meaux.example")
    return text


def plan(options: argparse.Namespace) -> Plan:
    """What the options ask to run."""
    return Plan(
        folder=options.home,
        listen=options.listen,
        origins=frozenset(options.origin),
        certificate=options.certificate,
        key=options.key,
        broker=options.broker,
        document=options.commission,
        hands_port=options.hands,
        driven=options.clock == "hands",
        bounds=Bounds(connections=options.connections, request_seconds=options.request_seconds),
        pace=replace(DEFAULT_PACE, refused=options.refused_seconds),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """0 after a clean stop, 2 when the relay can't start."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and given[0] in command.COMMANDS:
        return command.main(given)
    top = parser()
    options = top.parse_args(given)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    if options.request is None and (options.listen is None or not options.origin):
        top.error("--listen and at least one --origin are needed")
    try:
        if options.request is not None:
            token = home.request(options.home, KIND, options.request)
            sys.stdout.write(json.dumps({"device": options.request, "request": token}) + "\n")
        else:
            asyncio.run(run(plan(options)))
    except DeviceError as fault:
        sys.stderr.write(f"relay: {fault.code}: {fault}\n")
        return REFUSED_TO_START
    except OSError as fault:
        sys.stderr.write(f"relay: can't start: {fault}\n")
        return REFUSED_TO_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
