"""A device comes into service with the key it made, once, and leaves it for good; each step is an entry."""

import json
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509 import load_pem_x509_certificate
from django.db import IntegrityError, transaction

from beffroi.adapters.mqtt import accounts, certificates, notes
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.edge.device import commissioning as lock_side
from beffroi.edge.lock.unit import KIND as LOCK
from beffroi.kernel.devices.actions.commissioning import (
    BrokerAddress,
    certify,
    commission,
    register_device,
    retire_device,
)
from beffroi.kernel.devices.admission import refuse_retired
from beffroi.kernel.devices.errors import DeviceKnown, DeviceNotReady, RequestRefused
from beffroi.kernel.devices.factories import FieldDevice, Town, in_service, town
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.models import Command, CommandState, Device, DeviceState
from beffroi.kernel.devices.queries.devices import administrator_listing, broker_accounts, trust_in_force
from beffroi.kernel.devices.rules import LEAVING
from beffroi.kernel.devices.tests.street import PATIENCE, Street, eventually
from beffroi.kernel.grants.queries import signing_key
from beffroi.kernel.register.models import Entry
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.certificate import Certificate, make_device_request, verify_certificate
from beffroi.protocol.v1.keyset import Reading, Use
from tests.edge.street import Process, run

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
BROKER = BrokerAddress("127.0.0.1", 1883)


@pytest.fixture
def meaux(own_database: ConnectionInfo, tmp_path: Path) -> Town:
    return town(tmp_path, now=NOW)


def entries() -> list[str]:
    rows = Entry.objects.filter(kind__startswith="device.").order_by("number")
    return list(rows.values_list("kind", flat=True))


def test_from_its_own_key_to_a_document_that_the_lock_takes(meaux: Town) -> None:
    device = FieldDevice()
    register_device(authority=meaux.authority.id, request=device.request, name=" PM 1 ", now=NOW, by=None)
    assert Device.objects.get(pk=device.id).state == DeviceState.ASKED
    assert sign_certificates(meaux.store, NOW) == 2  # one for gates and phones, one for the line to the broker
    assert sign_certificates(meaux.store, NOW) == 0
    at = BrokerAddress("broker.meaux.example", 8883, certificates.trusted(meaux.store.folder))
    document = commission(device=device.id, broker=at, hashed=accounts.hashed, now=NOW, by=None)
    taken = lock_side.read(json.dumps(document).encode(), LOCK)
    assert (taken.certificate.device, taken.certificate.name) == (str(device.id), "PM 1")
    assert taken.broker is not None
    assert (taken.broker.host, taken.broker.trusted, taken.broker.password) == (at.host, at.trusted, None)
    assert broker_accounts(NOW) == {(meaux.authority.id, device.id): ""}
    shown = load_pem_x509_certificate((taken.broker.certificate or "").encode())
    assert shown.public_key() == device.key.public_key()
    assert shown.not_valid_after_utc > NOW + timedelta(days=3000)
    assert entries() == ["device.registered", "device.certified", "device.commissioned"]


def test_a_certificate_ends_with_the_key_that_signs_it(meaux: Town) -> None:
    device = in_service(meaux, now=NOW)
    trust = trust_in_force(meaux.authority.id)
    assert trust is not None
    certificate = verify_certificate(
        Device.objects.get(pk=device.id).certificate, keyset=trust.keyset, at=Reading(int(NOW.timestamp()))
    )
    assert isinstance(certificate, Certificate)
    ends = {key.end for key in trust.keyset.keys if key.use is Use.DEVICE_CERTIFICATE}
    assert certificate.end in ends
    assert certificate.start < int(NOW.timestamp())


def test_two_minters_certify_once(meaux: Town) -> None:
    device = FieldDevice()
    register_device(authority=meaux.authority.id, request=device.request, name="PM 1", now=NOW, by=None)
    signer = signing_key(meaux.store, authority=meaux.authority.id, use=Use.DEVICE_CERTIFICATE, now=NOW)
    assert certify(device=device.id, signer=signer, now=NOW, by=None)
    assert not certify(device=device.id, signer=signer, now=NOW, by=None)
    assert entries().count("device.certified") == 1


