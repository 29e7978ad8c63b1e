"""`beffroi settings`: the reference of all settings, for people or as the page of the documentation."""

import argparse
import sys
import textwrap
from collections.abc import Iterator

from beffroi.config.described import values_of
from beffroi.config.environment import Environment, settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describes the command's arguments."""
    parser.add_argument("--markdown", action="store_true", help="as the table of docs/operators/settings.md")


def run(args: argparse.Namespace) -> int:
    """Prints the reference; needs no valid environment."""
    sys.stdout.write(markdown() if args.markdown else text())
    return 0


def text() -> str:
    """For a terminal."""
    blocks = []
    for each in settings():
        described = textwrap.fill(each.description, 100, initial_indent="    ", subsequent_indent="    ")
        secret = " (secret)" if each.secret else ""
        blocks.append(f"{each.variable}{secret}\n{described}\n    Default: {each.default}\n")
    return "\n".join(blocks)


def markdown() -> str:
    """For the documentation."""
    rows = [f"| `{s.variable}` | {s.description} | {s.default} |" for s in settings()]
    return "\n".join(["| variable | meaning | default |", "|---|---|---|", *rows, ""])


def in_force(effective: Environment) -> Iterator[tuple[str, str]]:
    """Each setting's value in force, secrets hidden."""
    for setting, value in values_of(effective):
        if value is None:
            yield setting.variable, setting.default
        elif setting.secret:
            yield setting.variable, "(set)"
        else:
            yield setting.variable, ",".join(value) if isinstance(value, (tuple, frozenset)) else str(value)
