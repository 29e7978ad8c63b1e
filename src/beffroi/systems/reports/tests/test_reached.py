"""Who receives what says where nobody would know of it: no desk, no address, no server."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import localtime

from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.servers import keep_server, map_services
from beffroi.systems.reports.actions.settings import keep_team, keep_way
from beffroi.systems.reports.factories import make_category, make_convention, switched_on
from beffroi.systems.reports.models import Category, Server, Team, Way

pytestmark = pytest.mark.usefixtures("own_database")
WAYS = "/settings/meaux/reports/ways/"
ALONE = "Nobody is told"
WARNED = "Nobody would know of a report there: Fibre 77"


@pytest.fixture
def town(own_database: None) -> Authority:
    authority = make_authority(slug="meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def admin(town: Authority) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    return client


@pytest.fixture
def cables(town: Authority) -> Category:
    return make_category(town.id, "Câble arraché")


@pytest.fixture
def firm(town: Authority, cables: Category) -> Organisation:
    """A partner that receives what is torn, and nobody there."""
    row = make_organisation("Fibre 77")
    make_convention(town.id, row.pk, [cables], until=utc_now() + timedelta(days=5))
    keep_way(way=Way(authority=town, category=cables, organisation=row), by=None, now=utc_now())
    return row


def shown(admin: Client, category: UUID | None = None) -> str:
    asked = (
        {"at": f"{localtime(utc_now()):%Y-%m-%dT%H:%M}", "category": str(category), "territory": ""} if category else {}
    )
    return admin.get(WAYS, asked).content.decode()


def test_a_line_that_leads_to_nobody_says_so_and_how_to_mend_it(
    admin: Client, firm: Organisation, cables: Category
) -> None:
    page = shown(admin)
    assert WARNED in page
    assert page.count(ALONE) == 1
    assert 'href="/settings/meaux/reports/teams/"' in page
    assert "Nobody there would know of it" in shown(admin, cables.pk)


def test_what_the_town_keeps_for_itself_is_no_matter(admin: Client, town: Authority, cables: Category) -> None:
    keep_way(way=Way(authority=town, category=cables, organisation=town.organisation), by=None, now=utc_now())
    assert ALONE not in shown(admin)


def test_somebody_who_holds_the_desk_is_enough_and_a_technician_is_not(admin: Client, firm: Organisation) -> None:
    make_member("Théo", firm, Role.TECHNICIAN)
    assert ALONE in shown(admin)
    make_member("Bob", firm, Role.DISPATCHER)
    assert ALONE not in shown(admin)


@pytest.mark.parametrize(("general", "told"), [(True, True), (False, False)])
def test_the_address_of_a_team_counts_where_it_receives_this(
    admin: Client, town: Authority, firm: Organisation, cables: Category, *, general: bool, told: bool
) -> None:
    team = Team(authority=town, organisation=firm, name="Astreinte", email="astreinte@fibre77.example")
    team.general = general
    keep_team(team=team, by=None, now=utc_now())
    assert (ALONE not in shown(admin)) is told
    assert ("Nobody there would know of it" not in shown(admin, cables.pk)) is told


def test_a_team_that_the_line_names_is_written_to(admin: Client, town: Authority, firm: Organisation) -> None:
    team = Team(authority=town, organisation=firm, name="Astreinte", email="astreinte@fibre77.example")
    keep_team(team=team, by=None, now=utc_now())
    way = Way.objects.get()
    way.team = team
    keep_way(way=way, by=None, now=utc_now())
    assert ALONE not in shown(admin)


def test_a_server_counts_for_the_kinds_that_it_takes(
    admin: Client, town: Authority, firm: Organisation, cables: Category
) -> None:
    other = make_category(town.id, "Trou")
    server = Server(authority=town, organisation=firm, name="Fibre", url="https://fibre.example/v2")
    server.made_at = server.read_until = utc_now()
    keep_server(server=server, key="", by=None, now=utc_now())
    map_services(server=server, codes={other.pk: "hole"}, by=None, now=utc_now())
    assert ALONE in shown(admin)
    map_services(server=server, codes={cables.pk: "cable"}, by=None, now=utc_now())
    assert ALONE not in shown(admin)
