"""What stages, priorities, reasons and sources are called on a screen."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from beffroi.systems.reports.rules import (
    Decline,
    OpenTo,
    Priority,
    Source,
    Stage,
    Thing,
)

STAGE_LABELS = [
    (Stage.RECEIVED.value, pgettext_lazy("a report", "received")),
    (Stage.ACKNOWLEDGED.value, pgettext_lazy("a report", "acknowledged")),
    (Stage.PLANNED.value, pgettext_lazy("a report", "planned")),
    (Stage.MENDING.value, pgettext_lazy("a report", "being mended")),
    (Stage.DONE.value, pgettext_lazy("a report", "done")),
    (Stage.DECLINED.value, pgettext_lazy("a report", "declined")),
    (Stage.MERGED.value, pgettext_lazy("a report", "joined to another")),
]
PRIORITY_LABELS = [
    (Priority.DANGER.value, pgettext_lazy("a priority", "1, danger")),
    (Priority.URGENT.value, pgettext_lazy("a priority", "2, urgent")),
    (Priority.ORDINARY.value, pgettext_lazy("a priority", "3, ordinary")),
    (Priority.CAN_WAIT.value, pgettext_lazy("a priority", "4, can wait")),
]
DECLINE_LABELS = [
    (Decline.NOT_OURS.value, _("not ours")),
    (Decline.NOTHING_FOUND.value, _("nothing was found there")),
    (Decline.REFUSED.value, _("it will not be done")),
    (Decline.PRIVATE_GROUND.value, _("private ground")),
]
OPEN_TO_LABELS = [
    (OpenTo.OFFICIALS.value, _("elected officials and the authority’s own people")),
    (OpenTo.ACCOUNTS.value, _("whoever has an account")),
    (OpenTo.ANYBODY.value, _("anybody")),
]
SOURCE_LABELS = [
    (Source.POCKET.value, _("on the web")),
    (Source.COUNTER.value, _("at the counter")),
    (Source.PHONE.value, _("by telephone")),
    (Source.OPEN311.value, "Open311"),
    (Source.IMPORT.value, _("from a list")),
]
THING_LABELS = [
    (Thing.LAMP.value, _("street lamp")),
    (Thing.POLE.value, _("pole")),
    (Thing.CABLE.value, _("cable")),
]
