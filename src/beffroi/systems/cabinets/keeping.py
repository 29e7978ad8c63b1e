"""What cabinets keep: openings and refusals, with who and which firm, as traces of access."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.keeping import (
    JOURNALS,
    TRACES,
    Kept,
    register_kept,
    register_lasting,
    register_reference,
)
from beffroi.systems.cabinets.models import Use


def uses(authority: UUID | None) -> QuerySet[Model]:
    """Openings and refusals."""
    return Use.objects.filter(authority=authority).annotate(kept_from=F("at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_kept(
        Kept(
            code="cabinets.uses",
            title=_("Openings and refusals of cabinets: who, which firm, when, why"),
            since=_("the opening or the refusal"),
            bounds=TRACES,
            source=JOURNALS,
            models=("cabinets.Use",),
            things=uses,
        )
    )
    register_lasting(("cabinets.Cabinet",), _("Street furniture, its place and its door: nobody’s data."))
    named = Use.objects.filter(person__isnull=False)
    register_reference("cabinets.uses", lambda: named.values_list("person", flat=True))
