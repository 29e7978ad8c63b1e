"""What the pages for operators have people type is there: each command, each of its options."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from beffroi.cli.main import COMMANDS, parser_for
from tests.shape.tree import ROOT

PAGES: Final = (ROOT / "README.md", *sorted((ROOT / "docs/operators").glob("*.md")))
FENCED: Final = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED: Final = re.compile(r"^    (\S.*)$", re.MULTILINE)
INLINE: Final = re.compile(r"`([^`\n]+)`")
# What follows the word, unless it is an account's name (install -o beffroi); a container's comes before it.
TYPED: Final = re.compile(r"(?<!-o )(?<!-g )(?:^|[\s/])beffroi (?:beffroi )?(?=[a-z])([^|>;&#\n]+)", re.MULTILINE)


def typed(page: Path) -> Iterator[list[str]]:
    """The words after `beffroi` of every command that a page shows."""
    text = page.read_text(encoding="utf-8").replace("\\\n", " ")
    shown = [*FENCED.findall(text), *INDENTED.findall(text), *INLINE.findall(FENCED.sub("", text))]
    for each in shown:
        for words in TYPED.findall(each):
            yield words.split()


def unknown(words: list[str]) -> list[str]:
    """Those that no command of ours takes."""
    name, *rest = words
    if name not in COMMANDS:
        return [name]
    (commands,) = _below(parser_for(name))
    node, wrong = commands.choices[name], []
    for word in rest:
        option = word.partition("=")[0]
        if option.startswith("--") and option not in node._option_string_actions:
            wrong.append(option)
        for below in _below(node):
            if word in below.choices:
                node = below.choices[word]
    return wrong


def _below(parser: argparse.ArgumentParser) -> list["argparse._SubParsersAction[argparse.ArgumentParser]"]:
    return [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]


def test_every_command_that_a_page_shows_is_one_with_these_options() -> None:
    shown = [(page.name, words) for page in PAGES for words in typed(page)]
    assert len(shown) > 100
    assert [(name, " ".join(words)) for name, words in shown if unknown(words)] == []


def test_one_that_is_not_there_is_seen() -> None:
    assert unknown(["backup", "verify", "--rot", "FILE"]) == ["--rot"]
    assert unknown(["check"]) == ["check"]
