"""Where places end: one outline, or those of a file at once; each act (`act` names it) can be undone as long as it stands."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import ProtectedError, RestrictedError

from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.models import Authority, Outline, OutlineFile, Territory, TerritoryKind
from beffroi.kernel.territory.queries.outline_files import Surface, compared
from beffroi.kernel.territory.queries.outlines import root_of
from beffroi.lib import outlines
from beffroi.persistence.acts import kernel_action


@kernel_action
def set_outline(*, territory: Territory, outline: outlines.Outline, act: UUID, by: UUID | None, now: datetime) -> bool:
    """Say where a place ends, in the place of what was said before; False when that was the same."""
    _locked(territory.authority_id)
    return _set(territory, outline, act, by, now)


@kernel_action
def remove_outline(*, territory: Territory, act: UUID, by: UUID | None, now: datetime) -> bool:
    """Say no longer where a place ends; False when nothing was said."""
    _locked(territory.authority_id)
    if not _ended(territory, act, now):
        return False
    _left(territory, None, by, now)
    return True


@kernel_action
def keep_outline_file(*, authority: UUID, surfaces: Sequence[Surface], by: UUID, now: datetime) -> OutlineFile:
    """What was read of a file waits for its sender's yes, in the place of another of theirs."""
    OutlineFile.objects.filter(authority=authority, sent_by=by).delete()
    told = [surface.told for surface in surfaces]
    return OutlineFile.objects.create(authority_id=authority, sent_by=by, sent_at=now, surfaces=told)


@kernel_action
def take_outline_file(*, file: OutlineFile, by: UUID | None, now: datetime) -> int:
    """Write what the file says of each place, adding districts that weren't there; the file goes. Returns how many outlines changed.

    The act is called as the file was.
    """
    _locked(file.authority_id)
    if not OutlineFile.objects.filter(pk=file.pk).delete()[0]:
        return 0  # the button was pressed twice
    root, changed = root_of(file.authority_id), 0
    for line in compared(file):
        if line.outline is None:
            continue
        place, founded = line.territory, line.territory is None
        if place is None:
            place = Territory.objects.create(
                authority_id=file.authority_id, parent=root, kind=TerritoryKind.QUARTIER, name=line.name
            )
        changed += _set(place, line.outline, file.pk, by, now, founded=founded)
    return changed


@kernel_action
def drop_outline_file(*, file: OutlineFile, by: UUID | None) -> None:
    """Write nothing of it."""
    OutlineFile.objects.filter(pk=file.pk).delete()


@kernel_action
def undo_outlines(*, authority: UUID, act: UUID, by: UUID | None, now: datetime) -> int:
    """Take an act back where it still stands: what it set goes, what it ended is in force again, and districts that it added go unless
    something hangs on them. Returns how many territories that was.
    """
    _locked(authority)
    drawn = list(Outline.objects.filter(authority=authority, set_in=act, ended_at=None).select_related("territory"))
    ended = list(Outline.objects.filter(authority=authority, ended_in=act).select_related("territory"))
    Outline.objects.filter(pk__in=[row.pk for row in drawn]).delete()
    taken = set(
        Outline.objects.filter(authority=authority, ended_at=None, territory__in=[row.territory_id for row in ended])
        .order_by()
        .values_list("territory_id", flat=True)
    )
    again = [row for row in ended if row.territory_id not in taken]  # the others were drawn anew since
    Outline.objects.filter(pk__in=[row.pk for row in again]).update(ended_at=None, ended_in=None)
    back = {row.territory_id: row for row in again}
    for row in drawn:
        if row.territory_id not in back:
            _left(row.territory, None, by, now)
        if row.founded:
            _unfounded(row.territory)
    for row in again:
        _left(row.territory, row.digest, by, now)
    return len({row.territory_id for row in (*drawn, *again)})


def _locked(authority: UUID) -> None:
    """Two acts on one tree wait for one another: an outline is one at a time."""
    Authority.objects.select_for_update().only("pk").get(pk=authority)


def _set(
    territory: Territory,
    outline: outlines.Outline,
    act: UUID,
    by: UUID | None,
    now: datetime,
    *,
    founded: bool = False,
) -> bool:
    if Outline.objects.filter(territory=territory, ended_at=None, digest=outline.digest).exists():
        return False
    _ended(territory, act, now)
    west, south, east, north = outline.bounds
    Outline.objects.create(
        authority_id=territory.authority_id,
        territory=territory,
        coordinates=outline.coordinates,
        west=west,
        south=south,
        east=east,
        north=north,
        points=outline.points,
        area=outline.area,
        digest=outline.digest,
        founded=founded,
        set_at=now,
        set_in=act,
    )
    _left(territory, outline.digest, by, now)
    return True


def _ended(territory: Territory, act: UUID, now: datetime) -> bool:
    return bool(Outline.objects.filter(territory=territory, ended_at=None).update(ended_at=now, ended_in=act))


def _left(territory: Territory, digest: str | None, by: UUID | None, now: datetime) -> None:
    """The entry: where it ends, by its digest; or that nobody says so any more."""
    kind = "territory.outline-removed" if digest is None else "territory.outline-set"
    fields: dict[str, UUID | str] = {"territory": territory.pk}
    if digest is not None:
        fields["digest"] = digest
    record(kind=kind, authority=territory.authority_id, by=by, fields=fields, now=now)


def _unfounded(territory: Territory) -> None:
    """A district that the act added goes; one that something hangs on stays, without an outline."""
    try:
        with transaction.atomic():
            territory.delete()
    except (ProtectedError, RestrictedError):
        return
