"""What people read of cameras: the law that each is under, why a look was refused, how it ended, what alerts say."""

from datetime import datetime, timedelta
from typing import Final

from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from beffroi.kernel.alerts.registry import Facts, Words
from beffroi.systems.video.models import Camera
from beffroi.systems.video.rules import Regime

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
