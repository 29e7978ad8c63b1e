"""What the tests of retention look at, and the nights that pass over it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.deadlines.actions import begin_series
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.grants.models import Grant
from beffroi.kernel.grants.rules import Refusal
from beffroi.kernel.retention.rules import next_night
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.jwk import holder_key
from beffroi.systems.cabinets.actions.cabinets import give_work_order
from beffroi.systems.cabinets.actions.events import take_event
from beffroi.systems.cabinets.factories import Street, street
from beffroi.systems.cabinets.models import Use

A_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class OpenedOnce:
    """A street, a work order that is over, the opening under it."""

    street: Street
    use: Use
    grant: Grant
    at: datetime

    def client(self, person: Person, language: str = "en") -> Client:
        """Somebody's browser."""
        client = Client(headers={"accept-language": language})
        client.force_login(person)
        return client


def opened_once(folder: Path) -> OpenedOnce:
    """By the actions that do it in a town."""
    now = utc_now()
    here = street(folder, now=now)
    given = give_work_order(
        cabinet=here.cabinet,
        convention=here.convention.id,
        purpose="repair",
        technician=here.technician.id,
        organisation=here.operator.id,
        starts=now,
        ends=now + timedelta(hours=2),
        reference="OT-1",
        by=here.bob.id,
        now=now,
    )
    assert not isinstance(given, Refusal)
    grant = Grant.objects.get(pk=given)
    assert here.cabinet.lock_id is not None
    body = {
        "action": "open",
        "grant": str(grant.id),
        "holders": [holder_key(here.phone).thumbprint],
        "nonce": "n0nce_of_an_opening-01",
        "purpose": "repair",
        "transport": "relay",
        "marks": [],
    }
    take_event(
        event=StoredEvent(
            authority=here.cabinet.authority_id,
            device=here.cabinet.lock_id,
            sequence=1,
            boot=1,
            kind="use-admitted",
            at=now,
            uptime=60,
            body=body,
            stored_at=now,
        )
    )
    return OpenedOnce(here, Use.objects.get(), grant, now)


def nights(first: datetime, count: int = 1) -> datetime:
    """Let the worker live so many nights from `first` on; returns the last one's instant."""
    moment = first
    begin_series(now=moment)
    for _night in range(count):
        moment = next_night(moment)
        while do_deadlines(lambda now=moment: now):  # the clock stands still for one night
            pass
    return moment
