"""`beffroi COMMAND`: finds the command, and says in one line what is wrong and what to do when something is.

Only the chosen command's module is imported: `beffroi register verify` runs with no database and no Django.
"""

import argparse
import gc
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import NamedTuple, Protocol

from beffroi.adapters.mqtt.errors import MqttError
from beffroi.adapters.postgres.errors import PostgresError
from beffroi.adapters.tls.errors import TlsError
from beffroi.cli.errors import CommandError
from beffroi.cli.service.account import act_for, what_root_does
from beffroi.config.environment import SettingError
from beffroi.config.file import home_of


class Command(NamedTuple):
    """Where a command is written, and what it is for."""

    module: str
    help: str


class CommandModule(Protocol):
    """What a command's module holds."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Describes its arguments."""

    def run(self, args: argparse.Namespace, /) -> int:
        """Does it; gives the exit code."""


COMMANDS = {
    "up": Command("beffroi.cli.up", "run the whole installation on this machine, until Ctrl-C"),
    "init": Command("beffroi.cli.init", "create the authority and its first administrator"),
    "service": Command(
        "beffroi.cli.service.install", "have this machine run Beffroi by itself: account, home, systemd unit"
    ),
    "upgrade": Command(
        "beffroi.cli.service.upgrade", "let another release take over, with a check before and a way back"
    ),
    "migrate": Command("beffroi.cli.migrate", "bring the database's tables to this release (`up` does it by itself)"),
    "doctor": Command("beffroi.cli.doctor", "look the installation over, say what to do, change nothing"),
    "settings": Command("beffroi.cli.settings", "list every setting, its meaning and its default"),
    "broker": Command("beffroi.cli.broker", "the demonstration broker alone, where Mosquitto is not installed"),
    "web": Command("beffroi.cli.web", "the web server alone"),
    "worker": Command("beffroi.cli.worker", "what events ask of the systems, alone"),
    "monitor": Command(
        "beffroi.cli.monitor.command", "serve measures to Prometheus, tell a second host that we live, alone"
    ),
    "watch-over": Command(
        "beffroi.cli.watchover.command", "on a second host: hear whether towns live, tell people when one does not"
    ),
    "alerter": Command("beffroi.cli.alerter", "what phones, mailboxes and programs are told, alone"),
    "ingest": Command("beffroi.cli.ingest", "what devices send, alone"),
    "bridge": Command("beffroi.cli.bridge", "what door contacts say on the town's own brokers, alone"),
    "sequencer": Command("beffroi.cli.sequencer", "the register's numbering and signing, alone"),
    "minter": Command("beffroi.cli.minter", "the signing of access rights, alone"),
    "keys": Command("beffroi.cli.keys", "the offline roots and the key sets that they sign"),
    "register": Command("beffroi.cli.register", "export the register, verify it, take it up again"),
    "backup": Command("beffroi.cli.backup", "make a backup, list them, verify one, try one"),
    "restore": Command("beffroi.cli.restore", "restore a backup onto an empty folder, of this machine or another"),
    "retention": Command("beffroi.cli.retention", "what is kept, how long, why; what is past its time; what differs"),
    "papers": Command(
        "beffroi.cli.papers", "all papers of an authority on data: register of processings, AIPD, notices"
    ),
    "export": Command("beffroi.cli.export", "take everything of an authority away, as one file of open formats"),
    "organisation": Command("beffroi.cli.organisation", "register an operator or a firm, and its desk"),
    "break-glass": Command(
        "beffroi.cli.safe", "print a sheet of codes for the safe: it lets in when nothing else does; the former is void"
    ),
    "device": Command("beffroi.cli.devices", "register and commission devices from the command line"),
    "contact": Command("beffroi.cli.contacts", "door contacts: known models, those of an authority, another one"),
    "map": Command("beffroi.cli.basemap", "the console's base map, from a file that the town brings"),
    "demo": Command("beffroi.cli.demo", "a town of 80 cabinets on this machine, to walk through"),
    "street": Command("beffroi.cli.street", "the demonstration's street: hands on its locks"),
}
# What changes the machine itself; anything else is done as the account that the home belongs to.
AS_ROOT = frozenset({"service", "upgrade"})


# How many new objects Python lets live before it looks for rings among them. A process that loads a thousand modules or fills a page
# makes many, nearly all to stay or to go by themselves: looking at each 700, the default, was a quarter of a process's start.
LOOKED_FOR_RINGS = 50_000


def parser_for(name: str | None) -> argparse.ArgumentParser:
    """The whole command line; only the named command's arguments are filled in."""
    parser = argparse.ArgumentParser(
        prog="beffroi",
        description="A town's connected things and its dealings with its inhabitants, on one machine of its own.",
        epilog="`beffroi COMMAND --help` says more. Settings come from the environment: `beffroi settings` lists them.",
        formatter_class=lambda prog: argparse.HelpFormatter(prog, max_help_position=16),
    )
    parser.add_argument("--version", action="version", version=f"beffroi {version('beffroi')}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    for each, command in COMMANDS.items():
        sub = commands.add_parser(each, help=command.help, description=f"{command.help[0].upper()}{command.help[1:]}.")
        if each == name:
            module: CommandModule = importlib.import_module(command.module)
            module.add_arguments(sub)
            sub.set_defaults(run=module.run)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives the exit code: 0 well, 1 no, 2 badly asked."""
    gc.set_threshold(LOOKED_FOR_RINGS)
    given = sys.argv[1:] if arguments is None else list(arguments)
    args = parser_for(next((each for each in given if not each.startswith("-")), None)).parse_args(given)
    os.environ["PGAPPNAME"] = f"beffroi {args.command}"  # by which /healthz and an operator know our connections
    account = ""
    try:
        if args.command not in AS_ROOT:
            account = act_for(home_of(os.environ))
        return _run(args)
    except (SettingError, CommandError, PostgresError, MqttError, TlsError) as error:
        sys.stderr.write(f"beffroi: {error}{what_root_does(account, error)}\n")
        return 2
    except BrokenPipeError:  # whoever read us has read enough: `beffroi doctor | head`
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # so that Python's own last flush is no traceback either
        return 128 + signal.SIGPIPE
    except KeyboardInterrupt:
        sys.stderr.write("\nbeffroi: interrupted\n")
        return 130


def _run(args: argparse.Namespace) -> int:
    code = int(args.run(args))
    sys.stdout.flush()
    return code
