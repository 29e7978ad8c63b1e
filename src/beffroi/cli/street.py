"""`beffroi street`: the demonstration's street, on loopback."""

import argparse
from pathlib import Path

from beffroi.cli.web import GRACE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What the demonstration tells it, and its port."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="the file that says which locks stand in the street")
    parser.add_argument("port", type=int, metavar="PORT", help="where its page listens, on this machine only")


def run(args: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM."""
    import uvicorn  # noqa: PLC0415 - only servers need it

    from beffroi.simulator.street.page import Plan, street  # noqa: PLC0415 - as above

    uvicorn.run(
        street(Plan.read(args.plan)),
        host="127.0.0.1",
        port=args.port,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
    )
    return 0
