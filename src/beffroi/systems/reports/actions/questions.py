"""What is asked of a kind of fault."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.reports.models import Category, Question


@system_action
def keep_question(*, question: Question, by: UUID | None, now: datetime) -> None:
    """A question as it was filled in, new or changed: for reports to come. Raises Django's ValidationError."""
    question.full_clean()
    question.save()
    _note(question, by, now)


@system_action
def retire_question(*, question: Question, retired: bool, by: UUID | None, now: datetime) -> None:
    """It is asked no more, or again; the answers there are stay."""
    rows = Question.objects.filter(authority_id=question.authority_id, pk=question.pk, retired_at__isnull=retired)
    if rows.update(retired_at=now if retired else None):
        _note(question, by, now)


@system_action
def order_questions(*, category: Category, questions: Sequence[UUID], by: UUID | None, now: datetime) -> None:
    """They are asked in this order; those that aren't named come behind, as they were."""
    rows = Question.objects.select_for_update().filter(authority_id=category.authority_id, category=category)
    there = {row.pk: row for row in rows.order_by("order", "label", "id")}
    named = [key for key in dict.fromkeys(questions) if key in there]
    found = [there[key] for key in (*named, *(key for key in there if key not in set(named)))]
    if found == list(there.values()):
        return
    for place, row in enumerate(found, start=1):
        row.order = place
    Question.objects.bulk_update(found, ["order"])
    _note(found[0], by, now)


def _note(question: Question, by: UUID | None, now: datetime) -> None:
    fields: dict[str, str | UUID] = {"part": "question", "subject": question.pk}
    record(kind="report.rules-changed", authority=question.authority_id, by=by, fields=fields, now=now)
