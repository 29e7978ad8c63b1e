"""What the supervisor writes for others to read: BEFFROI_HOME/run/status.json, replaced in one step."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

FORMAT = 1
# Each of our programs beside the web server; its connections to the database are named "beffroi <program>".
PROGRAMS = ("minter", "sequencer", "ingest", "worker", "alerter")
WELL = frozenset({"running", "done"})
# The supervisor writes at least every 5 s; a file older than this is a killed supervisor's.
STALE_AFTER = 20.0


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One part: "waiting", "preparing", "starting", "running", "done", "backing off", "down" or "stopped"."""

    name: str
    state: str
    pid: int | None
    restarts: int
    reason: str | None = None

    @property
    def well(self) -> bool:
        """Whether the part does its work."""
        return self.state in WELL


@dataclass(frozen=True, slots=True)
class Status:
    """All parts; `supervisor` is its process, `written` seconds of the wall clock, `broker` "mosquitto", "demonstration"
    or "external", `release` the version that runs.
    """

    supervisor: int
    written: float
    broker: str
    parts: tuple[PartStatus, ...]
    release: str = ""

    def stale(self, now: float) -> bool:
        """Whether the supervisor that wrote this has stopped writing."""
        return now - self.written > STALE_AFTER


def path_in(home: Path) -> Path:
    """Where the file lies."""
    return home / "run" / "status.json"


def lock_in(home: Path) -> Path:
    """What one supervisor alone holds, for as long as it lives."""
    return home / "run" / "supervisor.lock"


def holds(home: Path, known: Status) -> bool:
    """Whether the supervisor that wrote this still lives, though it writes no more: a full disk takes nothing. False where that can't be
    looked at.
    """
    lock = lock_in(home).resolve()
    try:
        return any(each.readlink() == lock for each in Path("/proc", str(known.supervisor), "fd").iterdir())
    except OSError:
        return False


def write(home: Path, status: Status) -> None:
    """Replaces the file; readers see the old one or the new one."""
    path = path_in(home)
    unfinished = path.with_suffix(".part")
    unfinished.write_text(json.dumps({"v": FORMAT, **asdict(status)}, indent=1), encoding="utf-8")
    unfinished.replace(path)


def read(home: Path) -> Status | None:
    """None when there is no file, or one this release can't read."""
    try:
        content = json.loads(path_in(home).read_text(encoding="utf-8"))
        if content.pop("v") != FORMAT or type(content["supervisor"]) is not int:
            return None
        parts = tuple(PartStatus(**part) for part in content.pop("parts"))
        return Status(parts=parts, **content)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
