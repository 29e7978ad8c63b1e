"""What few need of a page that must be light: it comes after it, and is kept with it for when there is no network."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from beffroi.persistence.access import Hidden


@login_not_required
@require_safe
@cache_control(public=True, max_age=300)
def report_rest(_request: HttpRequest, language: str) -> HttpResponse:
    """The rows of what waits to leave, and the dialog that hides faces: words alone, everybody's, in the language of the address."""
    if language not in dict(settings.LANGUAGES):
        raise Hidden
    with override(language):
        return HttpResponse(render_to_string("reports/rest.html"))
