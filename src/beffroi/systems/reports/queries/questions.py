"""What is asked of kinds of faults, and what was answered, for whoever may read it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Max, QuerySet
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.timezone import localtime

from beffroi.adapters.open311 import documents as open311
from beffroi.lib.naming import names_somebody
from beffroi.systems.reports.models import Answer, Category, Question, Report


def questions_of(category: Category) -> QuerySet[Question]:
    """All that are, or were, asked of a kind of fault; those that are given up last."""
    rows = Question.objects.filter(category=category)
    return rows.order_by(F("retired_at").asc(nulls_first=True), "order", "label", "id")


def asked_of(categories: Iterable[UUID]) -> dict[UUID, list[Question]]:
    """What is asked of each of these kinds of faults, of those of which something is, in order."""
    wanted = categories if isinstance(categories, QuerySet) else list(categories)
    rows = Question.objects.filter(category_id__in=wanted, retired_at__isnull=True)
    found: dict[UUID, list[Question]] = {}
    for row in rows.select_related("category").order_by("order", "label", "id"):
        found.setdefault(row.category_id, []).append(row)
    return found


def question_of(authority: UUID, pk: UUID) -> Question | None:
    """One of an authority's."""
    return Question.objects.filter(authority_id=authority, pk=pk).select_related("category").first()


def code_of_question(category: Category, label: str) -> str:
    """A code that no other question of the kind has."""
    stem = slugify(label)[:34].strip("-") or "question"
    taken = set(Question.objects.filter(category=category).values_list("code", flat=True))
    return next(code for code in (stem, *(f"{stem}-{n}" for n in range(2, 10_000))) if code not in taken)


def next_order(category: Category) -> int:
    """After the last one."""
    return int(Question.objects.filter(category=category).aggregate(last=Max("order"))["last"] or 0) + 1


def moved(question: Question, *, up: bool) -> list[UUID]:
    """Those that are asked, in their order, with this one before the one above it, or behind the one below."""
    keys = [row.pk for row in asked_of([question.category_id]).get(question.category_id, [])]
    if question.pk not in keys:
        return keys
    at = keys.index(question.pk)
    other = at - 1 if up else at + 1
    if 0 <= other < len(keys):
        keys[at], keys[other] = keys[other], keys[at]
    return keys


@dataclass(frozen=True, slots=True)
class Answered:
    """A question, and what was said; `held` where others don't read it because it seems to name somebody."""

    question: str
    said: str
    held: bool


def answered(report: Report, *, whole: bool) -> list[Answered]:
    """What was answered, in the order in which it is asked now; words that seem to name somebody only to whoever reads it `whole`."""
    if not report.answers:
        return []
    rows = {row.code: row for row in reversed(questions_of(report.category))}
    order = [*reversed(rows), *(code for code in report.answers if code not in rows)]
    found = []
    for code in order:
        given = report.answers.get(code)
        if not given:
            continue
        values = [given] if isinstance(given, str) else [str(one) for one in given]
        row = rows.get(code)
        held = any(map(names_somebody, values))
        if whole or not held:
            found.append(Answered(row.label if row else code, ", ".join(_words(row, one) for one in values), held))
    return found


def _words(row: Question | None, said: str) -> str:
    if row is None:
        return said
    if row.kind == Answer.MOMENT:
        try:
            return date_format(localtime(datetime.fromisoformat(said)), "SHORT_DATETIME_FORMAT")
        except ValueError:
            return said
    names: Mapping[str, str] = {str(key): str(name) for key, name in row.choices}
    return names.get(said, said)


def attributes_of(rows: Iterable[Question]) -> tuple[open311.Attribute, ...]:
    """Questions in the words of Open311."""
    return tuple(
        open311.Attribute(
            True,
            row.code,
            open311.Datatype(row.kind),
            row.required,
            row.hint or None,
            position,
            row.label,
            tuple(open311.Value(str(key), str(name)) for key, name in row.choices),
        )
        for position, row in enumerate(rows, start=1)
    )
