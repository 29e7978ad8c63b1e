"""Templates keep to the content policy, name drawings that exist, and lead nowhere that isn't there."""

import re
from collections.abc import Callable, Iterable

import pytest
from django.template import TemplateSyntaxError
from django.template.base import Lexer, TokenType
from django.template.engine import Engine
from django.urls import get_resolver

from beffroi.web.templatetags.shell import icon_names
from scripts.update_messages import sources

TEMPLATES = {
    path.as_posix().split("/src/beffroi/")[1]: path.read_text() for path in sorted(sources()) if path.suffix != ".py"
}


def faults(look: Callable[[str], Iterable[str]]) -> dict[str, list[str]]:
    """What is wrong in each template, where something is: a test of its own for each would be three thousand."""
    assert TEMPLATES
    return {name: found for name, text in TEMPLATES.items() if (found := sorted(look(text)))}


INLINE = {
    "a script inside the page": r"<script(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>",
    "a style inside the page": r"<style\b|\bstyle=",
    "a handler inside the page": r"\son[a-z]+=",
    "an address that holds its content": r"\bdata:[a-z]+/",
    "somebody else's server": r"(?:src|href|action)=\"(?:https?:)?//",
    "a dead link": r"href=\"#?\"",
}


TRANSLATED = re.compile(r"{% blocktranslate\b.*?{% endblocktranslate %}", re.DOTALL)
COLON = re.compile(r"(?:%}|}}|</\w+>):(?=[\s{<]).{0,40}")


def test_a_colon_is_written_by_whoever_translates() -> None:
    # French has a space before it, English none: outside of what is translated it is wrong in one of them.
    assert faults(lambda text: COLON.findall(TRANSLATED.sub("", text))) == {}


@pytest.mark.parametrize("fault", INLINE)
def test_nothing_that_the_content_policy_refuses(fault: str) -> None:
    assert faults(re.compile(INLINE[fault]).findall) == {}


def test_drawings_exist() -> None:
    known = icon_names()
    assert faults(lambda text: set(re.findall(r'{% icon "([^"]+)" %}', text)) - known) == {}


def test_addresses_exist() -> None:
    known = set(get_resolver().reverse_dict) | {
        f"{namespace}:{name}"
        for namespace, (_, resolver) in get_resolver().namespace_dict.items()
        for name in resolver.reverse_dict
    }
    assert faults(lambda text: addresses(text) - known) == {}


def addresses(text: str) -> set[str]:
    """The names that a template leads to, where it writes them."""
    return {
        token.split_contents()[1].strip("'\"")
        for token in Lexer(text).tokenize()
        if token.token_type == TokenType.BLOCK
        and token.split_contents()[0] == "url"
        and token.split_contents()[1][0] in "'\""
    }


def test_they_are_templates() -> None:
    def mistakes(text: str) -> list[str]:
        try:
            Engine.get_default().from_string(text)
        except TemplateSyntaxError as error:
            return [str(error)]
        return []

    assert faults(mistakes) == {}


PILL = re.compile(r'<span class="pill[^>]*>((?:(?!</span>).)*)</span>', re.DOTALL)
CONDITION = r"\{% (?:if|elif|else|endif)[^%]*%\}\s*|\{% icon [^%]*%\}\s*"
SMALL = re.compile(
    rf"(?:^\s*|\{{% (?:if|elif|else)[^%]*%\}}\s*)(?:{CONDITION})*"
    r'(\{% (?:translate "[a-z]|blocktranslate[^%]*(?:%[^}][^%]*)*%\}[a-z])|\{\{ [a-z_.]+_display \}\})',
    re.DOTALL,
)


def test_a_state_begins_with_a_capital() -> None:
    """Models call a state in small letters, to be said within a sentence: alone, on its pill, it begins one."""

    def small(text: str) -> list[str]:
        return [found[1] for pill in PILL.findall(text) if (found := SMALL.search(pill))]

    assert faults(small) == {}, "write `|capfirst`, or `{% filter capfirst %}` around it"
