"""What a lock can't protect against."""

from django.utils.translation import gettext_lazy as _

from beffroi.persistence.limits import Limit, register_limits


def register() -> None:
    """Called once, when the application is ready."""
    register_limits(
        Limit(
            "lock-forced",
            _("A lock is forced, or taken apart"),
            _("A crowbar opens a cabinet. Whoever takes a lock’s own key from it can sign in that lock’s name."),
            _(
                "The lock tells of blows and of a door that nobody opened; what the server has signed for can’t be "
                "changed. Take a stolen lock out of service."
            ),
            _("An alert, and the cabinet’s page; nothing while its line is cut."),
            "cabinets",
            50,
        ),
        Limit(
            "line-jammed",
            _("The radio is jammed, or a line is cut"),
            _(
                "While the radio is jammed nobody opens by phone there; while only the line is cut, a phone that took its "
                "rights along does. Alerts come late."
            ),
            _("It stays locked, and keeps what happens until it can tell. Keep the mechanical key at hand."),
            _("The lock is shown late after 20 minutes, silent after 45."),
            "cabinets",
            55,
        ),
    )
