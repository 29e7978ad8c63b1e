"""What the monitor leaves word of: when it last spoke to the second host, and when that last heard us. Other processes read it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

FILE: Final = Path("run", "second-host.json")


@dataclass(frozen=True, slots=True)
class Heard:
    """Moments in seconds of the epoch: of the last attempt, and of the last one that was heard (None: none yet)."""

    at: float
    heard_at: float | None


def leave(home: Path, word: Heard) -> None:
    """Readers see the former one or this one. Raises OSError."""
    path = home / FILE
    path.parent.mkdir(mode=0o700, exist_ok=True)
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(asdict(word)), encoding="ascii")
    partial.replace(path)


def read(home: Path) -> Heard | None:
    """None where there is none, or none that can be read."""
    try:
        found = json.loads((home / FILE).read_bytes())
        at, heard_at = found["at"], found["heard_at"]
        return Heard(float(at), None if heard_at is None else float(heard_at))
    except (OSError, ValueError, TypeError, KeyError):
        return None
