"""docs/spec/register.md and the code say the same."""

import re
from pathlib import Path

from beffroi.kernel.register.registry import OWN_KINDS
from beffroi.kernel.register.rules import RESERVED, FieldType
from beffroi.protocol.register import entry, export, receipt

SPEC = (Path(__file__).parents[5] / "docs" / "spec" / "register.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    """Rows of the first table after a heading row that begins so, cells without their quotes."""
    lines = SPEC[SPEC.index(heading) :].splitlines()[2:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_field_type_is_described() -> None:
    assert [named(row[0])[0] for row in table("| type | form |")] == [kind.value for kind in FieldType]


def test_the_registers_own_kinds_are_described() -> None:
    described = {named(row[0])[0]: named(row[1]) for row in table("| kind | fields | says |")}
    assert described == {kind.code: list(kind.fields) for kind in OWN_KINDS}


def test_the_names_that_every_kind_has_are_described() -> None:
    sentence = SPEC[SPEC.index("Five names are the same") :].split("\n\n")[0]
    assert named(sentence) == list(RESERVED)


def test_a_receipts_members_are_described() -> None:
    described = [name for row in table("| member | form |\n|---|---|\n| `type`") for name in named(row[0])]
    empty = receipt.Receipt(origin="", index=0, entry=b"", proof=(), checkpoint="", openings={})
    assert described == re.findall(r'^ "(\w+)":', empty.to_bytes().decode(), re.MULTILINE)


def test_the_outcomes_of_resume_are_described() -> None:
    source = (Path(__file__).parents[1] / "sequencer" / "resumption.py").read_text(encoding="utf-8")
    described = {named(row[0])[0] for row in table("| outcome | when | what is done |")}
    assert described == set(re.findall(r'Outcome\([^"]*"([a-z-]+)"', source))


def test_versions_and_bounds() -> None:
    assert (entry.VERSION, receipt.VERSION, export.VERSION) == (1, 1, 1)
    assert f"at most {entry.GREATEST_ENTRY:,} bytes" in SPEC
    assert f'"type":"{export.TYPE}","v":{export.VERSION}' in SPEC
