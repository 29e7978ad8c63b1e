"""Door contacts as they are sold: the messages that their makers and their networks publish are read as those documents say."""

import base64
import json
from datetime import UTC, datetime

import pytest

from beffroi.adapters.sensors import chirpstack
from beffroi.adapters.sensors.labels import read_label
from beffroi.adapters.sensors.saying import (
    LORAWAN,
    ZIGBEE,
    Event,
    Gateway,
    Heard,
    NotUnderstoodError,
    Reading,
    SensorError,
    UnreadableError,
)
from beffroi.adapters.sensors.table import released
from beffroi.adapters.sensors.zigbee import Zigbee

EUI = "24e124538b223213"
UP = f"application/9d1f3cd4-2e30-41f2-a9a4-4f5f8b9f4d0a/device/{EUI}/event/up"
# As ChirpStack's documentation of events has it, cut to what a contact needs and to one gateway.
UPLINK = {
    "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
    "time": "2022-07-18T09:34:15.775023242+00:00",
    "deviceInfo": {
        "tenantId": "52f14cd4-c6f1-4fbd-8f87-4025e1d49242",
        "tenantName": "ChirpStack",
        "applicationId": "17c82e96-be03-4f38-aef3-f83d48582d97",
        "applicationName": "Test application",
        "deviceProfileId": "14855bf7-d10d-4aee-b618-ebfcb64dc7ad",
        "deviceProfileName": "Test device-profile",
        "deviceName": "Test device",
        "devEui": EUI,
        "tags": {"key": "value"},
    },
    "devAddr": "00189440",
    "dr": 1,
    "fCnt": 7,
    "fPort": 85,
    "confirmed": False,
    "data": base64.b64encode(bytes.fromhex("030001")).decode(),
    "rxInfo": [{"gatewayId": "0016c001f153a14c", "uplinkId": 4217106255, "rssi": -36, "snr": 10.5}],
    "txInfo": {"frequency": 867100000},
}


def said(model: str, port: int, data: str) -> Reading:
    return released()[model].read(Heard(LORAWAN, EUI, Event.UPLINK, port=port, data=bytes.fromhex(data)))


PUBLISHED_BYTES = (
    # Milesight, WS301 user guide, 5.1 and 5.2; the maker's entry in the LoRaWAN device repository.
    ("milesight-ws301", 85, "017564030000040001", Reading(open=False, tampered=True, battery=100)),
    ("milesight-ws301", 85, "030001", Reading(open=True)),
    ("milesight-ws301", 85, "040001", Reading(tampered=True)),
    ("milesight-ws301", 85, "ff0bffff0101ff086538b2232131ff090100ff0a0102ff0f00", Reading()),
    # Dragino, LDS02: its entry in the repository is cut short, as its example is; then the door's bit, in the manual.
    ("dragino-lds02", 10, "0b880100250001", Reading(open=False, battery=95)),
    ("dragino-lds02", 10, "8b880100002500000100", Reading(open=True, battery=95)),
    # Dragino, LDS03A, 2.3: status, counts, time; device status; settings, which say nothing of the door.
    ("dragino-lds03a", 2, "0100000900000261a2e4b3", Reading(open=True)),
    ("dragino-lds03a", 2, "0000000900000261a2e4b3", Reading(open=False)),
    ("dragino-lds03a", 5, "0a010001ff0d10", Reading(battery=74)),
    ("dragino-lds03a", 4, "31618e5740618e", Reading()),
    # Browan, TBDW100, in the repository.
    ("browan-tbdw100", 100, "00cb3500008a3a00", Reading(open=False, battery=100)),
    ("browan-tbdw100", 100, "01cb3500008a3a00", Reading(open=True, battery=100)),
    # Netvox, R311A, in the repository: start, two reports of which one with a low battery, settings.
    ("netvox-r311a", 6, "010200640b202004240000", Reading()),
    ("netvox-r311a", 6, "0102011e01000000000000", Reading(open=True, battery=100, battery_low=False)),
    ("netvox-r311a", 6, "0102019701000000000000", Reading(open=True, battery=0, battery_low=True)),
    ("netvox-r311a", 7, "8102000000000000000000", Reading()),
    # Adeunis, DRY CONTACTS user guide V1.2.0, 4.1.4, its example: frame counter 5, low battery, channel 1 off; then the same with
    # channel 1 on (bit 0 of the last byte) and a battery that isn't low; 4.1.3, a keep-alive frame; 4.1.1, a configuration.
    ("adeunis-dry-contacts", 1, "40ab00f10002000100009c", Reading(open=True, battery_low=True)),
    ("adeunis-dry-contacts", 1, "40a000f10002000100009d", Reading(open=False, battery_low=False)),
    ("adeunis-dry-contacts", 1, "30ab", Reading(battery_low=True)),
    ("adeunis-dry-contacts", 1, "20a302", Reading(battery_low=True)),
)


