"""Conventions as pages show them: their terms, what they cover, the rights under them; and those being written."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils.timezone import localtime

from beffroi.kernel.grants.models import (
    Convention,
    ConventionDraft,
    ConventionParty,
    ConventionPurpose,
    Grant,
    GrantState,
)
from beffroi.kernel.grants.queries import in_force, visible_grants
from beffroi.kernel.grants.queries.words import PartyTerms, PurposeTerms, Terms
from beffroi.kernel.grants.registry import CONVENTION_SYSTEMS, ConventionSystem
from beffroi.kernel.grants.rules import Capacity, Uses
from beffroi.kernel.territory.models import Authority, Organisation, OrganisationKind
from beffroi.lib.viewer import Role, Viewer
from beffroi.lib.years import last_day

A_SECOND = timedelta(seconds=1)
A_DAY = timedelta(days=1)


def system_of(code: str) -> ConventionSystem | None:
    """The system that a convention is about; None when it was removed."""
    return CONVENTION_SYSTEMS.get(code)


def terms_of(convention: Convention) -> Terms:
    """What a convention that was signed says."""
    system = system_of(convention.system)
    purposes = tuple(
        PurposeTerms(
            label=row.label,
            legal_text=row.legal_text,
            legal_article=row.legal_article,
            legal_version_on=row.legal_version_on,
            least=row.least,
            most=row.most,
            places=places_said(system, row.place_kinds),
        )
        for row in reasons_of(convention)
    )
    parties = tuple(
        PartyTerms(row.organisation.name, Capacity(row.capacity), row.signed_on, row.organisation.get_kind_display())
        for row in bound_by(convention)
    )
    return Terms(
        authority=convention.authority.name,
        partner=convention.partner.name,
        valid_from=convention.valid_from,
        valid_until=convention.valid_until,
        purposes=purposes,
        things=convention.resources.count(),
        right=system.right if system else str,
        transports=tuple(convention.transports),
        list_age=convention.list_age,
        list_old=convention.list_old,
        time_unknown=convention.time_unknown,
        by_request=system is not None and system.by_request,
        parties=parties,
        approval=convention.approval,
        still_every=convention.still_every,
    )


def reasons_of(convention: Convention) -> list[ConventionPurpose]:
    """Its purposes in their order, once each whatever kinds of right they are for."""
    rows = convention.purposes.order_by("id")
    return list({row.purpose: row for row in reversed(rows)}.values())[::-1]


def bound_by(convention: Convention) -> list[ConventionParty]:
    """Its parties: those that ask, that own, that sign, that receive, by name."""
    order = [capacity.value for capacity in Capacity]
    rows = convention.parties.select_related("organisation")
    return sorted(rows, key=lambda row: (order.index(row.capacity), row.organisation.name, row.pk))


def places_said(system: ConventionSystem | None, kinds: Collection[str]) -> tuple[str, ...]:
    """Kinds of place in their system's words and order; by themselves where it was removed."""
    known = dict(system.place_kinds) if system else {}
    return tuple(str(words) for kind, words in known.items() if kind in kinds) or tuple(kinds)


def things_of(
    *, system: str, authority: UUID, text: str = "", group: str = "", only: Collection[UUID] | None = None
) -> QuerySet[Model]:
    """What conventions of a system may cover in an authority (callers scope it): of that group, whose name or place holds the text."""
    known = system_of(system)
    if known is None:
        return Convention.objects.none()
    rows = known.things(authority)
    if only is not None:
        rows = rows.filter(resource__in=list(only))
    if text:
        rows = rows.filter(Q(called__icontains=text) | Q(place__icontains=text))
    if group:
        rows = rows.filter(group=group)
    return rows.order_by("called", "pk")


def groups_of(*, system: str, authority: UUID) -> list[str]:
    """The groups that the things of an authority (callers scope it) fall into; none where all are of one."""
    names = things_of(system=system, authority=authority).order_by("group").values_list("group", flat=True).distinct()
    found = [str(name) for name in names]
    return found if len(found) > 1 else []


def covered_things(convention: Convention, text: str = "") -> QuerySet[Model]:
    """What a convention that the viewer's own query let through covers."""
    only = list(convention.resources.values_list("resource", flat=True))
    return things_of(system=convention.system, authority=convention.authority_id, text=text, only=only)


def rights_under_way(viewer: Viewer, convention: Convention) -> QuerySet[Grant]:
    """Rights under it that are neither closed nor over, of those that the viewer sees, the one that ends first foremost."""
    rows = visible_grants(viewer).filter(convention=convention, ends__gt=viewer.as_of)
    return rows.exclude(state=GrantState.CLOSED).order_by("ends", "id")


def uses_under(viewer: Viewer, convention: Convention, most: int) -> Uses | None:
    """What was done under a convention that the viewer's own query let through; None when its system was removed."""
    system = system_of(convention.system)
    return system.uses(viewer, convention.pk, most) if system else None


