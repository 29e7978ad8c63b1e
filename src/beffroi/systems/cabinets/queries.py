"""Reads of cabinets and of their uses, by viewer."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from beffroi.kernel.devices.queries import registered_device
from beffroi.kernel.devices.registry import DeviceIdentity
from beffroi.kernel.grants import queries as grants
from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.cabinets.models import Cabinet, Use
from beffroi.systems.cabinets.rules import Ladder


def visible_cabinets(viewer: Viewer) -> QuerySet[Cabinet]:
    """The authority's people: all of theirs. A partner's desk: what its conventions in force cover. A technician: those of their orders."""
    town = Q(authority_id__in=viewer.authorities())
    covered = grants.covered_resources(_desk_conventions(viewer))
    firm = Q(lock_id__in=covered)
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


def cabinet(viewer: Viewer, pk: UUID) -> Cabinet | None:
    """One visible cabinet."""
    return visible_cabinets(viewer).filter(pk=pk).first()


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
    """The town sees every use of its cabinets; a firm's desk those of its own people; a technician their own."""
    town = Q(authority_id__in=viewer.authorities())
    firm = Q(
        organisation_id__in=viewer.organisations_as(Role.DISPATCHER), authority_id__in=_convention_authorities(viewer)
    )
    own = Q(person=viewer.person) if viewer.person else Q(pk__in=[])
    return (
        Use.objects.filter(town | firm | own)
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
    )


def _desk_conventions(viewer: Viewer) -> frozenset[UUID]:
    """Conventions in force that bind an organisation whose desk the viewer holds."""
    return grants.conventions_of_partners(viewer, organisations=viewer.organisations_as(Role.DISPATCHER))


def _convention_authorities(viewer: Viewer) -> frozenset[UUID]:
    return grants.authorities_of_conventions(viewer)


def orderable_cabinets(viewer: Viewer) -> QuerySet[Cabinet]:
    """Cabinets with a lock that the viewer's desk may give orders for; in *observe* none is needed."""
    covered = grants.covered_resources(_desk_conventions(viewer))
    rows = Cabinet.objects.filter(lock_id__in=covered).exclude(ladder=Ladder.OBSERVE.value)
    return rows.order_by("reference", "id")


def cabinets_of_resources(resources: set[UUID]) -> dict[UUID, Cabinet]:
    """Cabinets by their lock, for rights that the viewer's own query let through."""
    return {row.lock_id: row for row in Cabinet.objects.filter(lock_id__in=resources) if row.lock_id}


def reason_words(code: str) -> str:
    """Why it stayed shut (or a right was closed), for the person in front of it; a code that people never meet is given as it is."""
    words = {
        "not-touched": _("nobody touched the handle within the last minute"),
        "gate-silent": _("the lock doesn’t answer"),
        "gate-other": _("this is another cabinet than the one on the sticker"),
        "no-phone": _("no phone is enrolled"),
        "no-order": _("no work order for this cabinet"),
        "convention-not-in-force": _("the convention is not in force"),
        "too-early": _("the work order doesn’t begin yet"),
        "expired": _("the work order is over"),
        "grant-revoked": _("the work order was closed"),
        "holder-revoked": _("this phone was declared lost or replaced"),
        "resource-not-granted": _("the work order is for another cabinet"),
        "action-not-granted": _("the work order is for something else"),
        "transport-not-admitted": _("the convention doesn’t admit this way of opening"),
        "revocations-old": _("the lock has had no news of lost phones for too long"),
        "time-unknown": _("the lock doesn’t know the time"),
        "challenge-used": _("this answer served already"),
        "challenge-expired": _("the answer came too late"),
        "challenge-unknown": _("the lock didn’t ask for this answer"),
        "proof-signature": _("the answer isn’t this phone’s"),
        "grant-key": _("the work order is signed with a key that is no longer valid"),
        "internal": _("the lock failed and stayed shut"),
        "closed-by-desk": _("closed by the firm’s desk"),
        "convention-ended": _("the convention was ended"),
        "membership-ended": _("the technician left the firm"),
    }
    return words.get(code, code)


def cabinets_of(authority: UUID) -> QuerySet[Cabinet]:
    """All cabinets of an authority in the order of their references, for commands of whoever keeps the installation."""
    return Cabinet.objects.filter(authority_id=authority).order_by("reference")


def act_words(kind: str) -> str:
    """What an entry under a work order says was done; a kind that has no words here is given as it is."""
    words = {
        "grant.asked": _("The right was given"),
        "grant.minted": _("It was signed for the technician’s phone"),
        "grant.closed": _("It was ended before its time"),
        "cabinet.opened": _("The cabinet opened"),
        "cabinet.refused": _("The cabinet stayed shut"),
    }
    return words.get(kind, kind)
