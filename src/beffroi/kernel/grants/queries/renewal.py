"""Conventions that the law bounds: which are to be written anew, and which were."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BooleanField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import in_force, visible_conventions
from beffroi.kernel.grants.queries.conventions import A_SECOND
from beffroi.kernel.grants.queries.sight import last_day_of
from beffroi.kernel.grants.rules import RENEWAL_BEFORE
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.waiting import Waiting

# The law bounds how long they last.
BOUNDED = Q(years__isnull=False) | Q(longest__isnull=False)


def unrenewed(as_of: datetime) -> Q:
    """Conventions in force, bounded by the law, that no other follows: between the same two, about the same, without a gap."""
    return in_force(as_of) & _alone()


def _alone() -> Q:
    followers = Convention.objects.filter(
        authority=OuterRef("authority"),
        partner=OuterRef("partner"),
        system=OuterRef("system"),
        valid_from__lte=OuterRef("valid_until"),
        valid_until__gt=OuterRef("valid_until"),
        ended_at__isnull=True,
    )
    return BOUNDED & ~Q(Exists(followers))


def succeeded_by(convention: Convention) -> QuerySet[Convention]:
    """Those that this one follows without a gap."""
    return Convention.objects.filter(
        BOUNDED,
        authority_id=convention.authority_id,
        partner_id=convention.partner_id,
        system=convention.system,
        ended_at__isnull=True,
        valid_until__gte=convention.valid_from,
        valid_until__lt=convention.valid_until,
    )


def renewal_due(convention: Convention) -> datetime | None:
    """From when its renewal is due; None where the law doesn't bound it, or it was ended."""
    return convention.valid_until - RENEWAL_BEFORE if convention.bounded and not convention.ended_at else None


def following(convention: Convention) -> QuerySet[Convention]:
    """Those that follow it without a gap, the first foremost (callers scope it)."""
    rows = Convention.objects.filter(
        authority_id=convention.authority_id,
        partner_id=convention.partner_id,
        system=convention.system,
        valid_from__lte=convention.valid_until,
        valid_until__gt=convention.valid_until,
        ended_at__isnull=True,
    )
    return rows.order_by("valid_until", "id")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a convention's end stands, said before it comes; whether the next has to be written now, and what follows it if anything does."""

    words: tuple[str, ...]
    renew: bool = False
    next: Convention | None = None


def ending(viewer: Viewer, convention: Convention) -> Ending:
    """Until when it is in force, when the next has to be written, what ends with it; the next one for whoever sees it."""
    day, due = _day(convention.valid_until - A_SECOND), renewal_due(convention)
    after = visible_conventions(viewer).filter(pk__in=following(convention)).order_by("valid_until", "id").first()
    if convention.ended_at or convention.valid_until <= viewer.as_of:
        last = _day(min(convention.valid_until, convention.ended_at or convention.valid_until) - A_SECOND)
        over = _(
            "It ended on %(day)s, and every right given under it ended with it: nothing can be asked for any more."
        )
        return Ending((over % {"day": last},), next=after)
    until = _("It ends on %(day)s, that day included; every right given under it ends with it.") % {"day": day}
    if due is None or following(convention).exists():
        return Ending((until,), next=after)
    if viewer.as_of < due:
        soon = _("The one that follows has to be written from %(due)s on: it then waits on your home page.")
        return Ending((until, soon % {"due": _day(due)}))
    late = _("Its renewal has been due since %(due)s, and nothing follows it yet.")
    return Ending((until, late % {"due": _day(due)}), renew=True)


def _day(moment: datetime) -> str:
    return date_format(localtime(moment), "DATE_FORMAT")


def _due(as_of: datetime) -> Q:
    return unrenewed(as_of) & Q(valid_until__lte=as_of + RENEWAL_BEFORE)


def marked(rows: QuerySet[Convention], as_of: datetime) -> QuerySet[Convention]:
    """The same, in the same order but for those to renew, which come first: of each whether its renewal is `due`, whether it came to
    its end without anything that follows it (`lapsed`), and its `last` moment.
    """
    lapsed = _alone() & Q(valid_until__lte=as_of, ended_at__isnull=True)
    kept = rows.annotate(
        due=ExpressionWrapper(_due(as_of), output_field=BooleanField()),
        lapsed=ExpressionWrapper(lapsed, output_field=BooleanField()),
        last=F("valid_until") - A_SECOND,
    )
    return kept.order_by("-due", *rows.query.order_by)


def to_renew(viewer: Viewer) -> QuerySet[Convention]:
    """Those of the authorities that the viewer administers whose renewal is due, the one that ends first foremost."""
    rows = Convention.objects.filter(authority__in=viewer.authorities(Role.ADMINISTRATOR))
    return rows.filter(_due(viewer.as_of)).select_related("authority", "partner").order_by("valid_until", "id")


def renewals_waiting(viewer: Viewer) -> list[Waiting]:
    """A line for each."""
    words = _("%(title)s ends on %(day)s: write the one that follows")
    return [
        Waiting(
            words % {"title": row.title, "day": last_day_of(row)}, reverse("convention", args=[row.pk]), "convention"
        )
        for row in to_renew(viewer)
    ]
