"""Organisations, by viewer."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from beffroi.kernel.territory.models import Organisation
from beffroi.lib.viewer import Role, Viewer


def visible_organisations(viewer: Viewer) -> QuerySet[Organisation]:
    """An authority's administrators see every registered organisation; others their own."""
    rows = Organisation.objects.order_by("name")
    return rows if viewer.authorities(Role.ADMINISTRATOR) else rows.filter(pk__in=viewer.organisations)


def listed_organisations(viewer: Viewer, *, search: str = "") -> QuerySet[Organisation]:
    """Those that an administrator reads by name: bodies and firms of the installation, with whom conventions are signed, and the
    services of one's own authorities, not of others'.
    """
    rows = visible_organisations(viewer).select_related("authority", "serves", "steward")
    others = Q(serves=None) | Q(serves__in=viewer.authorities(Role.ADMINISTRATOR)) | Q(pk__in=viewer.organisations)
    for word in search.split():
        rows = rows.filter(name__icontains=word)
    return rows.filter(others).order_by("name", "id")


def organisation_named(name: str) -> Organisation | None:
    """An organisation by its name, for the same commands."""
    return Organisation.objects.filter(name=name).first()


def all_organisations() -> QuerySet[Organisation]:
    """Every organisation, for the same commands."""
    return Organisation.objects.order_by("name", "id")


def concerned_organisations(authority: UUID, partners: Iterable[UUID]) -> list[Organisation]:
    """An authority's own organisation, then its services and these partners (callers scope them)."""
    rows = Organisation.objects.filter(Q(authority=authority) | Q(serves=authority) | Q(pk__in=list(partners)))
    found = list(rows.select_related("authority", "serves").order_by("name", "id"))
    return sorted(found, key=lambda row: (not hasattr(row, "authority"), row.serves_id is None))
