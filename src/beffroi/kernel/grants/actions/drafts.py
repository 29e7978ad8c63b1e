"""Conventions as they are written: what is typed is kept, and gives nothing until it is signed."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from beffroi.kernel.grants.actions.conventions import Manner, Purpose, cover_resources, sign_convention
from beffroi.kernel.grants.models import Convention, ConventionDraft
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS
from beffroi.kernel.grants.rules import Approval, Party, Unsigned
from beffroi.persistence.acts import kernel_action


@dataclass(frozen=True, slots=True)
class Signed:
    """What the parties sign, besides the things that it covers."""

    partner: UUID
    title: str
    valid_from: datetime
    valid_until: datetime
    purposes: Sequence[Purpose]
    transports: Sequence[str]
    list_age: timedelta
    list_old: str
    time_unknown: str
    parties: Sequence[Party] = ()
    approval: Approval = Approval.AUTOMATIC
    still_every: timedelta | None = None


@kernel_action
def begin_draft(
    *, authority: UUID, system: str, content: Mapping[str, object], resources: Sequence[UUID], now: datetime, by: UUID
) -> ConventionDraft:
    """A convention to be written, from nothing, a template or another one. Content."""
    return ConventionDraft.objects.create(
        authority_id=authority, system=system, content=dict(content), resources=list(resources), changed_at=now
    )


@kernel_action
def keep_draft(*, draft: ConventionDraft, content: Mapping[str, object], now: datetime, by: UUID) -> None:
    """What was typed, as it was typed. Content."""
    ConventionDraft.objects.filter(pk=draft.pk).update(content=dict(content), changed_at=now)
    draft.content, draft.changed_at = dict(content), now


@kernel_action
def choose_things(
    *, draft: ConventionDraft, added: Collection[UUID], removed: Collection[UUID], now: datetime, by: UUID
) -> int:
    """Things that it will cover, and things that it won't; returns how many it covers now. Content."""
    row = ConventionDraft.objects.select_for_update().get(pk=draft.pk)
    row.resources = sorted((set(row.resources) - set(removed)) | set(added))
    row.changed_at = now
    row.save(update_fields=["resources", "changed_at"])
    return len(row.resources)


@kernel_action
def drop_draft(*, draft: ConventionDraft, now: datetime, by: UUID) -> None:
    """Throw it away; it can be taken up again until retention destroys it. Content."""
    ConventionDraft.objects.filter(pk=draft.pk, dropped_at__isnull=True).update(dropped_at=now)


@kernel_action
def take_up_draft(*, draft: ConventionDraft, now: datetime, by: UUID) -> None:
    """Write on at one that was thrown away. Content."""
    ConventionDraft.objects.filter(pk=draft.pk).update(dropped_at=None, changed_at=now)


@kernel_action
def sign_draft(*, draft: ConventionDraft, signed: Signed, now: datetime, by: UUID) -> Convention | Unsigned | None:
    """Bring it into being: the convention bears the draft's identifier, and the draft is gone. None when it was gone already; it stays
    when somebody has not signed.

    Raises ConventionInvalid and Django's ValidationError.
    """
    row = ConventionDraft.objects.select_for_update().filter(pk=draft.pk, dropped_at__isnull=True).first()
    if row is None:
        return None
    system = CONVENTION_SYSTEMS[row.system]
    convention = sign_convention(
        authority=row.authority_id,
        partner=signed.partner,
        system=row.system,
        title=signed.title,
        valid_from=signed.valid_from,
        valid_until=signed.valid_until,
        purposes=signed.purposes,
        transports=signed.transports,
        list_age=signed.list_age,
        list_old=signed.list_old,
        time_unknown=signed.time_unknown,
        by=by,
        now=now,
        identifier=row.pk,
        parties=signed.parties,
        manner=Manner(signed.approval, signed.still_every),
    )
    if isinstance(convention, Unsigned):
        return convention
    things = system.things(row.authority_id).filter(resource__in=row.resources)
    places = dict(things.values_list("resource", "place_kind")) if system.place_kinds else {}
    covered = sorted(set(things.values_list("resource", flat=True)))
    cover_resources(convention=convention, resources=covered, places=places, by=by, now=now)
    row.delete()
    return convention
