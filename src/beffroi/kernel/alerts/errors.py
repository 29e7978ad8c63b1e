"""What can go wrong with alerts. Expected conflicts (taken by somebody else, already ended) are values, not exceptions.

AlertError
└── UnknownAlertKind
"""

from django.utils.translation import gettext_lazy as _


class AlertError(Exception):
    """A fault of the program or of its configuration; `code` is stable, `message` is for people."""

    code = "alert-error"
    message = _("This alert can’t be given.")


class UnknownAlertKind(AlertError):
    """No kind of alert bears this code."""

    code = "unknown-alert-kind"
    message = _("This kind of alert does not exist.")
