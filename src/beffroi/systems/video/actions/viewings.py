"""Looks at cameras as their relays tell them: begun, refused, ended; ended at the last beat when a relay falls silent, and corrected."""

from datetime import datetime, timedelta
from uuid import UUID

from beffroi.kernel.devices.queries.devices import event_after
from beffroi.kernel.devices.registry import LeaseEnded, StoredEvent
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.feeds import FEEDS
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.video.models import Camera, Mark, Request, Served, Viewing
from beffroi.systems.video.rules import SYSTEM, markable

SILENT = "relay-silent"


@kernel_action
def take_look(*, event: StoredEvent, now: datetime) -> None:
    """What a relay said of one of its cameras, once for each event (a sink of devices: part of its task's transaction)."""
    gate = _uuid(_text(event, "gate"))
    if gate is None:
        return
    cameras = Camera.objects.select_for_update(of=("self",)).select_related("site", "relay")
    camera = cameras.filter(authority_id=event.authority, pk=gate).first()
    if camera is None:
        return
    if not _was_given(camera, event.device):
        _disbelieve(camera, event, now)
        return
    if event.kind == "use-ended":
        _end(camera, event, now)
        return
    viewing = _begin(camera, event, now)
    # Events may be taken out of order: the end of this look may have come before its beginning.
    ended = event_after(
        authority=event.authority,
        device=event.device,
        sequence=event.sequence,
        kinds=["use-ended"],
        saying={"nonce": viewing.nonce},
    )
    if viewing.admitted and ended is not None:
        _end(camera, ended, now)


def _was_given(camera: Camera, device: UUID) -> bool:
    """Now, which the version before this one didn't keep, or ever."""
    if camera.relay is not None and camera.relay.device_id == device:
        return True
    return Served.objects.filter(authority_id=camera.authority_id, camera=camera, relay__device=device).exists()


def _disbelieve(camera: Camera, event: StoredEvent, now: datetime) -> None:
    """A relay speaks of a camera that it was never given: somebody else may have its key. Nobody is said to have looked."""
    fields: dict[str, UUID | str | int] = {
        "camera": camera.pk,
        "device": str(event.device),
        "sequence": event.sequence,
    }
    record(kind="video.look-disbelieved", authority=event.authority, by=None, fields=fields, now=now)


def _begin(camera: Camera, event: StoredEvent, now: datetime) -> Viewing:
    admitted = event.kind == "use-admitted"
    grant = _uuid(_text(event, "grant"))
    holders = event.body.get("holders")
    key = str(holders[-1]) if isinstance(holders, list) and holders else None
    who = grants.bearer(authority=event.authority, grant=grant, thumbprint=key)
    request = Request.objects.filter(authority_id=event.authority, grant=grant).first() if grant else None
    row = Viewing(
        authority_id=event.authority,
        camera=camera,
        request=request,
        grant=grant,
        device=event.device,
        sequence=event.sequence,
        nonce=_text(event, "nonce"),
        admitted=admitted,
        reason="" if admitted else _text(event, "reason"),
        person=who.person,
        organisation_id=who.organisation,
        receiving_id=request.receiving_id if request else None,
        purpose=_text(event, "purpose"),
        started=event.at or event.stored_at,
    )
    said: dict[str, str | UUID | datetime | None] = {
        "organisation": row.organisation_id,
        "person": row.person,
        "receiving": row.receiving_id,
        "purpose": row.purpose if admitted else None,
        "reason": row.reason,
        "at": event.at,
    }
    row.entry = record(
        kind="video.viewing-started" if admitted else "video.viewing-refused",
        authority=event.authority,
        by=who.person,
        fields={
            "camera": camera.pk,
            "device": str(event.device),
            "sequence": event.sequence,
            **{name: value for name, value in said.items() if value},
        },
        grant=grant,
        holder=key,
        now=now,
    )
    row.save(force_insert=True)
    _tell_console(row)
    return row


