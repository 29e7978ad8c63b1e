"""`beffroi map`: the base map of the console, from a file that the town brings (PMTiles); nothing is ever fetched elsewhere."""

import argparse
import sys
from pathlib import Path

from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment
from beffroi.web.console.basemap import TilesUnusable, import_tiles, remove_tiles


class MapCommandError(CommandError):
    """The file can't serve."""

    code = "map"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its sub-commands."""
    commands = parser.add_subparsers(dest="map", metavar="WHAT", required=True)
    bring = commands.add_parser("import", help="use the tiles of a PMTiles file (version 3), copied under BEFFROI_HOME")
    bring.add_argument("file", type=Path, metavar="FILE", help="vector tiles or pictures, of the town and around it")
    commands.add_parser("remove", help="go back to the drawing that comes with the programme")


def run(args: argparse.Namespace) -> int:
    """Changes the file that the web server reads; screens use it when they are opened next."""
    home = environment().home
    if args.map == "remove":
        removed = remove_tiles(home)
        sys.stdout.write("The console shows its own drawing again.\n" if removed else "No tiles were imported.\n")
        return 0
    try:
        found = import_tiles(args.file, home=home)
    except (TilesUnusable, OSError) as error:
        raise MapCommandError(f"{args.file} can't be used: {error}") from error
    west, south, east, north = found.bounds
    sys.stdout.write(
        f"{found.tiles} {found.kind} tiles, zoom {found.zooms[0]} to {found.zooms[1]}, "
        f"from {west:.3f} {south:.3f} to {east:.3f} {north:.3f}. The console uses them from now on.\n"
    )
    return 0
