"""What people read about devices: alerts, reasons, commands."""

from collections.abc import Mapping
from typing import Final

from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, override

from beffroi.kernel.alerts.registry import AlertKind, Facts, Step, Words
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.devices.rules import Trouble, Unfit
from beffroi.protocol.v1.errors import Reason

# Why something that came in a device's name was refused, as far as whoever looks after devices can do something about it.
REASONS: Final[Mapping[str, str | Promise]] = {
    Unfit.DEVICE_UNKNOWN: gettext_lazy("it names no device of ours"),
    Unfit.DEVICE_RETIRED: gettext_lazy("the device is out of service"),
    Unfit.DEVICE_NOT_CERTIFIED: gettext_lazy("the device isn’t certified yet"),
    Unfit.NO_KEY_SET: gettext_lazy("the authority has no key set in force"),
    Unfit.TOO_MANY_HOLES: gettext_lazy("too much of its log is missing: it fills some first"),
    Unfit.UNSTORABLE: gettext_lazy("the database refuses it"),
    Unfit.FLOOD: gettext_lazy("more than a device may send: it keeps the rest and sends it again"),
    Reason.TOKEN_SIGNATURE: gettext_lazy("the signature isn’t this device’s"),
    Reason.EVENTS_FORKED: gettext_lazy("it tells another story than what is stored already"),
    Reason.EVENTS_CHAIN: gettext_lazy("its events don’t follow one another"),
    Reason.EVENTS_BOOT: gettext_lazy("its count of starts goes back"),
    Reason.DEVICE_OTHER: gettext_lazy("it speaks in another device’s name"),
}


def refusal_words(code: str) -> str:
    """Why it was refused; a code that people can do nothing about is given as it is."""
    return str(REASONS.get(code, code))


def command_words(action: str, arguments: dict[str, object]) -> str:
    """What a device was told."""
    if action == "report":
        return _("Say what you hold and how you are")
    if action == "send-events":
        return _("Send events %(first)s to %(last)s again") % arguments
    return action


def outcome_words(code: str) -> str:
    """What a device said of a command: empty when it was done."""
    words = {"": "", "done": "", Reason.MEMBER_VALUE: _("it doesn’t know how to do this")}
    return str(words.get(code, code))


def _said(facts: Facts) -> dict[str, str]:
    return {
        "name": str(facts.values.get("name", "")),
        "since": date_format(localtime(facts.since), "SHORT_DATETIME_FORMAT"),
    }


def down_words(facts: Facts, language: str) -> Words:
    """A device is silent."""
    with override(language):
        said = _said(facts)
        if facts.ended and facts.reason == "heard-again":
            return Words(_("%(name)s is heard again") % said, _("It had been silent since %(since)s.") % said)
        if facts.ended:
            return Words(_("%(name)s is out of service") % said, "")
        body = _("Nothing was heard of it since %(since)s: its power, its network or itself.") % said
        return Words(_("%(name)s is silent") % said, body)


def hole_words(facts: Facts, language: str) -> Words:
    """Part of a device's log doesn't come."""
    with override(language):
        said = _said(facts)
        count = int(facts.values.get("events", 0))
        counted = ngettext("%(count)s event", "%(count)s events", count) % {"count": localize(count)}
        if facts.ended:
            return Words(_("%(name)s: what was missing is settled") % said, counted)
        body = _("%(counted)s missing since %(since)s, although asked for again.") % {**said, "counted": counted}
        return Words(_("%(name)s: part of its log doesn’t come") % said, body)


def lost_words(facts: Facts, language: str) -> Words:
    """A device says that it lost events."""
    with override(language):
        said = _said(facts)
        count = int(facts.values.get("events", 0))
        body = ngettext(
            "The device says that it no longer has %(count)s event. Nobody will read it any more.",
            "The device says that it no longer has %(count)s events. Nobody will read them any more.",
            count,
        )
        return Words(_("%(name)s lost part of its log") % said, body % {"count": localize(count)})


def _page(facts: Facts) -> str:
    return reverse("device", args=[facts.subject])


ALERTS = (
    AlertKind(
        code=Trouble.DOWN,
        description="A device has said nothing for longer than its kind may.",
        label=gettext_lazy("Silent device"),
        urgency=Urgency.ROUTINE,
        words=down_words,
        page=_page,
        steps=(Step(Target.ADMINISTRATORS, None),),
    ),
    AlertKind(
        code=Trouble.HOLE,
        description="Part of a device's log did not come within ten minutes, although asked for again.",
        label=gettext_lazy("Log with a hole"),
        urgency=Urgency.ROUTINE,
        words=hole_words,
        page=_page,
        steps=(Step(Target.ADMINISTRATORS, None),),
    ),
    AlertKind(
        code=Trouble.LOST,
        description="A device says that it no longer has events that never came; it ends when somebody says so.",
        label=gettext_lazy("Events lost by a device"),
        urgency=Urgency.ROUTINE,
        words=lost_words,
        page=_page,
        steps=(Step(Target.ADMINISTRATORS, None),),
    ),
)
