"""Names of conventions, keys of phones and public keys of logs, for the pages of the register."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Model, QuerySet
from django.urls import reverse

from beffroi.kernel.grants.models import Grant, HolderKey
from beffroi.kernel.grants.queries import checkpoint_keys, rights_under, visible_conventions, visible_grants
from beffroi.kernel.grants.queries.conventions import called
from beffroi.kernel.register.registry import Named
from beffroi.lib.viewer import Viewer
from beffroi.protocol.register.entry import INSTALLATION


def name_conventions(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Those that the viewer sees anyway."""
    rows = visible_conventions(viewer).filter(pk__in=wanted).values_list("pk", "title")
    return {pk: Named(title, reverse("convention", args=[pk])) for pk, title in rows}


def name_rights(viewer: Viewer, wanted: Collection[UUID]) -> Mapping[UUID, Named]:
    """Rights that the viewer sees, by what they are over; one whose things are gone by its convention."""
    rights = list(visible_grants(viewer).filter(pk__in=wanted))
    over: dict[tuple[str, UUID], set[UUID]] = defaultdict(set)
    for right in rights:
        whole = (right.convention.system, right.authority_id)
        over[whole] |= {thing.resource for thing in right.resources.all()}
    names: dict[UUID, str] = {}
    for (system, authority), resources in over.items():  # as many as there are systems
        names |= called(system=system, authority=authority, resources=resources)
    return {right.pk: Named(_things(right, names) or right.convention.title) for right in rights}


def rights_given_under(thing: UUID) -> QuerySet[Model, UUID]:
    """Rights under it when it is a convention, none otherwise."""
    return rights_under([thing])


def _things(right: Grant, names: Mapping[UUID, str]) -> str:
    return ", ".join(names[thing.resource] for thing in right.resources.all() if thing.resource in names)


def keys_of_log(log: str, origin: str, at: datetime) -> Sequence[str]:
    """The keys that an authority's key set names; the installation's own are told by whoever keeps it, not by its pages."""
    return [] if log == INSTALLATION or not origin else checkpoint_keys(authority=UUID(log), origin=origin, at=at)


def thumbprints(person: UUID) -> list[str]:
    """Every key that was ever in a phone of theirs, for their own eyes."""
    return list(HolderKey.objects.filter(person_id=person).order_by("enrolled_at").values_list("thumbprint", flat=True))
