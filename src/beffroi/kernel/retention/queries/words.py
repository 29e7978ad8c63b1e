"""Durations, sources and fates in words."""

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.retention.rules import MONTHS_A_YEAR
from beffroi.persistence.keeping import Fate, LegalSource, Unit


def spoken(length: int, unit: Unit) -> str:
    """`3 years`, `18 months`, `30 days`."""
    if unit is Unit.DAYS:
        return ngettext("%(n)s day", "%(n)s days", length) % {"n": length}
    years, months = divmod(length, MONTHS_A_YEAR)
    if months:
        return ngettext("%(n)s month", "%(n)s months", length) % {"n": length}
    return ngettext("%(n)s year", "%(n)s years", years) % {"n": years}


def source_words(source: LegalSource) -> str:
    """The text, its article, and the date of the version that was read."""
    where = ", ".join(str(part) for part in (source.text, source.article) if part)
    return _("%(source)s (version of %(date)s)") % {
        "source": where,
        "date": date_format(source.version_on, "DATE_FORMAT"),
    }


def fate_words(fate: Fate) -> str:
    """What happens when the time is over."""
    return _("erases itself") if fate is Fate.ERASED else _("waits for the archives’ visa")
