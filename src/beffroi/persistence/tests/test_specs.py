"""What a SPEC.md says of data: read whole, or refused with what is wrong; never half read."""

from pathlib import Path

import pytest

import beffroi
from beffroi.persistence.specs import Feared, SpecUnreadable, read_section

LEAD = """# An app

**Processing.** Read by programs.

- Record: Who comes to the pool
- Purpose: Open the
  gate.
- Legal basis: Public task
- People: Swimmers
- Data: A number
- Recipients: The pool
- Information: At the gate
- Retention: `pool.gates`, `pool.days`
- Tables of others: `tickets`

**Risks.** What is feared.

- Somebody is followed
  - From: A curious
    colleague
  - Against: Names are hidden
  - Against: Traces end
"""
PART = """**Processing.** Read by programs.

- Part of: `pool`
- Purpose: Heat the water.
- Data: Nobody's
"""


def test_a_record_is_read_whole() -> None:
    section = read_section(LEAD)
    assert (section.title, section.part_of) == ("Who comes to the pool", "")
    assert section.texts["Purpose"] == "Open the gate."
    assert section.rules == ("pool.gates", "pool.days")
    assert section.others == ("tickets",)
    assert section.risks == (Feared("Somebody is followed", "A curious colleague", ("Names are hidden", "Traces end")),)
    assert {"Swimmers", "Traces end", "Who comes to the pool"} <= set(section.words())


def test_a_part_says_whose_and_no_more_than_it_adds() -> None:
    section = read_section(PART)
    assert (section.title, section.part_of) == ("", "pool")
    assert list(section.words()) == ["Heat the water.", "Nobody's"]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("**Processing.**", "**Processings.**", "there is no"),
        ("- People: Swimmers\n", "", "People"),
        ("- Purpose: Open", "- Purpose Open", "not a field"),
        ("- Data: A number", "- Data: A number\n- Data: Another", "there twice"),
        ("- Data: A number", "- Date: A number", "not a field"),
        ("- Record: Who comes to the pool", "- Record: Who comes\n- Part of: `pool`", "has a record, or is part"),
        ("- Record: Who comes to the pool\n", "", "has a record, or is part"),
        ("`pool.gates`, `pool.days`", "a year", "not codes"),
        ("`pool.gates`, `pool.days`", "`pool.gates` for a year", "not codes"),
        ("- Tables of others", "Tables of others", "after the list"),
        ("  - From: A curious\n    colleague\n", "", "one origin"),
        ("  - Against: Names are hidden\n  - Against: Traces end\n", "", "a measure at least"),
        ("  - Against: Names", "  - Although: Names", "not of a risk"),
    ],
)
def test_what_cant_be_read_is_refused_with_what_is_wrong(before: str, after: str, said: str) -> None:
    assert before in LEAD
    with pytest.raises(SpecUnreadable, match=said):
        read_section(LEAD.replace(before, after, 1))


def test_each_of_ours_is_read() -> None:
    specs = sorted(Path(beffroi.__file__).parent.rglob("SPEC.md"))
    assert len(specs) >= 19
    for spec in specs:
        assert read_section(spec.read_text(encoding="utf-8")).texts["Data"], spec
