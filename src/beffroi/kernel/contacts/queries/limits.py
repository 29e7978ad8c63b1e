"""What a door contact can't protect against."""

from django.utils.translation import gettext_lazy as _

from beffroi.persistence.limits import Limit, register_limits


def register() -> None:
    """Called once, when the application is ready."""
    register_limits(
        Limit(
            "contact-unsigned",
            _("A door contact lies"),
            _(
                "Contacts of the trade sign nothing: a magnet, or whoever may write on the town’s broker, says that "
                "a door is shut."
            ),
            _("They open nothing and accuse nobody. Where proof matters, fit a lock."),
            _("All that they say is shown as observed, unsigned."),
            "door-contacts",
            65,
        )
    )
