"""What the counter keeps: mandates as traces of access, and whom it knows for a time after it last served them."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.counter.models import Inhabitant, Mandate
from beffroi.persistence.keeping import (
    GDPR,
    JOURNALS,
    TRACES,
    Bounds,
    Kept,
    Unit,
    register_kept,
    register_reference,
)


def mandates(authority: UUID | None) -> QuerySet[Model]:
    """Mandates, by their end; one that nobody ended did so when its time was over."""
    rows: QuerySet[Model] = Mandate.objects.filter(authority=authority).annotate(
        kept_from=Coalesce(F("ended_at"), F("until"))
    )
    return rows


def inhabitants(authority: UUID | None) -> QuerySet[Model]:
    """Whom the counter knows, by when it last served them."""
    rows: QuerySet[Model] = Inhabitant.objects.filter(authority=authority).annotate(kept_from=F("served_at"))
    return rows


def known_people() -> QuerySet[Model, UUID | None]:
    """People whom a counter knows keep their names."""
    rows: QuerySet[Model, UUID | None] = Inhabitant.objects.values_list("person", flat=True)
    return rows


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="counter.mandates",
            title=_("Mandates of agents at the counter: who acted for whom, when, and how the person asked"),
            since=_("the mandate’s end"),
            bounds=TRACES,
            source=JOURNALS,
            models=("counter.Mandate",),
            things=mandates,
        )
    )
    register_kept(
        Kept(
            code="counter.inhabitants",
            title=_("Whom the counter knows"),
            since=_("the last time it served them"),
            bounds=Bounds(usual=12, least=1, most=36, unit=Unit.MONTHS),
            source=GDPR,
            models=("counter.Inhabitant",),
            things=inhabitants,
        )
    )
    register_reference("counter.inhabitants", known_people)
