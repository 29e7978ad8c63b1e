"""Entries that this app leaves, and the alert that it raises."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, Words, register_alert_kind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind

OPENED = "safe.opened"


def _words(facts: Facts, _language: str) -> Words:
    body = _(
        "Somebody has logged in with a code of the sheet in the safe. If that was not one of you: seal a new sheet at once."
    )
    return Words(_("The safe’s sheet was used"), body if not facts.ended else _("This was looked into."))


def register_own() -> None:
    """Called once, when the application is ready."""
    sealed = gettext_lazy("A sheet of codes was printed for the safe; the one before is void.")
    register_kind(RegisterKind("safe.sealed", sealed, {"sheet": FieldType.UUID}, lasting=True))
    opened = gettext_lazy("A code of the safe’s sheet opened the account that administers when nothing else does.")
    fields = {"sheet": FieldType.UUID, "left": FieldType.INTEGER}
    register_kind(RegisterKind(OPENED, opened, fields, lasting=True))
    register_alert_kind(
        AlertKind(
            OPENED,
            "Somebody logged in with a code of the safe: every administrator is told at once.",
            gettext_lazy("The safe’s sheet was used"),
            Urgency.IMMEDIATE,
            _words,
            lambda _facts: reverse("people"),
            (Step(Target.ADMINISTRATORS, None),),
        )
    )
