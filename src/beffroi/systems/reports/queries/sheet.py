"""The queue as a table: what the list says of each report, and where it stands. Never who reported it, nor what is held."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.utils.dateformat import format as dated
from django.utils.formats import get_format
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from beffroi.adapters.spreadsheet.writing import Cell, Row
from beffroi.lib.naming import names_somebody
from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.reports.models import (
    DECLINE_LABELS,
    PRIORITY_LABELS,
    SOURCE_LABELS,
    STAGE_LABELS,
    Answer,
    Question,
    Report,
)
from beffroi.systems.reports.queries.desk import working
from beffroi.systems.reports.queries.reports import HANDLING
from beffroi.systems.reports.rules import Stage, reference_of

AT_ONCE: Final = 2_000


def _headings() -> list[str]:
    return [
        _("Reference"),
        _("Category"),
        _("Priority"),
        _("Stage"),
        _("Reported"),
        _("Promised by"),
        pgettext("a report", "Closed"),
        _("In time"),
        _("Planned for"),
        _("Declined because"),
        _("Joined to"),
        _("Address"),
        _("District"),
        _("Latitude"),
        _("Longitude"),
        _("In charge"),
        _("Team"),
        _("Who sees to it"),
        _("How it came"),
        _("What others read"),
    ]


def table(viewer: Viewer, rows: QuerySet[Report], category: str = "") -> Iterator[Row]:
    """Headings, then a line a report, in the order of `rows`, which the viewer's own query let through. Of one `category`, each of its
    questions has a column; else all that was answered is in one. Words are looked up before the first line: the lines are read when the
    request is over.
    """
    words, answers = _Words(viewer), _Answers(working(viewer), category)
    return _lines([*_headings(), *answers.headings], words, answers, rows)


class _Answers:
    """What kinds of faults ask, and how an answer is written: never one that seems to name somebody."""

    def __init__(self, authorities: Collection[UUID], category: str) -> None:
        rows = Question.objects.filter(authority_id__in=authorities).order_by("order", "label", "id")
        self._known = {(row.category_id, row.code): row for row in rows}
        self._columns = [row for row in self._known.values() if str(row.category_id) == category]
        self.headings = [*(row.label for row in self._columns), _("Other answers") if self._columns else _("Answers")]
        self._zone = get_current_timezone()
        self._moments = get_format("SHORT_DATETIME_FORMAT")

    def cells(self, category: UUID, given: Mapping[str, str | list[str]]) -> list[Cell]:
        """One a question with a column, then what has none, each after its question."""
        said = {code: values for code, answer in given.items() if (values := _sayable(answer))}
        found = [self._cell(row, said.pop(row.code, [])) for row in self._columns]
        rest = []
        for code in self._in_order(category, said):
            row = self._known.get((category, code))
            rest.append(f"{row.label if row else code}: {self._words(row, said[code])}")
        return [*found, " · ".join(rest)]

    def _in_order(self, category: UUID, said: Mapping[str, list[str]]) -> list[str]:
        asked = [code for of, code in self._known if of == category and code in said]
        return [*asked, *(code for code in said if code not in set(asked))]

    def _cell(self, row: Question, values: Sequence[str]) -> Cell:
        """A number and a moment as what they are: a spreadsheet reckons with them."""
        try:
            if row.kind == Answer.NUMBER and values:
                return float(values[0])
            if row.kind == Answer.MOMENT and values:
                return self._moment(values[0]).replace(tzinfo=None)
        except ValueError:
            return values[0]
        return self._words(row, values)

    def _words(self, row: Question | None, values: Sequence[str]) -> str:
        if row is None:
            return ", ".join(values)
        if row.kind == Answer.MOMENT:
            return ", ".join(self._written(one) for one in values)
        names = {str(key): str(name) for key, name in row.choices}
        return ", ".join(names.get(one, one) for one in values)

    def _written(self, text: str) -> str:
        try:
            return dated(self._moment(text), self._moments)
        except ValueError:
            return text

    def _moment(self, text: str) -> datetime:
        return datetime.fromisoformat(text).astimezone(self._zone)


def _sayable(answer: str | list[str]) -> list[str]:
    values = [answer] if isinstance(answer, str) else [str(one) for one in answer]
    return [] if any(map(names_somebody, values)) else [one for one in values if one]


class _Words:
    """What codes are called in the language in force, and whose names the viewer reads."""

    def __init__(self, viewer: Viewer) -> None:
        self.stages: dict[str, str] = {value: str(label) for value, label in STAGE_LABELS}
        self.priorities: dict[int, str] = {value: str(label) for value, label in PRIORITY_LABELS}
        self.reasons: dict[str, str] = {value: str(label) for value, label in DECLINE_LABELS}
        self.sources: dict[str, str] = {value: str(label) for value, label in SOURCE_LABELS}
        self.yes, self.no = _("yes"), _("no")
        self.zone = get_current_timezone()
        self.now = viewer.as_of
        self._towns = viewer.authorities(*HANDLING)
        self._desks = viewer.organisations_as(Role.DISPATCHER)

    def here(self, at: datetime | None) -> datetime | None:
        """By the clock on the wall."""
        return at and at.astimezone(self.zone).replace(tzinfo=None)

    def reference(self, since: datetime | None, number: int | None) -> str | None:
        """Of the report that it was joined to, if it was."""
        return None if since is None or number is None else reference_of(since, number)

    def names(self, authority: UUID, organisation: UUID) -> bool:
        """A worker's name is for their own organisation and the authority's services."""
        return authority in self._towns or organisation in self._desks

    def in_time(self, due: datetime, closed: datetime | None, stage: str) -> str:
        """Empty while nobody can say, and of one that is counted with another."""
        if stage == Stage.MERGED or (closed is None and due > self.now):
            return ""
        return self.yes if closed is not None and closed < due else self.no


def _lines(headings: list[str], words: _Words, answers: _Answers, rows: QuerySet[Report]) -> Iterator[Row]:
    yield headings
    for row in rows.values_list(
        "number",
        "authority_id",
        "organisation_id",
        "category__label",
        "priority",
        "stage",
        "since",
        "due_at",
        "closed_at",
        "planned_for",
        "reason",
        "into__number",
        "into__since",
        "address",
        "territory__name",
        "latitude",
        "longitude",
        "organisation__name",
        "team__name",
        "assigned__name",
        "source",
        "shown",
        "category_id",
        "answers",
        named=True,
    ).iterator(chunk_size=AT_ONCE):
        yield [
            reference_of(row.since, row.number),
            row.category__label,
            words.priorities[row.priority],
            words.stages[row.stage],
            words.here(row.since),
            words.here(row.due_at),
            words.here(row.closed_at),
            words.in_time(row.due_at, row.closed_at, row.stage),
            row.planned_for,
            words.reasons.get(row.reason),
            words.reference(row.into__since, row.into__number),
            row.address,
            row.territory__name,
            row.latitude,
            row.longitude,
            row.organisation__name,
            row.team__name,
            row.assigned__name if words.names(row.authority_id, row.organisation_id) else None,
            words.sources[row.source],
            row.shown,
            *answers.cells(row.category_id, row.answers),
        ]
