"""A town that hands its lamps to an operator's Open311 server."""

from datetime import timedelta
from pathlib import Path

from pytest_django.fixtures import Settings

from beffroi.adapters.open311.fake import FakeTown
from beffroi.kernel.territory.factories import make_authority, make_organisation
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.servers import keep_server, map_services
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Server
from beffroi.systems.reports.tests.darkroom import store_in


def reporting(folder: Path, settings: Settings) -> Authority:
    """A town that takes reports, whose server may call programs of this machine."""
    store_in(folder, settings)
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})
    authority = make_authority()
    switched_on(authority.pk)
    return authority


def handing(meaux: Authority, town: FakeTown) -> Server:
    """The operator's server, which takes lamps."""
    now = utc_now()
    row = Server(authority=meaux, organisation=make_organisation("Fibre 77"), name="Fibre 77", url=f"{town.address}/v2")
    row.made_at = row.read_until = row.due_at = now - timedelta(hours=1)
    keep_server(server=row, key=town.key, by=None, now=now)
    lamp = make_category(meaux.pk, "Lampadaire éteint")
    map_services(server=row, codes={lamp.pk: "lamp"}, by=None, now=now)
    return row
