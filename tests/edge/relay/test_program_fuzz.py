"""Whatever comes through the front door, from the server, or out of the store: an answer or an end, and no picture."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.edge.device import commissioning, home
from beffroi.edge.device.errors import StoreError
from beffroi.edge.device.store import Store
from beffroi.edge.relay.gates import Admitted
from beffroi.edge.relay.hands import Hands
from beffroi.edge.relay.http import Bounds, Door
from beffroi.edge.relay.relay import KIND, Relay
from beffroi.edge.relay.uses import Use
from beffroi.edge.relay.watching import Watching
from beffroi.protocol.v1.chain import read_chain
from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.event import Event, make_event
from beffroi.protocol.v1.events import verify_batch
from beffroi.protocol.v1.frames import RefusedFrame, decode_frame, encode_frame
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.sources import Source
from beffroi.protocol.v1.use import Standing
from tests.edge.relay.site import ORIGIN
from tests.edge.relay.watching import PATIENCE
from tests.edge.town import CAMERA, NOW, RELAY, Town, allow

QUIET = settings(deadline=None, max_examples=200)
NOWHERE = Source(CAMERA, "Caméra 12", "rtsp://127.0.0.1:9/camera/12")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = ("hello", "challenge-request", "response", "carry-down", "ask", "ask-request", "events-request", "beat")
MEMBERS = ("ver", "gate", "challenge", "action", "chain", "proof", "sources", "keyset", "revocation", "stamp", "after")
frames = st.builds(
    lambda name, members: json.dumps({"f": name} | members, sort_keys=True, separators=(",", ":")).encode(),
    st.sampled_from(NAMES),
    st.dictionaries(st.sampled_from(MEMBERS), json_values | st.just(CAMERA) | st.just(1), max_size=6),
)
anything = st.binary(max_size=300) | frames


@pytest.fixture(scope="module")
def relay() -> Iterator[Relay]:
    """A relay in this process that serves one camera: its answers are asked for without a wire."""
    with TemporaryDirectory() as name:
        folder, town = Path(name), Town()
        certificate = town.commission(home.request(folder, KIND, RELAY), folder / commissioning.FILE)
        running = Relay(folder, driven=True)
        ask = running.ask()
        stamp = town.stamp(NOW, nonce=ask.nonce, device=RELAY)
        assert running.device.delivery.takers["stamp"](stamp) == "taken"
        listed = town.sources(certificate, ask.sealing or "", NOWHERE, number=1)
        assert running.device.delivery.takers["sources"](listed) == "taken"
        yield running
        running.close()


@QUIET
@given(data=anything, gate=st.sampled_from([CAMERA, "camera-99"]))
def test_any_bytes_are_answered_and_show_nothing(relay: Relay, data: bytes, gate: str) -> None:
    assert not isinstance(decode_frame(encode_frame(relay.gates.answer(gate, data, "192.0.2.1"))), Refused)
    admitted = relay.gates.admit(gate, data)
    assert not isinstance(admitted, Admitted)
    assert isinstance(admitted, RefusedFrame)
    assert relay.uses.live == {}


@QUIET
@given(data=anything)
def test_any_bytes_from_the_server_change_nothing(relay: Relay, data: bytes) -> None:
    relay.take(data)
    assert relay.roster.gates == (CAMERA,)
    assert relay.uses.live == {}


@QUIET
@given(data=st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_line_to_the_hands_is_answered(relay: Relay, data: bytes) -> None:
    assert isinstance(Hands(relay).answer(data)["ok"], bool)


pieces = st.sampled_from(
    [
        b"POST /v1/camera-12/frame HTTP/1.1\r\n",
        b"POST /v1/camera-12/watch HTTP/1.1\r\n",
        b"GET / HTTP/1.0\r\n",
        b"OPTIONS /v1/camera-12/watch HTTP/1.1\r\n",
        f"Origin: {ORIGIN}\r\n".encode(),
        b"Host: relais\r\n",
        b"Content-Length: 19\r\n",
        b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n",
        b"Connection: keep-alive\r\n",
        b"\r\n",
        b'{"f":"hello","ver":1}',
        b"5\r\nhello\r\n0\r\n\r\n",
        b"0\r\n\r\n",
    ]
)


@QUIET
@given(said=st.lists(pieces | st.binary(max_size=40), max_size=12).map(b"".join))
def test_any_connection_ends_and_none_is_let_in(relay: Relay, said: bytes) -> None:
    async def talk() -> bytes:
        door = Door(Watching(relay), frozenset({ORIGIN}), Bounds(request_seconds=PATIENCE))
        broken: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: broken.append(what))
        server = await asyncio.start_server(door.converse, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(said)
        writer.write_eof()
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await reader.read()
        except ConnectionError:
            answer = b""
        writer.close()
        server.close()
        await server.wait_closed()
        assert broken == []
        return answer

    answer = asyncio.run(talk())
    assert b"500" not in answer.split(b"\r\n")[0]
    assert b'"out":"admitted"' not in answer
    assert relay.uses.live == {}


@pytest.mark.parametrize(
    ("fact", "value"),
    [("uses", "[1]"), ("uses", '{"n": 5}'), ("uses", "{"), ("sources", "a.b.c"), ("sealing-key", "?"), ("key", "?")],
)
def test_a_memory_that_can_not_be_read_back_starts_no_relay(tmp_path: Path, fact: str, value: str) -> None:
    town = Town()
    town.commission(home.request(tmp_path, KIND, RELAY), tmp_path / commissioning.FILE)
    store = Store.open(tmp_path, KIND)
    with store.transaction():
        store.set(fact, value)
    store.close()
    with pytest.raises(StoreError) as damaged:
        Relay(tmp_path)
    assert damaged.value.code == "store-damaged"


def test_a_list_that_was_sealed_to_a_lost_key_starts_no_relay(tmp_path: Path) -> None:
    town = Town()
    certificate = town.commission(home.request(tmp_path, KIND, RELAY), tmp_path / commissioning.FILE)
    relay = Relay(tmp_path)
    relay.device.delivery.takers["sources"](town.sources(certificate, relay.ask().sealing or "", NOWHERE, number=1))
    assert relay.roster.gates == (CAMERA,)
    with relay.store.transaction():
        relay.store.forget("sealing-key")
    relay.close()
    with pytest.raises(StoreError):
        Relay(tmp_path)


def test_no_password_lies_readable_in_the_memory(tmp_path: Path) -> None:
    town, place = Town(), Source(CAMERA, "Caméra 12", "rtsp://10.0.3.12/1", "relais", "Tilleul-7-Argenté")
    certificate = town.commission(home.request(tmp_path, KIND, RELAY), tmp_path / commissioning.FILE)
    relay = Relay(tmp_path)
    relay.device.delivery.takers["sources"](town.sources(certificate, relay.ask().sealing or "", place, number=1))
    assert relay.roster.find(CAMERA) == place
    relay.close()
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert place.password.encode() not in kept
    assert b"10.0.3.12" not in kept


def test_an_end_that_can_not_be_stored_is_stored_once_there_is_room(relay: Relay) -> None:
    town = Town()
    chain = allow(read_chain(town.grant(holder_key(generate_private_key(SECP256R1())), resources=(CAMERA,))))
    uses = [
        Use(f"{number:021d}A", CAMERA, chain, Standing(10**9, Reason.EXPIRED, 10**9), relay.uptime)
        for number in range(200)
    ]
    for use in uses:
        relay.uses.admit(use, make_event("boot", time=NOW, uptime=0))
    relay.store.fill()
    for use in uses:
        relay.uses.finish(use, "left")
    assert relay.uses.live == {}
    told = relay.device.journal.last
    relay.store.make_room()
    relay.tick()
    assert relay.device.journal.last > told, "the disk was never full"
    ends = Counter(event.get("nonce") for event in written(relay) if event.kind == "use-ended")
    assert ends == Counter(use.nonce for use in uses)


def written(relay: Relay) -> list[Event]:
    """All that it has on record."""
    device, events, after = relay.device, list[Event](), 0
    while (batch := device.journal.batch(after=after, key=device.identity.key)) is not None:
        events += allow(verify_batch(batch.token, certificate=device.holdings.certificate)).events
        after = batch.last
    return events
