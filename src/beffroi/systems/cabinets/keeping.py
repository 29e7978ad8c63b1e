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
from beffroi.persistence.systems import Processing, Risk, System, register_system
from beffroi.systems.cabinets.models import Occurrence, Use
from beffroi.systems.cabinets.rules import SYSTEM

CABINETS = System(
    code=SYSTEM,
    label=_("Connected cabinets"),
    does=_(
        "Street fibre cabinets open for their technician and nobody else. Whoever opens is known at once to their firm and to the town; "
        "a door left open for 30 minutes, or forced, is told to those who must act; every opening and every refusal is in the register."
    ),
    processing=Processing(
        code="cabinets",
        title=_("Connected cabinets: who opens them, and their alarms"),
        purpose=_("Control access to street cabinets of telecommunications, trace their openings, and act on malice."),
        basis=_("Public task (RGPD 6.1.e), and the convention signed with the operator"),
        people=_("Technicians of the operators and of their subcontractors; people who are told of an alarm"),
        data=_(
            "Who opened or was refused, by the key of their phone, and for which firm; which cabinet, when, for which purpose, with which "
            "outcome. No position of the phone, no image, no biometrics."
        ),
        recipients=_(
            "The operator’s desk, by name for its own people; the authority’s agents, by firm only; the municipal police, by name, in the "
            "24 hours after a break-in and on the record"
        ),
        notice=_("On the page where a phone is enrolled, and on the page of each cabinet’s sticker"),
        rules=("cabinets.",),
    ),
    risks=(
        Risk(
            feared=_("A technician is followed through the day by the cabinets that they open"),
            sources=_("A curious colleague, an employer, somebody who took an account"),
            measures=(
                _("Agents of the town see firms, not names"),
                _("Each look at a name is an entry of the register"),
                _("Traces erase themselves after the duration above"),
            ),
        ),
        Risk(
            feared=_("Somebody is accused of an opening that was not theirs"),
            sources=_("A lost or lent phone, a device that fails, a forged log"),
            measures=(
                _("The key is made in the phone and can’t be copied out of it; it is revoked in one act"),
                _("Locks sign their events, and what is missing is asked for again before anybody is named"),
                _("The person can have the entry’s receipt and verify it elsewhere"),
            ),
        ),
        Risk(
            feared=_("Rights or traces are changed or vanish"),
            sources=_("An administrator’s mistake, an attack on the server, a fire"),
            measures=(
                _("The register only grows, is signed, and can be watched from outside"),
                _("The lock decides by itself from signed bytes, without the server"),
                _("Backups, and their trial, are on the list of first steps"),
            ),
        ),
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
