"""What an authority may switch on, and what is done with data: each app says it of itself in `ready()`.

The processing register (RGPD, article 30), the draft of a system's impact assessment (AIPD) and the public pages are made from it.
It stands below the kernel, as `keeping` does: its durations are that one's rules.
"""

from dataclasses import dataclass

from django.utils.functional import Promise

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Risk:
    """What could happen to people, and what stands against it: a heading of the impact assessment."""

    feared: Words
    sources: Words
    measures: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class Processing:
    """What article 30 asks of one processing. `rules`: how the codes of what is kept begin ("cabinets."); the authority sets their
    durations.
    """

    code: str
    title: Words
    purpose: Words
    basis: Words
    people: Words
    data: Words
    recipients: Words
    notice: Words
    rules: tuple[str, ...]
    order: int = 50


@dataclass(frozen=True, slots=True)
class System:
    """A part of the platform that an authority switches on once its impact assessment is dated. `does`: what it does, and for whom;
    `icon` is a drawing's name.
    """

    code: str
    label: Words
    does: Words
    processing: Processing
    risks: tuple[Risk, ...]
    icon: str
    order: int


SYSTEMS: dict[str, System] = {}
# Those of the platform itself, without which no system works: no switch.
PROCESSINGS: dict[str, Processing] = {}


def register_system(system: System) -> None:
    """Make a system known; a code is one system."""
    if SYSTEMS.setdefault(system.code, system) is not system:
        raise ValueError(f"two systems are called {system.code}")


def register_processing(processing: Processing) -> None:
    """Make a processing of the platform known; a code is one processing."""
    if PROCESSINGS.setdefault(processing.code, processing) is not processing:
        raise ValueError(f"two processings are called {processing.code}")


def systems() -> list[System]:
    """All there are, in order."""
    return sorted(SYSTEMS.values(), key=lambda system: (system.order, system.code))


def platform() -> list[Processing]:
    """The platform's own processings, in order."""
    return sorted(PROCESSINGS.values(), key=lambda processing: (processing.order, processing.code))
