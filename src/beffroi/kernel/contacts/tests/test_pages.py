"""Whoever sets an authority up puts a contact on a door and tries it; whoever looks after it sees how it is; others learn nothing."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.contacts.actions.hearing import count_unreadable, note_line
from beffroi.kernel.contacts.factories import EUI, IEEE, LINE, LOW, OPENED, SHUT, hear, make_contact, uplink
from beffroi.kernel.contacts.models import Contact, Stranger
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

MINUTE = timedelta(minutes=1)


@pytest.fixture
def town(db: None) -> Authority:
    return make_authority()


def logged_in(town: Authority, role: Role = Role.ADMINISTRATOR) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member(f"{role} of {town.name}", town.organisation, role))
    return client


def test_a_contact_is_put_on_a_room_s_door_and_tried(town: Authority) -> None:
    client, now = logged_in(town), utc_now()
    fields = {
        "label": "LW:D0:1122334455667788:24E124538B223213:AABB1122",
        "model": "milesight-ws301",
        "thing": "",
        "name": "Salle des archives",
        "patience": "10",
    }
    page = client.post("/contacts/add/", fields, follow=True).text
    assert "Waits for its first message" in page
    contact = Contact.objects.get()
    assert (contact.address, contact.patience, contact.thing) == (EUI, 10, None)
    address = f"/contacts/{contact.pk}/"
    hear(town.pk, uplink(OPENED, at=now, counter=1), at=now)
    assert "It said that the door opened." in client.get(address).text
    hear(town.pk, uplink(SHUT, at=now + MINUTE, counter=2), at=now + MINUTE)
    page = client.get(address).text
    assert "Try it now" not in page, "tried, it is done"
    assert "Observed, unsigned" in page


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "acme-door"}, "Choose one of those that are found."),
        ({"thing": "cabinet:00000000-0000-4000-8000-000000000000"}, "Choose one of those that are found."),
        ({"patience": "0"}, "greater than or equal to 1"),
        ({"name": ""}, "required"),
    ],
)
def test_what_doesnt_fit_is_said_beside_its_field(town: Authority, change: dict[str, str], words: str) -> None:
    fields = {"label": EUI, "model": "milesight-ws301", "thing": "", "name": "Local", "patience": "30", **change}
    response = logged_in(town).post("/contacts/add/", fields)
    assert response.status_code == 422
    assert words in response.text
    assert not Contact.objects.exists()


def test_what_the_act_refuses_is_said_beside_its_field(own_database: ConnectionInfo) -> None:
    town = make_authority()
    make_contact(town.pk, now=utc_now(), label="1" * 16)
    client = logged_in(town)
    fields = {"label": EUI, "model": "milesight-ws301", "thing": "", "name": "Local", "patience": "30"}
    for label, words in (
        ("24E124", "16 digits from 0 to f"),
        (f"0x{IEEE}", "speaks on another network"),
        ("1" * 16, "registered already"),
    ):
        response = client.post("/contacts/add/", {**fields, "label": label})
        assert response.status_code == 422
        assert words in response.text
    assert Contact.objects.count() == 1


def test_a_stranger_is_registered_from_the_list(town: Authority) -> None:
    now = utc_now()
    hear(town.pk, uplink(OPENED, at=now, counter=1), at=now)
    client = logged_in(town)
    page = client.get("/contacts/").text
    assert "Heard, not registered" in page
    assert f"label={Stranger.objects.get().address}" in page
    assert f'value="{EUI}"' in client.get(f"/contacts/add/?of={town.pk}&label={EUI}&name=porte-7").text
    assert "Heard, not registered" not in logged_in(town, Role.AGENT).get("/contacts/").text


def test_what_wasnt_understood_is_shown_to_administrators_only(town: Authority) -> None:
    now = utc_now()
    contact = make_contact(town.pk, now=now)
    hear(town.pk, uplink("99aa", at=now, counter=1), at=now)
    page = logged_in(town).get(f"/contacts/{contact.pk}/").text
    assert "85:99aa" in page
    assert "is it the right model?" in page
    assert "99aa" not in logged_in(town, Role.AGENT).get(f"/contacts/{contact.pk}/").text


def test_the_list_says_what_is_wrong_first(town: Authority) -> None:
    now = utc_now()
    make_contact(town.pk, now=now)
    hear(town.pk, uplink(LOW, at=now, counter=1), at=now)
    note_line(authority=town.pk, name=LINE, network="lorawan", since=None, fault="certificate", now=now)
    count_unreadable(authority=town.pk, name=LINE, code="not-json", times=3, now=now)
    client = logged_in(town)
    page = client.get("/contacts/").text
    assert "certificate is not one to be trusted" in page
    assert "3 messages through campus" in page
    assert "choose the JSON marshaler" in page
    assert "Salle des serveurs" in client.get("/contacts/?state=weak").text
    assert "No contact matches." in client.get("/contacts/?state=down").text


def test_what_is_refreshed_keeps_the_focus(town: Authority) -> None:
    # The focus is found again by its id: whatever can have it bears one, and no other bears the same.
    now = utc_now()
    for number in range(51):
        make_contact(town.pk, now=now, label=f"{number:016x}", name=f"Salle {number}")
    hear(town.pk, uplink(OPENED, at=now, counter=1), at=now)
    client = logged_in(town)
    for asked in ("", "?page=2", "?q=nothing+of+the+kind"):
        refreshed = client.get(f"/contacts/{asked}").text.partition('<div id="contacts"')[2].partition("</main>")[0]
        focusable = re.findall(r'<(?:a|button|input|select|summary)\b[^>]*>|<[^>]*tabindex="0"[^>]*>', refreshed)
        ids = [found[1] for tag in focusable if (found := re.search(r' id="([^"]+)"', tag))]
        assert len(ids) == len(focusable) == len(set(ids)) > 4
        assert ("show-all" in ids) == ("q=" in asked)


def test_it_is_turned_and_taken_off(town: Authority) -> None:
    contact = make_contact(town.pk, now=utc_now())
    client = logged_in(town)
    client.post(f"/contacts/{contact.pk}/turn/")
    contact.refresh_from_db()
    assert contact.turned
    assert "Say why it leaves." in client.post(f"/contacts/{contact.pk}/retire/", {}, follow=True).text
    assert "not listened to" in client.post(f"/contacts/{contact.pk}/retire/", {"reason": "broken"}, follow=True).text
    assert client.post(f"/contacts/{contact.pk}/turn/").status_code == 404


def test_empty_it_says_how_to_begin(town: Authority) -> None:
    assert "BEFFROI_OBSERVE" in logged_in(town).get("/contacts/").text
