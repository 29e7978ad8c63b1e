"""Audiences and the order in which they are told, by viewer; who that would be at this moment."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.models import TARGET_LABELS, Audience, AudienceMember, MemberKind, Policy, PolicyStep
from beffroi.kernel.alerts.queries.recipients import Rung, counted, rungs, sources
from beffroi.kernel.alerts.queries.rosters import visible_rosters
from beffroi.kernel.alerts.registry import ALERT_KINDS, AlertKind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import in_force
from beffroi.kernel.territory.models import ROLE_LABELS, Authority, Membership, Organisation
from beffroi.kernel.territory.queries.authorities import authorities_among
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.choosing import Among, Listed, Options

READERS = (Role.AGENT, Role.ADMINISTRATOR, Role.OPERATOR)
OF_A_CONVENTION = (Target.CONVENTION, Target.PARTNERS, Target.DESKS)
SOONEST_FIRST = (Urgency.IMMEDIATE, Urgency.PROMPT, Urgency.ROUTINE)


@dataclass(frozen=True, slots=True)
class Reached:
    """Who a step or an audience reaches at this moment: how many, and of which organisations."""

    total: int
    organisations: tuple[tuple[str, int], ...]
    # Nobody yet, because the people are those of an alert's convention or firm: there is no alert to say which.
    depends: bool


@dataclass(frozen=True, slots=True)
class StepInWords:
    """A step as a page shows it."""

    position: int
    rung: Rung
    whom: str
    reached: Reached


@dataclass(frozen=True, slots=True)
class PolicyInWords:
    """Who is told of a kind, under a convention or whatever the convention; `own` when the authority has not said otherwise."""

    kind: AlertKind
    convention: Convention | None
    own: bool
    steps: tuple[StepInWords, ...]


def watched_authorities(viewer: Viewer) -> QuerySet[Authority]:
    """Authorities whose audiences, rosters and steps the viewer reads."""
    return authorities_among(viewer.authorities(*READERS))


def visible_audiences(viewer: Viewer) -> QuerySet[Audience]:
    """Audiences in use of the authorities that the viewer works for."""
    return (
        Audience.objects.filter(authority_id__in=viewer.authorities(*READERS), retired_at__isnull=True)
        .select_related("convention", "authority")
        .prefetch_related("members__person", "members__organisation", "members__roster")
        .order_by("name")
    )


def audience(viewer: Viewer, pk: UUID) -> Audience | None:
    """One of them, given up or not."""
    rows = Audience.objects.filter(authority_id__in=viewer.authorities(*READERS), pk=pk)
    return rows.select_related("convention", "authority").first()


def line_in_words(line: AudienceMember) -> str:
    """A line of an audience as people read it."""
    if line.kind == MemberKind.TARGET:
        return str(TARGET_LABELS[Target(line.target)])
    if line.kind == MemberKind.ORGANISATION and line.organisation is not None:
        role = str(ROLE_LABELS[Role(line.role)]) if line.role else ""
        name = line.organisation.name
        return _("%(organisation)s: %(role)s") % {"organisation": name, "role": role} if role else name
    if line.kind == MemberKind.ROSTER and line.roster is not None:
        return _("on duty: %(roster)s") % {"roster": line.roster.name}
    return line.person.name if line.person else ""


def rung_in_words(rung: Rung) -> str:
    """Whom a step tells."""
    if rung.audience is None:
        return str(TARGET_LABELS[Target(rung.target)])
    return Audience.objects.filter(pk=rung.audience).values_list("name", flat=True).first() or ""


def reached(*, rung: Rung, authority: UUID, convention: UUID | None, now: datetime) -> Reached:
    """Who that is at this moment. Whoever an alert's own organisation adds isn't known before there is one."""
    found = tuple(counted(sources(rung=rung, authority=authority, convention=convention, firms=(), now=now)))
    of_alert = rung.target == Target.FIRM or (convention is None and rung.target in OF_A_CONVENTION)
    return Reached(sum(count for _name, count in found), found, depends=of_alert and not found)


def policies(viewer: Viewer, *, authority: UUID) -> list[tuple[AlertKind, Policy | None]]:
    """Every kind of alert, then what the authority says of it: whatever the convention, and under those that have steps of their own."""
    if authority not in viewer.authorities(*READERS):
        return []
    own = Policy.objects.filter(authority_id=authority).select_related("convention").order_by("kind", "id")
    said = list(own)
    found: list[tuple[AlertKind, Policy | None]] = []
    for kind in sorted(ALERT_KINDS.values(), key=_order):
        of_kind = [row for row in said if row.kind == kind.code]
        found.append((kind, next((row for row in of_kind if row.convention is None), None)))
        found.extend((kind, row) for row in of_kind if row.convention is not None)
    return found


def in_words(viewer: Viewer, *, authority: UUID, kind: AlertKind, policy: Policy | None) -> PolicyInWords:
    """One of them with its steps, and whom each reaches at this moment."""
    key = policy.convention_id if policy else None
    return PolicyInWords(
        kind=kind,
        convention=policy.convention if policy else None,
        own=policy is None,
        steps=steps_in_words(authority=authority, kind=kind.code, convention=key, now=viewer.as_of),
    )


def _order(kind: AlertKind) -> tuple[bool, int, str]:
    """What happens in the town before what happens to the installation, the soonest first."""
    return (not kind.of_conventions, SOONEST_FIRST.index(kind.urgency), kind.code)


def steps_in_words(*, authority: UUID, kind: str, convention: UUID | None, now: datetime) -> tuple[StepInWords, ...]:
    """The steps in force of a kind, and whom each reaches at this moment."""
    return tuple(
        StepInWords(
            position,
            rung,
            rung_in_words(rung),
            reached(rung=rung, authority=authority, convention=convention, now=now),
        )
        for position, rung in enumerate(rungs(authority=authority, kind=kind, convention=convention), start=1)
    )


def conventions_to_choose(viewer: Viewer) -> QuerySet[Convention]:
    """Conventions in force of the authorities that the viewer administers."""
    return Convention.objects.filter(
        in_force(viewer.as_of), authority_id__in=viewer.authorities(Role.ADMINISTRATOR)
    ).order_by("title", "id")


def conventions_of(authority: UUID, as_of: datetime) -> QuerySet[Convention]:
    """Conventions in force of an authority (callers scope it)."""
    return Convention.objects.filter(in_force(as_of), authority_id=authority).order_by("title", "id")


def nameable_organisations(viewer: Viewer, authority: UUID) -> list[UUID]:
    """Organisations whose people the viewer may name: the authority's own and its services; a partner's workers are counted only."""
    if authority not in viewer.authorities(*READERS):
        return []
    rows = Organisation.objects.filter(authority=authority) | Organisation.objects.filter(serves=authority)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def organisations_to_choose(authority: UUID, as_of: datetime) -> QuerySet[Organisation]:
    """The authority's own organisation, its services, and partners of its conventions in force."""
    partners = Convention.objects.filter(in_force(as_of), authority_id=authority).values("partner_id")
    concerned = Q(authority=authority) | Q(serves=authority) | Q(pk__in=partners)
    return Organisation.objects.filter(concerned).order_by("name", "id")


