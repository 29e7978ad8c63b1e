"""The table of tests/matrix/routes.txt, read: what each role gets from each route, by method."""

from dataclasses import dataclass
from pathlib import Path

ROLES = ("anonymous", "administrator", "alice", "official", "police", "bob", "tech", "counter", "charlie", "dave")
TABLE = Path(__file__).with_name("routes.txt")
# Statuses, and what a redirection means.
OUTCOMES = {
    "200": "served",
    "201": "made, and shown",
    "202": "not ready yet, ask again",
    "204": "done, and nothing to show",
    "302": "done, go on",
    "login": "log in first (a page)",
    "401": "log in first (the API)",
    "confirm": "prove again who you are",
    "403": "not yours to do",
    "404": "no such page: that it exists is not told either",
    "405": "not that way",
    "400": "refused for what it says",
    "409": "refused for the state things are in",
    "422": "the form comes back with what is missing",
    "503": "a part of the installation is down",
    "504": "the device does not answer",
}


@dataclass(frozen=True)
class Row:
    """One line: a route and a method, and what each role gets."""

    line: int
    method: str
    path: str
    outcomes: dict[str, str]


class TableError(ValueError):
    """A line of the table that can't be read; the message says which and why."""


def read(text: str) -> list[Row]:
    """The rows of the table's text: `METHOD path outcome…`, one outcome a role, or one for all after a `*`."""
    rows = []
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if words == ["METHOD", "ROUTE", *ROLES]:
            continue
        method, path, *outcomes = words
        if outcomes[:1] == ["*"]:
            outcomes = outcomes[1:] * len(ROLES)
        if len(outcomes) != len(ROLES):
            raise TableError(f"line {number}: {len(outcomes)} outcomes for {len(ROLES)} roles")
        if unknown := set(outcomes) - set(OUTCOMES):
            raise TableError(f"line {number}: {', '.join(sorted(unknown))}: no such outcome")
        rows.append(Row(number, method, path, dict(zip(ROLES, outcomes, strict=True))))
    return rows


def rows() -> list[Row]:
    """The committed table."""
    return read(TABLE.read_text(encoding="utf-8"))
