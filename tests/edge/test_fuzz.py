"""Everything that reads from outside is thrown things at; the lock answers, stays shut, and opens for its technician."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.edge.device import commissioning
from beffroi.edge.device.errors import CommissioningError
from beffroi.edge.device.store import Store
from beffroi.edge.lock.body import Body
from beffroi.edge.lock.core import Habits
from beffroi.edge.lock.unit import KIND, Unit
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.frames import ChallengeFrame, ChallengeRequest, ResultFrame, decode_frame, encode_frame
from beffroi.protocol.v1.grant import LOCAL, RELAY
from tests.edge.street import Lock
from tests.edge.town import LOCK, Technician, Town, allow

QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FRAME_NAMES = (
    "hello",
    "challenge-request",
    "response",
    "ask-request",
    "carry-down",
    "events-request",
    "events",
    "result",
)
MEMBERS = (
    "ver",
    "gate",
    "challenge",
    "action",
    "chain",
    "proof",
    "keyset",
    "revocation",
    "stamp",
    "receipt",
    "command",
    "after",
)
almost_frames = st.builds(
    lambda name, members: json.dumps({"f": name} | members, sort_keys=True, separators=(",", ":")).encode(),
    st.sampled_from(FRAME_NAMES),
    st.dictionaries(st.sampled_from(MEMBERS), json_values | st.just(LOCK) | st.just(1), max_size=6),
)


@pytest.fixture(scope="module")
def unit() -> Iterator[Unit]:
    """A lock in this process: its answers are asked for without a wire."""
    with TemporaryDirectory() as name:
        folder, town = Path(name), Town()
        store = Store.open(folder, KIND)
        request = commissioning.request(store, LOCK, os.urandom(32))
        store.close()
        town.commission(request, folder / commissioning.FILE)
        running = Unit(folder, driven=True, habits=Habits(capacity=64))
        yield running
        running.close()


def shut(unit: Unit) -> bool:
    return unit.metal.bolt_out


@QUIET
@given(
    data=st.binary(max_size=300) | almost_frames | json_values.map(lambda value: json.dumps(value).encode()),
    relay=st.booleans(),
)
def test_any_bytes_are_answered_and_open_nothing(unit: Unit, data: bytes, relay: bool) -> None:
    frame = unit.answer(data, RELAY if relay else LOCAL)
    assert not isinstance(frame, ResultFrame)
    assert not isinstance(decode_frame(encode_frame(frame)), Refused)
    assert shut(unit)


@QUIET
@given(data=st.binary(max_size=300) | almost_frames)
def test_any_bytes_from_the_server_open_nothing(unit: Unit, data: bytes) -> None:
    unit.take(data)
    assert shut(unit)


@QUIET
@given(data=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_line_on_the_body_s_port_is_answered(unit: Unit, data: bytes) -> None:
    answer = Body({LOCK: unit}).answer(data)
    assert isinstance(answer["ok"], bool)
    assert shut(unit)


@QUIET
@given(
    data=st.binary(max_size=300)
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(
        st.sampled_from(("version", "device", "authority", "certificate", "roots", "keyset", "broker")), json_values
    ).map(lambda value: json.dumps(value).encode())
)
def test_any_document_is_refused_by_a_code(data: bytes) -> None:
    with pytest.raises(CommissioningError) as refused:
        commissioning.read(data, KIND)
    assert refused.value.code


@FEW
@given(place=st.floats(min_value=0, max_value=0.999), bit=st.integers(min_value=0, max_value=7), cut=st.booleans())
def test_a_response_with_one_bit_changed_opens_nothing(
    lock: Lock, technician: Technician, place: float, bit: int, cut: bool
) -> None:
    """Over TCP, against the process; the unchanged response of the same technician opens at the end."""
    phone = technician.phone()
    with lock.connect() as connection:
        meeting = allow(phone.meet(connection.exchange, LOCK))
        data = bytearray(encode_frame(phone.answer(meeting)))
        index = int(place * len(data))
        data[index] ^= 1 << bit
        frame = connection.exchange_bytes(bytes(data[:index] if cut else data))
        if isinstance(frame, ResultFrame):
            assert not allow(phone.hear(meeting, frame)).admitted
    assert lock.state()["latch"] == "locked"


@pytest.fixture
def technician(lock: Lock, town: Town) -> Iterator[Technician]:
    person = town.technician()
    yield person
    with lock.connect() as connection:
        assert allow(person.phone().open(connection.exchange, LOCK)).admitted


@FEW
@given(data=st.binary(max_size=2_000))
def test_any_stream_leaves_the_lock_alive(lock: Lock, technician: Technician, data: bytes) -> None:
    with lock.connect() as connection:
        connection.send(data)
    with lock.connect() as connection:
        assert isinstance(connection.exchange(ChallengeRequest(1, LOCK)), ChallengeFrame)
    assert lock.state()["latch"] == "locked"
