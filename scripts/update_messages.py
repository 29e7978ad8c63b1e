"""Gather every string to translate, from Python, templates and what each SPEC.md says of data, into the French catalogue, without
gettext's tools.

What the source no longer says leaves the catalogue; nothing is guessed ("fuzzy") for what is new; a run that finds nothing new changes
no byte: there is no date and no line number in the file.
"""

import io
import pathlib
import sys
from collections.abc import Iterable, Iterator
from typing import cast

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from beffroi.persistence.specs import read_section

ROOT = pathlib.Path(__file__).parents[1]
SOURCE = ROOT / "src"
FRENCH = SOURCE / "beffroi" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
PLURALS = "nplurals=2; plural=(n > 1);"
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "_now": None,  # gettext at once, in a module whose `_` is lazy
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
# A call that the extractor found: its line, its function, what it was given, what translators were told.
Call = tuple[int, str, object, list[str]]
KEPT_HEADERS = (b"Language:", b"Plural-Forms:", b"MIME-Version:", b"Content-Type:", b"Content-Transfer-Encoding:")
TEMPLATES = (".html", ".txt")
LEFT_OUT = {"tests", "migrations", "static"}


def sources() -> Iterator[pathlib.Path]:
    """Python modules and templates of the package, tests left out."""
    for path in sorted(SOURCE.rglob("*")):
        parts = set(path.relative_to(SOURCE).parts)
        if not LEFT_OUT & parts and (path.suffix == ".py" or ("templates" in parts and path.suffix in TEMPLATES)):
            yield path


def as_python(path: pathlib.Path) -> str:
    """A module as it is; a template as the calls of gettext that it makes, each line flush left as Python's tokenizer wants."""
    text = path.read_text()
    if path.suffix == ".py":
        return text
    return "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())


def template() -> Catalog:
    """What the source says today, with the files that say it."""
    found = Catalog(charset="utf-8")
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        code = io.BytesIO(as_python(path).encode())
        # Babel's annotation speaks of what its caller makes of this; the extractor itself gives the function and its arguments.
        calls = cast("Iterable[Call]", extract_python(code, KEYWORDS, ["Translators:"], {}))
        for _line, function, arguments, notes in calls:
            _add(found, name, function, arguments, notes)
    for path in sorted(SOURCE.rglob("SPEC.md")):
        for words in read_section(path.read_text(encoding="utf-8")).words():
            found.add(words, locations=[(path.relative_to(ROOT).as_posix(), 0)])
    return found


def _add(found: Catalog, name: str, function: str, arguments: object, notes: list[str]) -> None:
    spec = cast("tuple[int | tuple[int, str], ...]", KEYWORDS[function] or (1,))
    given = arguments if isinstance(arguments, tuple) else (arguments,)
    context, ids = None, []
    for place in spec:
        index = place[0] if isinstance(place, tuple) else place
        value = given[index - 1] if index <= len(given) else None
        if not isinstance(value, str):
            return  # a variable: what it holds is marked where it is written
        if isinstance(place, tuple):
            context = value
        else:
            ids.append(value)
    if ids[0]:
        found.add(ids[0] if len(ids) == 1 else tuple(ids), locations=[(name, 0)], auto_comments=notes, context=context)


def read() -> Catalog:
    """The French catalogue as it stands."""
    with FRENCH.open("rb") as file:
        return read_po(file, locale="fr")


def merged() -> Catalog:
    """Today's strings with the translations there are."""
    here = Catalog(locale="fr", charset="utf-8", fuzzy=False)
    known = read() if FRENCH.exists() else here
    for message in template():
        if message.id:
            string = _translation(known, message)
            here.add(
                message.id, string, message.locations, auto_comments=message.auto_comments, context=message.context
            )
    return here


def _translation(known: Catalog, message: Message) -> str | tuple[str, ...]:
    before = known.get(message.id, message.context)
    if before is not None and before.pluralizable == message.pluralizable:
        return tuple(before.string) if isinstance(before.string, list) else before.string or ""
    return ("", "") if message.pluralizable else ""


def written(catalogue: Catalog) -> bytes:
    """The file: sorted, one line of origin a message, no date."""
    out = io.BytesIO()
    catalogue.header_comment = (
        "# French: `scripts/messages` brings it up to date; translations are written here by hand."
    )
    write_po(out, catalogue, width=120, sort_output=True, include_lineno=False)
    header, rest = out.getvalue().split(b"\n\n", 1)
    lasting = [line for line in header.split(b"\n") if not line.endswith(b'\\n"') or line[1:].startswith(KEPT_HEADERS)]
    return b"\n".join(lasting) + b"\n\n" + rest


def untranslated(catalogue: Catalog) -> list[str]:
    """Strings with no French, or with a plural form missing."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and not all(message.string if isinstance(message.string, tuple) else (message.string,))
    ]


def main() -> int:
    """Write the catalogue; 1 while something is left to translate."""
    catalogue = merged()
    content = written(catalogue)
    FRENCH.parent.mkdir(parents=True, exist_ok=True)
    if not FRENCH.exists() or FRENCH.read_bytes() != content:
        FRENCH.write_bytes(content)
    left = untranslated(catalogue)
    for text in left:
        sys.stdout.write(f"to translate: {text}\n")
    sys.stdout.write(f"{len(catalogue)} strings, {len(left)} without French\n")
    return bool(left)


if __name__ == "__main__":
    sys.exit(main())
