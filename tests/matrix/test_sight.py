"""Who can see what: what is said in words is what the pages show, for each role of the world, and nothing a minute after."""

import re
from html import unescape

import pytest
from django.db import transaction
from django.test import Client

from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.grants.queries import conventions_of_authority
from beffroi.lib.clock import utc_now
from beffroi.systems.cabinets.queries.cabinets import visible_cabinets
from beffroi.web.viewers import viewer_for
from tests.matrix.towns import World, known

CABINETS = re.compile(r"sees (\d+) cabinets? and (?:its|their) openings")


def page(world: World, role: str, address: str) -> str:
    client = Client(headers={"accept-language": "en"})
    client.force_login(known(world, role))
    answer = client.get(address)
    assert answer.status_code == 200, (role, address, answer.status_code)
    return unescape(answer.content.decode())


def said_of(text: str, organisation: str) -> str:
    """What stands under an organisation's name, up to the next one."""
    return text.split(f'">{organisation}</h2>', 1)[1].split("</section>", 1)[0]


@pytest.mark.parametrize("role", ["administrator", "alice", "official", "police", "bob"])
def test_the_number_said_is_the_number_shown(town: World, role: str) -> None:
    viewer = viewer_for(person=known(town, role).pk, as_of=utc_now())
    seen = visible_cabinets(viewer).filter(authority=town.authority).count()
    assert seen > 0
    own = page(town, role, "/access/me/").split(f'">{town.authority.name}</h3>', 1)[1].split("</section>", 1)[0]
    assert [int(found) for found in CABINETS.findall(own)] == [seen]
    whole = page(town, "administrator", f"/access/of/{town.authority.slug}/")
    counted = {int(found) for found in CABINETS.findall(whole)}
    assert seen in counted


@pytest.mark.parametrize("role", ["charlie", "dave"])
def test_strangers_read_nothing_of_the_town(town: World, role: str) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(known(town, role))
    assert client.get(f"/access/of/{town.authority.slug}/").status_code == 404
    assert f'">{town.authority.name}</h3>' not in page(town, role, "/access/me/")


def test_a_partner_s_part_goes_with_its_conventions(town: World) -> None:
    address = f"/access/of/{town.authority.slug}/"
    before = said_of(page(town, "alice", address), town.partner.name)
    assert f"Under {town.convention.title}, until" in before
    assert "sees its own technicians’ names" in before
    assert "gives work orders" in before
    with transaction.atomic():
        for convention in conventions_of_authority(town.authority.pk).filter(partner=town.partner):
            end_convention(convention=convention, by=None, now=utc_now())
        after, theirs = page(town, "alice", address), page(town, "bob", "/access/me/")
        transaction.set_rollback(True)
    assert f'">{town.partner.name}</h2>' not in after
    assert f'">{town.authority.name}</h3>' not in theirs


def test_a_technician_is_told_who_learns_their_name(town: World) -> None:
    text = page(town, "tech", "/access/me/")
    assert "The desk of your firm" in text
    assert "your name on an opening near a malicious act" in text
    assert CABINETS.search(text), "the cabinets of their orders"


def test_an_organisation_s_page_says_what_binds_it(town: World) -> None:
    text = page(town, "administrator", f"/organisations/{town.partner.pk}/")
    assert f"{town.convention.title}, until" in text
    assert f"/conventions/{town.convention.pk}/" in text
