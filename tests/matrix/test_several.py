"""Somebody with posts in two authorities: each has its own address, lists say whose things are, forms ask for which one."""

from collections.abc import Iterator
from html import unescape

import pytest
from django.db import transaction
from django.test import Client

from beffroi.kernel.alerts.models import Audience, Policy, Roster
from beffroi.kernel.retention.models import Check, DurationSet, Slip
from beffroi.kernel.territory.factories import make_member, make_membership
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import Alarm
from tests.matrix.towns import World, known

KIND = Alarm.FORCED.value
CELL = '<td data-label="Authority">'
ENGLISH = {"accept-language": "en"}


@pytest.fixture
def both(town: World) -> Iterator[Client]:
    """An administrator of Meaux and of Provins; whatever they do is undone."""
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase: durable actions may run inside
    with undone:
        person = make_member("Maud Aubert", town.authority.organisation, Role.ADMINISTRATOR)
        make_membership(person, town.neighbours[0].authority.organisation, Role.ADMINISTRATOR)
        client = Client(headers=ENGLISH)
        client.force_login(person)
        yield client
        transaction.set_rollback(True)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return unescape(response.content.decode())


def main_of(page: str) -> str:
    return page.split("<main", 1)[1].split("</main>", 1)[0]


def name_of(page: str) -> str:
    """The name that the masthead shows."""
    return page.split('class="masthead-name"', 1)[1].split("<span>", 1)[1].split("</span>", 1)[0]


def cabinet(town: World) -> dict[str, str]:
    where = {"address": "1 quai Victor-Hugo", "latitude": "48.96", "longitude": "2.87"}
    return {**where, "reference": "PM-NEW", "operator": str(town.partner.pk)}


def alone(town: World) -> Client:
    """The administrator of one."""
    client = Client(headers=ENGLISH)
    client.force_login(known(town, "administrator"))
    return client


BARE = ("/retention/", "/retention/slips/", "/retention/destructions/", "/retention/checks/")


@pytest.mark.parametrize("address", BARE)
def test_a_bare_address_leads_to_the_only_one_and_asks_among_several(town: World, both: Client, address: str) -> None:
    own = address.replace("/retention/", "/retention/of/{}/")
    assert alone(town).get(f"{address}?page=2")["Location"] == f"{own.format('meaux')}?page=2"
    page = text(both, address)
    assert "Which authority?" in page
    for slug in ("meaux", "provins"):
        assert f'href="{own.format(slug)}"' in page
        text(both, own.format(slug))
    assert own.format("seine-et-marne") not in page
    assert both.get(own.format("seine-et-marne")).status_code == 404


def test_who_is_told_is_said_by_authority(town: World, both: Client) -> None:
    assert alone(town).get("/told/")["Location"] == "/told/of/meaux/"
    asked = text(both, "/told/")
    assert 'href="/told/of/meaux/"' in asked
    assert 'href="/told/of/provins/"' in asked
    page = text(both, "/told/of/provins/")
    assert f"/told/of/provins/kinds/{KIND}/" in page
    assert both.post(f"/told/of/provins/kinds/{KIND}/", {"whom_1": "target:agents"})["Location"] == "/told/of/provins/"
    assert {row.authority_id for row in Policy.objects.filter(kind=KIND)} == {town.neighbours[0].authority.pk}
    other = f"/told/of/provins/kinds/{KIND}/?convention={town.convention.pk}"
    assert both.get(other).status_code == 404, "a convention of Meaux"


LISTS = ("/cabinets/", "/devices/", "/conventions/", "/alerts/", "/screens/", "/told/audiences/", "/told/rosters/")


@pytest.mark.parametrize("address", LISTS)
def test_lists_say_whose_each_thing_is_to_whoever_sees_several(town: World, both: Client, address: str) -> None:
    """Within the page's own text: the names also stand in the masthead."""
    seen = main_of(text(both, address))
    for world in (town, town.neighbours[0]):
        assert world.authority.name in seen, address
    if address != "/conventions/":  # which says it to everybody
        assert CELL not in main_of(text(alone(town), address))


def test_a_partner_of_two_towns_reads_whose_each_cabinet_is(town: World) -> None:
    with transaction.atomic():
        client = Client(headers=ENGLISH)
        client.force_login(known(town, "bob"))
        seen = main_of(text(client, "/cabinets/"))
        state = client.get("/console/state/").json()
        transaction.set_rollback(True)
    labels = {thing["label"] for layer in state["layers"] for thing in layer["things"]}
    for world in (town, town.neighbours[0]):
        assert f"{CELL}{world.authority.name}</td>" in seen
        assert f"{world.ground.reference} {world.ground.address} · {world.authority.name}" in labels
    assert {alert["where"].rpartition(" · ")[2] for alert in state["alerts"].values()} <= {"Meaux", "Provins"}


