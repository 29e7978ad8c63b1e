"""`python -m beffroi.edge.lock`: run one lock or a fleet of them, or make the requests for their certificates."""

import argparse
import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from beffroi.edge.device import commissioning, home
from beffroi.edge.device.errors import CommissioningError, DeviceError
from beffroi.edge.device.journal import CAPACITY
from beffroi.edge.device.store import SUFFIX
from beffroi.edge.lock.conversation import DEFAULT_BOUNDS, Bounds
from beffroi.edge.lock.core import Habits
from beffroi.edge.lock.door import UNLOCK_SECONDS
from beffroi.edge.lock.fleet import Fleet, Plan
from beffroi.edge.lock.unit import KIND

REFUSED_TO_START = 2


def parser() -> argparse.ArgumentParser:
    """The command line; docs/spec/lock.md explains each option."""
    top = argparse.ArgumentParser(prog="python -m beffroi.edge.lock", description=__doc__)
    where = top.add_mutually_exclusive_group(required=True)
    where.add_argument("--store", type=Path, metavar="DIR", help="the folder of one lock")
    where.add_argument("--fleet", type=Path, metavar="DIR", help="a folder with a folder for each lock")
    top.add_argument("--count", type=int, metavar="N", help="with --fleet: refuse to start unless there are N locks")
    top.add_argument(
        "--request",
        nargs="+",
        metavar="DEVICE",
        help="make the key of each device, print its signed certificate request (one JSON object a line), and stop",
    )
    top.add_argument("--commission", type=Path, metavar="FILE", help="take this document (default: commissioning.json)")
    top.add_argument("--tcp", type=int, metavar="PORT", help="where phones connect (one lock only; 0: any free port)")
    top.add_argument(
        "--hci", metavar="CONTROLLER", help="be on the air by Bluetooth (one lock only): usb:0, tcp-client:HOST:PORT…"
    )
    top.add_argument("--body", type=int, metavar="PORT", help="hands on the metal, for tests and simulation")
    top.add_argument("--broker", type=_address, metavar="HOST:PORT", help="instead of the document's host and port")
    top.add_argument("--clock", choices=("machine", "body"), default="machine", help="body: only for tests")
    top.add_argument("--unlock-seconds", type=int, default=UNLOCK_SECONDS, metavar="N")
    top.add_argument("--capacity", type=int, default=CAPACITY, metavar="N", help="events kept at most")
    top.add_argument("--frame-seconds", type=float, default=DEFAULT_BOUNDS.frame_seconds, metavar="S")
    return top


def _address(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdigit():
        raise argparse.ArgumentTypeError("HOST:PORT is needed")
    return host, int(port)


def _folders(options: argparse.Namespace) -> tuple[Path, ...]:
    if options.store is not None:
        return (options.store,)
    found = sorted(folder for folder in options.fleet.iterdir() if folder.is_dir()) if options.fleet.is_dir() else []
    known = tuple(
        folder for folder in found if (folder / f"{KIND}{SUFFIX}").exists() or (folder / commissioning.FILE).exists()
    )
    if not known:
        raise CommissioningError("fleet-empty", f"no lock's folder in {options.fleet}")
    if options.count is not None and len(known) != options.count:
        raise CommissioningError("fleet-count", f"{len(known)} locks in {options.fleet}, not {options.count}")
    return known


def request(options: argparse.Namespace) -> None:
    """Print {"device", "request"} for each device, one a line."""
    if options.store is not None and len(options.request) != 1:
        raise CommissioningError("device-other", "one store is one device's: use --fleet for several")
    for device in options.request:
        token = home.request(options.store or options.fleet / device, KIND, device)
        sys.stdout.write(json.dumps({"device": device, "request": token}) + "\n")


def plan(options: argparse.Namespace) -> Plan:
    """What the options ask to run."""
    fleet = options.fleet is not None
    if fleet and any(option is not None for option in (options.tcp, options.hci, options.commission)):
        raise CommissioningError("fleet-options", "--tcp, --hci and --commission are for one lock")
    return Plan(
        folders=_folders(options),
        fleet=fleet,
        radio_port=options.tcp,
        hci=options.hci,
        body_port=options.body,
        broker=options.broker,
        driven=options.clock == "body",
        document=options.commission,
        habits=Habits(unlock_seconds=options.unlock_seconds, capacity=options.capacity),
        bounds=Bounds(frame_seconds=options.frame_seconds),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """0 after a clean stop, 2 when the lock can't start."""
    options = parser().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        if options.request is not None:
            request(options)
        else:
            asyncio.run(Fleet(plan(options)).run())
    except DeviceError as fault:
        sys.stderr.write(f"lock: {fault.code}: {fault}\n")
        return REFUSED_TO_START
    except OSError as fault:
        sys.stderr.write(f"lock: can't start: {fault}\n")
        return REFUSED_TO_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
