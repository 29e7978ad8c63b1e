"""docs/accessibility/rgaa.md has each of the RGAA's criteria once, names tests that exist, and its rate is that of its table."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "accessibility" / "rgaa.md").read_text()
# How many criteria each of the thirteen subjects of version 4.1 has.
SUBJECTS = (9, 2, 3, 13, 8, 2, 5, 10, 4, 14, 13, 11, 12)
LINE = re.compile(r"^\| (\d+\.\d+) \| ([^|]+) \| (C|NC|NA) \| (.*) \|$", re.MULTILINE)


def test_every_criterion_is_there_once_with_how_it_was_checked() -> None:
    lines = LINE.findall(PAGE)
    assert [number for number, *_ in lines] == [
        f"{subject}.{criterion}" for subject, count in enumerate(SUBJECTS, start=1) for criterion in range(1, count + 1)
    ]
    assert [number for number, _, _, how in lines if not how.strip()] == []


def test_the_rate_is_the_table_s() -> None:
    results = [result for _, _, result, _ in LINE.findall(PAGE)]
    met, apart = results.count("C"), results.count("NA")
    applicable = len(results) - apart
    said = f"Criteria that apply and are met: {met} of {applicable}, {round(100 * met / applicable)} %. Not applicable: {apart}."
    assert said in PAGE


def test_the_tests_it_names_exist() -> None:
    named = set(re.findall(r"`((?:src|tests)/[^`]*\.py)::(\w+)`", PAGE))
    assert named
    missing = [f"{path}::{name}" for path, name in named if f"def {name}(" not in (ROOT / path).read_text()]
    assert missing == []
