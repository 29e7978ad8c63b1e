"""What can go wrong with cabinets.

CabinetError
├── ReferenceTaken
└── LockNotInService
"""

from django.utils.translation import gettext_lazy as _


class CabinetError(Exception):
    """A fault of the person who asks; `code` is stable, `message` is for them."""

    code = "cabinet-error"
    message = _("This can't be done.")


class ReferenceTaken(CabinetError):
    """Another cabinet of the authority has this reference."""

    code = "reference-taken"
    message = _("Another cabinet already has this reference.")


class LockNotInService(CabinetError):
    """Control needs a lock that is in service."""

    code = "lock-not-in-service"
    message = _("This cabinet's lock is not in service yet: it can't be put in control.")
