"""The demonstration's processes beside a town's own: the one that fills it, the locks, the street."""

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from beffroi.adapters.process import child
from beffroi.adapters.process.places import free_port
from beffroi.cli import installation
from beffroi.cli.demo.people import CHARACTERS, HELPER, MOBILISED, PASSWORD, PLANNER, ROUND, Character
from beffroi.cli.parts import LOOK_EVERY, Part, Program, listens
from beffroi.cli.up import Town, up
from beffroi.config.environment import Environment, environment, read

if TYPE_CHECKING:
    from beffroi.systems.cabinets.models import Cabinet

HOME = "~/.local/share/beffroi-demo"
PACE = "60"  # half an hour lasts half a minute
FACES = ("phone", "police", "member")  # Théo's phone, the police's desk, Karim's phone: beside the desk's own address
SINGLE = 3
OTHERS = "locks"
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
    parser.add_argument(
        "--mobilised",
        type=int,
        default=MOBILISED,
        metavar="N",
        help=f"how many people the operator mobilises (default: {MOBILISED})",
    )
    parser.add_argument("--still", action="store_true", help="nobody works in the other cabinets by themselves")
    parser.add_argument("--fill", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--mail", type=int, default=0, help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Until Ctrl-C."""
    os.environ.setdefault("BEFFROI_HOME", str(Path(HOME).expanduser()))
    os.environ["BEFFROI_DEMO"], os.environ["BEFFROI_BIND"] = "1", "127.0.0.1"
    os.environ.setdefault("BEFFROI_DEMO_PACE", PACE)
    os.environ.setdefault("BEFFROI_EXTRA_HOSTS", ",".join(f"{face}.localhost" for face in FACES))
    if not args.fill and "BEFFROI_SMTP_URL" not in os.environ:
        args.mail = free_port()
        os.environ["BEFFROI_SMTP_URL"] = f"smtp://127.0.0.1:{args.mail}"
    environment.cache_clear()
    settings = read(os.environ)
    args.cabinets = max(args.cabinets, SINGLE + 1)
    return _fill(settings, args) if args.fill else up(settings, extra=lambda town: _parts(town, args))


def _fill(settings: Environment, args: argparse.Namespace) -> int:
    with installation.opened(settings):
        from beffroi.cli.demo.seed import seed  # noqa: PLC0415 - Django is ready only now
        from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

        cabinets = seed(
            settings,
            count=args.cabinets,
            mobilised=args.mobilised,
            clock=utc_now,
            say=lambda text: print(text, flush=True),
        )
        _write_plan(settings, cabinets, args)
        print(_welcome(settings), flush=True)
    return 0


def _write_plan(settings: Environment, cabinets: "list[Cabinet]", args: argparse.Namespace) -> None:
    """What the street needs to know, written once the cabinets are."""
    bodies = json.loads(bodies_file(settings.home).read_text(encoding="utf-8"))
    corners = [
        {
            "name": f"lock-{number}",
            "gate": str(row.lock_id),
            "body": bodies[f"lock-{number}"],
            "reference": row.reference,
            "address": row.address,
            "sticker": f"/c/{row.code}/",
        }
        for number, row in enumerate(cabinets[:SINGLE], start=1)
    ]
    stands = [
        {"reference": row.reference, "gate": str(row.lock_id), "body": bodies[OTHERS]} for row in cabinets[SINGLE:]
    ]
    plan = {
        "town": settings.public_url,
        **{face: face_url(settings, face) for face in FACES},
        "pace": settings.demo_pace,
        "mail": args.mail,
        "corners": corners,
        "people": [{"email": each.email, "fr": each.part, "en": each.part_en} for each in CHARACTERS],
        "planner": _worker(PLANNER),
        "helper": _worker(HELPER),
        "technicians": [_worker(each) for each in ROUND],
        "stands": [] if args.still else stands,
    }
    (settings.home / "demo" / "street.json").write_text(json.dumps(plan), encoding="utf-8")


def _worker(who: Character) -> dict[str, str]:
    return {"name": who.name, "email": who.email, "password": PASSWORD}


def face_url(settings: Environment, face: str) -> str:
    """One more secure context of the same browser, with cookies of its own."""
    return f"http://{face}.localhost:{settings.port}"


def _welcome(settings: Environment) -> str:
    lines = [
        f"Open {street_url(settings)} : five things to try, with a technician’s phone and the police beside the operator."
    ]
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


def _parts(town: Town, args: argparse.Namespace) -> list[Part]:
    home = town.settings.home
    quietly = ("--still",) if args.still else ()
    many = ("--cabinets", str(args.cabinets), "--mobilised", str(args.mobilised))
    same = (*many, "--mail", str(args.mail), *quietly)
    fill = Program(("demo", "--fill", *same), town.application)
    parts = [Part("demo", fill, needs=("minter", "broker"), once=True)]
    bodies = {f"lock-{number}": free_port() for number in range(1, SINGLE + 1)} | {OTHERS: free_port()}
    for name, body in bodies.items():
        locks = Locks("--store", home / "demo" / name, body)
        if name == OTHERS:
            locks = Locks(FLEET, home / "demo" / name, body, args.cabinets - SINGLE)
        parts.append(Part(name, locks, needs=("demo",)))
    plan = home / "demo" / "street.json"
    bodies_file(home).parent.mkdir(parents=True, exist_ok=True)
    bodies_file(home).write_text(json.dumps(bodies), encoding="utf-8")
    port = town.settings.port + STREET_AFTER
    street = Program(("street", str(plan), str(port)), dict, ("127.0.0.1", port))
    parts.append(Part("street", street, needs=("demo", *bodies), first=True))
    return parts