@pytest.mark.parametrize(("model", "port", "data", "reading"), PUBLISHED_BYTES)
def test_published_bytes_say_what_their_maker_says(model: str, port: int, data: str, reading: Reading) -> None:
    assert said(model, port, data) == reading


PUBLISHED_NAMES: tuple[tuple[str, dict[str, object], Reading], ...] = (
    # https://www.zigbee2mqtt.io/devices/…: `contact` is true when the door is shut.
    (
        "aqara-mccgq11lm",
        {"battery": 97, "contact": True, "device_temperature": 22, "linkquality": 144, "voltage": 2995},
        Reading(open=False, battery=97),
    ),
    (
        "sonoff-snzb-04",
        {"battery": 100, "battery_low": False, "contact": False, "linkquality": 90, "tamper": False},
        Reading(open=True, tampered=False, battery=100, battery_low=False),
    ),
    ("sonoff-snzb-04p", {"contact": True, "tamper": True}, Reading(open=False, tampered=True)),
    ("ikea-e2013", {"contact": False, "battery": 8, "update": {"state": "idle"}}, Reading(open=True, battery=8)),
    # "null" is what the bridge publishes of what it has not heard yet.
    ("aqara-mccgq11lm", {"contact": None, "battery": None, "linkquality": 10}, Reading()),
)


@pytest.mark.parametrize(("model", "told", "reading"), PUBLISHED_NAMES)
def test_published_names_say_what_their_bridge_says(model: str, told: dict[str, object], reading: Reading) -> None:
    assert released()[model].read(Heard(ZIGBEE, EUI, Event.UPLINK, told=told)) == reading


def test_every_model_of_the_release_has_a_source_and_an_example_here() -> None:
    tried = {each[0] for each in (*PUBLISHED_BYTES, *PUBLISHED_NAMES)}
    assert tried == set(released())
    assert all(model.source for model in released().values())


def test_an_uplink_of_chirpstack_is_read() -> None:
    heard = chirpstack.read(UP, json.dumps(UPLINK).encode())
    assert heard is not None
    assert (heard.address, heard.counter, heard.port, heard.data) == (EUI, 7, 85, b"\x03\x00\x01")
    assert heard.at == datetime(2022, 7, 18, 9, 34, 15, 775023, UTC)
    assert heard.message == UPLINK["deduplicationId"]
    assert (heard.name, heard.model) == ("Test device", "Test device-profile")
    assert released()["milesight-ws301"].read(heard) == Reading(open=True)


def test_what_chirpstack_leaves_out_is_zero() -> None:
    first = {name: value for name, value in UPLINK.items() if name not in ("fCnt", "fPort", "data", "time")}
    heard = chirpstack.read(UP, json.dumps(first).encode())
    assert heard is not None
    assert (heard.counter, heard.port, heard.data, heard.at) == (0, 0, b"", None)
    assert released()["milesight-ws301"].read(heard) == Reading(), "the network's own business is a sign of life"


def test_a_join_and_a_battery_come_as_events_of_their_own() -> None:
    join = chirpstack.read(UP.replace("/up", "/join"), json.dumps({"deviceInfo": UPLINK["deviceInfo"]}).encode())
    assert join is not None
    assert (join.event, join.counter) == (Event.JOIN, None)
    status = {"deviceInfo": UPLINK["deviceInfo"], "margin": 12, "batteryLevel": 87.4}
    heard = chirpstack.read(UP.replace("/up", "/status"), json.dumps(status).encode())
    assert heard is not None
    assert heard.battery == 87
    mains = chirpstack.read(UP.replace("/up", "/status"), json.dumps({**status, "externalPowerSource": True}).encode())
    assert mains is not None
    assert mains.battery is None
    assert chirpstack.read(UP.replace("/up", "/txack"), b"{}") is None