def called(*, system: str, authority: UUID, resources: Collection[UUID]) -> dict[UUID, str]:
    """The names of things, for rights that the viewer's own query let through."""
    rows = things_of(system=system, authority=authority, only=resources)
    return dict(rows.values_list("resource", "called"))


def drafts(viewer: Viewer) -> QuerySet[ConventionDraft]:
    """Those of the authorities that the viewer administers."""
    return (
        ConventionDraft.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
        .select_related("authority")
        .order_by("-changed_at", "id")
    )


def partners_to_choose(authority: UUID) -> list[tuple[UUID, str]]:
    """Every registered organisation but the authority's own and its services; another authority's is one of them."""
    return _named(Organisation.objects.exclude(authority=authority).exclude(serves=authority))


def organisations_to_bind() -> list[tuple[UUID, str]]:
    """Every registered organisation: an authority's own and its services are parties like others."""
    return _named(Organisation.objects.all())


def prefectures_among(organisations: Collection[UUID]) -> frozenset[UUID]:
    """Those that are registered as a prefecture, which nothing changes."""
    kind = OrganisationKind.PREFECTURE.value
    return frozenset(Organisation.objects.filter(pk__in=set(organisations), kind=kind).values_list("pk", flat=True))


def _named(organisations: QuerySet[Organisation]) -> list[tuple[UUID, str]]:
    rows = organisations.select_related("authority")
    named = {row.pk: row.authority.name for row in rows if hasattr(row, "authority")}
    return [
        (row.pk, row.name if named.get(row.pk, row.name) == row.name else f"{row.name} ({named[row.pk]})")
        for row in rows.order_by("name")
    ]


def sees_several(viewer: Viewer) -> bool:
    """Whether things of several authorities may be on the viewer's lists: those they serve, those whose conventions bind them."""
    served = viewer.authorities()
    others = Convention.objects.filter(pk__in=viewer.conventions).exclude(authority_id__in=served)
    return len(served) > 1 or len(served) + others.order_by().values("authority_id").distinct().count() > 1


def authorities_to_write_for(viewer: Viewer) -> list[tuple[UUID, str]]:
    """Authorities whose conventions the viewer may sign."""
    rows = Authority.objects.filter(pk__in=viewer.authorities(Role.ADMINISTRATOR)).order_by("name")
    return list(rows.values_list("pk", "name"))


def renewed(convention: Convention, now: datetime) -> dict[str, object]:
    """What a draft that continues this convention holds: the same, for as long again, from the day after it."""
    last = localtime(min(convention.valid_until, convention.ended_at or convention.valid_until) - A_SECOND).date()
    first = max(last + A_DAY, localtime(now).date())
    length = localtime(convention.valid_until - A_SECOND).date() - localtime(convention.valid_from).date()
    system = system_of(convention.system)
    by_request = system is not None and system.by_request
    until = (
        first + length if system is None or system.years is None else min(first + length, last_day(first, system.years))
    )
    return {
        **(_request_terms(convention) if by_request else {"partner": str(convention.partner_id)}),
        "title": convention.title,
        "valid_from": first.isoformat(),
        "valid_until": until.isoformat(),
        "transports": list(convention.transports),
        "list_age": str(int(convention.list_age.total_seconds()) // (60 if by_request else 3600)),
        "list_old": convention.list_old,
        "time_unknown": convention.time_unknown,
        "purposes": [
            {
                "label": row.label,
                "legal_text": row.legal_text,
                "legal_article": row.legal_article,
                "legal_version_on": row.legal_version_on.isoformat(),
                "least": str(int(row.least.total_seconds()) // 60),
                "most": str(int(row.most.total_seconds()) // 60),
                **({"place_kinds": list(row.place_kinds)} if by_request else {}),
            }
            for row in reasons_of(convention)
        ],
    }


def _request_terms(convention: Convention) -> dict[str, object]:
    """What a draft holds of a convention under which rights are asked for; each party signs anew."""
    every = convention.still_every
    return {
        "approval": convention.approval,
        "still_every": str(int(every.total_seconds()) // 60) if every else "",
        "parties": [
            {"organisation": str(row.organisation_id), "capacity": row.capacity, "signed_on": ""}
            for row in bound_by(convention)
        ],
    }


def partners_covering(*, authority: UUID, resource: UUID, as_of: datetime) -> list[UUID]:
    """Those that ask under a convention in force with an authority that covers a thing of its (callers scope it)."""
    rows = Convention.objects.filter(in_force(as_of), authority_id=authority, resources__resource=resource)
    asking = Organisation.objects.filter(party_to__convention__in=rows, party_to__capacity=Capacity.ASKS.value)
    unnamed = rows.filter(parties=None).values_list("partner_id", flat=True)
    return sorted({*asking.values_list("pk", flat=True), *unnamed})
