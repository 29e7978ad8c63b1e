"""A cabinet's lock tells what happens to its door: a street, the police of its town, and the worker that does what events ask."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.test import Client

from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.client import Message
from beffroi.adapters.mqtt.topics import Topic
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.devices.actions.commissioning import BrokerAddress, commission
from beffroi.kernel.devices.ingest.loop import Ingest
from beffroi.kernel.devices.jobs import do_sinks
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_member
from beffroi.kernel.territory.models import Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.carriage import Events
from beffroi.protocol.v1.frames import encode_frame
from beffroi.protocol.v1.jwk import holder_key
from beffroi.systems.cabinets.actions.cabinets import give_work_order
from beffroi.systems.cabinets.factories import REPAIR, Street, street
from beffroi.systems.cabinets.models import Cabinet

MINUTE = timedelta(minutes=1)


@dataclass
class Scene:
    """A street whose lock is in service, the police of its town, and what its events bring about."""

    street: Street
    police: Organisation
    officer: Person
    ingest: Ingest
    order: UUID

    def hear(self, token: str) -> None:
        """A signed batch comes in."""
        topic = Topic(self.street.town.authority.id, self.street.lock.id, topics.UP_EVENTS)
        self.ingest.process([Message(topic, encode_frame(Events(token)), lambda: None)], utc_now())

    def sign(self, kind: str, *, ago: timedelta, uptime: int | None = None, **data: object) -> str:
        """One event of the lock's, some time ago, as a batch of its own."""
        return self.street.lock.write(kind, at=int((utc_now() - ago).timestamp()), uptime=uptime, **data)

    def used(self, *, ago: timedelta) -> str:
        """The lock admitted the technician."""
        return self.sign(
            "use-admitted",
            ago=ago,
            action="open",
            grant=str(self.order),
            holders=[holder_key(self.street.phone).thumbprint],
            nonce="AAAAAAAAAAAAAAAAAAAAAA",
            purpose=REPAIR.code,
            transport="relay",
            marks=[],
        )

    def live(self, *tokens: str) -> None:
        """Batches come in, in this order, and the worker does what they ask."""
        for token in tokens:
            self.hear(token)
        do_sinks()
        do_deadlines()

    @property
    def cabinet(self) -> Cabinet:
        return Cabinet.objects.get(pk=self.street.cabinet.pk)


def open_scene(folder: Path) -> Scene:
    """By the actions that do it in a town; everything is committed."""
    now = utc_now()
    here = street(folder, now=now)
    commission(device=here.lock.id, broker=BrokerAddress("127.0.0.1", 1883), hashed=str.upper, now=now, by=None)
    police = create_organisation(
        name="Police municipale", kind=OrganisationKind.MUNICIPAL_POLICE, by=None, serves=here.town.authority.id
    )
    officer = make_member("Officer", police, Role.OPERATOR)
    order = give_work_order(
        cabinet=here.cabinet,
        convention=here.convention.id,
        purpose=REPAIR.code,
        technician=here.technician.id,
        organisation=here.operator.id,
        starts=now,
        ends=now + timedelta(hours=1),
        reference="",
        by=here.bob.id,
        now=now,
    )
    assert isinstance(order, UUID)
    ingest = Ingest(store=here.town.store, publish=lambda _topic, _payload: None)
    return Scene(here, police, officer, ingest, order)


def client(person: Person) -> Client:
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(person)
    return browser
