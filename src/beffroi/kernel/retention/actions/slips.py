"""The archives' slips: made of what is past its time, sent, come back with a visa, carried out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from uuid import UUID

from django.db.models import Max, Model
from django.utils import translation

from beffroi.kernel.register.actions import record
from beffroi.kernel.retention.actions.destruction import Batch, destroy
from beffroi.kernel.retention.errors import SlipRefused
from beffroi.kernel.retention.models import Slip, SlipItem, SlipLine, SlipState
from beffroi.kernel.retention.queries.schedule import (
    due,
    duration_of,
    held_keys,
    rule_named,
    rules_of,
    wait_for_things,
    wait_for_turn,
)
from beffroi.kernel.retention.queries.words import source_words, spoken
from beffroi.kernel.retention.rules import civil_day, midnight
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.keeping import KEPT_FROM, Fate, Kept

MOST_ON_A_SLIP = 2000
LONGEST_LABEL = 200
# The archives read French, whoever makes the slip.
ARCHIVES_LANGUAGE = "fr"


@dataclass(frozen=True, slots=True)
class Proposed:
    """Something past its time that may go on a slip."""

    kept: Kept
    key: str
    label: str
    kept_from: datetime

    @property
    def year(self) -> int:
        """Lines are by nature and year."""
        return civil_day(self.kept_from).year


@kernel_action
def make_slip(*, authority: UUID, service: str, by: UUID | None, now: datetime) -> Slip | None:
    """Put everything that waits for the archives' visa on a new slip; None when nothing does."""
    wait_for_turn(f"slip:{authority}")
    with translation.override(ARCHIVES_LANGUAGE):
        proposed = [
            one
            for kept in rules_of(installation=False)
            if kept.fate is Fate.VISA
            for one in _proposed(kept, authority, now)
        ]
        if not proposed:
            return None
        year = civil_day(now).year
        before = Slip.objects.filter(authority_id=authority, year=year).aggregate(last=Max("number"))["last"] or 0
        slip = Slip.objects.create(
            authority_id=authority, year=year, number=before + 1, service=service.strip(), made_at=now
        )
        lines = groupby(proposed, key=lambda one: (one.kept.code, one.year))
        for position, (_what, things) in enumerate(lines, start=1):
            _add_line(slip, position, list(things))
    _moved(slip, by=by, now=now)
    return slip


def _proposed(kept: Kept, authority: UUID, now: datetime) -> list[Proposed]:
    """What is past its time and on no slip yet; what the archives refused stays on theirs, and is proposed no more."""
    listed = SlipItem.objects.filter(authority_id=authority, rule=kept.code, live=True).values_list("key", flat=True)
    rows = due(kept, authority, now).exclude(pk__in=list(listed))[:MOST_ON_A_SLIP]
    return [Proposed(kept, str(row.pk), _label(kept, row), getattr(row, KEPT_FROM)) for row in rows]


def _label(kept: Kept, row: Model) -> str:
    return kept.label(row)[:LONGEST_LABEL] if kept.label else ""


def _add_line(slip: Slip, position: int, things: Sequence[Proposed]) -> None:
    kept = things[0].kept
    days = [civil_day(one.kept_from) for one in things]
    line = SlipLine.objects.create(
        slip=slip,
        position=position,
        rule=kept.code,
        nature=str(kept.title),
        duration=spoken(duration_of(kept, slip.authority_id), kept.bounds.unit),
        source=source_words(kept.source),
        first=min(days),
        last=max(days),
        count=len(things),
    )
    SlipItem.objects.bulk_create(
        SlipItem(
            authority_id=slip.authority_id,
            line=line,
            rule=kept.code,
            key=one.key,
            label=one.label,
            kept_from=one.kept_from,
        )
        for one in things
    )


@kernel_action
def send_slip(*, slip: Slip, on: date, by: UUID | None, now: datetime) -> Slip:
    """Write down that the signed slip went to the archives; raises SlipRefused."""
    row = _locked(slip, SlipState.DRAFT)
    row.state, row.sent_on = SlipState.SENT, on
    row.save(update_fields=["state", "sent_on"])
    _moved(row, day=on, by=by, now=now)
    return row


