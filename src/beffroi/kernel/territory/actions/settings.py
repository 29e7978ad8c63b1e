"""What an authority says of itself: its name and look, its domain, how to reach it, who answers for it in law."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from beffroi.kernel.register.actions.entries import record
from beffroi.kernel.territory.models import Authority, LegalNotice, Logo
from beffroi.kernel.territory.registry import RENAMINGS
from beffroi.lib.pictures import Drawing
from beffroi.persistence.acts import kernel_action

Value = str | int | date | None


class Part(StrEnum):
    """A part of the settings: what the entry says was changed."""

    IDENTITY = "identity"
    LOGO = "logo"
    DOMAIN = "domain"
    CONTACT = "contact"
    LEGAL = "legal"
    ACCESSIBILITY = "accessibility"


OF_AUTHORITY: Mapping[Part, tuple[str, ...]] = {
    Part.IDENTITY: ("name", "short_name", "colour"),
    Part.DOMAIN: ("domain",),
    Part.CONTACT: ("address", "phone", "email", "opening"),
}
OF_NOTICE: Mapping[Part, tuple[str, ...]] = {
    Part.LEGAL: (
        "siren",
        "director",
        "host_name",
        "host_address",
        "host_phone",
        "dpo_name",
        "dpo_email",
        "dpo_address",
    ),
    Part.ACCESSIBILITY: ("audit_rate", "audit_on", "auditor", "gaps", "plan", "help_email"),
}


@kernel_action
def change_settings(
    *, authority: UUID, part: Part, values: Mapping[str, Value], by: UUID | None, now: datetime
) -> Authority:
    """Change one part, whole; raises Django's ValidationError on what the tables refuse (a domain that is taken)."""
    row = Authority.objects.select_for_update().get(pk=authority)
    called = row.name
    for name in OF_AUTHORITY[part]:
        setattr(row, name, values[name])
    row.full_clean()
    row.save(update_fields=OF_AUTHORITY[part])
    _changed(authority, part, by, now)
    if row.name != called:
        for code in sorted(RENAMINGS):
            RENAMINGS[code](authority=authority)
    return row


@kernel_action
def change_legal_notice(
    *, authority: UUID, part: Part, values: Mapping[str, Value], by: UUID | None, now: datetime
) -> LegalNotice:
    """Change one part of what is published in law; raises Django's ValidationError."""
    row, _created = LegalNotice.objects.select_for_update().get_or_create(authority_id=authority)
    for name in OF_NOTICE[part]:
        setattr(row, name, values[name])
    row.full_clean()
    row.save(update_fields=OF_NOTICE[part])
    _changed(authority, part, by, now)
    return row


@kernel_action
def set_logo(*, authority: UUID, drawing: Drawing, by: UUID | None, now: datetime) -> None:
    """Take a drawing, in the place of the one before."""
    values = {
        "digest": drawing.digest,
        "wide": drawing.wide,
        "square": drawing.square,
        "width": drawing.width,
        "height": drawing.height,
    }
    Logo.objects.update_or_create(authority_id=authority, defaults=values)
    Authority.objects.filter(pk=authority).update(logo=drawing.digest)
    _changed(authority, Part.LOGO, by, now)


@kernel_action
def remove_logo(*, authority: UUID, by: UUID | None, now: datetime) -> None:
    """Show the name alone again."""
    Logo.objects.filter(authority_id=authority).delete()
    Authority.objects.filter(pk=authority).update(logo="")
    _changed(authority, Part.LOGO, by, now)


def _changed(authority: UUID, part: Part, by: UUID | None, now: datetime) -> None:
    record(kind="authority.settings-changed", authority=authority, by=by, fields={"part": part.value}, now=now)
