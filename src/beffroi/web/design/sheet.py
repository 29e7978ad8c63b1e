"""The sections of docs/developers/design.md that show something, each with its examples, ready for a page.

The wheel carries the document (design.md beside this module is a link to it): the page shows what is written there and nothing else.
"""

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.template import Context
from django.template.engine import Engine
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify

SHEET: Final = Path(__file__).with_name("design.md")
HEADING = re.compile(r"^##+ (.+)$", re.MULTILINE)
BLOCK = re.compile(r"^```html ?([a-z]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
# The whole of a page: this one is it.
WHOLE: Final = "shell"
# What names another element of the same example: it stands twice on the page, each with names of its own.
NAMES = re.compile(
    r'\b(id|for|name|aria-labelledby|aria-describedby|aria-controls|aria-activedescendant|data-dialog-open|data-reveal|data-copy)="([^"]+)"'
)
LANDMARK = re.compile(r'(<(?:nav|aside|section|form|div|ul|ol|iframe)\b[^>]*\baria-label="[^"]*)"')
# An example's links and forms lead nowhere.
LINK = re.compile(r'(<a\b[^>]*\bhref=")[^"]*"')
SENT = re.compile(r'(<form\b[^>]*?) method="post"')


@dataclass(frozen=True, slots=True)
class Example:
    """A piece of markup, and the face that it belongs to."""

    face: str
    markup: str

    def shown(self, theme: str) -> SafeString:
        """As it renders, with names that no other example on the page has."""
        html = NAMES.sub(lambda found: f'{found[1]}="{_named(found[2], theme)}"', self.markup)
        html = LANDMARK.sub(lambda found: f'{found[1]} ({theme})"', html)
        html = SENT.sub(r"\1", LINK.sub(r'\1#main"', html))
        return mark_safe(Engine.get_default().from_string(html).render(Context()))  # noqa: S308 - our own document


@dataclass(frozen=True, slots=True)
class Section:
    """What a heading of the document shows."""

    slug: str
    title: str
    examples: tuple[Example, ...]


@functools.cache
def sections() -> dict[str, Section]:
    """By slug, in the document's order; those that show nothing are left out."""
    text = SHEET.read_text(encoding="utf-8")
    marks = list(HEADING.finditer(text))
    found: dict[str, Section] = {}
    for mark, after in zip(marks, [*(one.start() for one in marks[1:]), len(text)], strict=True):
        blocks = BLOCK.findall(text[mark.end() : after])
        examples = tuple(Example(face or "office", markup) for face, markup in blocks if face != WHOLE)
        if examples:
            slug = slugify(mark[1])
            found[slug] = Section(slug, mark[1], examples)
    return found


def _named(names: str, theme: str) -> str:
    return " ".join(f"{name}-{theme}" for name in names.split())
