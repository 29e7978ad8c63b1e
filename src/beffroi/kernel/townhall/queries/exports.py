"""Exports of an authority, and the files that hold them."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BufferedRandom
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import translation

from beffroi.kernel.townhall.models import Export, ExportState
from beffroi.kernel.townhall.queries.bundle import write_bundle
from beffroi.lib.viewer import Role, Viewer


def visible_exports(viewer: Viewer) -> QuerySet[Export]:
    """Exports of the authorities that the viewer administers, the newest first."""
    rows = Export.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
    return rows.select_related("asked_by", "authority").order_by("-asked_at", "id")


def file_of(export: UUID) -> Path:
    """Where its file is, when it is there."""
    return folder() / f"{export}.zip"


def folder() -> Path:
    """Where exports wait; nobody else on the machine may read it."""
    place = Path(settings.BEFFROI_HOME) / "exports"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def progress_of(export: UUID) -> tuple[int, int] | None:
    """How many parts of how many are written; None before it began."""
    try:
        done, _slash, total = _progress_file(export).read_text(encoding="ascii").partition("/")
        return int(done), int(total)
    except (OSError, ValueError):
        return None


def stray_files() -> Iterator[str]:
    """Files that no export in force knows."""
    kept = {str(pk) for pk in Export.objects.exclude(state=ExportState.ERASED).values_list("pk", flat=True)}
    for path in sorted(folder().iterdir()):
        if path.name.partition(".")[0] not in kept:
            yield f"exports/{path.name}"


def erase_file(export: UUID) -> None:
    """Whatever there is of it; the act that says so is its caller's."""
    for path in (file_of(export), _part_file(export), _progress_file(export)):
        path.unlink(missing_ok=True)


def waits(export: UUID) -> bool:
    """Whether it is still to be made."""
    return Export.objects.filter(pk=export, state=ExportState.WAITING).exists()


@dataclass(frozen=True, slots=True)
class Made:
    """A file that is whole."""

    size: int
    digest: str


def make_file(export: Export, now: datetime) -> Made:
    """Write everything; the file appears under its name when it is whole."""
    part = _part_file(export.id)

    def tell(done: int, total: int) -> None:
        _progress(export.id, done, total)

    with private(part) as file, translation.override(export.asked_by.language):
        write_bundle(file, export.authority_id, now, tell=tell, scratch=folder())
        file.flush()
        os.fsync(file.fileno())
    size, digest = measured(part)
    part.rename(file_of(export.id))
    _progress_file(export.id).unlink(missing_ok=True)
    return Made(size, digest)


def private(path: Path) -> BufferedRandom:
    """A file of our own account's alone, emptied."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")


def measured(path: Path) -> tuple[int, str]:
    """How many bytes a file has, and its SHA-256."""
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def _progress(export: UUID, done: int, total: int) -> None:
    _progress_file(export).write_text(f"{done}/{total}", encoding="ascii")


def _progress_file(export: UUID) -> Path:
    return folder() / f"{export}.progress"


def _part_file(export: UUID) -> Path:
    return folder() / f"{export}.part"
