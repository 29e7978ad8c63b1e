"""Cabinets on the sheet of the degraded mode: what opens without the server, and whom to call."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from beffroi.persistence.downtime import Downtime, register_downtime
from beffroi.systems.cabinets.queries.cabinets import cabinets_of
from beffroi.systems.cabinets.rules import SYSTEM


def _rows(authority: UUID, _now: datetime) -> list[tuple[str, ...]]:
    found = (
        cabinets_of(authority)
        .order_by("operator__name", "reference")
        .values_list("operator__name", "operator__phone", "reference", "address")
    )
    return [(operator, phone or "–", reference, address) for operator, phone, reference, address in found]


def register() -> None:
    """Called once, when the application is ready."""
    register_downtime(
        Downtime(
            SYSTEM,
            _("Cabinets"),
            works=(
                _("The mechanical key opens, as it always did."),
                _(
                    "A technician’s phone that took its rights along (“Ready without network”, on the list of work orders) opens a "
                    "lock by Bluetooth, for as long as the order lasts: 24 hours at most. Android phones can; iPhones can’t."
                ),
                _("Each lock goes on watching its door by itself, and keeps what happens until the server has it."),
            ),
            stops=(
                _(
                    "Opening through the server; giving rights, and withdrawing them: a lock hears of it once the server is "
                    "back, or from a phone that knew. When its list is older than the convention admits, usually 72 hours, it refuses "
                    "everybody or marks the opening, as the convention says."
                ),
                _("Alerts of a door that is left open or forced."),
            ),
            instead=(
                _("Whoever must open calls the operator below, who decides and has the key."),
                _("Write down who opened what, when and why: it is entered once the server is back."),
                _("Have a patrol look at the cabinets that were forced before."),
            ),
            head=(_("Operator, to be called"), _("Telephone"), _("Reference"), _("Where")),
            rows=_rows,
            order=10,
        )
    )
