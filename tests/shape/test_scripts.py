"""What the TypeScript compiler lets through and we don't: `any`, silenced checks, words on the console."""

import re

import pytest

from tests.shape.tree import ROOT

SOURCES = sorted(path for path in (ROOT / "frontend" / "src").rglob("*.ts"))
REFUSED = {
    "any": re.compile(r"(?:\bas\s+any\b|:\s*any\b(?=\s*[;,)=\]])|<any\b|\bany\[\])"),
    "a silenced check": re.compile(r"@ts-(?:ignore|nocheck|expect-error)"),
    "the console": re.compile(r"\bconsole\.\w+\("),
    "a debugger": re.compile(r"^\s*debugger\b", re.MULTILINE),
}


@pytest.mark.parametrize("what", REFUSED)
def test_no_script_has(what: str) -> None:
    assert SOURCES
    # A vector has members of its own, and a wrong one fails its test: tests may read them untyped.
    shipped = [path for path in SOURCES if what != "any" or not path.name.endswith(".test.ts")]
    found = [str(path.relative_to(ROOT)) for path in shipped if REFUSED[what].search(path.read_text())]
    assert found == []
