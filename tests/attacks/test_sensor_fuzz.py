"""Whatever comes from a network that isn't ours is read or refused by name: nothing else leaves the parsers."""

import contextlib
import json

from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.sensors import chirpstack
from beffroi.adapters.sensors.labels import read_label
from beffroi.adapters.sensors.saying import LORAWAN, ZIGBEE, Event, Heard, Reading, SensorError
from beffroi.adapters.sensors.table import described, described_text, released
from beffroi.adapters.sensors.trying import pasted
from beffroi.adapters.sensors.zigbee import Zigbee

EUI = "24e124538b223213"
UP = f"application/1/device/{EUI}/event/up"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=12), inside, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["time", "fCnt", "fPort", "data", "object", "deduplicationId", "deviceInfo", "batteryLevel"])
STATES = st.sampled_from(["contact", "tamper", "battery", "battery_low", "last_seen", "voltage", "state"])
PAYLOADS = st.binary(max_size=300) | JSON.map(lambda found: json.dumps(found).encode())


def sound(reading: Reading) -> bool:
    return reading.battery is None or 0 <= reading.battery <= 100


@given(st.sampled_from(["up", "join", "status", "log"]), PAYLOADS)
def test_any_bytes_on_chirpstacks_topics(event: str, payload: bytes) -> None:
    with contextlib.suppress(SensorError):
        chirpstack.read(UP.replace("up", event), payload)


@given(st.sampled_from(["up", "join", "status"]), st.dictionaries(NAMES, JSON, max_size=8))
def test_any_values_in_chirpstacks_members(event: str, members: dict[str, object]) -> None:
    payload = json.dumps({**members, "deviceInfo": {"devEui": EUI, "deviceName": members.get("time")}}).encode()
    with contextlib.suppress(SensorError):
        heard = chirpstack.read(UP.replace("up", event), payload)
        for model in released().values():
            with contextlib.suppress(SensorError):
                assert heard is None or sound(model.read(heard))


@given(st.text(max_size=60), PAYLOADS, st.booleans())
def test_any_topic_and_bytes_of_a_zigbee_bridge(name: str, payload: bytes, stored: bool) -> None:
    bridge = Zigbee()
    for topic in (f"zigbee2mqtt/{name}", f"zigbee2mqtt/0x00158d0007ef997c{name}", "zigbee2mqtt/bridge/devices", name):
        with contextlib.suppress(SensorError):
            bridge.read(topic, payload, stored=stored)


@given(st.dictionaries(STATES, JSON, max_size=7))
def test_any_state_of_a_zigbee_contact(members: dict[str, object]) -> None:
    for model in released().values():
        with contextlib.suppress(SensorError):
            assert sound(model.read(Heard(ZIGBEE, EUI, Event.UPLINK, told=members)))


@given(st.integers(0, 255), st.binary(max_size=64))
def test_any_bytes_of_any_model(port: int, data: bytes) -> None:
    for model in released().values():
        with contextlib.suppress(SensorError):
            assert sound(model.read(Heard(LORAWAN, EUI, Event.UPLINK, port=port, data=data)))


@given(
    JSON,
    st.lists(
        st.dictionaries(st.sampled_from(["code", "uplinks", "network", "vendor", "name", "source"]), JSON), max_size=3
    ),
)
def test_any_table(anything: object, models: list[object]) -> None:
    for told in (anything, models):
        with contextlib.suppress(SensorError):
            described(told)


@given(st.text(max_size=100) | st.from_regex(r"LW:D0:[0-9A-F:]{0,60}", fullmatch=True))
def test_any_label(printed: str) -> None:
    with contextlib.suppress(SensorError):
        assert len(read_label(printed).address) == 16


@given(st.text(max_size=200) | JSON.map(json.dumps), st.none() | st.integers(0, 255))
def test_anything_that_somebody_pastes(text: str, port: int | None) -> None:
    for network in (LORAWAN, ZIGBEE):
        with contextlib.suppress(SensorError):
            heard = pasted(text, network=network, port=port)
            for model in released().values():
                with contextlib.suppress(SensorError):
                    assert sound(model.read(heard))


@given(st.text(max_size=200) | JSON.map(json.dumps))
def test_any_description_that_somebody_writes(text: str) -> None:
    with contextlib.suppress(SensorError):
        described_text(text)
