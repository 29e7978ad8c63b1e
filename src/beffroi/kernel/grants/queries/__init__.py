"""Reads of conventions, rights, phones and keys, by viewer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.adapters.keystore import KeyStore, SigningKey
from beffroi.kernel.accounts.queries import names
from beffroi.kernel.grants.models import (
    Activation,
    Convention,
    ConventionPurpose,
    ConventionResource,
    EnrolmentCode,
    Grant,
    GrantResource,
    GrantState,
    HolderKey,
    KeySet,
    RevocationList,
    Root,
)
from beffroi.kernel.grants.queries.parties import bound, conventions_owned
from beffroi.kernel.grants.rules import Capacity, Carrier
from beffroi.kernel.territory.queries.members import people_of
from beffroi.lib.viewer import Role, Viewer
from beffroi.protocol.register.note import VerifierKey
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.jwk import OctetKey, load_octet_key
from beffroi.protocol.v1.keyset import KeySet as ReadKeySet
from beffroi.protocol.v1.keyset import Use, verify_keyset


def roots(authority: UUID) -> tuple[OctetKey, ...]:
    """The public halves of the authority's two roots, in order; none before its keys were made."""
    rows = Root.objects.filter(authority_id=authority).order_by("position")
    return tuple(load_octet_key(row.jwk, "Ed25519") for row in rows)


def current_keyset(authority: UUID) -> str:
    """The key set in force, as its token; empty before the first."""
    row = KeySet.objects.filter(authority_id=authority).order_by("-number").first()
    return row.token if row else ""


def read_keyset(authority: UUID) -> ReadKeySet | None:
    """The key set in force, verified against the roots."""
    token = current_keyset(authority)
    if not token:
        return None
    keyset = verify_keyset(token, roots=roots(authority), authority=str(authority))
    return None if isinstance(keyset, Refused) else keyset


def signing_key(store: KeyStore, *, authority: UUID, use: Use, now: datetime) -> SigningKey:
    """A key of that use that the key set in force names and the store holds; raises NoKey."""
    keyset = read_keyset(authority)
    alive = keyset.alive(use, int(now.timestamp())) if keyset else ()
    return store.signing_key(authority=str(authority), use=use, kids=[key.kid for key in reversed(alive)])


def current_revocation_list(authority: UUID) -> str:
    """The revocation list in force, as its token; empty before the first."""
    row = RevocationList.objects.filter(authority_id=authority).order_by("-key_set", "-number").first()
    return row.token if row else ""


def authorities_with_keys() -> list[UUID]:
    """Authorities that have a key set: those the minter serves."""
    return list(KeySet.objects.order_by("authority_id").values_list("authority_id", flat=True).distinct())


def is_switched_on(*, authority: UUID, system: str) -> bool:
    """Whether a system works in an authority."""
    return Activation.objects.filter(authority_id=authority, system=system, on=True).exists()


def rights_living(*, authority: UUID, system: str, as_of: datetime) -> int:
    """How many rights of a system are neither closed nor over: what its switch would end (callers scope the authority)."""
    rows = Grant.objects.filter(authority_id=authority, convention__system=system, ends__gt=as_of)
    return rows.exclude(state=GrantState.CLOSED).count()


def rights_over(*, authority: UUID, resource: UUID, as_of: datetime) -> dict[UUID, frozenset[UUID]]:
    """Rights over a thing that are neither closed nor over, each with all that it is over (callers scope the thing)."""
    over = GrantResource.objects.filter(authority_id=authority, resource=resource).values("grant")
    rows = Grant.objects.filter(pk__in=over, ends__gt=as_of).exclude(state=GrantState.CLOSED)
    return {
        row.pk: frozenset(one.resource for one in row.resources.all()) for row in rows.prefetch_related("resources")
    }


def activation(viewer: Viewer, *, authority: UUID, system: str) -> Activation | None:
    """The switch of a system, for those who serve the authority."""
    if authority not in viewer.authorities():
        return None
    return Activation.objects.filter(authority_id=authority, system=system).first()


def in_force(as_of: datetime) -> Q:
    """Conventions between their dates and not ended early."""
    return Q(valid_from__lte=as_of, valid_until__gt=as_of) & (Q(ended_at__isnull=True) | Q(ended_at__gt=as_of))


def live_conventions(*, organisations: Iterable[UUID], as_of: datetime) -> frozenset[UUID]:
    """Conventions in force that bind one of these organisations: as the authority's own, its partner, a party that asks or owns."""
    named = list(organisations)
    own = Q(partner_id__in=named) | Q(authority__organisation_id__in=named)
    party = bound(named, Capacity.ASKS, Capacity.OWNS)
    return frozenset(Convention.objects.filter((own | party) & in_force(as_of)).values_list("id", flat=True))