def test_an_identity_a_key_and_a_name_are_taken_once(meaux: Town) -> None:
    device = in_service(meaux, now=NOW, name="PM 1")
    same_key, same_name = FieldDevice(key=device.key), FieldDevice()
    for request, name in ((device.request, "PM 2"), (same_key.request, "PM 2"), (same_name.request, "PM 1")):
        with pytest.raises(DeviceKnown):
            register_device(authority=meaux.authority.id, request=request, name=name, now=NOW, by=None)
    assert Device.objects.count() == 1


def test_a_request_that_proves_nothing_is_refused(meaux: Town) -> None:
    key = Ed25519PrivateKey.generate()
    good = FieldDevice().request
    for request in (
        "",
        good[:-4] + "AAAA",
        make_device_request(device=str(uuid4()), kind="teapot", issued=None, key=key),
        make_device_request(device="armoire-1", kind="lock", issued=None, key=key),
        make_device_request(device=uuid4().hex, kind="lock", issued=None, key=key),
    ):
        with pytest.raises(RequestRefused):
            register_device(authority=meaux.authority.id, request=request, name="PM 1", now=NOW, by=None)
    assert entries() == []


def test_nothing_is_commissioned_before_its_certificate_and_a_second_time_voids_the_first(meaux: Town) -> None:
    device = FieldDevice()
    register_device(authority=meaux.authority.id, request=device.request, name="PM 1", now=NOW, by=None)
    with pytest.raises(DeviceNotReady):
        commission(device=device.id, broker=BROKER, hashed=accounts.hashed, now=NOW, by=None)
    sign_certificates(meaux.store, NOW)
    first = lock_side.read(_document(device.id), LOCK)
    second = lock_side.read(_document(device.id), LOCK)
    assert first.broker is not None
    assert second.broker is not None
    stored = broker_accounts(NOW)[meaux.authority.id, device.id]
    assert accounts.verify(second.broker.password or "", stored)
    assert not accounts.verify(first.broker.password or "", stored)
    assert (second.broker.password or "") not in json.dumps(list(Device.objects.values()), default=str)


def _document(device: UUID) -> bytes:
    return json.dumps(commission(device=device, broker=BROKER, hashed=accounts.hashed, now=NOW, by=None)).encode()


def test_a_retired_device_is_gone_and_its_name_is_free(meaux: Town) -> None:
    device = in_service(meaux, now=NOW, name="PM 1")
    retire_device(device=device.id, reason="stolen", now=NOW + timedelta(days=1), by=None)
    assert broker_accounts(NOW + timedelta(days=1)) == {}
    with pytest.raises(DeviceNotReady):
        retire_device(device=device.id, reason="stolen", now=NOW, by=None)
    in_service(meaux, now=NOW, name="PM 1")
    assert entries().count("device.retired") == 1
    states = {each.device.id: each.state for each in administrator_listing(meaux.authority.id, as_of=NOW)}
    assert states[device.id] is DeviceState.RETIRED


def test_the_database_itself_refuses_a_device_in_service_without_a_certificate(meaux: Town) -> None:
    device = FieldDevice()
    register_device(authority=meaux.authority.id, request=device.request, name="PM 1", now=NOW, by=None)
    row = Device.objects.get(pk=device.id)
    row.state = DeviceState.CERTIFIED
    with pytest.raises(IntegrityError), transaction.atomic():
        _save_past_the_actions(row)


def _save_past_the_actions(row: Device) -> None:
    from beffroi.persistence.guard import writing  # noqa: PLC0415 - the one place here that goes around the actions

    with writing():
        row.save()


