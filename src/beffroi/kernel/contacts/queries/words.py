"""What people read about contacts: alerts, reasons, findings."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, Words
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.contacts.rules import Alarm

# Why a message was not understood, or none.
FINDINGS: Final[Mapping[str, str | Promise]] = {
    "port": gettext_lazy("its model’s description has no such port"),
    "form": gettext_lazy("its model’s description has no message of this form: is it the right model?"),
    "model": gettext_lazy("its model is not described here any more"),
    "topic": gettext_lazy("a topic that is not this software’s"),
    "not-json": gettext_lazy("not JSON: choose the JSON marshaler in ChirpStack, the JSON output in Zigbee2MQTT"),
    "too-long": gettext_lazy("longer than any contact’s message"),
    "address": gettext_lazy("another device than its topic says"),
    "data": gettext_lazy("its data is not base64, or too long"),
    "name": gettext_lazy("a friendly name that the bridge has not listed"),
    "devices": gettext_lazy("the bridge’s list of devices can’t be read"),
}
AWAY: Final = "away"
FAULTS: Final[Mapping[str, str | Promise]] = {
    "unreachable": gettext_lazy("the broker doesn’t answer: its address, the network"),
    "certificate": gettext_lazy("the broker’s certificate is not one to be trusted"),
    "refused": gettext_lazy("the broker refuses the user or the password"),
    "subscription": gettext_lazy("the broker doesn’t let this user listen"),
    "gateway": gettext_lazy("the broker answers; Zigbee2MQTT says that it is stopped"),
    AWAY: gettext_lazy("nobody listens: is `beffroi bridge` running?"),
}


def finding_words(code: str) -> str:
    """Why it was not understood."""
    return str(FINDINGS.get(code, code))


def fault_words(code: str) -> str:
    """Why a broker isn't heard."""
    return str(FAULTS.get(code or AWAY, code))


def _said(facts: Facts) -> dict[str, str]:
    return {
        "name": str(facts.values.get("name", "")),
        "since": date_format(localtime(facts.since), "SHORT_DATETIME_FORMAT"),
    }


def open_words(facts: Facts, language: str) -> Words:
    """A room's door stands open."""
    with override(language):
        said = _said(facts)
        if facts.ended:
            return Words(_("%(name)s is shut again, open since %(since)s") % said, "")
        minutes = int(facts.values.get("minutes", 0))
        body = ngettext(
            "Open for more than %(count)s minute, as its door contact says (observed, unsigned). Who opened isn’t known.",
            "Open for more than %(count)s minutes, as its door contact says (observed, unsigned). Who opened isn’t known.",
            minutes,
        )
        return Words(_("%(name)s left open since %(since)s") % said, body % {"count": localize(minutes)})


def tampered_words(facts: Facts, language: str) -> Words:
    """A contact was opened or taken off."""
    with override(language):
        said = _said(facts)
        if facts.ended:
            return Words(_("%(name)s: the door contact is in its place again") % said, "")
        body = _("Opened, or taken off its door, since %(since)s: until it is back, nothing is known of this door.")
        return Words(_("%(name)s: the door contact is tampered with") % said, body % said)


def down_words(facts: Facts, language: str) -> Words:
    """A contact is silent."""
    with override(language):
        said = _said(facts)
        if facts.ended:
            return Words(_("%(name)s: the door contact is heard again") % said, "")
        body = _(
            "Nothing was heard of it since %(since)s: its battery, its network, or itself. Nobody knows how its door is."
        )
        return Words(_("%(name)s: the door contact is silent") % said, body % said)


def battery_words(facts: Facts, language: str) -> Words:
    """A contact's battery is nearly empty."""
    with override(language):
        said = _said(facts)
        if facts.ended:
            return Words(_("%(name)s: the door contact has a new battery") % said, "")
        level = int(facts.values.get("battery", -1))
        body = "" if level < 0 else _("%(level)s %% left.") % {"level": localize(level)}
        return Words(_("%(name)s: the door contact’s battery is nearly empty") % said, body)


def line_words(facts: Facts, language: str) -> Words:
    """A broker isn't heard."""
    with override(language):
        said = _said(facts)
        if facts.ended:
            return Words(_("Door contacts through %(name)s are heard again") % said, "")
        body = _(
            "Since %(since)s: %(fault)s. Nothing is known of the doors behind it, and nobody’s silence is counted."
        )
        said["fault"] = fault_words(str(facts.values.get("fault", "")))
        return Words(_("Door contacts through %(name)s aren’t heard") % said, body % said)


def _page(facts: Facts) -> str:
    return reverse("contact", args=[facts.subject])


def _list(_facts: Facts) -> str:
    return reverse("door-contacts")


WATCHERS = (Step(Target.OPERATORS, timedelta(minutes=15)), Step(Target.AGENTS, timedelta(minutes=30)))
KEEPERS = (Step(Target.ADMINISTRATORS, None),)
ALERTS = (
    AlertKind(
        code=Alarm.OPEN,
        description="A room's door has stood open for longer than was said: whoever keeps watch, then the agents.",
        label=gettext_lazy("Room left open"),
        urgency=Urgency.PROMPT,
        words=open_words,
        page=_page,
        steps=WATCHERS,
    ),
    AlertKind(
        code=Alarm.TAMPERED,
        description="A door contact was opened or taken off its door.",
        label=gettext_lazy("Door contact tampered with"),
        urgency=Urgency.PROMPT,
        words=tampered_words,
        page=_page,
        steps=WATCHERS,
    ),
    AlertKind(
        code=Alarm.DOWN,
        description="A door contact has said nothing for longer than its model may.",
        label=gettext_lazy("Silent door contact"),
        urgency=Urgency.ROUTINE,
        words=down_words,
        page=_page,
        steps=KEEPERS,
    ),
    AlertKind(
        code=Alarm.BATTERY,
        description="A door contact's battery is nearly empty.",
        label=gettext_lazy("Door contact’s battery"),
        urgency=Urgency.ROUTINE,
        words=battery_words,
        page=_page,
        steps=KEEPERS,
    ),
    AlertKind(
        code=Alarm.LINE,
        description="A broker of door contacts has not been heard for ten minutes.",
        label=gettext_lazy("Door contacts aren’t heard"),
        urgency=Urgency.PROMPT,
        words=line_words,
        page=_list,
        steps=KEEPERS,
    ),
)
