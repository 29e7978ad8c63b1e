"""What is done with data in an authority: its systems with their switches, and each processing with the durations in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from beffroi.kernel.grants.models import Activation
from beffroi.kernel.retention.queries.schedule import durations
from beffroi.kernel.retention.queries.words import fate_words, source_words, spoken
from beffroi.persistence.keeping import KEPT, Kept
from beffroi.persistence.systems import Processing, System, platform, systems


@dataclass(frozen=True, slots=True)
class Duration:
    """How long one kind of thing is kept, in words."""

    what: str
    long: str
    since: str
    fate: str
    why: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A processing record (RGPD, 30), with the authority's own durations."""

    processing: Processing
    durations: tuple[Duration, ...]
    since: date | None = None


@dataclass(frozen=True, slots=True)
class Switch:
    """A system in an authority: on or off, and since when its impact assessment is dated."""

    system: System
    on: bool
    aipd_on: date | None


def switches(authority: UUID) -> list[Switch]:
    """Every system there is, as it stands in an authority (callers scope the authority, or show what is public)."""
    rows = {row.system: row for row in Activation.objects.filter(authority_id=authority)}
    return [_switch(system, rows.get(system.code)) for system in systems()]


def switch_of(authority: UUID, system: System) -> Switch:
    """One system as it stands in an authority."""
    return _switch(system, Activation.objects.filter(authority_id=authority, system=system.code).first())


def sheets(authority: UUID) -> list[Sheet]:
    """The processing register: the platform's own, then those of the systems switched on."""
    working = [switch for switch in switches(authority) if switch.on]
    return [
        *(sheet_of(authority, processing) for processing in platform()),
        *(sheet_of(authority, switch.system.processing, since=switch.aipd_on) for switch in working),
    ]


def sheet_of(authority: UUID, processing: Processing, *, since: date | None = None) -> Sheet:
    """One processing record."""
    rules = [KEPT[code] for code in sorted(KEPT) if code.startswith(processing.rules)]
    return Sheet(processing, tuple(_durations(rules, authority)), since)


def _switch(system: System, row: Activation | None) -> Switch:
    return Switch(system, on=row.on if row else False, aipd_on=row.aipd_on if row else None)


def _durations(rules: Iterable[Kept], authority: UUID) -> Iterable[Duration]:
    found = list(rules)
    lengths = {
        **durations([kept for kept in found if not kept.installation], authority),
        **durations([kept for kept in found if kept.installation], None),
    }
    for kept in found:
        yield Duration(
            what=str(kept.title),
            long=spoken(lengths[kept.code], kept.bounds.unit),
            since=str(kept.since),
            fate=fate_words(kept.fate),
            why=source_words(kept.source),
        )