def test_what_is_added_goes_to_the_authority_that_was_chosen(town: World, both: Client) -> None:
    provins = town.neighbours[0].authority
    for address, fields, rows in (
        ("/told/audiences/add/", {"name": "Grande crue"}, Audience.objects.filter(name="Grande crue")),
        ("/told/rosters/add/", {"name": "Astreinte crue"}, Roster.objects.filter(name="Astreinte crue")),
        ("/cabinets/add/", cabinet(town), Cabinet.objects.filter(reference="PM-NEW")),
    ):
        for choosing in ("/screens/add/", "/told/programs/", address):
            assert f'<option value="{provins.pk}">' in text(both, choosing), choosing
        assert both.post(address, fields).status_code == 422, "which authority was not said"
        seine = str(town.neighbours[1].authority.pk)
        assert both.post(address, {**fields, "of": seine}).status_code == 422, "not one of theirs"
        assert both.post(address, {**fields, "of": str(provins.pk)}).status_code == 302
        assert rows.get().authority_id == provins.pk
        assert 'name="of"' not in text(alone(town), address), "nobody else is asked"


def test_an_audience_belongs_to_a_convention_of_its_own_authority(town: World, both: Client) -> None:
    given = {"name": "Grande crue", "of": str(town.neighbours[0].authority.pk), "convention": str(town.convention.pk)}
    refused = both.post("/told/audiences/add/", given)
    assert refused.status_code == 422
    assert "another authority’s" in unescape(refused.content.decode())
    assert not Audience.objects.filter(name="Grande crue").exists()


def test_the_masthead_is_the_page_s_and_leads_to_the_other(town: World, both: Client) -> None:
    page = text(both, "/retention/of/provins/slips/")
    assert name_of(page) == town.neighbours[0].authority.name
    assert '<a href="/retention/of/meaux/slips/">' in page.split('class="masthead-tools"')[1]
    first = sorted((town, town.neighbours[0]), key=lambda world: world.authority.name)
    page = text(both, "/cabinets/")
    assert name_of(page) == first[0].authority.name
    assert f'<a href="/at/{first[1].authority.slug}/">' in page
    assert "Another authority" not in text(alone(town), "/cabinets/")


def test_a_partner_of_one_authority_reads_its_name_a_partner_of_two_reads_neither(town: World) -> None:
    seine = town.neighbours[1]
    for world, expected in ((seine, {seine.authority.name}), (town, set())):
        client = Client(headers=ENGLISH)
        client.force_login(known(world, "bob"))
        names = {row.authority.name for row in (town, *town.neighbours)}
        assert {name_of(text(client, "/"))} & names == expected


def test_the_masthead_leads_nobody_to_a_page_that_is_not_theirs(town: World, both: Client) -> None:
    """An administrator here who is an agent there: the other's retention is none of theirs."""
    person = make_member("Marc Aubert", town.authority.organisation, Role.ADMINISTRATOR)
    make_membership(person, town.neighbours[0].authority.organisation, Role.AGENT)
    both.force_login(person)
    page = text(both, "/retention/of/meaux/")
    assert '<a href="/at/provins/">' in page
    assert "/retention/of/provins/" not in page


def test_each_one_s_retention_is_its_own(town: World, both: Client) -> None:
    """Durations, slips and checks of the authority that the address names, and of no other."""
    provins = town.neighbours[0]
    assert both.post("/retention/of/provins/rules/cabinets.uses/", {"length": "36"}).status_code == 302
    assert DurationSet.objects.get(rule="cabinets.uses").authority_id == provins.authority.pk
    both.post("/retention/of/provins/checks/")
    assert Check.objects.get().authority_id == provins.authority.pk
    assert "No comparison yet" in text(both, "/retention/of/meaux/checks/")
    assert "No comparison yet" not in text(both, "/retention/of/provins/checks/")
    for world in (town, provins):
        shown = text(both, f"/retention/of/{world.authority.slug}/slips/")
        other = provins if world is town else town
        assert f"/retention/slips/{world.slip}/" in shown
        assert f"/retention/slips/{other.slip}/" not in shown
        assert f'href="/retention/of/{world.authority.slug}/slips/"' in text(both, f"/retention/slips/{world.slip}/")
    assert both.post(f"/retention/slips/{provins.slip}/abandon/")["Location"] == "/retention/of/provins/slips/"
    assert Slip.objects.get(pk=town.slip).state == "draft"
