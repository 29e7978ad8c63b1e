"""Pieces of the design language that templates write: built in, so that no page has to load them."""

import functools
import re
from pathlib import Path

import segno
from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.templatetags.static import static
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django_vite.core.asset_loader import DjangoViteAssetLoader

from beffroi.lib import browsers
from beffroi.lib.charts import Chart, Mark
from beffroi.lib.logged import REQUEST
from beffroi.persistence.papers import PAPERS
from beffroi.web.console.basemap import tiles_file

register = template.Library()

ICONS = Path(__file__).resolve().parents[1] / "static" / "icons.svg"


@register.simple_tag
def request_number() -> str:
    """That of the request which is being answered, as the log has it; empty where none is."""
    return REQUEST.get()


class UnknownIconError(LookupError):
    """A template asks for a drawing that icons.svg doesn't hold."""


@functools.cache
def icon_names() -> frozenset[str]:
    """Every drawing of icons.svg."""
    return frozenset(re.findall(r'<symbol id="([a-z-]+)"', ICONS.read_text()))


@register.simple_tag
def icon(name: str) -> SafeString:
    """A drawing that goes with a word: hidden from screen readers."""
    if name not in icon_names():
        raise UnknownIconError(name)
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', static("icons.svg"), name)


@register.simple_tag
def islands(*names: str) -> SafeString:
    """The scripts of a page's islands; what they share with one another, or with the shell that is there, is named once."""
    there, lines = _tags("shell"), dict.fromkeys(line for name in names for line in _tags(name))
    return mark_safe("\n".join(line for line in lines if line not in there))  # noqa: S308 - files of our own build


def _tags(island: str) -> dict[str, None]:
    """The lines that bring it, in their order."""
    return dict.fromkeys(
        DjangoViteAssetLoader.instance().generate_vite_asset(f"src/islands/{island}/index.ts").split("\n")
    )


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A QR code as an SVG element (the content policy admits no `data:` image), dark on light in both themes, with its own name."""
    code = segno.make(text, error="m", micro=False)
    drawing = code.svg_inline(omitsize=True, dark="#000000", light="#ffffff", border=3, svgclass="qr", lineclass=None)
    return mark_safe(drawing.replace("<svg ", format_html('<svg role="img" aria-label="{}" ', label), 1))  # noqa: S308 - segno's own drawing


@register.simple_tag
def map_tiles() -> str:
    """Where the map of a page finds the base map that an administrator imported; empty when our own drawing stands in."""
    return reverse("map-tiles") if tiles_file(settings.BEFFROI_HOME).exists() else ""


# As chart.css has them in light: what paper shows, where no style sheet reaches into a drawing.
FILLS = ("#17566b", "#c2564a", "#9a6a12", "#6f7e79")


@register.simple_tag
def chart_fill(series: int) -> str:
    """The colour of a series on paper; on a screen the style sheet has its own."""
    return FILLS[(series - 1) % len(FILLS)]


@register.simple_tag
def chart_words(mark: Mark) -> str:
    """A text of the drawing; a figure is whole, as the language writes it."""
    return mark.text if isinstance(mark.text, str) else number_format(mark.text, 0)


@register.inclusion_tag("web/chart.html")
def chart(chart: Chart, csv: str = "") -> dict[str, object]:
    """A chart drawn by the server, with its table, and the address of its CSV; a script makes it answer to the pointer."""
    return {"chart": chart, "csv": csv}


class NotOnPaperError(LookupError):
    """A template offers a PDF of a page that no app registered as one (persistence.papers)."""


@register.inclusion_tag("web/paper.html", takes_context=True)
def paper(context: template.RequestContext) -> dict[str, str]:
    """The buttons of a page that may be had on paper: print it, or take its PDF, with what is chosen on it."""
    request = context.request
    match = request.resolver_match
    if request.method != "GET":
        return {"address": ""}  # a form that came back: its page is at another address
    if match is None or match.url_name not in PAPERS:
        raise NotOnPaperError(request.path)
    query = request.GET.copy()
    query["format"] = "pdf"
    return {"address": f"?{query.urlencode()}"}


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """A form's control; the first wrong one takes the focus, unless a summary of the errors does."""
    focus = not summarised(field.form) and field.name == _first_wrong(field.form)
    return field.as_widget(attrs={"autofocus": True} if focus else None)


@register.filter
def summarised(form: BaseForm) -> bool:
    """Whether the errors are gathered above the form: when one belongs to no field, or when there are several."""
    return bool(form.non_field_errors()) or len(form.errors) > 1


@register.filter
def browser(user_agent: str) -> str:
    """A User-Agent in words."""
    return browsers.described(user_agent)


@register.filter
def in_fours(secret: str) -> str:
    """A key that a person copies by hand: groups of four."""
    return " ".join(re.findall(".{1,4}", secret))


def _first_wrong(form: BaseForm) -> str | None:
    return next((name for name in form.fields if name in form.errors), None)
