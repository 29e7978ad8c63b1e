"""Somebody puts a contact on a door, phone in hand, and sees there and then that it works."""

from datetime import timedelta

from playwright.sync_api import Page, expect

from beffroi.kernel.contacts.actions.hearing import note_line
from beffroi.kernel.contacts.factories import EUI, LINE, LOW, OFF, OPENED, SHUT, hear, make_contact, uplink
from beffroi.kernel.contacts.jobs import do_events, sweep
from beffroi.kernel.contacts.models import Contact
from beffroi.lib.clock import utc_now
from tests.journeys.browser import Town, faults, log_in, send

MINUTE = timedelta(minutes=1)
OTHER = "a84041ffff1843d8"


def says(town: Town, data: str, counter: int, address: str = EUI) -> None:
    """What ChirpStack publishes reaches the town."""
    now = utc_now()
    note_line(authority=town.authority.id, name=LINE, network="lorawan", since=now - MINUTE, fault="", now=now)
    hear(town.authority.id, uplink(data, at=now, counter=counter, address=address), at=now)


def test_a_contact_is_registered_and_tried_at_its_door(town: Town, visitor: Page) -> None:
    town.act(lambda: says(town, OPENED, 1, OTHER))
    log_in(visitor, town.administrator)
    visitor.get_by_role("link", name="Contacts de porte").first.click()
    expect(visitor.get_by_text("Entendus, non enregistrés")).to_be_visible()
    assert faults(visitor) == []
    visitor.get_by_role("link", name="Poser un contact sur une porte").click()
    visitor.get_by_label("Adresse").fill(f"LW:D0:1122334455667788:{EUI.upper()}:AABB1122")
    visitor.get_by_label("Modèle").select_option(label="Milesight WS301")
    visitor.get_by_label("Nom", exact=True).fill("Mairie, salle des serveurs")
    assert faults(visitor) == []
    send(visitor.get_by_role("button", name="Enregistrer le contact"))
    expect(visitor.get_by_text("Attend son premier message")).to_be_visible()
    town.act(lambda: says(town, OPENED, 1))
    expect(visitor.get_by_text("Il a dit que la porte s’ouvrait.")).to_be_visible()
    town.act(lambda: says(town, SHUT, 2))
    expect(visitor.get_by_role("heading", name="Essayez-le maintenant")).to_be_hidden()
    expect(visitor.get_by_text("La porte s’est refermée")).to_be_visible()
    assert faults(visitor) == []
    contact = town.act(Contact.objects.get)
    town.act(lambda: says(town, OFF + LOW, 3))
    while town.act(do_events):  # one event of a contact at a time
        continue
    town.act(sweep)
    visitor.goto(f"{visitor.url.split('/contacts/')[0]}/contacts/{contact.pk}/")
    expect(visitor.get_by_text("le contact de porte est manipulé").first).to_be_visible()
    assert faults(visitor) == []


def test_a_quiet_town_s_list(town: Town, visitor: Page) -> None:
    town.act(lambda: make_contact(town.authority.id, now=utc_now(), name="Gymnase, local technique"))
    log_in(visitor, town.administrator)
    visitor.get_by_role("link", name="Contacts de porte").first.click()
    expect(visitor.get_by_role("link", name="Gymnase, local technique")).to_be_visible()
    expect(visitor.get_by_text("Pas encore entendu")).to_be_visible()
    assert faults(visitor) == []


def test_a_room_is_put_on_the_map_and_seen_there(town: Town, visitor: Page) -> None:
    room = town.act(lambda: make_contact(town.authority.id, now=utc_now(), name="Gymnase, local technique"))
    log_in(visitor, town.administrator)
    visitor.goto(f"{town.address}/contacts/{room.pk}/")
    visitor.get_by_role("link", name="Indiquer où il se trouve").click()
    expect(visitor.locator("[data-island=place]")).to_have_attribute("data-map", "drawn")
    visitor.get_by_text("Coordonnées, si vous les avez").click()
    visitor.get_by_label("Latitude").fill("48.9602")
    visitor.get_by_label("Longitude").fill("2.8785")
    visitor.get_by_label("Longitude").press("Tab")
    expect(visitor.get_by_text("Le repère est là où le disent les coordonnées")).to_be_visible()
    assert faults(visitor) == []
    send(visitor.get_by_role("button", name="Enregistrer"))
    expect(visitor.get_by_text("48.96020, 2.87850")).to_be_visible()
    visitor.goto(f"{town.address}/console/")
    visitor.locator("summary", has_text="Couches").click()
    expect(visitor.locator("[data-count-of=contacts]")).to_have_text("1")
    assert faults(visitor) == []
