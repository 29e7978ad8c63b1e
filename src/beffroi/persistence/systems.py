"""What an authority may switch on, and what is done with data.

The processing register (RGPD, article 30), the draft of a system's impact assessment (AIPD), information notices and public pages are made
from each app's SPEC.md (`specs`). It stands below the kernel, as `keeping` does: its durations are that one's rules.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from django.apps import apps
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from beffroi.persistence.specs import Section, SpecUnreadable, read_section

Words = str | Promise
OURS: Final = "beffroi."


@dataclass(frozen=True, slots=True)
class Risk:
    """What could happen to people, and what stands against it: a heading of the impact assessment."""

    feared: Words
    sources: Words
    measures: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Processing:
    """What article 30 asks of one processing. Each text is what the record's own app says, then what apps that are part of it add.

    `rules`: the codes of what is kept; the authority sets their durations. `kept`: what is kept otherwise than by a rule.
    """

    code: str
    title: Words
    purpose: tuple[Words, ...]
    basis: tuple[Words, ...]
    people: tuple[Words, ...]
    data: tuple[Words, ...]
    recipients: tuple[Words, ...]
    notice: tuple[Words, ...]
    kept: tuple[Words, ...]
    rules: tuple[str, ...]
    risks: tuple[Risk, ...]


@dataclass(frozen=True, slots=True)
class System:
    """A part of the platform that an authority switches on once its impact assessment is dated. `does`: what it does, and for whom;
    `icon` is a drawing's name. Its code is its app's label.
    """

    code: str
    label: Words
    does: Words
    icon: str
    order: int

    @property
    def processing(self) -> Processing:
        """Its processing record."""
        return processings()[self.code]

    @property
    def risks(self) -> tuple[Risk, ...]:
        """What its impact assessment weighs."""
        return self.processing.risks


SYSTEMS: dict[str, System] = {}


def register_system(system: System) -> None:
    """Make a system known; a code is one system."""
    if SYSTEMS.setdefault(system.code, system) is not system:
        raise ValueError(f"two systems are called {system.code}")


def systems() -> list[System]:
    """All there are, in order."""
    return sorted(SYSTEMS.values(), key=lambda system: (system.order, system.code))


def platform() -> list[Processing]:
    """The platform's own processings, without which no system works: no switch."""
    return [one for code, one in sorted(processings().items()) if code not in SYSTEMS]


@cache
def processings() -> dict[str, Processing]:
    """Every processing record, by the label of the app that has it. Raises SpecUnreadable."""
    said = dict(sections())
    leads = [label for label, section in said.items() if section.title]
    for label, section in said.items():
        if section.part_of and section.part_of not in leads:
            raise SpecUnreadable(f"{label} is part of {section.part_of}, which has no record")
    return {
        label: _processing(label, [said[label], *(one for one in said.values() if one.part_of == label)])
        for label in leads
    }


def sections() -> Iterator[tuple[str, Section]]:
    """What each of our apps says, by label. Raises SpecUnreadable."""
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        spec = Path(config.path) / "SPEC.md"
        if config.name.startswith(OURS) and spec.is_file():
            try:
                yield config.label, read_section(spec.read_text(encoding="utf-8"))
            except SpecUnreadable as error:
                raise SpecUnreadable(f"{config.label}: {error}") from error


def _processing(code: str, parts: list[Section]) -> Processing:
    def said(name: str) -> tuple[Words, ...]:
        return _translated(dict.fromkeys(part.texts[name] for part in parts if name in part.texts))

    return Processing(
        code=code,
        title=gettext_lazy(parts[0].title),
        purpose=said("Purpose"),
        basis=said("Legal basis"),
        people=said("People"),
        data=said("Data"),
        recipients=said("Recipients"),
        notice=said("Information"),
        kept=said("Otherwise kept"),
        rules=tuple(rule for part in parts for rule in part.rules),
        risks=tuple(
            Risk(gettext_lazy(risk.feared), gettext_lazy(risk.sources), _translated(risk.measures))
            for part in parts
            for risk in part.risks
        ),
    )


def _translated(texts: Iterable[str]) -> tuple[Words, ...]:
    return tuple(gettext_lazy(text) for text in texts)
