"""Reports on the sheet of the degraded mode."""

from django.utils.translation import gettext_lazy as _

from beffroi.persistence.downtime import Downtime, register_downtime
from beffroi.systems.reports.rules import SYSTEM


def register() -> None:
    """Called once, when the application is ready."""
    register_downtime(
        Downtime(
            SYSTEM,
            _("Reports"),
            works=(
                _(
                    "A report written on a phone stays on it, with its photos, and leaves by itself once the server answers."
                ),
            ),
            stops=(
                _("Sending, following and handling reports; what is handed to other towns’ servers waits."),
                _("The 48 hours go on: what was late because of this is seen in the figures."),
            ),
            instead=(
                _("Take reports by telephone and on paper: where, what, whom to call back; enter them afterwards."),
            ),
            order=20,
        )
    )
