"""What settings say of backups: where they go, at what time of night, how many are kept, for whom they are sealed besides the roots."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Final

from beffroi.adapters.archive.age import checked_recipient
from beffroi.adapters.archive.errors import BadRecipient
from beffroi.config.described import described
from beffroi.config.values import SettingError, listed, whole
from beffroi.protocol.backup.rotation import Keep

NIGHT: Final = "03:00"
NEVER: Final = "off"
SOONEST, LATEST = 10, 3600  # seconds
_TIME: Final = re.compile(r"([01]\d|2[0-3]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Backups:
    """As they were typed; what can't be used has been refused."""

    folder: Path | None = field(
        metadata=described(
            "BEFFROI_BACKUP_FOLDER",
            "Folder that backups go to, on another disk or a share of another machine: on the disk of BEFFROI_HOME they are lost with it.",
            "BEFFROI_HOME/backups",
        )
    )
    at: time | None = field(
        metadata=described(
            "BEFFROI_BACKUP_AT",
            "When a backup is made each night, HH:MM in the town's time, or within the half hour that follows; off: never by itself.",
            "03:00 (a demonstration: off)",
        )
    )
    keep: Keep = field(
        metadata=described(
            "BEFFROI_BACKUP_KEEP",
            "How many backups stay: of the last nights, weeks and months that have one.",
            "7,4,12",
        )
    )
    recipients: tuple[str, ...] = field(
        metadata=described(
            "BEFFROI_BACKUP_RECIPIENTS",
            "Who opens backups besides the two roots: recipients of the age format (age1…, ssh-ed25519 …), separated by commas.",
            "(nobody)",
        )
    )
    log: Path | None = field(
        metadata=described(
            "BEFFROI_WAL_ARCHIVE",
            "Folder in which the log of our own PostgreSQL is kept, sealed as backups are, on another disk: the database can then be "
            "restored as it was at any minute since the base before last, which comes with a backup each week.",
            "(the log is not kept)",
        )
    )
    log_every: int = field(
        metadata=described(
            "BEFFROI_WAL_EVERY",
            "How many seconds of acts a lost disk may cost at most where the log is kept, 10 to 3600.",
            "60",
        )
    )


def read(get: Callable[[str], str], *, demo: bool) -> Backups:
    """From what was typed; raises SettingError."""
    folder, log = get("BEFFROI_BACKUP_FOLDER"), get("BEFFROI_WAL_ARCHIVE")
    return Backups(
        folder=Path(folder).expanduser().absolute() if folder else None,
        at=moment("BEFFROI_BACKUP_AT", get("BEFFROI_BACKUP_AT") or (NEVER if demo else NIGHT)),
        keep=keep("BEFFROI_BACKUP_KEEP", get("BEFFROI_BACKUP_KEEP") or str(Keep())),
        recipients=recipients("BEFFROI_BACKUP_RECIPIENTS", get("BEFFROI_BACKUP_RECIPIENTS")),
        log=Path(log).expanduser().absolute() if log else None,
        log_every=seconds("BEFFROI_WAL_EVERY", get("BEFFROI_WAL_EVERY") or "60"),
    )


def seconds(name: str, text: str) -> int:
    """How long a segment stays at most."""
    count = whole(name, text, most=LATEST)
    if count < SOONEST:
        raise SettingError(f"{name} is {text!r}: {SOONEST} to {LATEST} seconds are needed")
    return count


def moment(name: str, text: str) -> time | None:
    """A time of day, or None for "off"."""
    if text.lower() == NEVER:
        return None
    match = _TIME.fullmatch(text)
    if match is None:
        raise SettingError(f"{name} is {text!r}: a time of day like {NIGHT} is needed, or {NEVER}")
    return time(int(match[1]), int(match[2]))


def keep(name: str, text: str) -> Keep:
    """How many nights, weeks and months."""
    try:
        return Keep.parse(text)
    except ValueError as error:
        raise SettingError(f"{name} is {text!r}: {error}") from None


def recipients(name: str, text: str) -> tuple[str, ...]:
    """Recipients of the age format, separated by commas."""
    try:
        return tuple(checked_recipient(each) for each in listed(text))
    except BadRecipient as error:
        raise SettingError(f"{name}: {error}") from None
