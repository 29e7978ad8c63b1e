"""What is known of the last backup without opening any: BEFFROI_HOME/backup.json, 0600, replaced in one step."""

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

FORMAT: Final = 1
LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Noted:
    """Moments in seconds since 1970, 0 for never. `at` is the snapshot of the last good backup, `folder` where it lies, `seconds` what it
    took; `failed_at` and `reason` are of a failure since then; `tried_at` is when one was last restored on trial, `tried` its name.
    """

    name: str = ""
    folder: str = ""
    at: int = 0
    bytes: int = 0
    seconds: int = 0
    failed_at: int = 0
    reason: str = ""
    tried_at: int = 0
    tried: str = ""
    tried_seconds: int = 0
    v: int = FORMAT

    @property
    def made(self) -> datetime | None:
        """When the last good one was taken."""
        return datetime.fromtimestamp(self.at, UTC) if self.at else None

    @property
    def failed(self) -> datetime | None:
        """When one failed since then."""
        return datetime.fromtimestamp(self.failed_at, UTC) if self.failed_at else None

    @property
    def trial(self) -> datetime | None:
        """When one was last restored on trial."""
        return datetime.fromtimestamp(self.tried_at, UTC) if self.tried_at else None

    def after_success(self, *, name: str, folder: Path, at: datetime, length: int, seconds: float) -> "Noted":
        """One more good one."""
        made = int(at.timestamp())
        fresh = replace(self, name=name, folder=str(folder), at=made, bytes=length, seconds=int(seconds))
        return replace(fresh, failed_at=0, reason="")

    def after_failure(self, *, reason: str, at: datetime) -> "Noted":
        """One that failed, and why."""
        return replace(self, failed_at=int(at.timestamp()), reason=reason[:LONGEST])

    def after_trial(self, *, name: str, at: datetime, seconds: float) -> "Noted":
        """One that was restored on trial, and was whole."""
        return replace(self, tried=name, tried_at=int(at.timestamp()), tried_seconds=int(seconds))


def path_in(home: Path) -> Path:
    """Where it is written."""
    return home / "backup.json"


def read(home: Path) -> Noted:
    """What is noted; nothing where there is no file, or one that can't be read: the next backup writes another."""
    try:
        known = json.loads(path_in(home).read_text(encoding="utf-8"))
        noted = Noted(**known)
    except (OSError, ValueError, TypeError):
        return Noted()
    fitting = all(type(getattr(noted, name)) is type(getattr(Noted(), name)) for name in Noted.__slots__)
    return noted if fitting and noted.v == FORMAT else Noted()


def write(home: Path, noted: Noted) -> None:
    """Replaces it in one step."""
    path = path_in(home)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(noted), file)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
