"""What is against a right over cameras: each is under one law, and a reason stands on one; an order holds five years; one is in service."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime

from beffroi.kernel.grants.rules import Refusal, RefusalCode
from beffroi.lib.years import years_after
from beffroi.systems.video.models import Camera
from beffroi.systems.video.rules import ORDER_YEARS, order_over, regime_under

AN_INSTANT = timedelta(microseconds=1)
A_DAY = timedelta(days=1)


def against(law: str, cameras: Collection[UUID], until: datetime) -> Refusal | None:
    """For a reason that stands on that text (callers scope the cameras)."""
    rows = Camera.objects.filter(pk__in=list(cameras))
    if not rows.filter(out_since=None).exists():
        return Refusal(RefusalCode.OUT_OF_SERVICE)
    if rows.exclude(regime=regime_under(law).value).exists():
        return Refusal(RefusalCode.ANOTHER_LAW)
    signed = rows.exclude(order_on=None).order_by("order_on").values_list("order_on", flat=True).first()
    if signed is None or not order_over(signed, localtime(until - AN_INSTANT).date()):
        return None
    last = years_after(signed, ORDER_YEARS) - A_DAY
    return Refusal(RefusalCode.ORDER_OVER, f"→ {date_format(last, 'SHORT_DATE_FORMAT')}")


def astray(laws: Collection[str], cameras: Collection[UUID]) -> list[str]:
    """Those of the cameras, by name, that none of these texts is about (callers scope them)."""
    regimes = {regime_under(law).value for law in laws}
    rows = Camera.objects.filter(pk__in=list(cameras)).exclude(regime__in=regimes).select_related("site")
    return [f"{row.site.name}, {row.number} · {row.name}" for row in rows.order_by("site__name", "number", "pk")]
