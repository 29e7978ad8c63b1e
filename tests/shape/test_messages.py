"""Every string has its French, in French typography, and no template shows a word that can't be translated."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from babel.messages.catalog import Message
from django.template.base import Lexer, Token, TokenType

from scripts import update_messages

ROOT = update_messages.ROOT
HELP = "run scripts/messages, then write the French in src/beffroi/locale/fr/LC_MESSAGES/django.po"
TEMPLATES = sorted(path for path in update_messages.sources() if path.suffix != ".py")
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sdif]|\{(\w*)\}")
TAG = re.compile(r"</?[a-z][^>]*>")
# Names, which are the same in every language.
NAMES = re.compile(r"\b(?:Beffroi|QR|EN|FR|CSV|SIREN)\b")
# Blocks of the frames that stand inside an attribute `class`.
CLASSES = {"face", "page_class"}
# What a machine reads, or a person types to one.
SILENT = {"script", "style", "code", "kbd", "pre"}
SHOWN_ATTRIBUTES = {
    "alt",
    "title",
    "placeholder",
    "label",
    "aria-label",
    "aria-description",
    "aria-roledescription",
    "data-label",
    "data-done",
}


def sentences() -> Iterator[Message]:
    """What the catalogue translates."""
    return (message for message in update_messages.read() if message.id)


def forms(message: Message) -> list[tuple[str, str]]:
    """Source and French, form by form, of what has its French."""
    sources, strings = several(message.id), several(message.string)
    return [(sources[min(number, len(sources) - 1)], french) for number, french in enumerate(strings) if french]


def several(form: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """A message's one form or its plurals, alike."""
    return (form or "",) if isinstance(form, str) or form is None else tuple(form)


def test_catalogue_is_up_to_date() -> None:
    assert update_messages.FRENCH.read_bytes() == update_messages.written(update_messages.merged()), HELP


def test_every_string_has_its_french() -> None:
    assert update_messages.untranslated(update_messages.merged()) == [], HELP


def test_nothing_is_guessed_nor_left_over() -> None:
    catalogue = update_messages.read()
    assert [message.id for message in catalogue if message.id and message.fuzzy] == []
    assert list(catalogue.obsolete) == []


def test_placeholders_are_the_same() -> None:
    wrong = [
        (source, french)
        for message in sentences()
        for source, french in forms(message)
        if not placeholders(french) <= placeholders("".join(message.id)) or not forgiven(message, source, french)
    ]
    assert wrong == []


def placeholders(text: str) -> set[str]:
    return {match.group(0) for match in PLACEHOLDER.finditer(text)}


def forgiven(message: Message, source: str, french: str) -> bool:
    """A singular may leave its number unsaid ("one place"); anything else is said in both languages."""
    return placeholders(source) == placeholders(french) or (
        message.pluralizable and french == several(message.string)[0]
    )


def test_markup_is_the_same() -> None:
    wrong = [
        (source, french)
        for message in sentences()
        for source, french in forms(message)
        if sorted(TAG.findall(source)) != sorted(TAG.findall(french))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("fault", "pattern"),
    [
        ("a typewriter apostrophe", r"\w'\w"),
        (
            "a sign that needs a no-break space before it",
            r"(?<![\u00a0\u202f])[;!?»](?![a-z(])|(?<=[^\W\d])(?<!https):(?!\w|//)|[ ][:;!?»]",
        ),
        ("an opening quote that needs a no-break space after it", r"«(?!\u00a0)"),
        ("English quotes", r"[“”]"),
    ],
)
def test_french_typography(fault: str, pattern: str) -> None:
    wrong = [french for message in sentences() for _, french in forms(message) if re.search(pattern, french)]
    assert wrong == [], fault


def test_templates_show_only_what_is_translated() -> None:
    assert TEMPLATES
    told = {str(path): words for path in TEMPLATES if (words := shown(path.read_text()))}
    assert told == {}, "put it in {% translate %} or {% blocktranslate %}"


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<img alt="A lock">', ["A lock"]),
        ('<input type="submit" value="Go">', ["Go"]),
        ("{% if a %}Open{% endif %}", ["Open"]),
        ('<p>{% translate "Hello" %}</p>', []),
        ("{% blocktranslate %}Hello <b>you</b>{% endblocktranslate %}", []),
        ("{# note #}{% comment %}note{% endcomment %}<script>let a</script>", []),
        ('<input type="hidden" value="go">{{ name }} · 30', []),
        ("{% firstof a.name 'Beffroi' %} Beffroi", []),
        ("Recovery: {{ code }}", ["Recovery:"]),
    ],
)
def test_checker_of_templates(template: str, words: list[str]) -> None:
    assert shown(template) == words


def shown(template: str) -> list[str]:
    """Words that a person would read and no tag translates."""
    reader = Words()
    reader.feed("".join(plain(Lexer(template).tokenize())))
    reader.close()
    return reader.found


def plain(tokens: list[Token]) -> Iterator[str]:
    """The template's own text: not what a tag writes, nor what is between the tags of a translation or a comment."""
    until: str | None = None
    for token in tokens:
        words = token.split_contents() if token.token_type == TokenType.BLOCK else []
        name = words[0] if words else ""
        if until is not None:
            until = None if name == until else until
        elif name in ("blocktranslate", "blocktrans", "comment", "verbatim"):
            until = f"end{name}"
        elif name == "block" and words[1] in CLASSES:
            until = "endblock"
        elif token.token_type == TokenType.TEXT:
            yield token.contents


class Words(HTMLParser):
    """Gathers text and the attributes that are read aloud or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in SILENT
        values = dict(attrs)
        if tag == "input" and values.get("type") in ("submit", "button", "reset"):
            self.keep(values.get("value") or "")
        for name in SHOWN_ATTRIBUTES & values.keys():
            self.keep(values[name] or "")
        if values.get("name") == "description":
            self.keep(values.get("content") or "")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in SILENT

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.keep(data)

    def keep(self, text: str) -> None:
        if any(letter.isalpha() for letter in NAMES.sub("", text)):
            self.found.append(" ".join(text.split()))
