"""What the launcher writes down about its cluster: where it lies, its port, its passwords.

One file, 0600, replaced in one step.
"""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from beffroi.adapters.postgres.errors import ClusterUnusableError

FORMAT = 1
DATABASE = "beffroi"
SUPERUSER = "beffroi_super"  # by the private socket only
OWNER = "beffroi_owner"
APP = "beffroi_app"


@dataclass(frozen=True, slots=True)
class ConnectionInfo:
    """The same database as the role that owns the tables (migrations) and as the application's role."""

    owner_url: str
    app_url: str


@dataclass(frozen=True, slots=True)
class Notes:
    """The file's content. `folder` is None while the cluster lies beside the file: BEFFROI_HOME can then be moved."""

    port: int
    superuser_password: str
    owner_password: str
    app_password: str
    folder: str | None = None
    roles_made: bool = False
    v: int = FORMAT

    @classmethod
    def fresh(cls, port: int, folder: Path | None) -> "Notes":
        """Notes of a cluster about to be made, with new passwords."""
        one, two, three = (secrets.token_urlsafe(24) for _ in range(3))
        return cls(port, one, two, three, str(folder) if folder else None)

    def connection(self, *, database: str = DATABASE) -> ConnectionInfo:
        """Addresses over TCP, loopback only."""
        at = f"127.0.0.1:{self.port}/{database}"
        return ConnectionInfo(
            owner_url=f"postgresql://{OWNER}:{self.owner_password}@{at}",
            app_url=f"postgresql://{APP}:{self.app_password}@{at}",
        )


def read(path: Path) -> Notes | None:
    """None when there is no file yet. Raises ClusterUnusableError for one we did not write."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    try:
        notes = Notes(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise ClusterUnusableError(
            f"{path} is damaged ({error}): restore it from your backup; it holds the database's passwords"
        ) from error
    if notes.v != FORMAT:
        raise ClusterUnusableError(f"{path} is of format {notes.v}; this release reads format {FORMAT}")
    return notes


def write(path: Path, notes: Notes) -> None:
    """Replaces the file in one step; nobody else may read it, at any moment."""
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(notes), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
