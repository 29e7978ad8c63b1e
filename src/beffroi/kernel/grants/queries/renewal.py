"""Conventions that the law bounds: which are to be written anew, and which were."""

from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import in_force
from beffroi.kernel.grants.queries.sight import last_day_of
from beffroi.kernel.grants.rules import RENEWAL_BEFORE
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.waiting import Waiting


def unrenewed(as_of: datetime) -> Q:
    """Conventions in force, bounded by the law, that no other follows: between the same two, about the same, without a gap."""
    followers = Convention.objects.filter(
        authority=OuterRef("authority"),
        partner=OuterRef("partner"),
        system=OuterRef("system"),
        valid_from__lte=OuterRef("valid_until"),
        valid_until__gt=OuterRef("valid_until"),
        ended_at__isnull=True,
    )
    return in_force(as_of) & Q(longest__isnull=False) & ~Q(Exists(followers))


def succeeded_by(convention: Convention) -> QuerySet[Convention]:
    """Those that this one follows without a gap."""
    return Convention.objects.filter(
        authority_id=convention.authority_id,
        partner_id=convention.partner_id,
        system=convention.system,
        longest__isnull=False,
        ended_at__isnull=True,
        valid_until__gte=convention.valid_from,
        valid_until__lt=convention.valid_until,
    )


def to_renew(viewer: Viewer) -> QuerySet[Convention]:
    """Those of the authorities that the viewer administers whose renewal is due, the one that ends first foremost."""
    rows = Convention.objects.filter(unrenewed(viewer.as_of), authority__in=viewer.authorities(Role.ADMINISTRATOR))
    soon = rows.annotate(due=F("valid_until") - RENEWAL_BEFORE).filter(due__lte=viewer.as_of)
    return soon.select_related("authority", "partner").order_by("valid_until", "id")


def renewals_waiting(viewer: Viewer) -> list[Waiting]:
    """A line for each."""
    words = _("%(title)s ends on %(day)s: write the one that follows")
    return [
        Waiting(
            words % {"title": row.title, "day": last_day_of(row)}, reverse("convention", args=[row.pk]), "convention"
        )
        for row in to_renew(viewer)
    ]
