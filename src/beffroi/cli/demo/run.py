"""The demonstration's processes beside a town's own: the one that fills it, the locks, the street."""

import argparse
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from beffroi.adapters.process.places import free_port
from beffroi.cli import installation
from beffroi.cli.demo import antenna, film
from beffroi.cli.demo.outside import Outside
from beffroi.cli.demo.people import (
    CHARACTERS,
    HELPER,
    MOBILISED,
    PASSWORD,
    PLANNER,
    RESIDENCE,
    RESIDENTS,
    ROUND,
    SLUG,
    Character,
)
from beffroi.cli.parts import Part, Program
from beffroi.cli.up import Town, up
from beffroi.config.environment import Environment, environment

if TYPE_CHECKING:
    from beffroi.systems.cabinets.models import Cabinet

HOME = "~/.local/share/beffroi-demo"
PACE = "60"  # half an hour lasts half a minute
# Théo's phone, the police's desk, Karim's phone, the residence's manager's and its landlord's: beside the desk's own address.
FACES = ("phone", "police", "member", "manager", "owner")
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
    parser.add_argument(
        "--still",
        action="store_true",
        help="nobody works in the other cabinets by themselves, and no door contact is heard",
    )
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
    if not args.fill:
        home, pace = Path(os.environ["BEFFROI_HOME"]).expanduser(), os.environ["BEFFROI_DEMO_PACE"]
        os.environ.update(antenna.prepared(home, slug=SLUG, pace=pace, still=args.still))
    environment.cache_clear()
    settings = environment()
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
        "people": [{"email": each.email, "fr": each.part, "en": each.part_en} for each in _those_to_be(settings)],
        "residence": RESIDENCE if film.filmed(settings.home) else "",
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
    many = "seven" if film.filmed(settings.home) else "five"
    lines = [
        f"Open {street_url(settings)} : {many} things to try, with a technician’s phone and the police beside the operator."
    ]
    lines += [f"{each.email:<28} {PASSWORD}   {each.part}" for each in _those_to_be(settings)]
    return "\n".join(lines)


def _those_to_be(settings: Environment) -> tuple[Character, ...]:
    """Whom a visitor may log in as; the residence's people where it has its cameras."""
    return (*CHARACTERS, *(RESIDENTS if film.filmed(settings.home) else ()))


def bodies_file(home: Path) -> Path:
    """Where the body ports of this run are written: the step that fills the demonstration makes the street's plan of them."""
    return home / "demo" / "bodies.json"


def street_url(settings: Environment) -> str:
    """Where the guided page is: `localhost`, since passkeys refuse an IP address."""
    return f"http://localhost:{settings.port + STREET_AFTER}/"


def _parts(town: Town, args: argparse.Namespace) -> list[Part]:
    home = town.settings.home
    quietly = ("--still",) if args.still else ()
    many = ("--cabinets", str(args.cabinets), "--mobilised", str(args.mobilised))
    same = (*many, "--mail", str(args.mail), *quietly)
    fill = Program(("demo", "--fill", *same), town.application)
    parts = [Part("demo", fill, needs=("minter", "broker"), once=True)]
    bodies = {f"lock-{number}": free_port() for number in range(1, SINGLE + 1)} | {OTHERS: free_port()}
    for name, body in bodies.items():
        arguments: tuple[str, ...] = ("--store", str(home / "demo" / name), "--body", str(body))
        if name == OTHERS:
            arguments = (FLEET, *arguments[1:], "--count", str(args.cabinets - SINGLE))
        parts.append(Part(name, Outside("beffroi.edge.lock", arguments, body), needs=("demo",)))
    plan = home / "demo" / "street.json"
    bodies_file(home).parent.mkdir(parents=True, exist_ok=True)
    bodies_file(home).write_text(json.dumps(bodies), encoding="utf-8")
    port = town.settings.port + STREET_AFTER
    street = Program(("street", str(plan), str(port)), dict, ("127.0.0.1", port))
    parts.append(Part("street", street, needs=("demo", *bodies), first=True))
    return [*parts, *antenna.parts(home), *_filming(town.settings)]


def _filming(settings: Environment) -> list[Part]:
    ports = film.prepared(settings.home)
    if ports is None:
        print(film.LEFT_OUT, flush=True)
        return []
    origins = [settings.public_url, *(face_url(settings, face) for face in FACES)]
    return film.parts(settings.home, ports, origins=origins, after="demo")
