"""The living page: for whoever serves an authority, since it is the town's staff who read and write screens."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import Hidden, viewer_of
from beffroi.web.design.forms import PlaceForm
from beffroi.web.design.sheet import sections
from beffroi.web.design.tokens import colours, pairs, sizes

THEMES = ("light", "dark")
# The section whose pieces do nothing without their scripts: they stand on the page as they work.
INSTRUMENTS: Final = "instruments-of-a-form-a-place-a-photo"


def is_staff(viewer: Viewer) -> bool:
    """Whoever serves an authority."""
    return bool(viewer.authorities())


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    """Colours, type, space, and the way to each section."""
    if not is_staff(viewer_of(request)):
        raise Hidden
    spaces = [
        (name, value, float(value.removesuffix("rem")) * 16) for name, value in sizes().items() if name.startswith("s")
    ]
    types = [(name, value) for name, value in sizes().items() if name.startswith("t-") and value.endswith("rem")]
    context = {"colours": colours().values(), "pairs": pairs(), "spaces": spaces, "types": types}
    return render(request, "web/design.html", {"sections": sections().values(), **context})


@require_safe
def design_section(request: HttpRequest, section: str) -> HttpResponse:
    """One section: each example in both themes, with its markup."""
    found = sections().get(section)
    if found is None or not is_staff(viewer_of(request)):
        raise Hidden
    examples = [(one, [(theme, one.shown(theme)) for theme in THEMES]) for one in found.examples]
    context = {"section": found, "sections": sections().values(), "examples": examples}
    working = PlaceForm() if found.slug == INSTRUMENTS else None
    return render(request, "web/design_section.html", {**context, "instruments": working})
