"""A relay that is retired while somebody looks: it hears that it serves nothing, over the line that is left to it for that."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from beffroi.kernel.devices.actions.commissioning import retire_device
from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.minter import make_boxes, sign_lists_of_sources
from beffroi.kernel.devices.models import Head, Sources
from beffroi.kernel.devices.queries.devices import broker_accounts, struck_off, trust_in_force
from beffroi.kernel.devices.queries.sources import seal_credentials, sources_state, sources_to_sign
from beffroi.kernel.devices.registry import SOURCES, GateSource
from beffroi.kernel.devices.rules import LEAVING
from beffroi.kernel.devices.tests import test_relay_line
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused
from beffroi.kernel.devices.tests.street import Street, eventually
from beffroi.kernel.grants.actions.browsers import enrol_browser
from beffroi.kernel.grants.factories import Residence, residence
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import HolderKey
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.carriage import Ask
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.sources import SourceList, recall_source_list
from beffroi.simulator.phone import Phone
from beffroi.simulator.screen import Look, Place, Screen
from tests.edge.relay.site import Cameras
from tests.edge.street import PATIENCE, Process

ORIGIN = "http://localhost:8000"
SECOND = timedelta(seconds=1)


@pytest.fixture
def camera() -> Iterator[Cameras]:
    cameras = Cameras(1)
    yield cameras
    cameras.close()


def running(street: Street, device: UUID, folder: Path) -> int:
    """The relay's own program, put in service; its port."""
    program = [sys.executable, "-m", "beffroi.edge.relay", "--home", str(folder)]
    printed = subprocess.run([*program, "--request", str(device)], check=True, capture_output=True).stdout
    document = test_relay_line.in_service(street, device, json.loads(printed)["request"])
    (folder / "commissioning.json").write_text(json.dumps(document))
    relay = Process(
        *("--home", str(folder), "--listen", "127.0.0.1:0", "--origin", ORIGIN), program="beffroi.edge.relay"
    )
    street.stack.callback(relay.end)
    return int(relay.wait_for(r"watch on 127\.0\.0\.1:(\d+)")[1])


def screen(street: Street, here: Residence, place: Place) -> Screen:
    """An officer's browser with a right to look at the hall, signed."""
    key = generate_private_key(SECP256R1())
    browser = enrol_browser(person=here.alice.pk, key=holder_key(key), second_factor=True, now=here.now)
    assert isinstance(browser, HolderKey)
    right = here.given(replace(here.asked(), key=browser.pk))
    mint_all(street.town.store, utc_now())
    right.refresh_from_db()
    trust = trust_in_force(street.town.authority.pk)
    assert trust is not None
    return Screen(Phone(key, right.token, trust.keyset, int(utc_now().timestamp())), place)


def test_the_picture_of_a_relay_that_is_retired_ends_and_none_begins(
    street: Street, camera: Cameras, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates: list[GateSource] = []
    monkeypatch.setitem(SOURCES, "relay", lambda _device: gates)
    store, device = street.town.store, uuid4()
    make_boxes(store, utc_now())
    street.ingest(test_relay_line.BEFORE)
    port = running(street, device, street.home / "relay")
    eventually(Sources.objects.exists, "it said to which key it is sealed")
    here = residence(street.town.authority, now=utc_now())
    gate = here.cameras["hall"]
    source = camera.place(str(gate), 1)
    sealed = seal_credentials(
        authority=street.town.authority.pk, gate=gate, url=source.url, user=source.user, password=source.password
    )
    gates.append(GateSource(gate, source.name, source.url, sealed))
    sources_changed(device=device)
    officer = screen(street, here, Place(port, str(device), ORIGIN, patience=PATIENCE))
    eventually(lambda: not sources_state([device])[device].behind, "it knows its camera")
    eventually(lambda: Head.objects.get(device_id=device).revocation_number >= 1, "it has a list")
    look = officer.look(str(gate))
    assert isinstance(look, Look)
    with look:
        look.until(lambda picture: picture.frames >= 3)
        retire_device(device=device, reason="replaced", now=utc_now(), by=None)
        mint_all(store, utc_now())
        assert look.rest().ended
        assert look.picture.cause in ("closed", None)
    again = officer.look(str(gate))
    assert isinstance(again, Refused)
    assert again.reason is Reason.GATE_OTHER


def test_what_a_retired_relay_says_is_not_believed_and_its_line_ends(
    db: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SOURCES, "relay", lambda _device: [GateSource(uuid4(), "Hall", "rtsp://10.0.0.9/")])
    desk = Desk(tmp_path)
    store = desk.town.store
    relay = in_service(desk.town, now=NOW, name="Relais", device=FieldDevice(kind="relay"))
    lock = in_service(desk.town, now=NOW)
    make_boxes(store, NOW)
    ask = desk.message(relay.id, "up/ask", Ask(str(relay.id), 1, (0, 0), sources=(0, 0), sealing=relay.sealing_key))
    desk.ingest.process([ask], NOW)
    assert sign_lists_of_sources(store, NOW) == 1
    for device in (relay, lock):
        retire_device(device=device.id, reason="stolen", now=NOW, by=None)
    desk.sent.clear()
    assert sign_lists_of_sources(store, NOW) == 1
    for second in range(4):
        desk.ingest.round(NOW + second * SECOND)
    told = [frame.get("sources") for _channel, frame in desk.sent[relay.id]]
    lists = [recall_source_list(token) for token in told if token]
    assert [one.gates for one in lists if isinstance(one, SourceList)] == [(), ()]
    before = sum(refused().values())
    desk.ingest.process([ask], NOW + SECOND)
    assert sum(refused().values()) == before + 1
    assert [device for _authority, device in broker_accounts(NOW)] == [relay.id]
    assert set(struck_off(NOW)) <= {lock.id}
    later = NOW + LEAVING
    assert broker_accounts(later) == {}
    desk.sent.clear()
    sources_changed(device=relay.id)
    assert sources_to_sign(5, later) == []
    desk.ingest.round(later)
    assert not desk.sent[relay.id]
