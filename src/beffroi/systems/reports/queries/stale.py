"""What stands still: open reports that nobody of those who handle them has touched for days, and who is told of them once a week."""

from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.formats import localize
from django.utils.translation import ngettext

from beffroi.kernel.alerts.queries.preferences import Reached
from beffroi.kernel.grants.queries import live_conventions
from beffroi.kernel.territory.queries.authorities import authority_organisation, public_address
from beffroi.kernel.territory.queries.members import serving
from beffroi.lib.hours import PARIS
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.persistence.letters import Ring, Sealed
from beffroi.systems.reports.models import Line, Reminder, Report, Summary
from beffroi.systems.reports.queries.reports import in_hand
from beffroi.systems.reports.queries.words import time_left

if TYPE_CHECKING:
    from beffroi.kernel.accounts.models import Person

AT: Final = time(7)
# More are counted, and read on the desk's page.
SHOWN: Final = 20


def morning_after(moment: datetime) -> datetime:
    """The next seven o'clock in the morning, in the town's zone."""
    local = moment.astimezone(PARIS)
    at = datetime.combine(local.date(), AT, tzinfo=PARIS)
    if at <= local:
        at = datetime.combine(local.date() + timedelta(days=1), AT, tzinfo=PARIS)
    return at.astimezone(UTC)


def morning_due(day: int | None, *, since: datetime, until: datetime) -> datetime | None:
    """The last morning of that day of the week between the two, both included: a worker that was away makes up for it."""
    if day is None:
        return None
    local = until.astimezone(PARIS)
    back = (local.weekday() - day) % 7
    at = datetime.combine(local.date() - timedelta(days=back), AT, tzinfo=PARIS)
    if at > local:
        at = datetime.combine(at.date() - timedelta(days=7), AT, tzinfo=PARIS)
    return at.astimezone(UTC) if at >= since else None


def reminder_of(authority: UUID) -> Reminder:
    """What an authority chose, else Monday, after two weeks."""
    return Reminder.objects.filter(authority_id=authority).first() or Reminder(authority_id=authority)


def stale(rows: QuerySet[Report], days: int, now: datetime) -> QuerySet[Report]:
    """Those of them that are open and of which nobody who handles them has left a line for so many days; what is due first, first."""
    cut = now - timedelta(days=days)
    moved = Line.objects.filter(report=OuterRef("pk"), organisation__isnull=False, at__gt=cut)
    return rows.filter(~Exists(moved), closed_at__isnull=True, since__lte=cut).order_by("due_at", "id")


def told_of(summary: Summary, now: datetime) -> QuerySet[Report]:
    """What one letter tells: all of the authority's to its agents, to a partner's desk what it has in hand."""
    rows = Report.objects.filter(authority_id=summary.authority_id).select_related("category", "organisation")
    if summary.organisation_id is not None:
        post = Post(organisation=summary.organisation_id, role=Role.DISPATCHER, authority=None)
        bound = live_conventions(organisations=[summary.organisation_id], as_of=now)
        rows = rows.filter(in_hand(Viewer(person=None, posts=(post,), conventions=bound, as_of=now)))
    return stale(rows, summary.days, now)


def agents_of(authority: UUID, now: datetime) -> "QuerySet[Person]":
    """The authority's agents."""
    return serving(authority_organisation(authority).pk, [Role.AGENT], now)


def desk_of(organisation: UUID, now: datetime) -> "QuerySet[Person]":
    """Who sits at an organisation's desk."""
    return serving(organisation, [Role.DISPATCHER], now)


def sealed_summary(summary: Summary, way: Reached | None, now: datetime) -> Sealed:
    """A claimed letter, in its reader's language; what a partner reads never says who reported."""
    person, town = summary.person, public_address(summary.authority)
    wishes = f"{town}{reverse('alert-preferences')}"
    with translation.override(person.language):
        rows = list(told_of(summary, now)[: SHOWN + 1])
        count = told_of(summary, now).count() if len(rows) > SHOWN else len(rows)
        told = {
            "authority": summary.authority,
            "count": count,
            "days": summary.days,
            "rows": [(row, time_left(row, now), f"{town}{reverse('report', args=[row.pk])}") for row in rows[:SHOWN]],
            "left": max(0, count - SHOWN),
            "desk": f"{town}{reverse('reports')}",
            "wishes": wishes,
            "language": person.language,
        }
        words = ngettext(
            "%(n)s report has not moved for %(days)s days", "%(n)s reports have not moved for %(days)s days", count
        )
        subject = words % {"n": localize(count), "days": localize(summary.days)}
        return Sealed(
            key=summary.pk,
            attempt=summary.attempts,
            to="" if way is not None and way.unwritten else person.email,
            subject=subject,
            text=render_to_string("reports/stale.txt", told).strip() + "\n",
            html=render_to_string("reports/stale.html", told),
            language=person.language,
            identifier=str(summary.pk),
            address=wishes,
            ring=_ring(summary, way, subject, rows),
        )


def _ring(summary: Summary, way: Reached | None, subject: str, rows: list[Report]) -> Ring | None:
    """What their phone shows: how many, and the first of them."""
    if way is None or not way.phone:
        return None
    first = " · ".join(part for part in (rows[0].category.label, rows[0].address) if part) if rows else ""
    about = summary.authority_id
    return Ring(summary.person_id, subject, first, reverse("reports"), about=about, besides=way.besides)
