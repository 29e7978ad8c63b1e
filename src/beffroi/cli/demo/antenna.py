"""What the demonstration's door contacts are heard through: a broker of their own, as ChirpStack's is, and the file that names it."""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from beffroi.adapters.process import status
from beffroi.adapters.process.places import free_port, open_folder, port_is_free
from beffroi.cli.demo.outside import Outside
from beffroi.cli.parts import Part
from beffroi.simulator.antenna import LORAWAN, READER, WRITER, ZIGBEE, Placed

OBSERVE: Final = "BEFFROI_OBSERVE"
CABINET: Final = Placed(LORAWAN, "24e124538b223213", "eclairage-lafayette")
ROOM: Final = Placed(ZIGBEE, "00158d0007ef997c", "serveurs")
# Heard, and registered nowhere: for a visitor to put on a door.
FREE: Final = Placed(LORAWAN, "24e124538b22a4c7", "local-velos")


def prepared(home: Path, *, slug: str, pace: str, still: bool) -> Mapping[str, str]:
    """Writes what the antenna and the bridge read; gives the setting that says where. Nothing where nobody works by themselves, nor where
    somebody listens on brokers of their own.
    """
    if still or OBSERVE in os.environ:
        _plan(home).unlink(missing_ok=True)
        return {}
    setting = {OBSERVE: str(_sources(home))}
    # Those of the run before; a second start, which is refused in a moment, changes nothing of the first.
    before = _port(home) if _sources(home).exists() else None
    if before is not None and (port_is_free(before) or status.read(home) is not None):
        return setting
    open_folder(home)
    port, passwords = free_port(), {each: secrets.token_urlsafe(16) for each in (READER, WRITER)}
    placed = [{"network": each.network, "address": each.address, "name": each.name} for each in (CABINET, ROOM, FREE)]
    known = {"authority": slug, "url": f"mqtt://127.0.0.1:{port}", "user": READER, "password": passwords[READER]}
    brokers = [{"name": "lorawan", "kind": "chirpstack", **known}, {"name": "mairie", "kind": "zigbee2mqtt", **known}]
    _write(_sources(home), {"brokers": brokers})
    _write(_plan(home), {"port": port, "passwords": passwords, "pace": int(pace), "contacts": placed})
    return setting


def observed(home: Path) -> bool:
    """Whether doors are observed in this run."""
    return _plan(home).exists()


def parts(home: Path) -> list[Part]:
    """The antenna, where there is one."""
    port = _port(home)
    return [] if port is None else [Part("antenna", Outside("beffroi.simulator.antenna", (str(_plan(home)),), port))]


def _port(home: Path) -> int | None:
    try:
        port: int = json.loads(_plan(home).read_text(encoding="utf-8"))["port"]
    except (FileNotFoundError, ValueError, KeyError):
        return None
    return port


def _plan(home: Path) -> Path:
    return home / "demo" / "antenna.json"


def _sources(home: Path) -> Path:
    return home / "demo" / "observe.json"


def _write(path: Path, said: object) -> None:
    """Whole or not at all; it holds passwords."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=0o600)
    partial.write_text(json.dumps(said), encoding="utf-8")
    partial.replace(path)
