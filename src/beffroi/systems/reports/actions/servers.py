"""Open311 servers of others, to which an authority hands reports: their settings."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.models import Category, Notice, Push, PushState, Server, ServerService
from beffroi.systems.reports.queries.media import seal
from beffroi.systems.reports.queries.servers import key_name


@system_action
def keep_server(*, server: Server, key: str | None, by: UUID | None, now: datetime) -> None:
    """A server as it was filled in, new or changed; `key` None leaves our key there as it is, "" is none. What it said it takes is asked
    again. One that was ended meanwhile stays so. Raises Django's ValidationError, KeyStoreError, NoSealKey.
    """
    there = Server.objects.select_for_update().filter(pk=server.pk).first()
    if there is not None and there.ended_at is not None:
        return
    if key is not None:
        server.sealed_key = seal().seal(key_name(server), key.encode()) if key else b""
    server.full_clean()
    if there is None:
        server.save()
    else:
        server.save(update_fields=["name", "url", "jurisdiction", *(["sealed_key"] if key is not None else [])])
    _note(server, "changed" if there else "added", by, now)


@system_action
def note_services(
    *, server: Server, url: str, form: str, services: Sequence[tuple[str, str]], by: UUID | None, now: datetime
) -> None:
    """What the server says it takes, at the address where it says so: kinds of faults that had its only namesake become it. Nothing of
    one that was ended while it was asked: its key stays destroyed.
    """
    row = Server.objects.select_for_update().filter(pk=server.pk, ended_at__isnull=True).first()
    if row is None:
        return
    moved = url != row.url or form != row.form
    row.url, row.form, row.by_request, row.fault = url, form, False, ""
    row.services, row.services_at, row.answered_at = [list(one) for one in services], now, now
    row.save(update_fields=["url", "form", "by_request", "fault", "services", "services_at", "answered_at"])
    if not row.mapped.exists():
        _match(row)
    if moved:
        _note(row, "changed", by, now)


def _match(server: Server) -> None:
    """Begin with what bears the same code, or the same name. A kind that isn't public goes nowhere before somebody says so: what leaves
    may be read there by anybody.
    """
    codes = {code: code for code, _name in server.services}
    names = {name.casefold(): code for code, name in server.services}
    rows = Category.objects.filter(authority_id=server.authority_id, retired_at__isnull=True, public=True)
    found = {row: codes.get(row.code) or names.get(row.label.casefold()) for row in rows}
    ServerService.objects.bulk_create(
        ServerService(authority_id=server.authority_id, server=server, category=row, code=code)
        for row, code in found.items()
        if code
    )


@system_action
def note_silence(*, server: Server, fault: str) -> None:
    """It didn't answer when somebody tried it."""
    Server.objects.filter(pk=server.pk).update(fault=fault[:60])


@system_action
def map_services(*, server: Server, codes: Mapping[UUID, str], by: UUID | None, now: datetime) -> None:
    """Which service each kind of fault becomes there: for reports that are handed over from now on."""
    ServerService.objects.filter(server=server).exclude(category_id__in=codes).delete()
    for category, code in codes.items():
        ServerService.objects.update_or_create(
            server=server, category_id=category, defaults={"authority_id": server.authority_id, "code": code}
        )
    _note(server, "changed", by, now)


@system_action
def pause_server(*, server: Server, paused: bool, by: UUID | None, now: datetime) -> None:
    """Nothing leaves for it and nothing is read from it, or it goes on; what is to leave waits."""
    rows = Server.objects.filter(pk=server.pk, ended_at__isnull=True, paused_at__isnull=paused)
    if rows.update(paused_at=now if paused else None, due_at=None if paused else now):
        _note(server, "paused" if paused else "resumed", by, now)


@system_action
def end_server(*, server: Server, by: UUID | None, now: datetime) -> None:
    """Nothing goes there any more, and our key is destroyed; what was sent stays in the reports."""
    rows = Server.objects.filter(pk=server.pk, ended_at__isnull=True)
    if rows.update(ended_at=now, due_at=None, sealed_key=b""):
        Notice.objects.filter(push__server=server, due_at__isnull=False).delete()
        waiting = Push.objects.filter(server=server, due_at__isnull=False)
        waiting.filter(state=PushState.QUEUED.value).update(state=PushState.DROPPED.value, due_at=None)
        waiting.filter(state=PushState.NUMBERED_LATER.value).update(state=PushState.BLIND.value, due_at=None)
        _note(server, "ended", by, now)


def _note(server: Server, change: str, by: UUID | None, now: datetime) -> None:
    fields: dict[str, str | UUID] = {"server": server.pk, "change": change}
    record(kind="report.server-changed", authority=server.authority_id, by=by, fields=fields, now=now)
