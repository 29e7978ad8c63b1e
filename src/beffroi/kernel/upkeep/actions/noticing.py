"""Findings become troubles, troubles become alerts, and both end by themselves."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from django.conf import settings
from django.utils import translation

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Fact
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.upkeep.models import Trouble
from beffroi.kernel.upkeep.registry import KIND_OF, LANGUAGES
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.checkup import Finding, State, told_elsewhere

# A trouble as the subject of an alert: the same in each authority, which all live off the one installation.
INSTALLATION: Final = UUID("c0de0000-0000-4000-8000-000000000001")
# What lasts less is a restart, or a moment's load.
PATIENCE: Final = {State.BAD: timedelta(minutes=1), State.WARNING: timedelta(minutes=10)}
KEPT: Final = timedelta(days=90)

Key = tuple[str, UUID | None]


@kernel_action
def note_findings(*, findings: Iterable[Finding], now: datetime) -> int:
    """Writes down what is wrong, tells what lasts, ends what is over; returns how many troubles there are."""
    there = {(each.code, each.authority): each for each in findings if each.state is not State.WELL}
    rows = Trouble.objects.select_for_update(no_key=True).filter(ended_at__isnull=True).order_by("id")
    live: dict[Key, Trouble] = {(row.code, row.authority_id): row for row in rows}
    for key, row in live.items():
        if key not in there:
            _end(row, now)
    for key, finding in there.items():
        _tell(_noted(live.get(key), finding, now), finding, now)
    Trouble.objects.filter(ended_at__lt=now - KEPT).delete()
    return len(there)


def _noted(row: Trouble | None, finding: Finding, now: datetime) -> Trouble:
    if row is None:
        return Trouble.objects.create(
            code=finding.code, authority_id=finding.authority, state=finding.state.value, since=now, worse_at=now
        )
    if row.state != finding.state.value:
        if row.told_at is not None:
            _over(row, now)
        row.state, row.worse_at, row.told_at = finding.state.value, now, None
        row.save(update_fields=["state", "worse_at", "told_at"])
    return row


def _tell(row: Trouble, finding: Finding, now: datetime) -> None:
    """One alert in each authority that it concerns, once it has lasted."""
    silent = finding.chosen or told_elsewhere(finding.code) or settings.BEFFROI_DEMO
    if silent or row.told_at is not None or now - row.worse_at < PATIENCE[finding.state]:
        return
    facts: dict[str, Fact] = {"code": finding.code}
    for language in LANGUAGES:
        with translation.override(language):
            facts |= {f"seen-{language}": str(finding.seen), f"todo-{language}": str(finding.todo)}
    for authority in _concerned(row):
        raise_alert(
            authority=authority,
            kind=KIND_OF[finding.state],
            subject=_subject(row),
            resource=None,
            where=None,
            since=row.worse_at,
            organisation=None,
            convention=None,
            facts=facts,
            now=now,
        )
    row.told_at = now
    row.save(update_fields=["told_at"])


def _end(row: Trouble, now: datetime) -> None:
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    if row.told_at is not None:
        _over(row, now)


def _over(row: Trouble, now: datetime) -> None:
    kind = KIND_OF[State(row.state)]
    for authority in _concerned(row):
        end_alert(authority=authority, kind=kind, subject=_subject(row), reason="back", now=now)


def _subject(row: Trouble) -> UUID:
    return uuid5(INSTALLATION, row.code)


def _concerned(row: Trouble) -> list[UUID]:
    if row.authority_id is not None:
        return [row.authority_id]
    return list(Authority.objects.order_by("id").values_list("id", flat=True))
