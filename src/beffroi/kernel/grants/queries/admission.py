"""Whether a convention admits what is asked of it. What it rests on is locked against its own end, in one order everywhere: the system's
switch, the convention, the role, the designation, the key; a right's own row comes last.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from beffroi.kernel.grants.models import Convention, ConventionPurpose, Designation, HolderKey
from beffroi.kernel.grants.queries import in_force, live_key
from beffroi.kernel.grants.queries.parties import is_party
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS
from beffroi.kernel.grants.rules import (
    BRIEF,
    BROWSER_KEY_LIFE,
    BROWSER_KEY_MOST,
    HELD_AS,
    THINGS_MOST,
    Bounds,
    Capacity,
    Carrier,
    Kind,
    Refusal,
    RefusalCode,
    check_window,
)
from beffroi.kernel.territory.models import Membership

# Shared: those who ask don't wait for one another, whoever switches waits for them all.
_ON = 'SELECT FROM grants_activation WHERE authority_id = %s AND system = %s AND "on" FOR SHARE'


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of a convention, by an organisation, for one of its people. `key`: the holder's own that will use it, else the one in
    their phone; `receiving`: the organisation that gets what is seen, else the one that asks.
    """

    convention: Convention
    purpose: str
    kind: Kind
    action: str
    holder: UUID
    organisation: UUID
    resources: Sequence[UUID]
    starts: datetime
    ends: datetime
    reference: str = ""
    key: UUID | None = None
    receiving: UUID | None = None


@dataclass(frozen=True, slots=True)
class Admitted:
    """What the convention admits: its bounds for that purpose and kind, and the key that the right is for."""

    bounds: Bounds
    key: HolderKey | None


def admitted(asked: Asked, now: datetime, *, again: bool = False) -> Admitted | Refusal:
    """What the convention admits, or the first reason against. `again`: it was asked for before, and is looked at once more."""
    bounds = _in_force(asked, now) or _purpose(asked)
    if isinstance(bounds, Refusal):
        return bounds
    refusal = check_window(starts=asked.starts, ends=asked.ends, bounds=bounds, now=now) or _member(asked)
    if refusal is None and asked.kind in BRIEF:
        refusal = _receiving(asked) or _designated(asked)
    if refusal is not None:
        return refusal
    key = _key(asked, now, again=again)
    if key is None and asked.kind in BRIEF:
        return Refusal(RefusalCode.NO_KEY)
    return Admitted(bounds, key)


def _in_force(asked: Asked, now: datetime) -> Refusal | None:
    convention = asked.convention
    if not _on(convention):
        return Refusal(RefusalCode.SYSTEM_OFF)
    if not is_party(convention, asked.organisation, Capacity.ASKS):
        return Refusal(RefusalCode.NOT_A_PARTY)
    # Locked against its own end: a right can't be asked in the same moment.
    live = Convention.objects.select_for_update(of=("self",)).filter(
        in_force(now), authority_id=convention.authority_id, pk=convention.pk
    )
    current = live.first()
    if current is None or asked.starts < current.valid_from or asked.ends > current.valid_until:
        return Refusal(RefusalCode.CONVENTION_NOT_IN_FORCE, _dates(convention))
    return None


def _on(convention: Convention) -> bool:
    """Whether its system works; it isn't switched off while this is asked, so that no right is given behind the switch."""
    with connection.cursor() as cursor:
        cursor.execute(_ON, [convention.authority_id, convention.system])
        return cursor.fetchone() is not None


def lock_covering(*, authority: UUID, resource: UUID) -> None:
    """Hold every convention that covers a thing, as whoever asks for a right does: what is asked in the same moment comes before or after
    what becomes of the thing, never between.
    """
    rows = Convention.objects.select_for_update(of=("self",)).filter(
        authority_id=authority, resources__resource=resource
    )
    list(rows.order_by("pk"))


