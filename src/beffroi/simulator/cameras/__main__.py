"""`python -m beffroi.simulator.cameras`: cameras on this machine, until SIGINT or SIGTERM."""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from beffroi.simulator.cameras.access import Account, Scheme
from beffroi.simulator.cameras.control import Control, listening
from beffroi.simulator.cameras.encode import EncoderMissingError, encode
from beffroi.simulator.cameras.library import Library
from beffroi.simulator.cameras.onvif.speaker import speaking
from beffroi.simulator.cameras.recipe import Change, Codec, Place, Recipe
from beffroi.simulator.cameras.server import Plan, running

REFUSED_TO_START = 2


def parser() -> argparse.ArgumentParser:
    """The command line; docs/developers/cameras.md explains each option."""
    film, plan = Recipe(), Plan()
    top = argparse.ArgumentParser(prog="python -m beffroi.simulator.cameras", description=__doc__)
    top.add_argument("--folder", type=Path, required=True, metavar="DIR", help="where clips are kept once drawn")
    top.add_argument("--count", type=int, default=plan.count, metavar="N", help="how many cameras, 1 to 200")
    top.add_argument("--host", default=plan.host)
    top.add_argument("--port", type=int, default=plan.port, metavar="PORT", help="0: any that is free")
    top.add_argument("--control", type=int, default=0, metavar="PORT", help="where faults are switched; 0: any free")
    top.add_argument(
        "--place", action="append", type=Place, choices=list(Place), help="in turn; all three when not said"
    )
    top.add_argument("--clips", type=int, default=plan.clips, metavar="N", help="how many different ones are drawn")
    top.add_argument("--seed", type=int, default=film.seed)
    top.add_argument("--codec", type=Codec, choices=list(Codec), default=film.codec)
    top.add_argument("--size", type=_size, default=(film.width, film.height), metavar="WIDTHxHEIGHT")
    top.add_argument("--rate", type=int, default=film.rate, metavar="N", help="pictures a second")
    top.add_argument("--seconds", type=int, default=film.seconds, metavar="N", help="how long a clip is")
    top.add_argument("--group", type=int, default=film.group, metavar="N", help="pictures from key frame to key frame")
    top.add_argument("--b-frames", type=int, default=film.b_frames, metavar="N")
    top.add_argument("--slices", type=int, default=film.slices, metavar="N")
    top.add_argument("--bit-rate", type=int, default=film.bit_rate, metavar="N", help="bits a second")
    top.add_argument("--change", type=Change, choices=list(Change), default=film.change, help="half-way in each clip")
    top.add_argument("--scheme", action="append", type=Scheme, choices=list(Scheme), help="several: the client chooses")
    top.add_argument("--open", action="store_true", help="ask nobody for a password")
    top.add_argument("--user", default=plan.account.user)
    top.add_argument("--password", default=plan.account.password)
    top.add_argument(
        "--onvif", type=int, metavar="PORT", help="answer whoever looks for cameras, too; 0: any that is free"
    )
    return top


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if not cross or not width.isdigit() or not height.isdigit():
        raise argparse.ArgumentTypeError("WIDTHxHEIGHT is needed")
    return int(width), int(height)


def planned(options: argparse.Namespace) -> Plan:
    """What the command line asks for. Raises ValueError."""
    default = Plan()
    return Plan(
        count=options.count,
        host=options.host,
        port=options.port,
        places=tuple(options.place or default.places),
        clips=options.clips,
        schemes=() if options.open else tuple(options.scheme or default.schemes),
        account=Account(options.user, options.password),
        recipe=Recipe(
            seed=options.seed,
            codec=options.codec,
            width=options.size[0],
            height=options.size[1],
            rate=options.rate,
            seconds=options.seconds,
            group=options.group,
            b_frames=options.b_frames,
            slices=options.slices,
            bit_rate=options.bit_rate,
            change=options.change,
        ),
    )


async def serve(plan: Plan, library: Library, control: int, onvif: int | None) -> None:
    """One line of JSON says where the cameras are; then they run."""
    over = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, over.set)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(running(plan, library.get))
        orders = await stack.enter_async_context(listening(Control(server), control))
        told: dict[str, object] = {"cameras": [server.url(number) for number in server.numbers], "control": orders}
        if onvif is not None:
            speaker = await stack.enter_async_context(speaking(server, port=onvif))
            told["onvif"] = [speaker.address(number) for number in server.numbers]
            told["discovery"] = speaker.ear
        print(json.dumps(told), flush=True)
        await over.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until told to stop; 2 when it can't start."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(serve(planned(options), Library(options.folder, encode), options.control, options.onvif))
    except (ValueError, OSError, EncoderMissingError) as error:
        print(error, file=sys.stderr)
        return REFUSED_TO_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
