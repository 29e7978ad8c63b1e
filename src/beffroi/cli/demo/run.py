"""The demonstration's processes beside a town's own: the one that fills it, the locks, the street."""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from beffroi.adapters.process import child
from beffroi.adapters.process.places import free_port
from beffroi.cli import installation
from beffroi.cli.demo.people import CHARACTERS, PASSWORD
from beffroi.cli.parts import LOOK_EVERY, Part, Program, listens
from beffroi.cli.up import Town, up
from beffroi.config.environment import Environment, environment, read

HOME = "~/.local/share/beffroi-demo"
PACE = "60"  # half an hour lasts half a minute
SINGLE = 3
CABINETS = 80
FLEET = "--fleet"
STREET_AFTER = 1  # the street's port comes after the web server's


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One step is for ourselves: the supervisor runs it once the tables are there."""
    parser.add_argument(
        "--cabinets",
        type=int,
        default=CABINETS,
        metavar="N",
        help=f"how many cabinets, {SINGLE + 1} at least (default: {CABINETS})",
    )
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C."""
    os.environ.setdefault("BEFFROI_HOME", str(Path(HOME).expanduser()))
    os.environ["BEFFROI_DEMO"], os.environ["BEFFROI_BIND"] = "1", "127.0.0.1"
    os.environ.setdefault("BEFFROI_DEMO_PACE", PACE)
    environment.cache_clear()
    settings = read(os.environ)
    count = max(args.cabinets, SINGLE + 1)
    return _fill(settings, count) if args.fill else up(settings, extra=lambda town: _parts(town, count))


def _fill(settings: Environment, count: int) -> int:
    with installation.opened(settings):
        from beffroi.cli.demo.seed import seed  # noqa: PLC0415 - Django is ready only now
        from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

        cabinets = seed(settings, count=count, clock=utc_now, say=lambda text: print(text, flush=True))
        _write_plan(settings, [(row.reference, row.address, f"/c/{row.code}/") for row in cabinets[:SINGLE]])
        print(_welcome(settings), flush=True)
    return 0


def _write_plan(settings: Environment, cabinets: list[tuple[str, str, str]]) -> None:
    """What the street needs to know, written once the cabinets are."""
    bodies = json.loads(bodies_file(settings.home).read_text(encoding="utf-8"))
    corners = [
        {
            "name": f"lock-{number}",
            "body": bodies[f"lock-{number}"],
            "reference": reference,
            "address": address,
            "sticker": sticker,
        }
        for number, (reference, address, sticker) in enumerate(cabinets, start=1)
    ]
    people = [{"email": each.email, "password": PASSWORD, "part": each.part} for each in CHARACTERS]
    plan = {"town": settings.public_url, "phone": phone_url(settings), "corners": corners, "people": people}
    (settings.home / "demo" / "street.json").write_text(json.dumps(plan), encoding="utf-8")


def phone_url(settings: Environment) -> str:
    """The second secure context of the same browser, with its own cookies."""
    return f"http://phone.localhost:{settings.port}"


def _welcome(settings: Environment) -> str:
    lines = [f"Open {street_url(settings)} : three things to try, with a technician’s phone beside the operator."]
    lines += [f"{each.email:<24} {PASSWORD}   {each.part}" for each in CHARACTERS]
    return "\n".join(lines)


def bodies_file(home: Path) -> Path:
    """Where the body ports of this run are written: the step that fills the demonstration makes the street's plan of them."""
    return home / "demo" / "bodies.json"


def street_url(settings: Environment) -> str:
    """Where the guided page is: `localhost`, since passkeys refuse an IP address."""
    return f"http://localhost:{settings.port + STREET_AFTER}/"


@dataclass(slots=True)
class Locks:
    """Lock processes as a part: one lock's folder, or a fleet's. Hands reach the metal by the `body` port."""

    option: str
    folder: Path
    body: int
    count: int = 1

    def prepare(self) -> None:
        """Nothing to do."""

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Starts the program of the edge; it knows nothing of this server but its broker."""
        command = [sys.executable, "-m", "beffroi.edge.lock", self.option, str(self.folder), "--body", str(self.body)]
        if self.option == FLEET:
            command += ["--count", str(self.count)]
        quiet = {name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI_", "DATABASE_"))}
        return child.spawn(command, environment={**quiet, "PYTHONUNBUFFERED": "1"}, output=output)

    def await_ready(self) -> None:
        """Waits for the body's port."""
        while not listens(("127.0.0.1", self.body)):
            time.sleep(LOOK_EVERY)

    def attend(self) -> None:
        """Nothing to do."""


def _parts(town: Town, count: int) -> list[Part]:
    home = town.settings.home
    fill = Program(("demo", "--fill", "--cabinets", str(count)), town.application)
    parts = [Part("demo", fill, needs=("minter", "broker"), once=True)]
    bodies = {f"lock-{number}": free_port() for number in range(1, SINGLE + 1)} | {"locks": free_port()}
    for name, body in bodies.items():
        locks = Locks("--store", home / "demo" / name, body)
        if name == "locks":
            locks = Locks(FLEET, home / "demo" / name, body, count - SINGLE)
        parts.append(Part(name, locks, needs=("demo",)))
    plan = home / "demo" / "street.json"
    bodies_file(home).parent.mkdir(parents=True, exist_ok=True)
    bodies_file(home).write_text(json.dumps(bodies), encoding="utf-8")
    port = town.settings.port + STREET_AFTER
    parts.append(Part("street", Program(("street", str(plan), str(port)), dict, ("127.0.0.1", port)), needs=("demo",)))
    return parts
