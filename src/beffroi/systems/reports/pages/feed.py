"""Reports as an Atom feed: who wants to know of a kind of fault, or of a district, reads it with the program they have."""

from typing import Final
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from beffroi.adapters.open311.trees import said
from beffroi.lib.positions import Position
from beffroi.persistence.access import for_another
from beffroi.systems.reports.forms.public import AroundForm, WantedForm
from beffroi.systems.reports.models import Report
from beffroi.systems.reports.queries.public import Wanted, around, public_reports, taking_reports

LATEST: Final = 50


@login_not_required
@for_another
@require_GET
def reports_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The latest public reports of an authority, of the kind and the district that are asked for, or around a point (`lat`, `long`,
    `radius` in metres).
    """
    authority = taking_reports(slug)
    place = AroundForm(request.GET)
    if not place.is_valid():
        words = "\n".join(f"{name}: {' '.join(map(str, said))}" for name, said in place.errors.items())
        return HttpResponseBadRequest(words.replace("__all__: ", ""), content_type="text/plain; charset=utf-8")
    rows = _latest(authority.pk, WantedForm(request.GET, authority=authority.pk).wanted(), place.around())
    feed = Atom1Feed(
        title=_("Reports of %(name)s") % {"name": authority.name},
        link=request.build_absolute_uri(reverse("reports-public", args=[slug])),
        description=None,
        language=get_language(),
        feed_url=request.build_absolute_uri(),
        author_name=authority.name,
    )
    for row in rows:
        page = request.build_absolute_uri(reverse("report-public", args=[slug, row.reference]))
        feed.add_item(
            title=_titled(row),
            link=page,
            description=said(" · ".join(part for part in (row.get_stage_display(), row.shown) if part)),
            unique_id=f"urn:uuid:{row.pk}",
            pubdate=row.since,
            updateddate=row.changed_at,
        )
    answer = HttpResponse(content_type=feed.content_type)
    feed.write(answer, "utf-8")
    return answer


def _latest(authority: UUID, wanted: Wanted, near: tuple[Position, int] | None) -> list[Report]:
    rows = public_reports(authority, wanted)
    return list(rows[:LATEST]) if near is None else around(rows, *near, LATEST)


def _titled(row: Report) -> str:
    return said(" · ".join(part for part in (row.category.label, row.address) if part))
