"""The residence's cameras and their relay as processes: where they answer, and how they are started.

The cameras are the simulator's, which draws with PyAV: it is of the development group, so a demonstration without it leaves video out.
"""

import importlib.util
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from beffroi.adapters.process.places import free_port, port_is_free
from beffroi.cli.demo.outside import Outside
from beffroi.cli.parts import Part

LEFT_OUT: Final = (
    "!!! Video on request is left out: what draws the simulated cameras' pictures, PyAV, isn't installed. "
    "`make demo` installs it with the development packages; then start again."
)
USER: Final = "beffroi"
PASSWORD: Final = "une-camera-de-demonstration"  # noqa: S105 - of cameras that exist nowhere
# What each camera films, in the order of their numbers: a hall, a street and a car park are what the simulator draws.
SCENES: Final = (
    *("hall", "hall", "parking") * 2,
    *("hall", "hall"),
    *("parking", "parking"),
    *("street", "hall"),
)
DRAWER: Final = "av"


@dataclass(frozen=True, slots=True)
class Film:
    """Ports of loopback: where browsers find the relay, where the relay finds the cameras."""

    relay: int
    cameras: int

    @property
    def address(self) -> str:
        """The relay's, as browsers are told."""
        return f"http://127.0.0.1:{self.relay}"

    def source(self, number: int) -> str:
        """Where the images of a camera are."""
        return f"rtsp://127.0.0.1:{self.cameras}/camera/{number}"


def prepared(home: Path) -> Film | None:
    """The ports of this run, those of the run before where they are free: whoever knows an address needn't learn another. None when
    nothing could be drawn.
    """
    path = _ports(home)
    if importlib.util.find_spec(DRAWER) is None:
        path.unlink(missing_ok=True)
        return None
    before = filmed(home)
    film = Film(_again(before.relay), _again(before.cameras)) if before else Film(free_port(), free_port())
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(film)), encoding="utf-8")
    return film


def filmed(home: Path) -> Film | None:
    """The ports that were prepared; None when video is left out."""
    try:
        return Film(**json.loads(_ports(home).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def relay_folder(home: Path) -> Path:
    """Where the relay keeps its memory."""
    return home / "demo" / "relay"


def parts(home: Path, film: Film, *, origins: Sequence[str], after: str) -> list[Part]:
    """The cameras, which draw meanwhile, then the relay once it is put in service by that part."""
    clips = home / "demo" / "clips"
    films = ("--folder", str(clips), "--count", str(len(SCENES)), "--clips", str(len(SCENES)))
    places = tuple(word for scene in SCENES for word in ("--place", scene))
    account = ("--user", USER, "--password", PASSWORD)
    cameras = Outside(
        "beffroi.simulator.cameras", (*films, *places, *account, "--port", str(film.cameras)), film.cameras
    )
    named = tuple(word for origin in origins for word in ("--origin", origin))
    where = ("--home", str(relay_folder(home)), "--listen", f"127.0.0.1:{film.relay}")
    relay = Outside("beffroi.edge.relay", (*where, *named), film.relay)
    return [Part("cameras", cameras), Part("relay", relay, needs=(after, "cameras"))]


def _ports(home: Path) -> Path:
    return home / "demo" / "film.json"


def _again(port: int) -> int:
    return port if port_is_free(port) else free_port()
