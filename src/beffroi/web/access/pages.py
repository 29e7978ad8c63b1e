"""Who can see what in an authority, for those who answer for it; what I can see and who sees me, for everybody."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from beffroi.kernel.grants.queries.sight import binding
from beffroi.kernel.territory.queries.authorities import visible_authorities
from beffroi.kernel.territory.queries.organisations import concerned_organisations
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.persistence.listing import page_of
from beffroi.web.access.reading import READERS, body_of, mine, seers

# Each is asked of every rule, role by role.
A_PAGE = 10


@require_safe
def access(request: HttpRequest) -> HttpResponse:
    """The authority's page where there is one to choose; the choice otherwise."""
    viewer = viewer_of(request)
    rows = list(visible_authorities(viewer).filter(pk__in=viewer.authorities(*READERS)))
    if not rows:
        raise Hidden
    if len(rows) == 1:
        return redirect("access-of", slug=rows[0].slug)
    return render(request, "web/access_choice.html", {"authorities": rows})


@require_safe
def access_of(request: HttpRequest, slug: str) -> HttpResponse:
    """Per organisation and role, and by thing."""
    viewer = viewer_of(request)
    row = visible_authorities(viewer).filter(pk__in=viewer.authorities(*READERS), slug=slug).first()
    if row is None:
        raise Hidden
    conventions = binding(row.pk, viewer.as_of)
    concerned = concerned_organisations(row.pk, [each.partner_id for each in conventions])
    page = page_of(request, concerned, A_PAGE)
    bodies = [body_of(each, row.pk, conventions, viewer.as_of) for each in page]
    return render(request, "web/access.html", {"town": row, "bodies": bodies, "page": page})


@require_safe
def access_me(request: HttpRequest) -> HttpResponse:
    """What I can see, and who sees me."""
    viewer = viewer_of(request)
    return render(request, "web/access_me.html", {"mine": mine(viewer), "seers": seers(viewer)})
