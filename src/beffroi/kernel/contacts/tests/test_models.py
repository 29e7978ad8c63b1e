"""An authority describes a model that nobody knows, tries it, keeps it for its own contacts; and says how often one speaks."""

from datetime import timedelta

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.contacts.actions.health import sweep_contacts
from beffroi.kernel.contacts.actions.hearing import note_line
from beffroi.kernel.contacts.factories import DESCRIPTION, LINE, hear, make_contact, make_model, uplink
from beffroi.kernel.contacts.models import Contact, OwnModel
from beffroi.kernel.contacts.queries.models import models_of
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role


@pytest.fixture
def town(db: None) -> Authority:
    return make_authority()


def ada(town: Authority) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    return client


PASTED = (
    ("01", "2", "The door is open."),
    ("0x 00", "2", "The door is shut."),
    ("01", "9", "has no such port"),
    ("", "", "The description holds"),
    ("zz", "2", "neither bytes in hexadecimal nor JSON"),
    ("{nothing", "", "begins as JSON, and is none"),
    ('{"fPort": 2, "data": "AQ==", "deviceInfo": {}}', "", "The door is open."),
    ('{"fPort": 2, "data": "*"}', "", "not base64"),
    ("00" * 243, "2", "longer than any contact"),
    ("01", "0", "A sign of life"),
)


def test_what_is_pasted_is_read_and_nothing_is_kept(town: Authority) -> None:
    client = ada(town)
    for payload, port, words in PASTED:
        fields = {"description": DESCRIPTION, "payload": payload, "port": port, "try": "1"}
        response = client.post("/contacts/models/add/", fields)
        assert response.status_code == 200
        assert words in response.text, payload
    assert not OwnModel.objects.exists()


def test_what_cant_be_used_is_said_beside_it(own_database: ConnectionInfo) -> None:
    client = ada(make_authority())
    for description, words in (
        ("[" * 5_000, "description is JSON"),
        ("[]", "an object with a code"),
        (DESCRIPTION.replace("acme-door", "milesight-ws301"), "another model has this code"),
        (DESCRIPTION.replace('"mask"', '"mosk"'), "isn&#x27;t known: mosk"),
    ):
        response = client.post("/contacts/models/add/", {"description": description})
        assert response.status_code == 422
        assert words in response.text
    assert not OwnModel.objects.exists()


def test_a_contact_of_an_own_model_is_heard_and_its_model_stays(own_database: ConnectionInfo) -> None:
    town, now = make_authority(), utc_now()
    client = ada(town)
    assert client.post("/contacts/models/add/", {"description": DESCRIPTION}).status_code == 302
    assert "acme-door" in client.get("/contacts/models/").text
    assert "Acme Door" in client.get("/contacts/add/").text
    contact = make_contact(town.pk, now=now, model="acme-door")
    hear(town.pk, uplink("01", at=now, counter=1, port=2), at=now)
    contact.refresh_from_db()
    assert contact.door == "open"
    model = OwnModel.objects.get()
    address = f"/contacts/models/{model.pk}/"
    assert "can’t be forgotten" in client.get(address).text
    assert "take them off, or leave it" in client.post(f"{address}remove/", follow=True).text
    assert client.post(address, {"description": DESCRIPTION.replace("acme-door", "acme-2")}).status_code == 422
    turned = DESCRIPTION.replace('"mask": 1', '"mask": 1, "when": 0')
    assert client.post(address, {"description": turned}).status_code == 302
    hear(town.pk, uplink("01", at=now, counter=2, port=2), at=now)
    contact.refresh_from_db()
    assert contact.door == "closed", "what it says anew holds from then on"
    client.post(f"/contacts/{contact.pk}/retire/", {"reason": "broken"})
    client.post(f"{address}remove/")
    assert not OwnModel.objects.exists()
    kinds = Entry.objects.filter(kind__startswith="contact.model").values_list("kind", flat=True)
    assert sorted(kinds) == ["contact.model-described", "contact.model-described", "contact.model-removed"]


def test_a_model_is_its_authority_s_own(town: Authority) -> None:
    other = make_authority(slug="provins", name="Provins")
    model = make_model(town.pk, now=utc_now())
    assert "acme-door" in models_of(town.pk)
    assert "acme-door" not in models_of(other.pk)
    assert ada(other).get(f"/contacts/models/{model.pk}/").status_code == 404


def test_silence_counts_by_what_a_contact_was_set_to(town: Authority) -> None:
    start = utc_now()
    contact = make_contact(town.pk, now=start)  # its model speaks every eighteen hours
    hear(town.pk, uplink("030000", at=start, counter=1), at=start)
    client = ada(town)
    page = client.post(f"/contacts/{contact.pk}/beat/", {"beat": "10"}, follow=True).text
    assert "set here, not by its model" in page
    later = start + timedelta(minutes=40)
    note_line(authority=town.pk, name=LINE, network="lorawan", since=start, fault="", now=later)
    sweep_contacts(now=later)
    assert Contact.objects.get().condition == "down"
    assert "from 1 to 10,080" in client.post(f"/contacts/{contact.pk}/beat/", {"beat": "0"}, follow=True).text
    client.post(f"/contacts/{contact.pk}/beat/", {"beat": ""})
    assert Contact.objects.get().beat_minutes is None
