"""The only place that writes screens. A refusal is a value."""

import secrets
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.kernel.screens.models import Screen
from beffroi.kernel.screens.registry import TOPIC
from beffroi.kernel.screens.rules import CODE_LASTS, MOST_WAITING, Chance, make_code, read_code
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.live import changed


class Refusal(StrEnum):
    """Why nothing came of it."""

    CODE = "code-unknown"
    NAME = "name-taken"
    FULL = "too-many-waiting"


@kernel_action
def ask_for_code(*, thumbprint: str, now: datetime, chance: Chance = secrets) -> Screen | Refusal:
    """An unpaired screen receives a code; it gives no right. Screens whose code is over are forgotten here."""
    Screen.objects.filter(paired_at__isnull=True, asked_at__lte=now - CODE_LASTS).delete()
    if Screen.objects.filter(paired_at__isnull=True).count() >= MOST_WAITING:
        return Refusal.FULL
    wanted = Screen(thumbprint=thumbprint, code=make_code(chance), asked_at=now)
    # The same key may ask twice at the same moment: the first has it.
    Screen.objects.bulk_create([wanted], ignore_conflicts=True)
    row = Screen.objects.filter(thumbprint=thumbprint).first()
    return Refusal.FULL if row is None else row


@kernel_action
def pair_screen(*, authority: UUID, code: str, name: str, now: datetime, by: UUID) -> UUID | Refusal:
    """The screen that shows this code is that authority's from now on, under a name that no other of its screens bears."""
    row = (
        Screen.objects.select_for_update()
        .filter(code=read_code(code), asked_at__gt=now - CODE_LASTS, paired_at__isnull=True)
        .exclude(code="")
        .first()
    )
    if row is None:
        return Refusal.CODE
    if Screen.objects.filter(authority_id=authority, name=name, revoked_at__isnull=True).exists():
        return Refusal.NAME
    row.authority_id, row.name, row.code, row.paired_at = authority, name, "", now
    row.save(update_fields=["authority", "name", "code", "paired_at"])
    record(kind="screen.paired", authority=authority, by=by, fields={"screen": row.pk, "key": row.thumbprint}, now=now)
    changed(authority=authority, topic=TOPIC, subjects=[row.pk])
    return row.pk


@kernel_action
def revoke_screen(*, screen: Screen, now: datetime, by: UUID) -> bool:
    """A screen reads nothing any more, from this commit on; False when it was removed before."""
    if screen.authority_id is None or not Screen.objects.filter(pk=screen.pk, revoked_at__isnull=True).update(
        revoked_at=now
    ):
        return False
    record(
        kind="screen.revoked",
        authority=screen.authority_id,
        by=by,
        fields={"screen": screen.pk, "key": screen.thumbprint},
        now=now,
    )
    changed(authority=screen.authority_id, topic=TOPIC, subjects=[screen.pk])
    return True


@kernel_action
def note_seen(*, screen: Screen, now: datetime) -> bool:
    """A screen proved that it holds its key: its session begins anew. False when it is no longer one of ours."""
    rows = Screen.objects.filter(pk=screen.pk, paired_at__isnull=False, revoked_at__isnull=True)
    return bool(rows.update(seen_at=now))
