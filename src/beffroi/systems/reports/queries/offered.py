"""What somebody may report in an authority, and what becomes of each kind: who receives it, and what is promised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.systems.reports.models import Category, Report
from beffroi.systems.reports.queries.ways import Receivers
from beffroi.systems.reports.queries.words import lasting_words


@dataclass(frozen=True, slots=True)
class Offer:
    """A kind of fault, who receives it at this hour, and what is promised."""

    row: Category
    receiver: str
    promise: str


@dataclass(frozen=True, slots=True)
class Group:
    """Kinds that stand together on the page."""

    label: str
    offers: Sequence[Offer]


def offered(authority: UUID, categories: QuerySet[Category], at: datetime) -> list[Group]:
    """In the authority's order."""
    receivers, town = Receivers(authority, at), authority_organisation(authority).name

    def taker(category: Category) -> str:
        row = receivers.of(category.pk, ())
        name = row.organisation.name if row else town
        others = dict.fromkeys(one.organisation.name for one in receivers.somewhere(category.pk))
        others.pop(name, None)
        return (
            _("%(name)s, or %(others)s by the place") % {"name": name, "others": ", ".join(others)} if others else name
        )

    offers = [Offer(row, taker(row), promise_words(row.hours, working=row.working)) for row in categories]
    return [Group(label, list(some)) for label, some in groupby(offers, key=lambda one: one.row.group)]


def promise_words(hours: int, *, working: bool) -> str:
    """Within how long a report is handled."""
    return _("Handled within %(long)s") % {"long": lasting_words(hours, working=working)}


def sent(authority: UUID, submission: UUID) -> Report | None:
    """A report by the number that its sender's device gave it: who has it sent it."""
    rows = Report.objects.filter(authority_id=authority, submission=submission)
    if not rows.exists():  # nearly always
        return None
    return rows.select_related("authority", "category", "organisation").first()
