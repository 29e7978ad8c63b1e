"""What cabinets keep: openings, refusals and what happened to their doors, as traces of access."""

from uuid import UUID

from django.db.models import F, Model, QuerySet
from django.utils.translation import gettext_lazy as _

from beffroi.persistence.keeping import (
    GDPR,
    JOURNALS,
    TRACES,
    Bounds,
    Kept,
    Unit,
    register_kept,
    register_lasting,
    register_reference,
)
from beffroi.persistence.portability import register_naming
from beffroi.persistence.systems import System, register_system
from beffroi.systems.cabinets.models import Occurrence, Use
from beffroi.systems.cabinets.rules import SYSTEM

CABINETS = System(
    code=SYSTEM,
    label=_("Connected cabinets"),
    does=_(
        "Street fibre cabinets open for their technician and nobody else. Whoever opens is known at once to their firm and to the town; "
        "a door left open for 30 minutes, or forced, is told to those who must act; every opening and every refusal is in the register."
    ),
    icon="cabinet",
    order=10,
)


def uses(authority: UUID | None) -> QuerySet[Model]:
    """Openings and refusals."""
    return Use.objects.filter(authority=authority).annotate(kept_from=F("at"))


def occurrences(authority: UUID | None) -> QuerySet[Model]:
    """What happened to cabinets, once it is over."""
    return Occurrence.objects.filter(authority=authority, ended_at__isnull=False).annotate(kept_from=F("ended_at"))


def register() -> None:
    """Called once, when the application is ready."""
    register_system(CABINETS)
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
    register_kept(
        Kept(
            code="cabinets.occurrences",
            title=_("Doors left open and break-ins: where, from when to when, under which right"),
            since=_("their end"),
            bounds=Bounds(usual=36, least=6, most=60, unit=Unit.MONTHS),
            source=GDPR,
            models=("cabinets.Occurrence",),
            things=occurrences,
        )
    )
    register_lasting(("cabinets.Cabinet",), _("Street furniture, its place and its door: nobody’s data."))
    register_naming("cabinets.Use", "person")
    named = Use.objects.filter(person__isnull=False)
    register_reference("cabinets.uses", lambda: named.values_list("person", flat=True))
