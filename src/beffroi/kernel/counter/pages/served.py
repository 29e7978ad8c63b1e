"""What a person sees afterwards: each thing done for them at the counter, with its receipt."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from beffroi.kernel.counter.queries import done_for, done_for_me
from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.persistence.access import Hidden, for_another, viewer_of

A_PAGE = 30


@for_another
@require_GET
def done_list(request: HttpRequest) -> HttpResponse:
    """The latest first."""
    page, lines = done_for(viewer_of(request), number=request.GET.get("page"), size=A_PAGE)
    return render(request, "counter/done.html", {"page": page, "lines": lines})


@for_another
@require_GET
def receipt(request: HttpRequest, entry: UUID) -> HttpResponse:
    """The receipt, as a file; it verifies with no network."""
    found = receipt_of(entry) if done_for_me(viewer_of(request), entry) else None
    if found is None:
        raise Hidden
    response = HttpResponse(found.to_bytes(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="beffroi-{entry}.json"'
    return response
