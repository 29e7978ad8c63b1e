"""A contact is put on one door, once, under an address and a model that fit; a refusal leaves nothing."""

from uuid import UUID

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.contacts.actions.registration import register_contact
from beffroi.kernel.contacts.errors import AddressUnfit, ContactKnown, ModelUnknown, ThingUnfit
from beffroi.kernel.contacts.factories import EUI, IEEE, make_contact
from beffroi.kernel.contacts.models import Contact
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now


def test_a_contact_is_registered_once_under_one_name_and_refusals_leave_nothing(own_database: ConnectionInfo) -> None:
    town, now = make_authority().pk, utc_now()
    make_contact(town, now=now)
    with pytest.raises(ContactKnown):
        make_contact(town, now=now, name="Autre local")
    with pytest.raises(ContactKnown):
        make_contact(town, now=now, label="0" * 16)
    make_contact(make_authority("provins").pk, now=now)

    def put(label: str = "1" * 16, model: str = "milesight-ws301", thing: tuple[str, UUID] | None = None) -> None:
        register_contact(authority=town, label=label, model=model, name="Local", thing=thing, by=None, now=now)

    with pytest.raises(AddressUnfit):
        put(label="not an address")
    with pytest.raises(ModelUnknown):
        put(model="acme-door")
    with pytest.raises(ModelUnknown):
        put(label=f"0x{IEEE}")  # a Zigbee address, a LoRaWAN model
    with pytest.raises(ThingUnfit):
        put(thing=("submarine", town))
    assert list(Contact.objects.values_list("address", flat=True)) == [EUI, EUI]
    assert list(Entry.objects.filter(kind__startswith="contact").values_list("kind", flat=True)) == [
        "contact.registered",
        "contact.registered",
    ]
