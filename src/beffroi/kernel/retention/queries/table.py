"""The retention table of an authority as a paper and as a file: what is kept, how long, why, and what then happens."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from beffroi.kernel.retention.queries.schedule import durations, rules_of
from beffroi.kernel.retention.queries.words import fate_words, source_words, spoken
from beffroi.persistence.keeping import LASTING, Kept


@dataclass(frozen=True, slots=True)
class Line:
    """One rule in words, with the duration in force and the bounds within which an authority may set it."""

    code: str
    what: str
    long: str
    since: str
    least: str
    most: str
    fate: str
    why: str
    own: bool


@dataclass(frozen=True, slots=True)
class Part:
    """The authority's own rules, or the whole installation's."""

    title: str
    lines: list[Line]


def lines_of(rules: Iterable[Kept], authority: UUID | None) -> list[Line]:
    """Rules in words, each as the authority set it; what is the whole installation's, as that does."""
    found = list(rules)
    lengths = {
        **durations([kept for kept in found if not kept.installation], authority),
        **durations([kept for kept in found if kept.installation], None),
    }
    return [_line(kept, lengths[kept.code]) for kept in found]


def parts_of(authority: UUID) -> list[Part]:
    """Every rule (callers scope the authority)."""
    return [
        Part(_("Of the authority"), lines_of(rules_of(installation=False), authority)),
        Part(_("Of the whole installation"), lines_of(rules_of(installation=True), authority)),
    ]


def lasting() -> list[str]:
    """Why some tables are emptied by no rule."""
    return sorted({str(reason) for reason in LASTING.values()})


def rows_of(authority: UUID) -> list[list[str]]:
    """The same as rows of text, headings first."""
    headings = [_("Rule"), _("What is kept"), _("How long"), _("Counted from"), _("At least"), _("At most"), _("Then")]
    headings += [_("Why so long"), _("Whose"), _("Set by the authority")]
    return [headings, *(_row(line, part.title) for part in parts_of(authority) for line in part.lines)]


def _row(line: Line, whose: str) -> list[str]:
    own = _("yes") if line.own else _("no")
    return [
        line.code, line.what, line.long, line.since, line.least, line.most, line.fate, line.why, whose, own,
    ]  # fmt: skip


def _line(kept: Kept, length: int) -> Line:
    unit, bounds = kept.bounds.unit, kept.bounds
    return Line(
        code=kept.code,
        what=str(kept.title),
        long=spoken(length, unit),
        since=str(kept.since),
        least=spoken(bounds.least, unit),
        most=spoken(bounds.most, unit),
        fate=fate_words(kept.fate),
        why=source_words(kept.source),
        own=length != bounds.usual,
    )