def visible_conventions(viewer: Viewer) -> QuerySet[Convention]:
    """The authority's people see all of its conventions; a partner those in force."""
    return (
        Convention.objects.filter(Q(authority_id__in=viewer.authorities()) | Q(id__in=viewer.conventions))
        .select_related("authority", "partner")
        .prefetch_related("purposes")
        .order_by("-valid_from", "id")
    )


def covered_resources(conventions: Iterable[UUID]) -> frozenset[UUID]:
    """What these conventions cover."""
    rows = ConventionResource.objects.filter(convention_id__in=list(conventions))
    return frozenset(rows.values_list("resource", flat=True))


def visible_grants(viewer: Viewer) -> QuerySet[Grant]:
    """Rights of the viewer, those that their firm's desk gave, those over their authority's things or those of their house."""
    mine = Q(holder_id=viewer.person)
    firm = Q(organisation_id__in=viewer.organisations_as(Role.DISPATCHER), convention_id__in=viewer.conventions)
    town = Q(authority_id__in=viewer.authorities())
    owned = Q(convention__in=conventions_owned(viewer))
    return (
        Grant.objects.filter(mine | firm | town | owned)
        .select_related("holder", "organisation", "convention")
        .prefetch_related("resources")
        .order_by("-ends", "id")
    )


def usable_tokens(viewer: Viewer, *, resource: UUID) -> list[str]:
    """Capabilities on the viewer's own phone for one resource, the one that ends first foremost."""
    rows = Grant.objects.filter(
        holder_id=viewer.person, state=GrantState.MINTED, ends__gt=viewer.as_of, resources__resource=resource
    )
    return list(rows.order_by("ends", "id").values_list("token", flat=True))


def live_key(person: UUID) -> HolderKey | None:
    """The key in the person's phone, if one is enrolled."""
    return HolderKey.objects.filter(person_id=person, revoked_at__isnull=True, carrier=Carrier.PHONE.value).first()


def live_browsers(person: UUID, as_of: datetime) -> list[HolderKey]:
    """The browsers of a person whose keys are neither revoked nor expired, the newest first."""
    rows = HolderKey.objects.filter(person_id=person, carrier=Carrier.BROWSER.value, revoked_at__isnull=True)
    return list(rows.filter(expires_at__gt=as_of).order_by("-enrolled_at", "id"))


def phones(viewer: Viewer, people: Iterable[UUID]) -> dict[UUID, HolderKey]:
    """Live phone keys of people whom the viewer's own desk answers for (callers scope the people)."""
    if not (viewer.organisations_as(Role.DISPATCHER) or viewer.authorities(Role.ADMINISTRATOR)):
        return {}
    rows = HolderKey.objects.filter(person_id__in=list(people), revoked_at__isnull=True, carrier=Carrier.PHONE.value)
    return {row.person_id: row for row in rows}


def open_codes(people: Iterable[UUID], as_of: datetime) -> dict[UUID, EnrolmentCode]:
    """Enrolment codes still waiting, by person (callers scope the people)."""
    rows = EnrolmentCode.objects.filter(person_id__in=list(people), closed_at__isnull=True, expires_at__gt=as_of)
    return {row.person_id: row for row in rows}


def roots_for(viewer: Viewer) -> list[OctetKey]:
    """The roots of every authority whose gates the viewer may meet under a convention in force."""
    rows = (
        Root.objects.filter(authority__conventions__in=viewer.conventions)
        .distinct()
        .order_by("authority_id", "position")
    )
    return [load_octet_key(row.jwk, "Ed25519") for row in rows]


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who used a right: the person whose key it was, and the organisation that had sent them. Empty for what is not ours."""

    person: UUID | None = None
    organisation: UUID | None = None


def bearer(*, authority: UUID, grant: UUID | None, thumbprint: str | None) -> Bearer:
    """The person and organisation behind a use at a gate, for the entry of that use."""
    row = Grant.objects.filter(authority_id=authority, pk=grant).first() if grant else None
    key = HolderKey.objects.filter(thumbprint=thumbprint).first() if thumbprint else None
    return Bearer(
        person=key.person_id if key else row.holder_id if row else None,
        organisation=row.organisation_id if row else None,
    )


def convention_behind(*, authority: UUID, grant: UUID | None, resource: UUID, as_of: datetime) -> UUID | None:
    """The convention of a right; without one, that in force which covers the resource."""
    given = Grant.objects.filter(authority_id=authority, pk__in=[grant] if grant else [])
    covering = Convention.objects.filter(in_force(as_of), authority_id=authority, resources__resource=resource)
    found = given.values_list("convention_id", flat=True).first()
    return found or covering.order_by("valid_from", "id").values_list("id", flat=True).first()


def rights_under(conventions: Iterable[UUID]) -> QuerySet[Grant, UUID]:
    """Every right given under these conventions (callers scope them), as a sub-query of identifiers."""
    return Grant.objects.filter(convention_id__in=list(conventions)).values_list("id", flat=True)


def conventions_named(*, authority: UUID, conventions: Iterable[UUID]) -> list[Convention]:
    """These conventions of an authority, for actions that the viewer's own queries let through."""
    return list(Convention.objects.filter(authority_id=authority, pk__in=list(conventions)).order_by("id"))


