"""What every step that fills the demonstration has: who fills, by which clock; people who come; a device put in service."""

import json
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from beffroi.cli.demo.people import PASSWORD, Belongs, Character
from beffroi.cli.errors import CommandError
from beffroi.config.environment import Environment
from beffroi.edge.device import commissioning
from beffroi.kernel.accounts.actions import create_person
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.queries.devices import registered_device
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.viewer import Role

# An official's log-in ends with their mandate: soon, so that one sees it said.
MANDATE: Final = timedelta(days=20)
SIGNED_WITHIN: Final = 120.0
LOOK_EVERY: Final = 0.1

Result = TypeVar("Result")


class SeedError(CommandError):
    """The demonstration could not be filled; the text says why."""


@dataclass(frozen=True, slots=True)
class Sower:
    """Who fills, where, by which clock, and where progress is said."""

    settings: Environment
    by: uuid.UUID | None
    clock: Callable[[], datetime]
    say: Callable[[str], None]


def people_come(people: Iterable[Character], organisations: Mapping[Belongs, Organisation], now: datetime) -> None:
    """Those who aren't there yet, each in their organisation."""
    for each in people:
        if person_by_email(each.email) is None:
            person = create_person(email=each.email, name=each.name, password=PASSWORD, by=None)
            for role in (each.role, each.also):
                if role is not None:
                    begin_membership(
                        person=person.id,
                        organisation=organisations[each.belongs],
                        role=role,
                        valid_from=now,
                        valid_until=now + MANDATE if role is Role.OFFICIAL else None,
                        by=None,
                    )


def signed(look: Callable[[], Result | None], otherwise: str) -> Result:
    """What the minter makes within seconds, as soon as it is there; raises SeedError, which says what isn't."""
    until = time.monotonic() + SIGNED_WITHIN
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > until:
            raise SeedError(otherwise)
        time.sleep(LOOK_EVERY)


def put_on_line(sower: Sower, *, authority: uuid.UUID, device: uuid.UUID, folder: Path) -> None:
    """The minter certifies the device; the document that commissions it goes into its folder, unless it lies there already."""
    document = folder / commissioning.FILE
    if document.exists():
        return

    def certified() -> uuid.UUID | None:
        row = registered_device(authority=authority, device=device)
        return row.id if row is not None and row.certificate and row.line_certificate else None

    told = put_in_service(
        device=signed(certified, "certificates are not signed: does the minter run?"),
        home=sower.settings.home,
        broker_url=sower.settings.broker_url,
        by=sower.by,
        now=sower.clock(),
    )
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(document, json.dumps(told))


def _write(path: Path, text: str) -> None:
    """Whole or not at all; it holds the device's password."""
    partial = path.with_suffix(".partial")
    partial.touch(mode=0o600)
    partial.write_text(text)
    partial.replace(path)
