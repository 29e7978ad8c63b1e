"""A relay on a real broker: what it signs keeps its lease, what is signed for it comes to it, and only what it sealed a key for opens."""

import json
import subprocess
import sys
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from beffroi.kernel.devices.actions.commissioning import register_device
from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.minter import make_boxes, sign_lists_of_sources
from beffroi.kernel.devices.models import Beat, Lapse, Sources
from beffroi.kernel.devices.queries.sources import seal_credentials, sources_state
from beffroi.kernel.devices.registry import (
    DEVICE_KINDS,
    LEASES,
    SOURCES,
    DeviceIdentity,
    GateSource,
    LeaseEnded,
    register_device_kind,
)
from beffroi.kernel.devices.relay import broker_url
from beffroi.kernel.devices.tests.street import Street, eventually
from beffroi.kernel.devices.worker import do_lapses
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.carriage import Ask, BeatFrame
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.sources import Source, SourceList, open_sources, recall_source_list
from tests.edge.field_line import FieldLine
from tests.edge.street import Process

# In the ingest process as well somebody follows the uses of relays.
BEFORE = """
from datetime import timedelta
from beffroi.kernel.devices import registry
from beffroi.kernel.devices.actions import uses
registry.LEASES.setdefault("relay", print)
registry.SOURCES.setdefault("relay", lambda device: ())
uses.LEASE = timedelta(seconds=1)
"""
USE = encode_bytes(bytes(16))


def in_service(street: Street, device: UUID, request: str) -> dict[str, object]:
    """Certified and commissioned for the street's broker; its document."""
    if "relay" not in DEVICE_KINDS:
        register_device_kind("relay", "A relay.")
    now = utc_now()
    register_device(authority=street.town.authority.id, request=request, name="Relais", now=now, by=None)
    sign_certificates(street.town.store, now)
    document = put_in_service(device=device, home=street.home, broker_url=broker_url(), by=None, now=now)
    street.admit()
    return document


def test_a_relay_is_brought_its_sources_when_it_asks_and_when_they_change(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates: list[GateSource] = []

    def served(_device: DeviceIdentity) -> Sequence[GateSource]:
        return gates

    monkeypatch.setitem(SOURCES, "relay", served)
    street.ingest(BEFORE)
    relay, store = FieldDevice(kind="relay"), street.town.store
    make_boxes(store, utc_now())
    with FieldLine(in_service(street, relay.id, relay.request), relay.key) as line:
        line.say("up/ask", Ask(str(relay.id), 0, (0, 0), sources=(0, 0), sealing=relay.sealing_key))
        eventually(Sources.objects.exists, "its key is known")
        eventually(lambda: bool(line.told("keyset")), "what any device is brought")
        sign_lists_of_sources(store, utc_now())
        eventually(lambda: len(line.told("sources")) == 1, "the first list, as soon as it is signed")
        gate, authority = uuid4(), street.town.authority.id
        sealed = seal_credentials(authority=authority, gate=gate, url="rtsp://10.0.0.9/", user="csu", password="clé")
        gates.append(GateSource(gate, "Hall", "rtsp://10.0.0.9/", sealed))
        sources_changed(device=relay.id)
        sign_lists_of_sources(store, utc_now())
        eventually(lambda: len(line.told("sources")) >= 2, "the next list")
        lists = [recall_source_list(token) for token in line.told("sources")]
        assert isinstance(lists[-1], SourceList)
        opened = open_sources(lists[-1], sealing=relay.sealing)
        assert opened == (Source(str(gate), "Hall", "rtsp://10.0.0.9/", "csu", "clé"),)


def test_beats_keep_a_lease_whoever_is_killed_and_silence_ends_it_at_the_last(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[LeaseEnded] = []
    monkeypatch.setitem(LEASES, "relay", ended.append)
    ingest = street.ingest(BEFORE)
    relay = FieldDevice(kind="relay")
    with FieldLine(in_service(street, relay.id, relay.request), relay.key) as line:
        line.say("up/beat", BeatFrame(relay.beat(USE)), qos=0)
        eventually(lambda: Beat.objects.filter(number=1, uses=[USE]).exists(), "the beat is kept")
        eventually(Lapse.objects.exists, "a lease of a second ends")
        last = Beat.objects.get().at
        do_lapses()
        assert [(each.device.id, each.last_beat, each.uses) for each in ended] == [(relay.id, last, (USE,))]
        line.say("up/beat", BeatFrame(relay.beat(USE)), qos=0)
        eventually(lambda: Beat.objects.filter(number=2, lapsed_at=None).exists(), "it lives again")
        street.end(ingest)
        last = Beat.objects.get().at
        street.ingest(BEFORE)
        eventually(Lapse.objects.exists, "the server is back, the relay is not")
        do_lapses()
        assert ended[-1].last_beat == last
        assert len(ended) == 2


def test_the_relay_s_own_program_takes_its_sources_and_says_which_it_holds(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates: list[GateSource] = []
    monkeypatch.setitem(SOURCES, "relay", lambda _device: gates)
    street.ingest(BEFORE)
    store, folder, device = street.town.store, street.home / "relay", uuid4()
    make_boxes(store, utc_now())
    program = [sys.executable, "-m", "beffroi.edge.relay", "--home", str(folder)]
    printed = subprocess.run([*program, "--request", str(device)], check=True, capture_output=True).stdout
    document = in_service(street, device, json.loads(printed)["request"])
    (folder / "commissioning.json").write_text(json.dumps(document))
    options = ("--home", str(folder), "--listen", "127.0.0.1:0", "--origin", "http://localhost:8000")
    relay = Process(*options, program="beffroi.edge.relay")
    street.stack.callback(relay.end)

    def holds(number: int) -> bool:
        state = sources_state([device]).get(device)
        return state is not None and not state.behind and state.held == (1, number)

    eventually(Sources.objects.exists, "it said to which key it is sealed")
    sign_lists_of_sources(store, utc_now())
    eventually(lambda: holds(1), "the first list")
    gate, url = uuid4(), "rtsp://127.0.0.1:5540/1"
    sealed = seal_credentials(authority=street.town.authority.id, gate=gate, url=url, user="csu", password="clé")
    gates.append(GateSource(gate, "Hall", url, sealed))
    sources_changed(device=device)
    sign_lists_of_sources(store, utc_now())
    eventually(lambda: holds(2), "the next one, without waiting for the hour at which it asks")