def conventions_of_partners(viewer: Viewer, *, organisations: Iterable[UUID]) -> frozenset[UUID]:
    """Those of the viewer's conventions in force under which one of these organisations asks."""
    rows = Convention.objects.filter(bound(organisations, Capacity.ASKS), pk__in=viewer.conventions)
    return frozenset(rows.values_list("pk", flat=True))


def authorities_of_conventions(viewer: Viewer) -> frozenset[UUID]:
    """Authorities with which a convention in force binds the viewer's organisations."""
    return frozenset(Convention.objects.filter(pk__in=viewer.conventions).values_list("authority_id", flat=True))


def ordered_resources(viewer: Viewer) -> frozenset[UUID]:
    """Resources of the viewer's own rights that are not over, nor closed, under conventions in force."""
    rows = Grant.objects.filter(holder_id=viewer.person, ends__gt=viewer.as_of, convention_id__in=viewer.conventions)
    found = GrantResource.objects.filter(grant__in=rows.exclude(state=GrantState.CLOSED))
    return frozenset(found.values_list("resource", flat=True))


def conventions_in_force(*, authority: UUID, partner: UUID, system: str, as_of: datetime) -> list[Convention]:
    """Conventions in force about a system's things between an authority and a partner (callers scope both)."""
    rows = Convention.objects.filter(in_force(as_of), authority_id=authority, partner_id=partner, system=system)
    return list(rows.order_by("id"))


def conventions_with(viewer: Viewer, *, partner: UUID, system: str) -> list[UUID]:
    """Conventions in force about a system's things between the viewer's authorities and a partner."""
    rows = Convention.objects.filter(
        in_force(viewer.as_of), authority_id__in=viewer.authorities(), partner_id=partner, system=system
    )
    return list(rows.order_by("id").values_list("pk", flat=True))


def purposes_of(viewer: Viewer, *, organisation: UUID, system: str) -> list[tuple[str, str]]:
    """What an organisation may ask of a system under its conventions in force: "convention:purpose" and the words of it."""
    rows = ConventionPurpose.objects.filter(
        convention__in=conventions_of_partners(viewer, organisations=[organisation]), convention__system=system
    )
    found = rows.select_related("convention").order_by("convention__title", "convention_id", "purpose")
    several = len({row.convention_id for row in found}) > 1
    return [
        (f"{row.convention_id}:{row.purpose}", f"{row.label} · {row.convention.title}" if several else row.label)
        for row in found
    ]


def purpose_label(grant: Grant) -> str:
    """The convention's own words for a right's purpose."""
    row = ConventionPurpose.objects.filter(
        convention_id=grant.convention_id, purpose=grant.purpose, kind=grant.kind
    ).first()
    return row.label if row else grant.purpose


def names_of_own_people(viewer: Viewer, people: Iterable[UUID]) -> dict[UUID, str]:
    """Names of those who belong to a firm whose desk the viewer holds, and the viewer's own: a worker's name isn't shown to others."""
    wanted = set(people)
    own = people_of(viewer.organisations_as(Role.DISPATCHER, Role.ADMINISTRATOR), wanted)
    return names(own | ({viewer.person} & wanted if viewer.person else set()))


def conventions_of_authority(authority: UUID) -> QuerySet[Convention]:
    """All conventions of an authority, for commands of whoever keeps the installation."""
    return Convention.objects.filter(authority_id=authority).order_by("valid_from", "id")


def checkpoint_keys(*, authority: UUID, origin: str, at: datetime) -> list[str]:
    """The register keys that the authority's key set names, as verifier keys of that origin (C2SP signed note)."""
    keyset = read_keyset(authority)
    alive = keyset.alive(Use.CHECKPOINT, int(at.timestamp())) if keyset else ()
    return [str(VerifierKey(origin, key.key.raw)) for key in alive]
