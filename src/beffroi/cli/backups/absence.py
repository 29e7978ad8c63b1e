"""Since when a restored installation was away: BEFFROI_HOME/restored.json, which the first worker that starts reads and takes away."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

NAME: Final = "restored.json"
_FORM: Final = "%Y-%m-%dT%H:%M:%SZ"


def note_absence(home: Path, *, since: datetime) -> None:
    """Nobody has kept promises since that moment."""
    path = home / NAME
    path.touch(mode=0o600)
    path.write_text(json.dumps({"v": 1, "since": since.astimezone(UTC).strftime(_FORM)}), encoding="utf-8")


def absent_since(home: Path) -> datetime | None:
    """None when it was not; a file that can't be read is taken for a long absence."""
    try:
        known = json.loads((home / NAME).read_text(encoding="utf-8"))
        return datetime.strptime(str(known["since"]), _FORM).replace(tzinfo=UTC)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        return datetime.fromtimestamp(0, UTC)


def forget_absence(home: Path) -> None:
    """It was taken into account."""
    (home / NAME).unlink(missing_ok=True)
