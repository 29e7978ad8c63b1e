"""Organisations: registered once for the installation, by whoever first works with them."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.kernel.territory.queries.stewardship import sort_of
from beffroi.kernel.territory.rules import Sort
from beffroi.persistence.acts import kernel_action


@kernel_action
def create_organisation(
    *,
    name: str,
    kind: OrganisationKind,
    by: UUID | None,
    serves: UUID | None = None,
    steward: UUID | None = None,
    phone: str = "",
) -> Organisation:
    """Register an organisation: as an authority's service when `serves` names one, as a partner whose desk the authority `steward` opens.

    Raises Django's ValidationError on a name taken.
    """
    organisation = Organisation(name=name.strip(), kind=kind, serves_id=serves, steward_id=steward, phone=phone.strip())
    organisation.full_clean()
    organisation.save()
    fields: dict[str, UUID | str] = {"organisation": organisation.id, "kind": str(kind)}
    if serves is not None:
        fields["serves"] = serves
    if steward is not None:
        fields["steward"] = steward
    record(kind="organisation.created", authority=None, by=by, fields=fields)
    return organisation


@kernel_action
def rename_organisation(*, organisation: Organisation, name: str, by: UUID | None, now: datetime) -> Organisation:
    """Its name, as people know it; raises Django's ValidationError on a name taken."""
    organisation.name = name.strip()
    organisation.full_clean()
    organisation.save(update_fields=["name"])
    fields: dict[str, UUID | str] = {"organisation": organisation.id, "change": "name"}
    record(kind="organisation.changed", authority=None, by=by, fields=fields, now=now)
    return organisation


@kernel_action
def set_phone(*, organisation: Organisation, phone: str, by: UUID | None, now: datetime) -> bool:
    """Where its desk answers; "" for none. False when it is so already. Raises Django's ValidationError."""
    if phone.strip() == organisation.phone:
        return False
    organisation.phone = phone.strip()
    organisation.full_clean()
    organisation.save(update_fields=["phone"])
    fields: dict[str, UUID | str] = {"organisation": organisation.id, "change": "phone"}
    record(kind="organisation.changed", authority=None, by=by, fields=fields, now=now)
    return True


@kernel_action
def set_steward(*, organisation: Organisation, steward: UUID, by: UUID | None, now: datetime) -> bool:
    """The authority that opens a partner's desk from now on; False for what is no partner, and for the steward it has."""
    row = Organisation.objects.select_for_update(of=("self",)).select_related("authority").get(pk=organisation.pk)
    if sort_of(row) is not Sort.PARTNER or row.steward_id == steward:
        return False
    row.steward_id = steward
    row.save(update_fields=["steward"])
    fields: dict[str, UUID | str] = {"organisation": row.id, "change": "steward", "steward": steward}
    record(kind="organisation.changed", authority=None, by=by, fields=fields, now=now)
    return True
