"""Who may name the people that ask under a convention, whom they may name, and how an approval stands, in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.models import Convention, Designation
from beffroi.kernel.grants.queries import in_force
from beffroi.kernel.grants.queries.parties import parties_of
from beffroi.kernel.grants.rules import APPROVAL_SOON, BRIEF, HELD_AS, Capacity
from beffroi.kernel.territory.models import Organisation
from beffroi.kernel.territory.queries.members import serving
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.waiting import Waiting

NAMING = (Role.ADMINISTRATOR, Role.DISPATCHER)
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Approval:
    """How somebody's approval stands: words, and one of the tones of pages."""

    words: str
    tone: str


def naming(viewer: Viewer, convention: Convention) -> list[Organisation]:
    """Parties that ask and whose people the viewer may name: every one for the authority's administrators, else those whose desk they
    hold or that they administer.
    """
    asking = parties_of(convention, Capacity.ASKS)
    if convention.authority_id in viewer.authorities(Role.ADMINISTRATOR):
        return asking
    own = viewer.organisations_as(*NAMING)
    return [organisation for organisation in asking if organisation.pk in own]


def to_name(organisations: list[Organisation], as_of: datetime) -> dict[tuple[UUID, UUID], tuple[Organisation, Person]]:
    """Whoever keeps watch or a desk in these organisations (callers scope them)."""
    roles = {role for kind in BRIEF for role in HELD_AS[kind]}
    return {
        (organisation.pk, person.pk): (organisation, person)
        for organisation in organisations
        for person in serving(organisation.pk, roles, as_of)
    }


def approval(row: Designation, as_of: datetime) -> Approval:
    """Until when they are approved, said before it comes."""
    day = date_format(localtime(row.approved_until - A_SECOND), "DATE_FORMAT")
    left = row.approved_until - as_of
    if left <= timedelta(0):
        return Approval(_("Approval ended on %(day)s: no request is admitted") % {"day": day}, "bad")
    if left > APPROVAL_SOON:
        return Approval(_("Approved until %(day)s") % {"day": day}, "good")
    days = left.days
    if not days:
        return Approval(_("Approval ends within a day"), "warn")
    words = ngettext("Approval ends in %(n)s day, on %(day)s", "Approval ends in %(n)s days, on %(day)s", days)
    return Approval(words % {"n": localize(days), "day": day}, "warn")


def ending_soon(viewer: Viewer) -> QuerySet[Designation]:
    """Those that the viewer may renew and whose approval has ended or soon will, under conventions in force."""
    soon = Designation.objects.filter(withdrawn_at__isnull=True, approved_until__lte=viewer.as_of + APPROVAL_SOON)
    live = Convention.objects.filter(in_force(viewer.as_of))
    own = soon.filter(
        convention__in=live.filter(pk__in=viewer.conventions), organisation__in=viewer.organisations_as(*NAMING)
    )
    town = soon.filter(convention__in=live, authority__in=viewer.authorities(Role.ADMINISTRATOR))
    return own | town


def approvals_waiting(viewer: Viewer) -> list[Waiting]:
    """A line for each convention with such."""
    rows = ending_soon(viewer).order_by().values("convention", "convention__title").annotate(count=Count("pk"))
    return [
        Waiting(
            ngettext(
                "%(title)s: the approval of %(n)s person ends, or has ended",
                "%(title)s: the approvals of %(n)s people end, or have ended",
                row["count"],
            )
            % {"title": row["convention__title"], "n": localize(row["count"])},
            reverse("convention-staff", args=[row["convention"]]),
            "people",
            "warn",
        )
        for row in rows.order_by("convention__title", "convention")
    ]
