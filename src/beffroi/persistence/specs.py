"""What each app's SPEC.md says of data about people: the one source of processing records, impact assessments and information notices.

A part of the file, for readers and for this module:

    **Processing.** Some words.

    - Record: the record's title; or `Part of:` the app whose record it completes
    - Purpose: …
    - Legal basis, People, Data, Recipients, Information, Otherwise kept: …
    - Retention: the codes of its rules, each in backquotes
    - Tables of others: apps that are not ours, whose tables it speaks of too

    **Risks.** Some words.

    - What is feared
      - From: by whom or what
      - Against: a measure; as many lines as there are measures

An app in whose tables nobody is named says no `People`. Texts are English; `scripts/messages` gathers them for the French catalogue. Pure
Python: the catalogue is made without Django.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

BEGINNING: Final = "**Processing.**"
RISKS: Final = "**Risks.**"
TEXTS: Final = ("Purpose", "Legal basis", "People", "Data", "Recipients", "Information", "Otherwise kept")
CODES: Final = ("Part of", "Retention", "Tables of others")
FIELDS: Final = frozenset({"Record", *TEXTS, *CODES})
OWN: Final = ("Purpose", "Data")
LEADING: Final = ("Purpose", "Legal basis", "People", "Data", "Recipients", "Information")
CODE: Final = re.compile(r"`([a-z_.-]+)`")


class SpecUnreadable(ValueError):
    """A SPEC.md whose part on data can't be read; says the line, or what is missing."""


@dataclass(frozen=True, slots=True)
class Feared:
    """A risk, in English."""

    feared: str
    sources: str
    measures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What one app says. Its record is its own (`title`) or another app's (`part_of`); `texts` by field, in English."""

    title: str
    part_of: str
    texts: dict[str, str]
    rules: tuple[str, ...]
    others: tuple[str, ...]
    risks: tuple[Feared, ...]

    def words(self) -> Iterator[str]:
        """Every text that people read, to be translated."""
        if self.title:
            yield self.title
        yield from self.texts.values()
        for risk in self.risks:
            yield from (risk.feared, risk.sources, *risk.measures)


def read_section(spec: str) -> Section:
    """What a SPEC.md says of data; raises SpecUnreadable."""
    _head, found, rest = spec.partition(BEGINNING)
    if not found:
        raise SpecUnreadable(f"there is no {BEGINNING}")
    about, _found, feared = rest.partition(RISKS)
    fields: dict[str, str] = {}
    for item in _items(about):
        name, colon, value = item.partition(": ")
        if not colon or name not in FIELDS or name in fields:
            raise SpecUnreadable(f"not a field, or there twice: {item}")
        fields[name] = value
    if ("Record" in fields) == ("Part of" in fields):
        raise SpecUnreadable("it has a record, or is part of one")
    wanted = LEADING if "Record" in fields else OWN
    if missing := [name for name in wanted if name not in fields]:
        raise SpecUnreadable(f"it doesn't say: {', '.join(missing)}")
    return Section(
        title=fields.get("Record", ""),
        part_of="".join(_codes(fields.get("Part of", ""))),
        texts={name: fields[name] for name in TEXTS if name in fields},
        rules=_codes(fields.get("Retention", "")),
        others=_codes(fields.get("Tables of others", "")),
        risks=tuple(_risks(feared)),
    )


def _items(part: str) -> list[str]:
    """The list's items, each on one line; items of an inner list keep one leading space."""
    found: list[str] = []
    for line in part.splitlines():
        bare = line.strip()
        if bare.startswith("- "):
            found.append((" " if line.startswith(" ") else "") + bare[2:])
        elif found and line.startswith("  ") and bare:
            found[-1] += f" {bare}"
        elif found and bare:
            raise SpecUnreadable(f"after the list: {bare}")
    return found


def _codes(value: str) -> tuple[str, ...]:
    codes = tuple(CODE.findall(value))
    if value and ", ".join(f"`{code}`" for code in codes) != value:
        raise SpecUnreadable(f"not codes: {value}")
    return codes


def _risks(part: str) -> Iterator[Feared]:
    feared = ""
    said: dict[str, dict[str, list[str]]] = {}
    for item in _items(part):
        if not item.startswith(" "):
            feared = item
            said[feared] = {"From": [], "Against": []}
            continue
        name, _colon, value = item.strip().partition(": ")
        if not feared or name not in said[feared] or not value:
            raise SpecUnreadable(f"not of a risk: {item}")
        said[feared][name].append(value)
    for feared, lines in said.items():
        if len(lines["From"]) != 1 or not lines["Against"]:
            raise SpecUnreadable(f"one origin and a measure at least: {feared}")
        yield Feared(feared, lines["From"][0], tuple(lines["Against"]))
