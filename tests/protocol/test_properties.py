"""What holds for every chain, every token and every byte, not only for the ones we thought of."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.protocol.v1.certificate import make_device_request, verify_certificate, verify_device_request
from beffroi.protocol.v1.chain import Chain, extend_chain, verify_chain
from beffroi.protocol.v1.errors import MisuseError, Reason, Refused
from beffroi.protocol.v1.event import make_event
from beffroi.protocol.v1.events import NO_HASH, make_batch, verify_batch
from beffroi.protocol.v1.exchange import Result, make_result, verify_challenge, verify_result
from beffroi.protocol.v1.frames import FrameReader, Response, decode_frame, enclose, encode_frame
from beffroi.protocol.v1.gate import Decision, decide
from beffroi.protocol.v1.grant import Policy, Scope
from beffroi.protocol.v1.keyset import Reading, verify_keyset
from beffroi.protocol.v1.messages import Command, Receipt, make_command, make_receipt, verify_command, verify_receipt
from beffroi.protocol.v1.possession import make_possession, verify_possession
from beffroi.protocol.v1.revocation import verify_revocation_list
from beffroi.protocol.v1.sealing import open_batch, seal_batch
from beffroi.protocol.v1.stamp import make_master_stamp, make_stamp, verify_master_stamp, verify_stamp
from beffroi.protocol.v1.strictjson import canonical, parse
from tests.protocol.protocol_world import (
    AUTHORITY,
    GATE,
    HOUR,
    NOW,
    OTHER_GATE,
    PEOPLE,
    World,
    default_scope,
    holder,
    person_key,
    sealing_key,
    set_keys,
    signing_key,
)
from tests.protocol.relay_tokens import SIGNED as RELAY_SIGNED

WORLD = World()
KEYSET = WORLD.keyset()
CERTIFICATE = WORLD.certificate()
HERE = Reading(NOW)
STATE, CHALLENGE, RESPONSE = WORLD.exchange()
EVENTS = [make_event("opened", time=NOW, uptime=1), make_event("closed", time=NOW + 1, uptime=1001)]
BATCH = make_batch(device=GATE, boot=1, first=1, previous=NO_HASH, events=EVENTS, key=WORLD.device)
RESULT = make_result(Result(GATE, CHALLENGE.nonce, "admitted", (), NOW, 1, 1), key=WORLD.device)
REQUEST = make_device_request(device=GATE, kind="lock", issued=NOW, key=WORLD.device)
STAMP = make_stamp(authority=AUTHORITY, time=NOW, kid="stamp-1", signer=signing_key("stamp-1"))
MASTER = make_master_stamp(authority=AUTHORITY, time=NOW, root=WORLD.root, device=GATE, nonce=CHALLENGE.nonce)
RECEIPT = make_receipt(
    Receipt(GATE, NOW, 2, CHALLENGE.hash, ((1, 1),)), kid="server-message-1", signer=signing_key("server-message-1")
)
COMMAND = make_command(
    Command(GATE, "c-1", "report", (), NOW, NOW + HOUR, 7, 1),
    kid="server-message-1",
    signer=signing_key("server-message-1"),
)
POSSESSION = make_possession(audience="https://beffroi.example", nonce="n", key=person_key("visitor"))
SEALED = seal_batch(BATCH, recipient=set_keys()[-2], ephemeral=sealing_key("once"), iv=bytes(12))

resources = st.sets(st.sampled_from([GATE, OTHER_GATE, "zone-a", "zone-b"]), min_size=1).map(
    lambda found: tuple(sorted(found))
)
actions = st.sets(st.sampled_from(["inspect", "open", "view"]), min_size=1).map(lambda found: tuple(sorted(found)))
transports = st.sampled_from([("local",), ("relay",), ("local", "relay"), ("network",), ("network", "relay")])
policies = st.builds(
    Policy,
    transports=transports,
    greatest_age=st.integers(0, 100 * HOUR),
    when_old=st.sampled_from(["refuse", "flag"]),
    when_time_unknown=st.sampled_from(["refuse", "admit-marked"]),
)
starts = st.integers(NOW - 2 * HOUR, NOW + HOUR)
lengths = st.integers(1, 4 * HOUR)


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    start = draw(starts)
    return Scope(draw(resources), draw(actions), start, start + draw(lengths), draw(st.integers(0, 5)), draw(policies))


def no_wider(scope: Scope, parent: Scope) -> bool:
    """Whether everything that ``scope`` lets through, ``parent`` does too; written apart from the code under test."""
    policy, outer = scope.policy, parent.policy
    return (
        all(item in parent.resources for item in scope.resources)
        and all(item in parent.actions for item in scope.actions)
        and parent.start <= scope.start < scope.end <= parent.end
        and scope.depth < parent.depth
        and policy.greatest_age <= outer.greatest_age
        and not (policy.when_old == "flag" and outer.when_old == "refuse")
        and not (policy.when_time_unknown == "admit-marked" and outer.when_time_unknown == "refuse")
        and all(item in outer.transports for item in policy.transports)
    )


@settings(deadline=None, max_examples=150)
@given(grant=scopes(), wanted=st.lists(scopes(), min_size=1, max_size=3))
def test_no_link_widens(grant: Scope, wanted: list[Scope]) -> None:
    """A link is made and verified exactly when it reaches no further than its parent."""
    text, parent = WORLD.grant(grant), grant
    for index, scope in enumerate(wanted):
        allowed = scope.depth < 5 and no_wider(scope, parent)
        try:
            text = extend_chain(
                text,
                holder=person_key(PEOPLE[index]),
                heir=holder(PEOPLE[index + 1]),
                depth=scope.depth,
                resources=scope.resources,
                actions=scope.actions,
                start=scope.start,
                end=scope.end,
                policy=scope.policy,
            )
        except MisuseError:
            assert not allowed
            break
        assert allowed
        parent = scope
    verified = verify_chain(text, keyset=KEYSET, at=HERE)
    assert isinstance(verified, Chain)
    assert verified.scope == parent


SIGNED: dict[str, tuple[str, Callable[[str], object]]] = {
    "keyset": (WORLD.keyset_token(), lambda t: verify_keyset(t, roots=WORLD.roots, authority="meaux")),
    "certificate": (WORLD.certificate_token(), lambda t: verify_certificate(t, keyset=KEYSET, at=HERE)),
    "revocation": (WORLD.revocation_token(), lambda t: verify_revocation_list(t, keyset=KEYSET, at=HERE)),
    "chain": (WORLD.chain(), lambda t: verify_chain(t, keyset=KEYSET, at=HERE)),
    "challenge": (CHALLENGE.token, lambda t: verify_challenge(t, certificate=CERTIFICATE, gate=GATE)),
    "result": (RESULT, lambda t: verify_result(t, certificate=CERTIFICATE, challenge=CHALLENGE)),
    "events": (BATCH, lambda t: verify_batch(t, certificate=CERTIFICATE)),
    "device-request": (REQUEST, verify_device_request),
    "stamp": (STAMP, lambda t: verify_stamp(t, keyset=KEYSET, at=HERE)),
    "master-stamp": (MASTER, lambda t: verify_master_stamp(t, roots=WORLD.roots, authority=AUTHORITY)),
    "receipt": (
        RECEIPT,
        lambda t: verify_receipt(t, keyset=KEYSET, at=HERE, device=GATE, last=3, hash_at=lambda _: None),
    ),
    "command": (COMMAND, lambda t: verify_command(t, keyset=KEYSET, at=HERE, device=GATE)),
    "possession": (POSSESSION, lambda t: verify_possession(t, audience="https://beffroi.example", nonce="n")),
    **RELAY_SIGNED,
    "sealed": (SEALED, lambda t: open_batch(t, keys={"event-encryption-1": sealing_key("event-encryption-1")})),
}


@pytest.mark.parametrize("name", SIGNED)
@settings(deadline=None, max_examples=150)
@given(data=st.data())
def test_one_byte_changed_is_one_refusal(name: str, data: st.DataObject) -> None:
    token, read = SIGNED[name]
    assert not isinstance(read(token), Refused)
    position = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(exclude_categories=[], exclude_characters=token[position]))
    assert isinstance(read(token[:position] + other + token[position + 1 :]), Refused)


@pytest.mark.parametrize("name", SIGNED)
@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_one_byte_more_or_less_is_one_refusal(name: str, data: st.DataObject) -> None:
    token, read = SIGNED[name]
    position = data.draw(st.integers(0, len(token) - 1))
    assert isinstance(read(token[:position] + token[position + 1 :]), Refused)
    assert isinstance(read(token[:position] + data.draw(st.sampled_from("A._~-= ")) + token[position:]), Refused)


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_one_byte_changed_in_a_response_never_opens(data: st.DataObject) -> None:
    frame = encode_frame(RESPONSE)
    position = data.draw(st.integers(0, len(frame) - 1))
    other = data.draw(st.integers(0, 255).filter(lambda byte: byte != frame[position]))
    read = decode_frame(frame[:position] + bytes([other]) + frame[position + 1 :])
    if isinstance(read, Response):
        assert not decide(STATE, read, transport="local", uptime=1500).admitted
    else:
        assert isinstance(read, Refused)


@settings(deadline=None, max_examples=100)
@given(action=st.text(st.characters(exclude_categories=[])).filter(lambda action: action != "open"))
def test_no_other_action_opens(action: str) -> None:
    assert not decide(STATE, replace(RESPONSE, action=action), transport="local", uptime=1500).admitted


anything = st.text(st.characters(exclude_categories=[])) | st.binary().map(lambda raw: raw.decode("latin-1"))


@settings(deadline=None, max_examples=300)
@given(said=st.builds(Response, st.integers(), anything, anything, anything, anything, anything), ours=st.booleans())
def test_decide_never_raises(said: Response, ours: bool) -> None:
    response = replace(RESPONSE, chain=said.chain, proof=said.proof) if ours else said
    decision = decide(STATE, response, transport="local", uptime=1500)
    assert isinstance(decision, Decision)
    assert isinstance(decision.reason, Reason)
    assert ours == (decision.nonce is not None)


@settings(deadline=None, max_examples=300)
@given(raw=st.binary(max_size=300))
def test_no_reader_raises_on_bytes(raw: bytes) -> None:
    assert isinstance(decode_frame(raw), Refused)
    parse(raw)


@settings(deadline=None, max_examples=200)
@given(text=anything)
def test_no_reader_raises_on_text(text: str) -> None:
    ends = [read(text) for _, read in SIGNED.values()]
    assert all(isinstance(end, Refused) for end in ends)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcXYZ_-", max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(value=json_values)
def test_canonical_text_is_read_back(value: object) -> None:
    read = parse(canonical(value))
    assert read == value or (isinstance(read, Refused) and read.reason is Reason.JSON_DEPTH)


@settings(deadline=None, max_examples=200)
@given(value=json_values.filter(lambda value: isinstance(value, dict | list)), data=st.data())
def test_a_space_more_is_refused(value: object, data: st.DataObject) -> None:
    text = canonical(value).decode()
    spaced = text + " " if data.draw(st.booleans()) else " " + text
    assert isinstance(parse(spaced.encode()), Refused)


@settings(deadline=None, max_examples=100)
@given(cuts=st.lists(st.integers(1, 50), max_size=60), frames=st.lists(st.binary(max_size=80), max_size=6))
def test_a_stream_cut_anywhere_gives_the_same_frames(cuts: list[int], frames: list[bytes]) -> None:
    stream = b"".join(enclose(frame) for frame in frames)
    reader, found = FrameReader(), []
    for cut in [*cuts, len(stream)]:
        some = reader.feed(stream[:cut])
        stream = stream[cut:]
        assert not isinstance(some, Refused)
        found += some
    assert found == frames
    assert reader.waiting == 0


def test_a_stream_that_announces_too_much_is_refused_at_once() -> None:
    reader = FrameReader(limit=100)
    refused = reader.feed((101).to_bytes(4, "big"))
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.FRAME_SIZE
    assert reader.waiting == 0


def test_the_world_opens() -> None:
    """What the properties start from is right: the unchanged response opens."""
    decision = decide(STATE, RESPONSE, transport="local", uptime=1500)
    assert decision.admitted
    assert decision.chain is not None
    assert decision.chain.scope == replace(default_scope(), depth=2)
