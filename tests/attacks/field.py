"""A town in the field for what befalls its keys: its own processes, a broker, three cabinets with real locks, one of them off the line."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from beffroi.adapters.keystore import KeyStore, write_private
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.models import Device
from beffroi.kernel.devices.queries.devices import trust_in_force
from beffroi.kernel.devices.relay import broker_url
from beffroi.kernel.devices.tests import street as streets
from beffroi.kernel.devices.tests.street import Street, StreetLock, eventually, open_street
from beffroi.kernel.grants.actions.conventions import date_aipd, switch_system
from beffroi.kernel.grants.models import Convention, Grant, GrantState
from beffroi.kernel.grants.queries import current_revocation_list, read_keyset, signing_key
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.exchange import Result
from beffroi.protocol.v1.grant import signer_of
from beffroi.protocol.v1.keyset import KeySet, Use
from beffroi.protocol.v1.stamp import make_stamp
from beffroi.simulator.phone import PATIENCE_SECONDS, Connection, Phone, ask, bring
from beffroi.systems.cabinets import factories
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, give_work_order, install_lock, set_ladder
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import SYSTEM, Ladder
from tests.edge.street import run
from tests.edge.town import allow
from tests.journeys.residence import Part, part

HOUR = timedelta(hours=1)
NAMES = ("PM-77284-0001", "PM-77284-0002", "PM-77284-0003")
PROCESSES = ("minter", "ingest")


@dataclass
class Field:
    """Three cabinets with locks, two of them on the line; a technician who has an order for each, and their phone."""

    street: Street
    info: ConnectionInfo
    locks: list[StreetLock]
    phone: EllipticCurvePrivateKey
    paper: Path
    """One of the roots, kept away from the server."""
    parts: dict[str, Part]

    @property
    def authority(self) -> UUID:
        return self.street.town.authority.pk

    @property
    def keyset(self) -> KeySet:
        """The one in force at the town hall, as phones get it."""
        found = read_keyset(self.authority)
        assert found is not None
        return found

    @property
    def away(self) -> StreetLock:
        """The lock that has no line."""
        return self.locks[-1]

    def on_line(self) -> list[StreetLock]:
        return self.locks[:-1]

    def right(self, lock: StreetLock) -> str:
        """The technician's, as their phone gets it now."""
        return Grant.objects.get(resources__resource=lock.id).token

    def tries(self, lock: StreetLock, *, chain: str = "", key: EllipticCurvePrivateKey | None = None) -> str:
        """What the lock decides, or why the phone doesn't believe it; for the technician unless said otherwise, at its door."""
        phone = Phone(key or self.phone, chain or self.right(lock), self.keyset, int(utc_now().timestamp()))
        lock.hands.do("touch")
        with Connection(radio(lock), patience=PATIENCE_SECONDS * 4) as line:
            result = phone.open(line.exchange, str(lock.id))
        return result.outcome if isinstance(result, Result) else str(result.reason)

    def opens(self, lock: StreetLock) -> bool:
        """For the technician."""
        return self.tries(lock) == "admitted"

    def carry(self, lock: StreetLock) -> dict[str, str]:
        """What an honest phone brings to a lock: key set, list, its certificate, the time."""
        with Connection(radio(lock), patience=PATIENCE_SECONDS * 4) as line:
            asked = allow(ask(line.exchange))
            now = utc_now()
            signer = signing_key(self.store, authority=self.authority, use=Use.STAMP, now=now)
            stamp = make_stamp(
                authority=str(self.authority),
                time=int(now.timestamp()),
                kid=signer.kid,
                signer=signer.private,
                device=str(lock.id),
                nonce=asked.nonce,
            )
            held = current_revocation_list(self.authority)
            certificate = Device.objects.get(pk=lock.id).certificate
            return allow(
                bring(line.exchange, keyset=self.keyset.token, certificate=certificate, revocation=held, stamp=stamp)
            )

    @property
    def store(self) -> KeyStore:
        return KeyStore(self.street.home / "keys")

    def sign(self, *arguments: str) -> str:
        """`beffroi keys sign` with the root from where it is kept."""
        made = part("keys", self.info, self.street.home, free_port())
        done = subprocess.run(
            [sys.executable, "-m", "beffroi", "keys", "sign", "--root", str(self.paper), *arguments],
            env=made.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def minted_anew(self) -> bool:
        """Every right is signed by a key that the set in force names, and so is the list of what is withdrawn."""
        for each in self.parts.values():
            assert each.process.poll() is None, each.said.read_text()
        keyset, trust = self.keyset, trust_in_force(self.authority)
        alive = {key.kid for key in keyset.keys}
        rights = Grant.objects.filter(state=GrantState.MINTED).values_list("token", flat=True)
        listed = trust is not None and trust.revocations[0] == keyset.number
        return listed and len(rights) == len(self.locks) and all(signer_of(token) in alive for token in rights)


def radio(lock: StreetLock) -> int:
    """Where its short range is."""
    (line,) = [line for line in lock.process.lines if "radio on" in line]
    return int(line.strip().rsplit(":", 1)[1])


def fitted(street: Street, convention: Convention, name: str, *, line: bool) -> StreetLock:
    """A cabinet in *control* whose lock runs; without a line it has a broker's address where nobody answers."""
    device, folder, now = uuid4(), street.home / "locks" / name, utc_now()
    token = json.loads(run("--store", str(folder), "--request", str(device)))["request"]
    cabinet = add_cabinet(
        authority=street.town.authority.pk,
        operator=convention.partner_id,
        reference=name,
        address="12 rue Saint-Rémy",
        latitude=48.96,
        longitude=2.88,
        by=None,
        now=now,
    )
    install_lock(cabinet=cabinet, request=token, conventions=[convention.pk], by=None, now=now)
    sign_certificates(street.town.store, now)
    cabinet = set_ladder(cabinet=cabinet, ladder=Ladder.CONTROL, by=None, now=now)
    document = put_in_service(device=device, home=street.home, broker_url=broker_url(), by=None, now=now)
    street.admit()
    if not line:
        access = document["broker"]
        assert isinstance(access, dict)
        document = document | {"broker": access | {"port": free_port()}}
    (folder / "commissioning.json").write_text(json.dumps(document))
    lock = StreetLock(device, folder, *streets.started(folder))
    street.stack.callback(lock.close)
    return lock


@contextmanager
def in_the_field(info: ConnectionInfo, paper: Path) -> Iterator[Field]:
    """Once every lock has opened for its technician."""
    with open_street(info) as street:
        town, now = street.town, utc_now()
        root = paper / "root-1.jwk"
        write_private(root, town.root)
        operator = make_organisation("Fibre 77")
        administrator = make_member("Ada", town.authority.organisation, Role.ADMINISTRATOR)
        bob, technician = make_member("Bob", operator, Role.DISPATCHER), make_member("Tom", operator, Role.TECHNICIAN)
        date_aipd(authority=town.authority.pk, system=SYSTEM, on=now.date(), by=None, now=now)
        switch_system(authority=town.authority.pk, system=SYSTEM, on=True, by=None, now=now)
        convention = factories.make_convention(town, operator, now=now, by=administrator)
        parts = {name: part(name, info, street.home, free_port()) for name in PROCESSES}
        locks = [fitted(street, convention, name, line=name != NAMES[-1]) for name in NAMES]
        phone = factories.enrol(technician, now=now)
        for each in parts.values():
            each.start()
            street.stack.callback(each.kill)
        for lock in locks:
            ordered(lock, convention, technician=technician.pk, by=bob.pk)
        field = Field(street, info, locks, phone, root, parts)
        eventually(field.minted_anew, "the rights are signed")
        field.carry(field.away)
        for lock in locks:
            lock.hands.until(lambda state: state["time"] != "unknown" and state["revocations"] != [0, 0])
            assert field.tries(lock) == "admitted"
        yield field


def ordered(lock: StreetLock, convention: Convention, *, technician: UUID, by: UUID) -> None:
    """An order to open that cabinet in the next two hours."""
    now = utc_now()
    given = give_work_order(
        cabinet=Cabinet.objects.get(lock_id=lock.id),
        convention=convention.pk,
        purpose=factories.REPAIR.code,
        technician=technician,
        organisation=convention.partner_id,
        starts=now,
        ends=now + 2 * HOUR,
        reference="",
        by=by,
        now=now,
    )
    assert isinstance(given, UUID), given
