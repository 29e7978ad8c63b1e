"""Destroying what is past its time: an act with its entry, and the row that tells of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.kernel.retention.models import Destruction, Slip
from beffroi.kernel.retention.queries.schedule import due, wait_for_things
from beffroi.kernel.retention.rules import digest_of
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.keeping import KEPT_FROM, Fate, Kept, companions_of


@dataclass(frozen=True, slots=True)
class Batch:
    """Things of one rule that go together: their keys, and their extreme dates."""

    kept: Kept
    authority: UUID | None
    keys: Sequence[str]
    first: datetime
    last: datetime


@kernel_action
def destroy_due(*, kept: Kept, authority: UUID | None, now: datetime, by: UUID | None) -> int:
    """Destroy things of a rule that are past their time, the oldest first, at most `at_once`; returns how many, 0 when none are.

    Only what erases itself: public archives go with their slip.
    """
    if kept.fate is not Fate.ERASED:
        raise ValueError(f"{kept.code} waits for the archives' visa")
    wait_for_things(kept.code, authority)
    found: list[tuple[object, datetime]] = list(due(kept, authority, now).values_list("pk", KEPT_FROM)[: kept.at_once])
    if not found:
        return 0
    dates = [moment for _key, moment in found]
    destroy(
        batch=Batch(kept, authority, [str(key) for key, _moment in found], min(dates), max(dates)),
        slip=None,
        now=now,
        by=by,
    )
    return len(found)


@kernel_action
def destroy(*, batch: Batch, slip: Slip | None, now: datetime, by: UUID | None) -> Destruction | None:
    """Destroy these things and what hangs on them; what was gone already is not counted, and of nothing there is no entry."""
    kept = batch.kept
    for companion in companions_of(kept.code):
        companion(keys=batch.keys, now=now, by=by)
    count = kept.erase(keys=batch.keys, now=now, by=by) if kept.erase else _delete(kept, batch.authority, batch.keys)
    if not count:
        return None
    digest = digest_of(batch.keys)
    fields: dict[str, str | int | datetime | UUID] = {
        "rule": kept.code,
        "count": count,
        "first": batch.first,
        "last": batch.last,
        "digest": digest,
    }
    if slip is not None:
        fields["slip"] = slip.id
    entry = record(kind="retention.destroyed", authority=batch.authority, by=by, fields=fields, now=now)
    return Destruction.objects.create(
        authority_id=batch.authority,
        rule=kept.code,
        fate=kept.fate.value,
        slip=slip,
        visa_on=slip.visa_on if slip else None,
        count=count,
        first=batch.first,
        last=batch.last,
        digest=digest,
        entry=entry,
        at=now,
    )


def _delete(kept: Kept, authority: UUID | None, keys: Sequence[str]) -> int:
    things = kept.things(authority)
    _all, by_model = things.filter(pk__in=keys).delete()
    return by_model.get(things.model._meta.label, 0)
