"""What the alerts of this app say, and whom they tell."""

from datetime import timedelta
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, Words, register_alert_kind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.upkeep.registry import BAD, WARNING
from beffroi.persistence.checkup import title_of


def _words(facts: Facts, language: str) -> Words:
    what = str(title_of(str(facts.values.get("code", ""))))
    if facts.ended:
        return Words(_("%(what)s: well again") % {"what": what}, _("The cause is gone; nothing has to be done."))
    seen, todo = (str(facts.values.get(f"{part}-{language}", "")) for part in ("seen", "todo"))
    return Words(_("%(what)s: look at the server") % {"what": what}, f"{seen} {todo}".strip())


def _page(_facts: Facts) -> str:
    return reverse("upkeep")


ALERTS: Final = (
    AlertKind(
        BAD,
        "Something of the installation does not work: the check says what, and what to do.",
        gettext_lazy("the server needs somebody"),
        Urgency.IMMEDIATE,
        _words,
        _page,
        (Step(Target.ADMINISTRATORS, timedelta(minutes=30)),),
    ),
    AlertKind(
        WARNING,
        "Something of the installation works and will not for ever: a disk that fills, a certificate that ends, a backup that is late.",
        gettext_lazy("the server is to be watched"),
        Urgency.ROUTINE,
        _words,
        _page,
        (Step(Target.ADMINISTRATORS, None),),
    ),
)


def register_own() -> None:
    """Called once, when the application is ready."""
    for alert in ALERTS:
        register_alert_kind(alert)