@kernel_action
def receive_visa(
    *,
    slip: Slip,
    on: date,
    reference: str,
    quality: str,
    refused: Mapping[UUID, str],
    by: UUID | None,
    now: datetime,
) -> Slip:
    """Write down the archives' answer: their visa, and the lines they refuse with their reason. Raises SlipRefused."""
    row = _locked(slip, SlipState.SENT)
    if row.sent_on is None or on < row.sent_on:
        raise SlipRefused("a visa comes after the slip was sent")
    lines = {line.pk: line for line in SlipLine.objects.select_for_update().filter(slip=row)}
    if set(refused) - set(lines) or not all(reason.strip() for reason in refused.values()):
        raise SlipRefused("a refused line is one of the slip's, and has its reason")
    for pk, reason in refused.items():
        lines[pk].refused, lines[pk].remark = True, reason.strip()
        lines[pk].save(update_fields=["refused", "remark"])
    row.state, row.visa_on = SlipState.VISA, on
    row.visa_reference, row.visa_quality = reference.strip(), quality.strip()
    row.save(update_fields=["state", "visa_on", "visa_reference", "visa_quality"])
    _moved(row, day=on, refused=len(refused), by=by, now=now)
    return row


@kernel_action
def abandon_slip(*, slip: Slip, by: UUID | None, now: datetime) -> Slip:
    """Give a slip up before its visa: its things may go on another. Raises SlipRefused."""
    row = _locked(slip, SlipState.DRAFT, SlipState.SENT)
    row.state = SlipState.ABANDONED
    row.save(update_fields=["state"])
    SlipItem.objects.filter(line__slip=row).update(live=False)
    _moved(row, by=by, now=now)
    return row


@kernel_action
def carry_out(*, slip: Slip, by: UUID | None, now: datetime) -> int:
    """Destroy what the visa covers; returns how many things. What is held meanwhile stays, and the slip with it. Raises SlipRefused."""
    row = _locked(slip, SlipState.VISA)
    items = SlipItem.objects.filter(line__slip=row, line__refused=False, destroyed=False).order_by("rule", "key")
    gone, left = 0, False
    for rule, things in groupby(items, key=lambda item: item.rule):
        wait_for_things(rule, row.authority_id)
        held = set(held_keys(rule, row.authority_id))
        listed = list(things)
        free = [item for item in listed if item.key not in held]
        left = left or len(free) < len(listed)
        gone += _destroy_items(row, rule, free, by=by, now=now)
    if not left:
        row.state, row.done_at = SlipState.DONE, now
        row.save(update_fields=["state", "done_at"])
        _moved(row, by=by, now=now)
    return gone


def _destroy_items(slip: Slip, rule: str, items: Sequence[SlipItem], *, by: UUID | None, now: datetime) -> int:
    if not items:
        return 0
    dates = [item.kept_from for item in items]
    batch = Batch(rule_named(rule), slip.authority_id, [item.key for item in items], min(dates), max(dates))
    done = destroy(batch=batch, slip=slip, by=by, now=now)
    SlipItem.objects.filter(pk__in=[item.pk for item in items]).update(destroyed=True)
    return done.count if done else 0


def _locked(slip: Slip, *states: SlipState) -> Slip:
    """The slip as it is now, in one of these states; raises SlipRefused when it has moved on."""
    row = Slip.objects.select_for_update().get(authority_id=slip.authority_id, pk=slip.pk)
    if row.state not in states:
        raise SlipRefused(f"the slip is {row.state}")
    return row


def _moved(slip: Slip, *, by: UUID | None, now: datetime, day: date | None = None, refused: int | None = None) -> None:
    fields: dict[str, UUID | str | int | datetime] = {"slip": slip.id, "state": str(slip.state)}
    if day is not None:
        fields["day"] = midnight(day)
    if refused is not None:
        fields["refused"] = refused
    record(kind="retention.slip-moved", authority=slip.authority_id, by=by, fields=fields, now=now)
