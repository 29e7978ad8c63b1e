"""What axe found, as a page of docs/accessibility: `python -m tests.faces.report FOLDER PAGE`."""

import json
import re
import sys
from itertools import groupby
from pathlib import Path

from tests.journeys.criteria import AXE, CRITERIA

SPACES = re.compile(r"[\s|]+")
# route, role, the whole of how it was looked at, faults
Line = tuple[str, str, str, list[str]]


def written(lines: list[Line]) -> str:
    """The report: how many looks, with which rules, and what each found."""
    version = json.loads((AXE.parent / "package.json").read_text())["version"]
    faulty = [line for line in lines if line[3]]
    head = f"""# What axe finds

<!-- Made by `make axe`: don't edit. -->

Every page of the town of the access matrix, as whoever sees most of it and as whoever sees least, in French and in English, light and dark,
320, 390 and 1280 pixels wide: {len(lines)} looks at {len({line[0] for line in lines})} pages, {len(faulty)} of them with a fault.
axe-core {version}, rules {", ".join(CRITERIA)}.

| page | as | looks | faults |
|---|---|---|---|
"""
    rows = [
        f"| `{route}` | {role} | {len(looks)} | {sum(len(line[3]) for line in looks)} |"
        for (route, role), together in groupby(lines, lambda line: line[:2])
        if (looks := list(together))
    ]
    told = [f"- {how}: {SPACES.sub(' ', fault)[:300]}" for _, _, how, found in faulty for fault in found]
    return head + "\n".join(rows) + "\n" + ("\n## Faults\n\n" + "\n".join(told) + "\n" if told else "")


def main(folder: Path, page: Path) -> None:
    """Put the parts together, by page and by role."""
    lines = [tuple(line) for part in sorted(folder.glob("*.json")) for line in json.loads(part.read_text())]
    page.write_text(written(sorted(lines, key=lambda line: line[:2])))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
