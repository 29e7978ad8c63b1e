"""The brokers on which contacts are heard."""

from datetime import datetime
from uuid import UUID

from beffroi.adapters.sensors.sources import Observed
from beffroi.kernel.contacts.models import Line
from beffroi.kernel.contacts.rules import BELIEVED
from beffroi.kernel.territory.queries.authorities import authority_named
from beffroi.lib.viewer import Role, Viewer


def configured(observed: Observed) -> frozenset[tuple[UUID, str]]:
    """Brokers that the file names, with their authorities; one of an authority that isn't there is left out."""
    found = ((authority_named(broker.authority), broker.name) for broker in observed.brokers)
    return frozenset((authority, name) for authority, name in found if authority is not None)


def heard_since(now: datetime) -> dict[tuple[UUID, str], datetime]:
    """Since when each broker is heard without a break, as was said lately; those that aren't are absent."""
    rows = Line.objects.filter(since__isnull=False, seen_at__gt=now - BELIEVED)
    found = rows.values_list("authority_id", "name", "since")
    return {(authority, name): since for authority, name, since in found if since}


def lines_of(viewer: Viewer) -> list[Line]:
    """Brokers of the authorities that the viewer serves, those that aren't heard first."""
    rows = Line.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR, Role.AGENT))
    return sorted(rows.order_by("name"), key=lambda row: heard(row, viewer.as_of))


def heard(row: Line, as_of: datetime) -> bool:
    """Whether messages pass now."""
    return row.since is not None and row.fresh(as_of)
