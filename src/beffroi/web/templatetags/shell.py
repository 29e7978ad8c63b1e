"""Pieces of the design language that templates write: built in, so that no page has to load them."""

import functools
import re
from pathlib import Path

import segno
from django import template
from django.forms import BaseForm, BoundField
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from beffroi.lib import browsers

register = template.Library()

ICONS = Path(__file__).resolve().parents[1] / "static" / "icons.svg"


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
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"></use></svg>', static("icons.svg"), name)


@register.simple_tag
def qr(text: str, label: str) -> SafeString:
    """A QR code as an SVG element (the content policy admits no `data:` image), dark on light in both themes, with its own name."""
    code = segno.make(text, error="m", micro=False)
    drawing = code.svg_inline(omitsize=True, dark="#000000", light="#ffffff", border=3, svgclass="qr", lineclass=None)
    return mark_safe(drawing.replace("<svg ", format_html('<svg role="img" aria-label="{}" ', label), 1))  # noqa: S308 - segno's own drawing


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