def _end(camera: Camera, event: StoredEvent, now: datetime) -> None:
    """The relay's own record of the end: it is the end, or corrects that of its last beat. Its beginning may not have come yet."""
    rows = (
        Viewing.objects.select_for_update(of=("self",))
        .select_related("camera")
        .filter(device=event.device, camera=camera, admitted=True)
    )
    row = rows.filter(nonce=_text(event, "nonce")).first()
    if row is None or (row.ended is not None and not row.by_last_beat):
        return
    lasted = event.body.get("lasted")
    corrects = row.by_last_beat
    row.lasted = lasted if isinstance(lasted, int) else None
    row.ended = row.started + timedelta(milliseconds=row.lasted) if row.lasted is not None else event.at
    row.cause, row.by_last_beat = _text(event, "cause"), False
    _keep_end(row, now, corrects=corrects)


@kernel_action
def end_at_last_beat(*, ended: LeaseEnded, now: datetime) -> int:
    """A relay fell silent over its uses: they ended when it was last heard, until its own record says better. Returns how many."""
    rows = (
        Viewing.objects.select_for_update(of=("self",))
        .select_related("camera")
        .filter(authority_id=ended.device.authority, device=ended.device.id, admitted=True, ended__isnull=True)
    )
    found = list(rows.filter(nonce__in=ended.uses).order_by("started", "pk"))
    for row in found:
        row.ended, row.cause, row.by_last_beat = max(ended.last_beat, row.started), SILENT, True
        row.lasted = int((row.ended - row.started) / timedelta(milliseconds=1))
        _keep_end(row, now)
    return len(found)


@kernel_action
def end_unheard(*, request: Request, now: datetime) -> int:
    """A right is over, and of some of its looks nobody was heard: no beat named them, and their relay's record hasn't come. The last sign
    of life is their beginning; that record corrects it. Returns how many.
    """
    rows = (
        Viewing.objects.select_for_update(of=("self",))
        .select_related("camera")
        .filter(authority_id=request.authority_id, request=request, admitted=True, ended__isnull=True)
    )
    found = list(rows.order_by("started", "pk"))
    for row in found:
        row.ended, row.cause, row.lasted, row.by_last_beat = row.started, SILENT, 0, True
        _keep_end(row, now)
    return len(found)


def _keep_end(row: Viewing, now: datetime, *, corrects: bool = False) -> None:
    """The row keeps which entry says its end, and which corrects it: an export proves each."""
    kind = "video.viewing-corrected" if corrects else "video.viewing-ended"
    fields: dict[str, UUID | str | int | datetime] = {
        "camera": row.camera_id,
        "entry": row.entry,
        "cause": row.cause,
        "by_last_beat": int(row.by_last_beat),
    }
    if row.lasted is not None:
        fields["lasted"] = row.lasted
    if row.ended is not None:
        fields["at"] = row.ended
    entry = record(kind=kind, authority=row.authority_id, by=None, fields=fields, grant=row.grant, now=now)
    row.ending, row.correction = (row.ending, entry) if corrects else (entry, row.correction)
    row.save(update_fields=["ended", "cause", "lasted", "by_last_beat", "ending", "correction"])
    _tell_console(row)


def _tell_console(row: Viewing) -> None:
    """The map and the feed show who is looked at now."""
    changed(authority=row.authority_id, topic=LAYERS[SYSTEM].topic, subjects=[row.camera.site_id])
    changed(authority=row.authority_id, topic=FEEDS[SYSTEM].topic, subjects=[row.pk])


@system_action
def mark_viewing(*, viewing: Viewing, kind: str, over: datetime, by: UUID, now: datetime) -> Mark | None:
    """Whoever looks takes a snapshot, or marks a moment: an entry before anything is shown of it. No image is kept here.

    `over`: when the right to look is. None, and no entry, for a look that is over: nothing can be taken of it any more.
    """
    if not markable(ended=None if viewing.by_last_beat else viewing.ended, over=over, now=now):
        return None
    snapshot = kind == "snapshot"
    entry = record(
        kind="video.snapshot" if snapshot else "video.marked",
        authority=viewing.authority_id,
        by=by,
        fields={"camera": viewing.camera_id, "entry": viewing.entry, "at": now},
        grant=viewing.grant,
        now=now,
    )
    return Mark.objects.create(authority_id=viewing.authority_id, viewing=viewing, kind=kind, at=now, entry=entry)


def _text(event: StoredEvent, name: str) -> str:
    value = event.body.get(name)
    return value if isinstance(value, str) else ""


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