def lock_keys(person: UUID) -> None:
    """One enrolment a person at a time, whatever the process."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('phone:' || %s, 0))", [str(person)])


def clock(moment: datetime) -> str:
    """A moment as people here write it: the same figures in French and English."""
    return timezone.localtime(moment).strftime("%d/%m/%Y %H:%M")


def _purpose(asked: Asked) -> Bounds | Refusal:
    """The bounds of that purpose, where the convention covers every thing and admits it for each one's kind of place and law."""
    covered = asked.convention.resources.filter(resource__in=asked.resources)
    places = dict(covered.values_list("resource", "place_kind"))
    if not asked.resources or set(places) != set(asked.resources):
        return Refusal(RefusalCode.RESOURCE_OUTSIDE)
    if len(asked.resources) > THINGS_MOST:
        return Refusal(RefusalCode.TOO_MANY, str(THINGS_MOST))
    purpose = ConventionPurpose.objects.filter(
        authority_id=asked.convention.authority_id,
        convention=asked.convention,
        purpose=asked.purpose,
        kind=asked.kind.value,
    ).first()
    if purpose is None:
        return Refusal(RefusalCode.PURPOSE_NOT_ADMITTED)
    if purpose.place_kinds and not set(places.values()) <= set(purpose.place_kinds):
        return Refusal(RefusalCode.PURPOSE_NOT_HERE)
    system = CONVENTION_SYSTEMS.get(asked.convention.system)
    against = system.against(law_of(purpose), asked.resources, asked.ends) if system and system.against else None
    return against or Bounds(purpose.least, purpose.most)


def law_of(purpose: ConventionPurpose) -> str:
    """What a purpose stands on, text and article."""
    return f"{purpose.legal_text} {purpose.legal_article}".strip()


def _member(asked: Asked) -> Refusal | None:
    """Whether the holder has the role for it in the organisation during the whole window; the row is locked against its end."""
    rows = Membership.objects.select_for_update(of=("self",)).filter(
        person_id=asked.holder,
        organisation_id=asked.organisation,
        role__in=[role.value for role in HELD_AS[asked.kind]],
        person__is_active=True,
    )
    whole = rows.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=asked.ends), valid_from__lte=asked.starts)
    if whole.first() is not None:
        return None
    straddling = rows.filter(valid_until__gt=asked.starts, valid_until__lt=asked.ends).first()
    until = clock(straddling.valid_until) if straddling and straddling.valid_until else ""
    code = RefusalCode.NOT_ON_DUTY if asked.kind in BRIEF else RefusalCode.NOT_A_MEMBER
    return Refusal(code, f"→ {until}" if until else "")


def _receiving(asked: Asked) -> Refusal | None:
    if asked.receiving in (None, asked.organisation):
        return None
    named = is_party(asked.convention, asked.receiving, Capacity.RECEIVES)
    return None if named else Refusal(RefusalCode.RECEIVING_OUTSIDE)


def _designated(asked: Asked) -> Refusal | None:
    """Whether the holder was designated, and approved for the whole window; the row is locked against its withdrawal."""
    row = (
        Designation.objects.select_for_update(of=("self",))
        .filter(
            authority_id=asked.convention.authority_id,
            convention=asked.convention,
            organisation_id=asked.organisation,
            person_id=asked.holder,
            withdrawn_at__isnull=True,
        )
        .first()
    )
    if row is None:
        return Refusal(RefusalCode.NOT_DESIGNATED)
    if row.approved_until < asked.ends:
        return Refusal(RefusalCode.APPROVAL_EXPIRED, f"→ {clock(row.approved_until)}")
    return None


def _key(asked: Asked, now: datetime, *, again: bool) -> HolderKey | None:
    """The key that the right is for, if it is live; a browser's may be asked with for a time, and used for a little longer."""
    if asked.key is None:
        return live_key(asked.holder)
    row = (
        HolderKey.objects.select_for_update()
        .filter(pk=asked.key, person_id=asked.holder, revoked_at__isnull=True)
        .first()
    )
    if row is None or row.carrier == Carrier.PHONE.value or row.expires_at is None:
        return row
    fresh = row.expires_at > now if again else row.enrolled_at + BROWSER_KEY_LIFE > now
    return row if fresh and asked.ends <= row.enrolled_at + BROWSER_KEY_MOST else None


def _dates(convention: Convention) -> str:
    end = convention.ended_at or convention.valid_until
    return f"({clock(convention.valid_from)} → {clock(end)})"