def people_to_choose(authority: UUID, as_of: datetime) -> QuerySet[Person]:
    """The authority's own people and its services', who may be put in an audience or on a roster by name."""
    own = Organisation.objects.filter(Q(authority=authority) | Q(serves=authority))
    live = Membership.objects.filter(valid_from__lte=as_of, organisation__in=own).exclude(valid_until__lte=as_of)
    return Person.objects.filter(is_active=True, pk__in=live.values("person")).order_by("name", "id")


def whom_to_choose(viewer: Viewer, authority: UUID) -> list[Options]:
    """What a line of an audience may name, in groups: "kind:identifier" and its words."""
    rosters = visible_rosters(viewer).filter(authority_id=authority)
    return [
        _targets(),
        Among(rosters, group=_("On duty"), begins="roster:"),
        Among(organisations_to_choose(authority, viewer.as_of), group=_("Organisations"), begins="organisation:"),
        Among(people_to_choose(authority, viewer.as_of), group=_("People"), begins="person:"),
    ]


def steps_to_choose(viewer: Viewer, authority: UUID) -> list[Options]:
    """What a step may tell: an audience, or people by what they do."""
    rows = visible_audiences(viewer).filter(authority_id=authority)
    return [_targets(), Among(rows, group=_("Audiences"), begins="audience:")]


def _targets() -> Listed:
    return Listed([(f"target:{target}", str(TARGET_LABELS[target])) for target in Target], _("By what they do"))


def is_told(rows: Iterable[Audience]) -> set[UUID]:
    """Audiences that a policy tells: they can't be given up."""
    found = Audience.objects.filter(pk__in=[row.pk for row in rows])
    return set(found.filter(Exists(PolicyStep.objects.filter(audience=OuterRef("pk")))).values_list("pk", flat=True))
