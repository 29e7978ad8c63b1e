"""What people read: reasons, kinds of entries, what alerts say."""

from collections.abc import Callable
from datetime import datetime

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from beffroi.kernel.alerts.registry import Facts, Words
from beffroi.systems.cabinets.rules import Alarm


def reason_words(code: str) -> str:
    """Why it stayed shut (or a right was closed), for the person in front of it; a code that people never meet is given as it is."""
    words = {
        "not-touched": _("nobody touched the handle within the last minute"),
        "gate-silent": _("the lock doesn’t answer"),
        "gate-other": _("this is another cabinet than the one on the sticker"),
        "no-phone": _("no phone is enrolled"),
        "no-order": _("no work order for this cabinet"),
        "convention-not-in-force": _("the convention is not in force"),
        "too-early": _("the work order doesn’t begin yet"),
        "expired": _("the work order is over"),
        "grant-revoked": _("the work order was closed"),
        "holder-revoked": _("this phone was declared lost or replaced"),
        "resource-not-granted": _("the work order is for another cabinet"),
        "action-not-granted": _("the work order is for something else"),
        "transport-not-admitted": _("the convention doesn’t admit this way of opening"),
        "revocations-old": _("the lock has had no news of lost phones for too long"),
        "time-unknown": _("the lock doesn’t know the time"),
        "challenge-used": _("this answer served already"),
        "challenge-expired": _("the answer came too late"),
        "challenge-unknown": _("the lock didn’t ask for this answer"),
        "proof-signature": _("the answer isn’t this phone’s"),
        "grant-key": _("the work order is signed with a key that is no longer valid"),
        "internal": _("the lock failed and stayed shut"),
        "closed-by-desk": _("closed by the firm’s desk"),
        "convention-ended": _("the convention was ended"),
        "system-off": _("the town switched the system off"),
        "membership-ended": _("the technician left the firm"),
    }
    return words.get(code, code)


def act_words(kind: str) -> str:
    """What an entry under a work order says was done; a kind that has no words here is given as it is."""
    words = {
        "grant.asked": _("The right was given"),
        "grant.minted": _("It was signed for the technician’s phone"),
        "grant.closed": _("It was ended before its time"),
        "cabinet.opened": _("The cabinet opened"),
        "cabinet.refused": _("The cabinet stayed shut"),
    }
    return words.get(kind, kind)


def cause_words(cause: str) -> str:
    """What the sensors felt."""
    words = {
        "door": _("the door opened while the bolt was out"),
        "shock": _("blows on the cabinet"),
        "case": _("the lock’s case was opened"),
        "no-grant": _("it opened and nobody had the right to"),
        "bolt": _("the bolt doesn’t move"),
    }
    return words.get(cause, cause)


def alert_words(alarm: Alarm, facts: Facts, language: str) -> Words:
    """What an alert of that kind says: where, since when, which organisation."""
    with override(language):
        said = {
            "reference": facts.values.get("reference", ""),
            "since": _local(facts.since),
            "cause": cause_words(str(facts.values.get("cause", ""))),
        }
        shut = str(facts.values.get("shut", ""))
        parts = [str(facts.values.get("address", "")), facts.organisation]
        if facts.values.get("observed"):
            parts.append(_("observed by a door contact, unsigned: who opened isn’t known"))
        if shut:
            parts.append(_("Shut again at %(time)s.") % {"time": _local(datetime.fromisoformat(shut))})
        times = facts.values.get("times", 1)
        if isinstance(times, int) and times > 1:
            parts.append(ngettext("%(times)s blow.", "%(times)s blows.", times) % {"times": times})
        return Words(_TITLES[alarm, facts.ended]() % said, " · ".join(part for part in parts if part))


def _local(moment: datetime) -> str:
    return date_format(localtime(moment), "TIME_FORMAT")


_TITLES: dict[tuple[Alarm, bool], Callable[[], str]] = {
    (Alarm.OPEN, False): lambda: _("Cabinet %(reference)s left open since %(since)s"),
    (Alarm.OPEN, True): lambda: _("Cabinet %(reference)s is shut again, open since %(since)s"),
    (Alarm.FORCED, False): lambda: _("Cabinet %(reference)s forced at %(since)s: %(cause)s"),
    (Alarm.FORCED, True): lambda: _("Cabinet %(reference)s, forced at %(since)s: over"),
    (Alarm.LATCH, False): lambda: _("Cabinet %(reference)s doesn’t lock since %(since)s"),
    (Alarm.LATCH, True): lambda: _("Cabinet %(reference)s locks again"),
}
