"""What is public is documented, or the build fails: settings, commands, registries, API operations; and no page points at nothing."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from beffroi.config.environment import DEVELOPERS, INTERNAL, settings
from tests.docs.fresh import made
from tests.docs.reference import PAGES
from tests.shape.tree import ROOT, SRC, tracked

LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
MENTION = re.compile(r"`((?:docs|src|tests|scripts|bench|frontend)/[\w./-]+)`")
PAGES_OF_TEXT = [path for path in tracked() if path.suffix == ".md"]


@pytest.mark.parametrize("path", PAGES)
def test_a_reference_page_says_what_the_code_does(path: str) -> None:
    kept = (ROOT / path).read_text(encoding="utf-8") if (ROOT / path).exists() else ""
    assert kept == made()["pages"][path], f"{path} is behind the code: run `make docs` and read what changed"


def operations() -> dict[str, dict[str, Any]]:
    """Operations of the API, by "METHOD path", from the committed document."""
    document = json.loads((ROOT / "docs/api/openapi.json").read_text(encoding="utf-8"))
    return {f"{method.upper()} {path}": one for path, item in document["paths"].items() for method, one in item.items()}


def test_every_operation_of_the_api_is_described() -> None:
    wanting = [
        name
        for name, one in operations().items()
        if not (one.get("summary") and one.get("description") and one.get("tags"))
    ]
    assert wanting == []


def test_every_operation_has_a_name_of_its_own() -> None:
    names = [one["operationId"] for one in operations().values()]
    assert len(names) == len(set(names))


def test_every_setting_is_described() -> None:
    assert [one.variable for one in settings() if len(one.description.split()) < 3 or not one.default] == []


def test_no_setting_is_read_but_those() -> None:
    """Every BEFFROI_ word of the code is a setting, or one that our own programs pass to one another."""
    known = {one.variable for one in settings()} | DEVELOPERS | INTERNAL
    used = re.compile(r"(?:environ(?:\.get|\.pop|\.setdefault)?[\[(]|getenv\()\s*f?[\"'](BEFFROI_\w+)[\"']")
    found = {
        name: path.name
        for path in tracked()
        if path.suffix == ".py" and path.is_relative_to(SRC)
        for name in used.findall(path.read_text(encoding="utf-8"))
        if name not in known
    }
    assert found == {}


def test_every_command_and_argument_has_its_help() -> None:
    page = made()["pages"]["docs/operators/commands.md"]
    assert re.findall(r"^\|.*\|\s*\|$", page, re.MULTILINE) == [], "an argument without help"
    assert re.findall(r"^##+ .*\n\n(?=#|$)", page, re.MULTILINE) == [], "a command without a description"


@pytest.mark.parametrize("page", PAGES_OF_TEXT, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_points_at_what_exists(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    links = [page.parent / link for link in LINK.findall(text) if "://" not in link and not link.startswith("mailto:")]
    mentions = [ROOT / name for name in MENTION.findall(text) if "*" not in name and "<" not in name]
    assert [str(target) for target in (*links, *mentions) if not target.exists()] == []


def test_every_decision_has_its_number_its_status_and_its_line() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    pages = sorted(folder.glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1)), "numbered without a gap"
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(page.name[:4])}. "), page.name
        assert re.search(
            r"^Date: \d{4}-\d\d-\d\d\. Status: (proposed|accepted|replaced by \d+)\.$", text, re.MULTILINE
        ), page.name
        assert f"({page.name})" in index, f"{page.name} has no line in the index"