def test_the_command_puts_a_real_lock_in_service_and_takes_it_out(street: Street, tmp_path: Path) -> None:
    device, folder, paper, out = uuid4(), tmp_path / "lock", tmp_path / "request", tmp_path / "document.json"
    paper.write_text(run("--store", str(folder), "--request", str(device)))
    said = beffroi(street, "device", "commission", "--request", str(paper), "--name", "PM 77284/1", "--out", str(out))
    assert str(device) in said
    assert out.stat().st_mode & 0o777 == 0o600
    taken = lock_side.read(out.read_bytes(), LOCK)
    assert taken.broker is not None
    known = notes.read(street.home)
    assert known is not None
    assert (taken.broker.host, taken.broker.port) == ("127.0.0.1", known.tls_port)
    assert b"PRIVATE" not in out.read_bytes()
    street.admit()
    lock = Process("--store", str(folder), "--commission", str(out), "--body", "0")
    street.stack.callback(lock.end)
    lock.wait_for("connected to")
    assert "commissioned" in beffroi(street, "device", "list")
    assert "is told report" in beffroi(street, "device", "tell", str(device), "report")
    street.ingest()
    eventually(lambda: Command.objects.get().state == CommandState.DONE, "the lock did it")
    beffroi(street, "device", "retire", str(device), "--reason", "stolen")
    assert broker_accounts(utc_now()) == {}
    assert refuse_retired(street.town.store, utc_now()) == 1
    assert refuse_retired(street.town.store, utc_now()) == 0
    street.broker.attend()
    lock.wait_for("disconnected")
    assert "retired" in beffroi(street, "device", "list")


def test_the_same_commands_put_a_camera_relay_in_service_and_take_it_out(street: Street, tmp_path: Path) -> None:
    device, folder, paper, out = uuid4(), tmp_path / "relay", tmp_path / "request", tmp_path / "document.json"
    program = [sys.executable, "-m", "beffroi.edge.relay", "--home", str(folder)]
    paper.write_bytes(subprocess.run([*program, "--request", str(device)], check=True, capture_output=True).stdout)
    beffroi(street, "device", "commission", "--request", str(paper), "--name", "Relais", "--out", str(out))
    street.admit()
    listening = ("--listen", "127.0.0.1:0", "--origin", "http://localhost:8000")
    relay = Process("--home", str(folder), "--commission", str(out), *listening, program="beffroi.edge.relay")
    street.stack.callback(relay.end)
    relay.wait_for("connected to")
    assert " relay " in beffroi(street, "device", "list")
    beffroi(street, "device", "retire", str(device), "--reason", "replaced")
    assert refuse_retired(street.town.store, utc_now()) == 0  # it is told first that it serves nothing
    refuse_retired(street.town.store, utc_now() + LEAVING)
    street.broker.attend()
    relay.wait_for("disconnected")


def test_what_a_broker_elsewhere_needs_is_written_for_it(street: Street, tmp_path: Path) -> None:
    lock, gone = street.lock("PM 1"), street.lock("PM 2")
    beffroi(street, "device", "retire", str(gone.id), "--reason", "broken")
    folder = tmp_path / "elsewhere"
    assert str(folder) in beffroi(street, "device", "broker", "--host", "objets.meaux.example", "--out", str(folder))
    assert (folder / "broker.pem").stat().st_mode & 0o777 == 0o600
    access = (folder / "access").read_text()
    assert f"user {lock.id}" in access
    assert str(gone.id) not in access
    chain = Device.objects.get(pk=gone.id).line_certificate
    assert certificates.numbers((folder / "struck-off.pem").read_text()) == {certificates.serial_of(chain)}
    before = (folder / "broker.pem").read_text()
    beffroi(street, "device", "broker", "--host", "objets.meaux.example", "--out", str(folder))
    assert (folder / "broker.pem").read_text() == before


def beffroi(street: Street, *arguments: str) -> str:
    """What the command says, while a minter signs what waits."""
    done = threading.Event()
    variables = {
        **os.environ,
        "DATABASE_URL": street.info.app_url,
        "BEFFROI_DATABASE_OWNER_URL": street.info.app_url,
        "BEFFROI_HOME": str(street.home),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "beffroi", *arguments], env=variables, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None

    def wait() -> None:
        process.wait(PATIENCE)
        done.set()

    def mint() -> bool:
        sign_certificates(street.town.store, utc_now())
        return done.is_set()

    reader = threading.Thread(target=wait)
    reader.start()
    try:
        eventually(mint, "the command ends")
        assert process.wait(PATIENCE) == 0
        return process.stdout.read()
    finally:
        street.end(process)
        reader.join()
        process.stdout.close()
