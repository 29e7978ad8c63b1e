"""What people read of cameras: the law that each is under, why a look was refused, how it ended, what alerts say."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from beffroi.kernel.alerts.registry import Facts, Words
from beffroi.systems.video.models import Camera
from beffroi.systems.video.rules import Alarm, Regime

A_MINUTE: Final = 60


def law_of(camera: Camera) -> str:
    """Under which text a camera stands, in words for anybody."""
    if camera.regime == Regime.PUBLIC_ROAD and camera.order_on and camera.order_until:
        words = _(
            "Code de la sécurité intérieure, L251-1 and following; prefect’s order no. %(number)s of %(date)s, in force until %(until)s"
        )
        return words % {
            "number": camera.order_number,
            "date": date_format(camera.order_on, "DATE_FORMAT"),
            "until": date_format(camera.order_until, "DATE_FORMAT"),
        }
    if camera.regime == Regime.COMMON_PARTS:
        return _("Code de la sécurité intérieure, L272-2: images on request, under a convention of one year at most")
    return _("Règlement (UE) 2016/679 (RGPD): closed premises")


def lasting(duration: timedelta) -> str:
    """How long, in words: hours and minutes, or seconds when shorter."""
    seconds = max(0, round(duration.total_seconds()))
    minutes, hours = seconds // A_MINUTE % 60, seconds // 3600
    if seconds < A_MINUTE:
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": localize(seconds)}
    if not hours:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": localize(minutes)}
    hour = ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": localize(hours)}
    return f"{hour} {minutes:02d}" if minutes else hour


def access_due_words(facts: Facts, language: str) -> Words:
    """An inhabitant's request must be answered soon."""
    with override(language):
        due = _day(str(facts.values.get("due", "")))
        title = _("Images: a request for access is answered") if facts.ended else _("Images: answer by %(due)s")
        return Words(title % {"due": due}, facts.where)


def _day(text: str) -> str:
    return date_format(localtime(datetime.fromisoformat(text)), "DATE_FORMAT") if text else ""


def reason_words(code: str) -> str:
    """Why a request is over, or why a look was refused or ended; a code that people never meet is given as it is."""
    words = {
        "ended-by-holder": _("ended by whoever asked"),
        "unanswered": _("closed: nobody said that the intervention went on"),
        "convention-ended": _("the convention was ended"),
        "system-off": _("the town switched the system off"),
        "regime-changed": _("the camera is under another law now"),
        "purpose-not-for-this-place": _("the camera looks at another kind of place now, for which the reason is not"),
        "camera-out": _("the camera was taken out of service"),
        "membership-ended": _("the officer left the service"),
        "designation-withdrawn": _("the officer’s designation was withdrawn"),
        "approval-expired": _("the officer’s approval ended"),
        "owner-refused": _("the owner said no"),
        "expired": _("the time was over"),
        "revoked": _("the right was withdrawn"),
        "grant-revoked": _("the right was withdrawn"),
        "holder-revoked": _("the browser’s key was withdrawn"),
        "list-old": _("the relay had had no news of withdrawn rights for too long"),
        "left": _("the viewer left"),
        "slow": _("the viewer’s network was too slow"),
        "closed": _("the camera was taken out of service"),
        "stopped": _("the relay was stopped"),
        "restarted": _("the relay started again"),
        "relay-silent": _("the relay fell silent: its last sign of life"),
        "camera-gone": _("the camera no longer answered"),
        "replaced": _("opened again elsewhere by the same viewer"),
        "gate-other": _("a camera that this relay doesn’t serve"),
        "resource-not-granted": _("the right is for another camera"),
        "too-early": _("the right doesn’t begin yet"),
        "not-justified": _("the reason given does not justify it"),
        "other-means": _("there are other means"),
        "wrong-place": _("it is the wrong place"),
        "other": _("another reason"),
    }
    return words.get(code, code)


def request_alert_words(alarm: Alarm, facts: Facts, language: str) -> Words:
    """What an alert about a request says: where, which organisation, never who."""
    with override(language):
        titles = {
            (Alarm.CALL, False): _("Alert from %(where)s: look at the images?"),
            (Alarm.CALL, True): _("Alert from %(where)s: answered"),
            (Alarm.APPROVAL, False): _("Images of %(where)s are asked for: answer"),
            (Alarm.APPROVAL, True): _("Images of %(where)s: answered"),
            (Alarm.EMERGENCY, False): _("Emergency, images of %(where)s: confirm"),
            (Alarm.EMERGENCY, True): _("Emergency, images of %(where)s: confirmed"),
            (Alarm.CUT, False): _("Images of %(where)s: closed, a camera changed; ask again"),
            (Alarm.CUT, True): _("Images of %(where)s: the time asked for is over"),
            (Alarm.JUSTIFICATION, False): _("Emergency not justified in writing: %(where)s"),
            (Alarm.JUSTIFICATION, True): _("Emergency justified in writing: %(where)s"),
        }
        unanswered = {
            (Alarm.CALL, "unanswered"): _("Alert from %(where)s: nobody asked for the images"),
            (Alarm.EMERGENCY, "not-confirmed"): _("Emergency, images of %(where)s: nobody confirmed"),
            (Alarm.JUSTIFICATION, "destroyed"): _("Emergency never justified in writing: %(where)s"),
            (Alarm.APPROVAL, "ended"): _("Images of %(where)s: no longer asked for"),
            (Alarm.APPROVAL, "over"): _("Images of %(where)s: no longer asked for"),
        }
        title = unanswered.get((alarm, facts.reason)) if facts.ended else None
        return Words((title or titles[alarm, facts.ended]) % {"where": facts.where}, facts.organisation)
