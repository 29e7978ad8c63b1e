"""Reads of cabinets and of their uses, by viewer."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import or_
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, F, Model, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from beffroi.kernel.contacts.queries.layer import troubles
from beffroi.kernel.devices.queries.devices import registered_device
from beffroi.kernel.devices.registry import DeviceIdentity
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.queries.conventions import sees_several
from beffroi.kernel.register.registry import Named
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.layers import Feature, Severity
from beffroi.systems.cabinets.models import DOOR_LABELS, Cabinet, Occurrence, Use
from beffroi.systems.cabinets.rules import ATTACK_SHOWN, Door, Happening, Ladder, malicious, severity_of

# What rules.malicious says, for the database.
MALICIOUS: Final = reduce(
    or_,
    (
        Q(kind=happening.value, ladder=ladder.value)
        for happening, ladder in product(Happening, Ladder)
        if malicious(happening=happening, ladder=ladder)
    ),
)


# What a convention covers a cabinet by.
_RESOURCE: Final = Coalesce("lock_id", "contact")


def visible_cabinets(viewer: Viewer) -> QuerySet[Cabinet]:
    """The authority's people: all of theirs. A partner's desk: what its conventions in force cover. A technician: those of their orders."""
    town = Q(authority_id__in=viewer.authorities())
    covered = grants.covered_resources(desk_conventions(viewer))
    firm = Q(lock_id__in=covered) | Q(contact__in=covered)
    ordered = Q(lock_id__in=grants.ordered_resources(viewer))
    return (
        Cabinet.objects.filter(town | firm | ordered)
        .select_related("authority", "operator", "lock")
        .order_by("reference", "id")
    )


def find_cabinets(viewer: Viewer, *, text: str = "", ladder: str = "", door: str = "") -> QuerySet[Cabinet]:
    """Visible cabinets whose reference, address or code holds the text."""
    rows = visible_cabinets(viewer)
    if text:
        rows = rows.filter(Q(reference__icontains=text) | Q(address__icontains=text) | Q(code__iexact=text))
    if ladder:
        rows = rows.filter(ladder=ladder)
    return rows.filter(door=door) if door else rows


def on_the_map(viewer: Viewer, only: frozenset[UUID] | None) -> Iterator[Feature]:
    """Visible cabinets as points of the map, all of them or those named."""
    here = Occurrence.objects.filter(cabinet=OuterRef("pk"))
    overdue = here.filter(kind=Happening.OPEN, ended_at__isnull=True, due_at__lte=viewer.as_of)
    shown = viewer.as_of - ATTACK_SHOWN / settings.BEFFROI_PACE
    attacked = here.filter(MALICIOUS, Q(ended_at__isnull=True) | Q(last_at__gte=shown))
    # Fifteen thousand rows at once: plain values, and neither a word nor an address made twice.
    rows = visible_cabinets(viewer).select_related(None)
    found = (rows if only is None else rows.filter(pk__in=only)).annotate(
        overdue=Exists(overdue), attacked=Exists(attacked)
    )
    words = {str(door): str(label) for door, label in DOOR_LABELS}
    observed = troubles(only)
    before, after = reverse("cabinet", args=[UUID(int=0)]).split(str(UUID(int=0)))
    name, of = (F("authority__name"), " · ") if sees_several(viewer) else (Value(""), "")
    for pk, longitude, latitude, reference, address, door, late, hit, lock, whose in found.values_list(
        "id", "longitude", "latitude", "reference", "address", "door", "overdue", "attacked", "lock_id", name
    ):
        trouble = observed.get(pk) if lock is None else None
        severity = Severity(severity_of(Door(door), overdue=late, attacked=hit))
        yield Feature(
            id=pk,
            longitude=longitude,
            latitude=latitude,
            label=f"{reference} {address}{of}{whose}",
            severity=max(severity, trouble.severity) if trouble else severity,
            state=f"{words[door]} · {trouble.words}" if trouble else words[door],
            href=f"{before}{pk}{after}",
        )


def cabinet(viewer: Viewer, pk: UUID) -> Cabinet | None:
    """One visible cabinet, with how its lock is."""
    return visible_cabinets(viewer).select_related("lock__condition").filter(pk=pk).first()


def cabinet_by_code(viewer: Viewer, code: str) -> Cabinet | None:
    """The cabinet of a sticker, for whoever stands in front of it: any technician of a firm under a convention in force here."""
    row = Cabinet.objects.select_related("authority", "operator", "lock").filter(code=code.lower()).first()
    if row is None:
        return None
    near = viewer.organisations_as(Role.TECHNICIAN, Role.DISPATCHER) and row.authority_id in _convention_authorities(
        viewer
    )
    return row if near or visible_cabinets(viewer).filter(pk=row.pk).exists() else None


def visible_uses(viewer: Viewer) -> QuerySet[Use]:
    """The town sees every use of its cabinets; a firm's desk those of its own people, and of rights given under its own
    conventions; a technician their own.
    """
    town = Q(authority_id__in=viewer.authorities())
    firm = Q(
        organisation_id__in=viewer.organisations_as(Role.DISPATCHER), authority_id__in=_convention_authorities(viewer)
    )
    partner = Q(grant__in=grants.rights_under(desk_conventions(viewer)))
    own = Q(person=viewer.person) if viewer.person else Q(pk__in=[])
    return (
        Use.objects.filter(town | firm | partner | own)
        .select_related("cabinet", "organisation")
        .order_by("-at", "-sequence", "id")
    )


def use_of_nonce(viewer: Viewer, *, gate: UUID, nonce: str) -> Use | None:
    """The use that answered one challenge, once ingest has stored its event."""
    return visible_uses(viewer).filter(device=gate, nonce=nonce).first()


def may_relay(viewer: Viewer, device: DeviceIdentity) -> str | None:
    """Whether the server carries the viewer's exchange to a lock: a technician with a phone and a usable order. The lock decides."""
    if viewer.person is None or not viewer.organisations_as(Role.TECHNICIAN):
        return "gate-unknown"
    if device.authority not in _convention_authorities(viewer):
        return "convention-not-in-force"
    if grants.live_key(viewer.person) is None:
        return "no-phone"
    if not grants.usable_tokens(viewer, resource=device.id):
        return "no-order"
    return None


