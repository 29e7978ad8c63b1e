"""Builders for tests: contacts put on doors, and what their networks publish of them, as ChirpStack and Zigbee2MQTT word it."""

import base64
import json
from datetime import datetime
from uuid import UUID, uuid4

from beffroi.adapters.sensors import chirpstack
from beffroi.adapters.sensors.saying import Heard
from beffroi.adapters.sensors.zigbee import Zigbee
from beffroi.kernel.contacts.actions.hearing import Arrived, note_line, take_messages
from beffroi.kernel.contacts.actions.models import describe_model
from beffroi.kernel.contacts.actions.registration import register_contact
from beffroi.kernel.contacts.models import Contact, OwnModel

EUI = "24e124538b223213"
IEEE = "00158d0007ef997c"
OPENED, SHUT, OFF, ON = "030001", "030000", "040001", "040000"  # a Milesight WS301
FULL, LOW = "017564", "01750a"
LINE = "campus"


def make_contact(
    authority: UUID,
    *,
    now: datetime,
    label: str = EUI,
    model: str = "milesight-ws301",
    name: str = "Salle des serveurs",
    thing: tuple[str, UUID] | None = None,
    by: UUID | None = None,
) -> Contact:
    """On a room's door unless a thing is named, behind a broker that is heard since then."""
    note_line(authority=authority, name=LINE, network="lorawan", since=now, fault="", now=now)
    return register_contact(authority=authority, label=label, model=model, name=name, thing=thing, by=by, now=now)


DESCRIPTION = json.dumps(
    {
        "code": "acme-door",
        "vendor": "Acme",
        "name": "Door",
        "network": "lorawan",
        "source": "https://acme.example/door.pdf",
        "beat_minutes": 60,
        "uplinks": [{"layout": "bytes", "port": 2, "least": 1, "fields": [{"says": "open", "at": 0, "mask": 1}]}],
    }
)


def make_model(authority: UUID, *, now: datetime, description: str = DESCRIPTION, by: UUID | None = None) -> OwnModel:
    """One that no release knows."""
    return describe_model(authority=authority, model=None, description=description, by=by, now=now)


def uplink(
    data: str,
    *,
    at: datetime | None,
    counter: int | None = None,
    address: str = EUI,
    port: int = 85,
    event: str = "up",
    message: str = "",
) -> Heard:
    """As ChirpStack publishes it: what has its type's zero value is left out."""
    said: dict[str, object] = {
        "deduplicationId": message or str(uuid4()),
        "deviceInfo": {"devEui": address, "deviceName": "porte-7", "deviceProfileName": "WS301"},
        "fPort": port,
        "data": base64.b64encode(bytes.fromhex(data)).decode(),
    }
    said |= {"time": at.isoformat()} if at else {}
    said |= {"fCnt": counter} if counter else {}
    heard = chirpstack.read(f"application/1/device/{address}/event/{event}", json.dumps(said).encode())
    if heard is None:
        raise ValueError(event)
    return heard


def state(*, at: datetime | None = None, stored: bool = False, **members: object) -> Heard:
    """As Zigbee2MQTT publishes it, under the address of the device."""
    told = {**members, **({"last_seen": at.isoformat()} if at else {})}
    heard = Zigbee().read(f"zigbee2mqtt/0x{IEEE}", json.dumps(told).encode(), stored=stored)
    if not isinstance(heard, Heard):
        raise TypeError("not a message of a contact")
    return heard


def hear(authority: UUID, *messages: Heard, at: datetime, via: str = LINE) -> int:
    """They reach us at that moment, through one broker."""
    return take_messages(authority=authority, arrived=[Arrived(via, each, at) for each in messages])
