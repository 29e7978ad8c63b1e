"""How people want to be told, and when not: preferences, exempt from the register by their class."""

from datetime import time
from uuid import UUID

from beffroi.kernel.alerts.models import OrganisationQuiet, Preference
from beffroi.kernel.alerts.rules import Texts
from beffroi.persistence.acts import kernel_action


@kernel_action
def set_preference(
    *,
    push: bool,
    mail: str,
    sms: str = Texts.IMMEDIATE.value,
    quiet_starts: time | None,
    quiet_ends: time | None,
    days_off: bool,
    by: UUID,
) -> None:
    """One's own: the screen always tells, and immediate messages ignore quiet hours."""
    Preference.objects.update_or_create(
        person_id=by,
        defaults={
            "push": push,
            "sms": sms,
            "mail": mail,
            "quiet_starts": quiet_starts,
            "quiet_ends": quiet_ends,
            "days_off": days_off,
        },
    )


@kernel_action
def clear_preference(*, by: UUID) -> bool:
    """Back to the organisation's habits; False when nothing had been chosen."""
    return bool(Preference.objects.filter(person_id=by).delete()[0])


@kernel_action
def set_organisation_quiet(
    *, organisation: UUID, quiet_starts: time | None, quiet_ends: time | None, days_off: bool, by: UUID
) -> None:
    """Quiet hours of the organisation's people who chose none."""
    OrganisationQuiet.objects.update_or_create(
        organisation_id=organisation,
        defaults={"quiet_starts": quiet_starts, "quiet_ends": quiet_ends, "days_off": days_off},
    )
