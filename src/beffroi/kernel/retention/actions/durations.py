"""How long an authority keeps things, and what it must keep past its time."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError

from beffroi.kernel.register.actions import record
from beffroi.kernel.retention.errors import DurationRefused, ThingUnknown
from beffroi.kernel.retention.models import DurationSet, Hold
from beffroi.kernel.retention.queries.schedule import wait_for_things
from beffroi.kernel.retention.rules import digest_of, midnight
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.keeping import Kept

Fields = dict[str, str | int | datetime]


@kernel_action
def set_duration(*, kept: Kept, authority: UUID | None, length: int, by: UUID | None, now: datetime) -> bool:
    """Keep a kind of thing for so long, in the rule's unit; False when that was so already. Raises DurationRefused.

    A shorter one destroys more the next night: the page says how much before.
    """
    bounds = kept.bounds
    if not bounds.least <= length <= bounds.most:
        raise DurationRefused(f"{kept.code}: {length} is not between {bounds.least} and {bounds.most} {bounds.unit}")
    row = DurationSet.objects.select_for_update().filter(authority=authority, rule=kept.code).first()
    if length == (row.length if row else bounds.usual):
        return False
    if row is None:
        row = DurationSet(authority_id=authority, rule=kept.code)
    row.unit, row.length, row.set_at = bounds.unit.value, length, now
    row.least, row.most = bounds.least, bounds.most
    row.save()
    fields: Fields = {"rule": kept.code, "length": length, "unit": bounds.unit.value}
    record(kind="retention.duration-set", authority=authority, by=by, fields=fields, now=now)
    return True


@kernel_action
def hold(
    *,
    kept: Kept,
    authority: UUID | None,
    keys: Sequence[str],
    reason: str,
    until: date,
    by: UUID | None,
    now: datetime,
) -> int:
    """Keep these things past their time, for a reason (a code), until a day; returns how many were not held already.

    Raises ThingUnknown: a hold that holds nothing would be found out too late.
    """
    wait_for_things(kept.code, authority)
    _check_there(kept, authority, keys)
    held = set(
        Hold.objects.filter(authority=authority, rule=kept.code, key__in=keys, released_at=None).values_list(
            "key", flat=True
        )
    )
    fresh = sorted(set(keys) - held)
    if not fresh:
        return 0
    Hold.objects.bulk_create(
        Hold(authority_id=authority, rule=kept.code, key=key, reason=reason, until=until, set_at=now) for key in fresh
    )
    fields: Fields = {
        "rule": kept.code,
        "count": len(fresh),
        "digest": digest_of(fresh),
        "reason": reason,
        "until": midnight(until),
    }
    record(kind="retention.held", authority=authority, by=by, fields=fields, now=now)
    return len(fresh)


def _check_there(kept: Kept, authority: UUID | None, keys: Sequence[str]) -> None:
    try:
        found = {str(key) for key in kept.things(authority).filter(pk__in=keys).values_list("pk", flat=True)}
    except ValidationError as error:
        raise ThingUnknown(f"{kept.code}: not an identifier") from error
    if missing := sorted(set(keys) - found):
        raise ThingUnknown(f"{kept.code}: {', '.join(missing)}")


@kernel_action
def release(*, kept: Kept, authority: UUID | None, keys: Sequence[str], by: UUID | None, now: datetime) -> int:
    """Hold these things no more: they go on the next night if their time is over. Returns how many were held."""
    rows = Hold.objects.filter(authority=authority, rule=kept.code, key__in=keys, released_at=None)
    freed = sorted(rows.values_list("key", flat=True))
    if not freed:
        return 0
    rows.update(released_at=now)
    fields: Fields = {"rule": kept.code, "count": len(freed), "digest": digest_of(freed)}
    record(kind="retention.released", authority=authority, by=by, fields=fields, now=now)
    return len(freed)


@kernel_action
def release_overdue(*, authority: UUID | None, on: date, by: UUID | None, now: datetime) -> int:
    """End the holds whose day has come; returns how many things that freed."""
    from_now = Hold.objects.filter(authority=authority, until__lt=on, released_at=None)
    freed = 0
    for rule in sorted(set(from_now.values_list("rule", flat=True))):
        keys = sorted(from_now.filter(rule=rule).values_list("key", flat=True))
        from_now.filter(rule=rule).update(released_at=now)
        fields: Fields = {"rule": rule, "count": len(keys), "digest": digest_of(keys)}
        record(kind="retention.released", authority=authority, by=by, fields=fields, now=now)
        freed += len(keys)
    return freed
