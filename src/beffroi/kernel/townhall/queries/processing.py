"""What is done with data in an authority: its systems with their switches, and each processing with the durations in force."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.utils.translation import gettext as _

from beffroi.kernel.grants.models import Activation
from beffroi.kernel.retention.queries.table import Line, lines_of
from beffroi.persistence.keeping import KEPT
from beffroi.persistence.systems import Processing, System, Words, platform, systems


@dataclass(frozen=True, slots=True)
class Sheet:
    """A processing record (RGPD, 30), with the authority's own durations."""

    processing: Processing
    durations: tuple[Line, ...]
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
    rules = [KEPT[code] for code in sorted(processing.rules)]
    return Sheet(processing, tuple(lines_of(rules, authority)), since)


def _switch(system: System, row: Activation | None) -> Switch:
    return Switch(system, on=row.on if row else False, aipd_on=row.aipd_on if row else None)


def rows_of(authority: UUID) -> list[list[str]]:
    """The processing register as rows of text, headings first."""
    headings = [_("Processing"), _("Purpose of the processing"), _("Legal basis"), _("People"), _("Data")]
    headings += [_("Recipients"), _("How long"), _("Information"), _("Impact assessment of")]
    return [headings, *map(_row, sheets(authority))]


def _row(sheet: Sheet) -> list[str]:
    one = sheet.processing
    texts = (one.purpose, one.basis, one.people, one.data, one.recipients)
    kept = [*(f"{line.what}: {line.long}" for line in sheet.durations), *one.kept]
    since = sheet.since.isoformat() if sheet.since else ""
    return [str(one.title), *map(_lines, texts), _lines(kept), _lines(one.notice), since]


def _lines(texts: Iterable[Words]) -> str:
    return "\n".join(str(text) for text in texts)
