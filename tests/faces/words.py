"""What the catalogue says in one language only."""

import functools
import re

from scripts import update_messages

MARKUP = re.compile(r"<[^>]*>")
PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sdif]|\{\w*\}")


@functools.cache
def only_in(language: str) -> frozenset[str]:
    """Sentences and words that are that language's and not the other's: no placeholder, no markup."""
    english, french = set[str](), set[str]()
    for message in update_messages.read():
        if message.id:
            english |= _said(message.id)
            french |= _said(message.string)
    return frozenset(english - french if language == "en" else french - english)


def _said(form: str | tuple[str, ...] | list[str] | None) -> set[str]:
    forms = [form or ""] if isinstance(form, str) or form is None else list(form)
    return {
        " ".join(one.split()) for one in forms if one.strip() and not MARKUP.search(one) and not PLACEHOLDER.search(one)
    }
