"""Doors of the demonstration with no lock of ours: a cabinet of street lighting and a room of the town hall, each with a contact."""

from typing import Final
from uuid import UUID

from beffroi.cli.demo import antenna
from beffroi.cli.demo.places import Place
from beffroi.cli.demo.sowing import Sower
from beffroi.kernel.contacts.actions.registration import register_contact
from beffroi.kernel.contacts.queries.contacts import contacts_of
from beffroi.lib.positions import Position
from beffroi.systems.cabinets.actions.cabinets import add_cabinet
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.queries.cabinets import cabinets_of

LIGHTING: Final = Place("EP-77284-0001", "4 place Lafayette", 48.95785, 2.88325)
TOWN_HALL: Final = Position(48.9602, 2.8785)
CABINET_MODEL, ROOM_MODEL = "milesight-ws301", "aqara-mccgq11lm"
CABINET_NAME, ROOM_NAME = "Armoire d’éclairage, place Lafayette", "Hôtel de ville, salle des serveurs"


def connected(authority: UUID) -> list[Cabinet]:
    """The authority's cabinets but the observed one: those that have a lock, or wait for theirs."""
    return list(cabinets_of(authority).exclude(reference=LIGHTING.reference))


def observe_doors(sower: Sower, *, authority: UUID, operator: UUID) -> None:
    """Write the cabinet down and put both contacts on their doors; what is there already stays as it is."""
    if not antenna.observed(sower.settings.home):
        return
    cabinet = cabinets_of(authority).filter(reference=LIGHTING.reference).first()
    cabinet = cabinet or add_cabinet(
        authority=authority,
        operator=operator,
        reference=LIGHTING.reference,
        address=LIGHTING.address,
        latitude=LIGHTING.latitude,
        longitude=LIGHTING.longitude,
        by=sower.by,
        now=sower.clock(),
    )
    known = set(contacts_of(authority).values_list("address", flat=True))
    for heard, model, name, thing, place in (
        (antenna.CABINET, CABINET_MODEL, CABINET_NAME, ("cabinet", cabinet.pk), None),
        (antenna.ROOM, ROOM_MODEL, ROOM_NAME, None, TOWN_HALL),
    ):
        if heard.address not in known:
            register_contact(
                authority=authority,
                label=heard.address,
                model=model,
                name=name,
                thing=thing,
                place=place,
                by=sower.by,
                now=sower.clock(),
            )
    sower.say("Door contacts on a cabinet and on a room that have no lock")
