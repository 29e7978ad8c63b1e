"""A residence under a convention: who asks, what its relay tells, and the worker that does what follows."""

from dataclasses import dataclass
from datetime import datetime
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
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import Grant
from beffroi.kernel.grants.rules import Approval
from beffroi.kernel.register.models import Entry
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.carriage import Events
from beffroi.protocol.v1.frames import encode_frame
from beffroi.systems.video.factories import Lent, Residence, lend, residence
from beffroi.systems.video.models import Request

NONCE = "AAAAAAAAAAAAAAAAAAAAAA"


def client(person: Person | None = None) -> Client:
    browser = Client(headers={"accept-language": "en"})
    if person is not None:
        browser.force_login(person)
    return browser


@dataclass
class Scene:
    """bob asks; lea is the landlord's desk; the relay is commissioned."""

    here: Residence
    lent: Lent
    ingest: Ingest

    @property
    def bob(self) -> Client:
        return client(self.here.bob)

    def answers(self, **changes: object) -> dict[str, object]:
        """What bob types: the whole site, for theft, two hours."""
        given = {
            "where": f"site:{self.here.site.pk}",
            "why": f"{self.lent.convention.pk}:theft",
            "minutes": "120",
            "circumstances": "Madame Untel a appelé",
            "procedure": "2026/118",
            "key": self.lent.browser.thumbprint,
        }
        return {**given, **changes}

    def ask(self, **changes: object) -> Request:
        """A request that is given (or waits for the landlord)."""
        answer = self.bob.post("/video/ask/", self.answers(**changes))
        assert answer.status_code == 302, answer.content.decode()
        return Request.objects.latest("asked_at")

    def mint(self) -> None:
        mint_all(self.here.town.store, utc_now())

    def right(self, request: Request) -> Grant:
        return Grant.objects.get(pk=request.grant)

    def tell(self, *tokens: str) -> None:
        """The relay's batches come in, and the worker does what they ask."""
        topic = Topic(self.here.town.authority.id, self.lent.device.id, topics.UP_EVENTS)
        for token in tokens:
            self.ingest.process([Message(topic, encode_frame(Events(token)), lambda: None)], utc_now())
        do_sinks()

    def looks(
        self, request: Request, *, at: datetime | None = None, nonce: str = NONCE, camera: UUID | None = None
    ) -> str:
        """The relay admitted bob to a camera."""
        return self.lent.device.write(
            "use-admitted",
            at=int((at or utc_now()).timestamp()),
            action="view",
            grant=str(request.grant),
            holders=[self.lent.browser.thumbprint],
            nonce=nonce,
            purpose=self.right(request).purpose,
            transport="network",
            marks=[],
            gate=str(camera or self.here.cameras[0].pk),
        )

    def leaves(self, *, lasted: int, cause: str = "left", nonce: str = NONCE) -> str:
        """The relay says how that ended."""
        return self.lent.device.write(
            "use-ended",
            at=int(utc_now().timestamp()),
            cause=cause,
            lasted=lasted,
            nonce=nonce,
            gate=str(self.here.cameras[0].pk),
        )

    def later(self, moment: datetime) -> None:
        """The worker looks at its clock then."""
        do_deadlines(lambda: moment)


def kinds(prefix: str) -> list[str]:
    return list(Entry.objects.filter(kind__startswith=prefix).order_by("number").values_list("kind", flat=True))


def open_scene(folder: Path, approval: Approval = Approval.AUTOMATIC) -> Scene:
    now = utc_now()
    here = residence(folder, now=now)
    lent = lend(here, now=now, approval=approval)
    commission(device=lent.device.id, broker=BrokerAddress("127.0.0.1", 1883), hashed=str.upper, now=now, by=None)
    return Scene(here, lent, Ingest(store=here.town.store, publish=lambda _topic, _payload: None))
