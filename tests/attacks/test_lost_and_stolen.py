"""A server that is lost, a capability key that is stolen: nobody visits a lock. The town's own processes, a broker, real locks."""

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from beffroi.adapters.mqtt import mosquitto
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.models import Device
from beffroi.kernel.devices.tests.street import eventually
from beffroi.kernel.grants.queries import signing_key
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.grant import Policy, Scope, make_grant
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.keyset import Use
from beffroi.simulator.phone import Connection, bring
from tests.attacks.field import Field, in_the_field, radio
from tests.edge.town import allow


@pytest.fixture
def field(own_database: ConnectionInfo, tmp_path: Path) -> Iterator[Field]:
    if mosquitto.program() is None:
        pytest.fail("Mosquitto is needed: apt-get install mosquitto")
    with in_the_field(own_database, tmp_path) as opened:
        yield opened


def test_a_lost_server_means_no_visit_to_any_lock(field: Field) -> None:
    """All of its keys are gone; what is left is a copy of the database and a root in a safe."""
    before = field.keyset
    for each in field.parts.values():
        each.kill()
    shutil.rmtree(field.street.home / "keys")
    said = field.sign("--lost")
    assert f"Key set {before.number + 1} is in force here" in said
    assert "haven't said yet that they hold it: 3" in said
    kept = {key.kid for key in field.keyset.keys} & {key.kid for key in before.keys}
    assert kept == {key.kid for key in before.keys if key.use is Use.DEVICE_CERTIFICATE}
    for each in field.parts.values():
        each.start()
    eventually(field.minted_anew, "the technician's rights are signed again by themselves")
    for lock in field.on_line():
        lock.hands.until(lambda state: state["keyset"] == before.number + 1)
        lock.hands.until(lambda state: state["revocations"] == [before.number + 1, 1])
    assert field.tries(field.away) == "grant-key"
    assert field.carry(field.away)["keyset"] == "taken"
    for lock in field.locks:
        assert field.tries(lock) == "admitted"


def test_a_stolen_capability_key_opens_nothing_after_the_next_set(field: Field) -> None:
    """It opens until a lock has heard; the locks on the line hear at once, the others from the first honest phone."""
    stolen = signing_key(field.store, authority=field.authority, use=Use.CAPABILITY, now=utc_now())
    thief, now = generate_private_key(SECP256R1()), int(utc_now().timestamp())
    scope = Scope(tuple(sorted(str(lock.id) for lock in field.locks)), ("open",), now - 60, now + 36_000, 0, Policy())
    forged = make_grant(
        authority=str(field.authority),
        grant=str(uuid4()),
        purpose="repair",
        convention=str(uuid4()),
        scope=scope,
        holder=holder_key(thief),
        kid=stolen.kid,
        signer=stolen.private,
    )
    for lock in field.locks:
        assert field.tries(lock, chain=forged, key=thief) == "admitted"
    older = field.keyset
    assert "Keys dropped: 1." in field.sign("--drop", stolen.kid)
    eventually(field.minted_anew, "the technician's rights are signed again by themselves")
    for lock in field.on_line():
        lock.hands.until(lambda state: state["keyset"] == older.number + 1)
        assert field.tries(lock, chain=forged, key=thief) == "grant-key"
    assert field.tries(field.away, chain=forged, key=thief) == "admitted"
    assert field.carry(field.away)["keyset"] == "taken"
    with Connection(radio(field.away)) as line:
        assert allow(bring(line.exchange, keyset=older.token)) == {"keyset": "keyset-not-newer"}
    assert field.tries(field.away, chain=forged, key=thief) == "grant-key"
    for lock in field.on_line():
        lock.hands.until(lambda state: state["revocations"] == [older.number + 1, 1])
    for lock in field.locks:
        assert field.tries(lock) == "admitted"


def test_a_stolen_key_that_certifies_is_answered_without_a_visit(field: Field) -> None:
    """Locks are certified again by another, and take that when they ask, or from a phone."""
    stolen = signing_key(field.store, authority=field.authority, use=Use.DEVICE_CERTIFICATE, now=utc_now())
    before = {lock.id: Device.objects.get(pk=lock.id).certificate for lock in field.locks}
    field.sign("--drop", stolen.kid)
    eventually(
        lambda: not Device.objects.filter(certificate__in=before.values()).exists(), "every lock is certified again"
    )
    for lock in field.on_line():
        lock.hands.until(lambda state: state["keyset"] == field.keyset.number)
        lock.restart()  # one that comes back asks
        lock.hands.until(lambda state: state["time"] != "unknown")
    assert field.carry(field.away)["certificate"] == "taken"
    for lock in field.locks:
        eventually(functools.partial(field.opens, lock), "a phone believes the lock, which opens")