@dataclass(frozen=True, slots=True)
class Doorstep:
    """What a phone needs in front of a lock."""

    authority: UUID
    roots: list[dict[str, str]]
    keyset: str
    certificate: str
    chains: list[str]
    revocation: str


def doorstep(viewer: Viewer, *, gate: UUID) -> Doorstep | None:
    """For a technician who may stand in front of this lock; None for anybody else."""
    row = Cabinet.objects.filter(lock_id=gate).first()
    if not viewer.organisations_as(Role.TECHNICIAN) or row is None or cabinet_by_code(viewer, row.code) is None:
        return None
    lock = registered_device(authority=row.authority_id, device=gate)
    return Doorstep(
        authority=row.authority_id,
        roots=[root.jwk for root in grants.roots(row.authority_id)],
        keyset=grants.current_keyset(row.authority_id),
        certificate=lock.certificate if lock else "",
        chains=grants.usable_tokens(viewer, resource=gate),
        revocation=grants.current_revocation_list(row.authority_id),
    )


def desk_conventions(viewer: Viewer) -> frozenset[UUID]:
    """Conventions in force that bind an organisation whose desk the viewer holds."""
    return grants.conventions_of_partners(viewer, organisations=viewer.organisations_as(Role.DISPATCHER))


def _convention_authorities(viewer: Viewer) -> frozenset[UUID]:
    return grants.authorities_of_conventions(viewer)


def orderable_cabinets(viewer: Viewer, *firms: UUID) -> QuerySet[Cabinet]:
    """Cabinets with a lock that the viewer's desk, of these firms or of any, may give orders for; in *observe* none is needed."""
    desk = viewer.organisations_as(Role.DISPATCHER)
    bound = grants.conventions_of_partners(viewer, organisations=desk & set(firms) if firms else desk)
    covered = grants.covered_resources(bound)
    rows = Cabinet.objects.filter(lock_id__in=covered).exclude(ladder=Ladder.OBSERVE.value)
    return rows.order_by("reference", "id")


def cabinets_of_resources(resources: set[UUID]) -> dict[UUID, Cabinet]:
    """Cabinets by their lock, for rights that the viewer's own query let through."""
    return {row.lock_id: row for row in Cabinet.objects.filter(lock_id__in=resources) if row.lock_id}


def lockable(authority: UUID) -> QuerySet[Model]:
    """Cabinets that a convention may cover (callers scope it): those that have a lock, which is what a right names, or are observed."""
    rows = Cabinet.objects.filter(Q(lock__isnull=False) | Q(contact__isnull=False), authority_id=authority)
    return rows.annotate(resource=_RESOURCE, called=F("reference"), place=F("address"), group=F("operator__name"))


def name_cabinets(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Those that the viewer sees, by their references, for the pages of the register."""
    rows = visible_cabinets(viewer).filter(pk__in=wanted).values_list("pk", "reference")
    return {pk: Named(reference, reverse("cabinet", args=[pk])) for pk, reference in rows}


def name_locked(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """The same by what rights and conventions name: their locks, or the contacts that observe them."""
    rows = visible_cabinets(viewer).filter(Q(lock_id__in=wanted) | Q(contact__in=wanted))
    found = rows.annotate(named=_RESOURCE).values_list("named", "pk", "reference")
    return {resource: Named(reference, reverse("cabinet", args=[pk])) for resource, pk, reference in found}


def cabinets_of(authority: UUID) -> QuerySet[Cabinet]:
    """All cabinets of an authority in the order of their references, for commands of whoever keeps the installation."""
    return Cabinet.objects.filter(authority_id=authority).order_by("reference")


def without_lock(authority: UUID) -> QuerySet[Model]:
    """Cabinets that a door contact may observe (callers scope it): those that neither a lock nor another contact tells of."""
    rows = Cabinet.objects.filter(authority_id=authority, lock__isnull=True, contact__isnull=True)
    return rows.order_by("reference", "id")