@pytest.mark.parametrize(
    ("topic", "payload", "code"),
    [
        ("application/x/device/zz/event/up", b"{}", "topic"),
        (UP, b"\xff\xfe", "not-json"),
        (UP, b"[" * 60_000, "not-json"),
        (UP, b" " * 70_000, "too-long"),
        (UP, b'{"deviceInfo": {"devEui": "0000000000000000"}}', "address"),
        (UP, json.dumps({**UPLINK, "data": "not base64!"}).encode(), "data"),
        (UP, json.dumps({**UPLINK, "data": "AAAA" * 100}).encode(), "data"),
    ],
)
def test_what_is_not_chirpstacks_is_refused_by_name(topic: str, payload: bytes, code: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        chirpstack.read(topic, payload)
    assert refused.value.code == code


def test_zigbee2mqtt_names_its_devices_by_its_own_list() -> None:
    bridge = Zigbee()
    listed = [
        {
            "friendly_name": "Coordinator",
            "ieee_address": "0x00124b0000000000",
            "type": "Coordinator",
            "definition": None,
        },
        {
            "friendly_name": "mairie/local technique",
            "ieee_address": "0x00158d0007ef997c",
            "definition": {"model": "MCCGQ11LM", "vendor": "Aqara"},
        },
    ]
    state = b'{"contact":false,"last_seen":"2024-04-08T21:21:36.794Z","linkquality":144}'
    with pytest.raises(UnreadableError):
        bridge.read("zigbee2mqtt/mairie/local technique", state, stored=False)
    assert bridge.read("zigbee2mqtt/bridge/devices", json.dumps(listed).encode(), stored=True) is None
    heard = bridge.read("zigbee2mqtt/mairie/local technique", state, stored=True)
    assert isinstance(heard, Heard)
    assert (heard.address, heard.model) == ("00158d0007ef997c", "Aqara MCCGQ11LM")
    assert heard.at == datetime(2024, 4, 8, 21, 21, 36, 794000, UTC)
    assert not heard.stored, "it says itself when the contact spoke"
    gone = bridge.read("zigbee2mqtt/mairie/local technique/availability", b'{"state":"offline"}', stored=False)
    assert isinstance(gone, Heard)
    assert gone.event is Event.CUT
    assert bridge.read("zigbee2mqtt/mairie/local technique/set", b"{}", stored=False) is None
    assert bridge.read("zigbee2mqtt/bridge/state", b'{"state":"offline"}', stored=True) == Gateway(there=False)
    assert bridge.read("zigbee2mqtt/bridge/state", b"online", stored=True) == Gateway(there=True)


def test_a_name_that_is_an_address_needs_no_list() -> None:
    heard = Zigbee().read("zigbee2mqtt/0x00158d0007ef997c", b'{"contact":true}', stored=True)
    assert isinstance(heard, Heard)
    assert heard.stored, "kept by the broker, since nobody knows when"


def test_an_unknown_port_and_an_unknown_form_are_said_to_be_so() -> None:
    for port, data, code in ((42, "030001", "port"), (85, "990001", "form"), (85, "03", "form")):
        with pytest.raises(NotUnderstoodError) as refused:
            said("milesight-ws301", port, data)
        assert refused.value.code == code
    assert said("milesight-ws301", 85, "03000199aabb") == Reading(open=True), "what follows isn't known: it is left"


@pytest.mark.parametrize(
    ("printed", "address", "network"),
    [
        ("24E124538B223213", EUI, None),
        ("24-E1-24-53-8B-22-32-13", EUI, None),
        ("24:e1:24:53:8b:22:32:13 ", EUI, None),
        ("0x00158d0007ef997c", "00158d0007ef997c", ZIGBEE),
        # LoRa Alliance, TR005: an identifier, then what a maker adds.
        ("LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122", "aabbccddeeff0011", LORAWAN),
        (
            "LW:D0:1122334455667788:AABBCCDDEEFF0011:AABB1122:OAABBCCDDEEFF:SYYWWNNNNNN:PFOOBAR:CAF2C",
            "aabbccddeeff0011",
            LORAWAN,
        ),
    ],
)
def test_what_is_printed_on_a_contact_is_read(printed: str, address: str, network: str | None) -> None:
    label = read_label(printed)
    assert (label.address, label.network) == (address, network)


@pytest.mark.parametrize("printed", ["", "24E124", "LW:D1:1:2:3", "https://example.org", "LW:D0:" + "0" * 500])
def test_what_is_no_address_is_refused(printed: str) -> None:
    with pytest.raises(SensorError):
        read_label(printed)
