"""Templates keep to the content policy, name drawings that exist, and lead nowhere that isn't there."""

import re
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType
from django.template.engine import Engine
from django.urls import get_resolver

from beffroi.web.templatetags.shell import icon_names
from scripts.update_messages import sources

TEMPLATES = sorted(path for path in sources() if path.suffix != ".py")
NAMES = [path.as_posix().split("/src/beffroi/")[1] for path in TEMPLATES]
everywhere = pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)

INLINE = {
    "a script inside the page": r"<script(?![^>]*\b(?:src|type=\"application/json\"))[^>]*>",
    "a style inside the page": r"<style\b|\bstyle=",
    "a handler inside the page": r"\son[a-z]+=",
    "an address that holds its content": r"\bdata:[a-z]+/",
    "somebody else's server": r"(?:src|href|action)=\"(?:https?:)?//",
    "a dead link": r"href=\"#?\"",
}


@everywhere
@pytest.mark.parametrize("fault", INLINE)
def test_nothing_that_the_content_policy_refuses(path: Path, fault: str) -> None:
    assert re.findall(INLINE[fault], path.read_text()) == []


@everywhere
def test_drawings_exist(path: Path) -> None:
    named = set(re.findall(r'{% icon "([^"]+)" %}', path.read_text()))
    assert named - icon_names() == set()


@everywhere
def test_addresses_exist(path: Path) -> None:
    named = {
        token.split_contents()[1].strip("'\"")
        for token in Lexer(path.read_text()).tokenize()
        if token.token_type == TokenType.BLOCK
        and token.split_contents()[0] == "url"
        and token.split_contents()[1][0] in "'\""
    }
    known = set(get_resolver().reverse_dict) | {
        f"{namespace}:{name}"
        for namespace, (_, resolver) in get_resolver().namespace_dict.items()
        for name in resolver.reverse_dict
    }
    assert named - known == set()


@everywhere
def test_it_is_a_template(path: Path) -> None:
    Engine.get_default().from_string(path.read_text())
