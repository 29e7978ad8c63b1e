"""The gate's own bookkeeping: challenges that serve once, a book that stays small, failures that stay shut, events and results."""

from base64 import urlsafe_b64decode
from dataclasses import replace

import pytest

from beffroi.protocol.v1.errors import MisuseError, Reason, Refused, expect
from beffroi.protocol.v1.event import Event, make_event, use_event
from beffroi.protocol.v1.events import NO_HASH, Batch, Head, Hole, event_hash, fill, follow, make_batch, verify_batch
from beffroi.protocol.v1.exchange import make_result, respond, verify_challenge, verify_result
from beffroi.protocol.v1.frames import ChallengeRequest
from beffroi.protocol.v1.gate import (
    CHALLENGES_KEPT,
    NETWORK_CHALLENGES_KEPT,
    ChallengeBook,
    decide,
    fail,
    give_challenge,
)
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.sealing import open_batch, seal_batch
from tests.protocol.protocol_world import GATE, NOW, ORDER, World, person_key, sealing_key, seed, set_keys


def test_a_full_exchange_and_what_it_leaves(world: World) -> None:
    state, challenge, response = world.exchange()
    decision = decide(state, response, transport="local", uptime=1500)
    event = use_event(decision, uptime=1500)
    assert event.kind == "use-admitted"
    holders = event.get("holders")
    assert isinstance(holders, list)
    assert len(holders) == 4
    result = decision.result(gate=GATE, boot=1, sequence=9)
    assert result is not None
    certificate = world.certificate()
    read = expect(verify_challenge(challenge.token, certificate=certificate, gate=GATE))
    assert (
        expect(verify_result(make_result(result, key=world.device), certificate=certificate, challenge=read)) == result
    )


def test_a_challenge_serves_once_even_when_it_is_refused(world: World) -> None:
    state, _, response = world.exchange()
    first = decide(state, replace(response, chain="x"), transport="local", uptime=1500)
    assert first.reason is Reason.TOKEN_FORM
    second = decide(replace(state, book=first.book), response, transport="local", uptime=1600)
    assert second.reason is Reason.CHALLENGE_USED
    assert second.result(gate=GATE, boot=1, sequence=1) is None


def test_the_book_stays_small_and_the_relay_does_not_crowd_out_the_street(world: World) -> None:
    state, _, response = world.exchange()
    for number in range(3 * CHALLENGES_KEPT):
        book, _ = expect(
            give_challenge(
                state,
                ChallengeRequest(1, GATE),
                transport="relay",
                uptime=1000,
                touched_at=1000,
                nonce=encode_bytes(seed(str(number))[:16]),
                key=world.device,
            )
        )
        state = replace(state, book=book)
    assert len(state.book.given) == CHALLENGES_KEPT + 1
    assert decide(state, response, transport="local", uptime=1500).admitted


def test_many_may_ask_at_once_over_the_network(world: World) -> None:
    state, given = world.state(), []
    for number in range(NETWORK_CHALLENGES_KEPT + 1):
        book, challenge = expect(
            give_challenge(
                state,
                ChallengeRequest(1, GATE),
                transport="network",
                uptime=1000,
                touched_at=None,
                nonce=encode_bytes(seed(str(number))[:16]),
                key=world.device,
            )
        )
        state = replace(state, book=book)
        given.append(challenge.hash)
    assert len(state.book.given) == NETWORK_CHALLENGES_KEPT
    assert state.book.find(given[0]) is None
    assert state.book.find(given[-1]) is not None


def test_after_a_restart_earlier_challenges_are_unknown(world: World) -> None:
    state, _, response = world.exchange()
    decision = decide(replace(state, book=ChallengeBook()), response, transport="local", uptime=10)
    assert decision.reason is Reason.CHALLENGE_UNKNOWN


def test_a_broken_gate_says_so_and_spends_the_challenge(world: World) -> None:
    state, _, response = world.exchange()
    decision = fail(state, response, transport="local", uptime=1500)
    assert decision.reason is Reason.INTERNAL
    assert decision.nonce is not None
    assert use_event(decision, uptime=1500).get("reason") == "internal"
    again = decide(replace(state, book=decision.book), response, transport="local", uptime=1500)
    assert again.reason is Reason.CHALLENGE_USED


def test_either_twin_of_an_ecdsa_signature_opens_and_only_once(world: World) -> None:
    """(r, n−s) verifies as (r, s) does; the nonce, not the signature, is what serves once."""
    state, _, response = world.exchange()
    raw = urlsafe_b64decode(response.proof + "==")
    twin = encode_bytes(raw[:32] + (ORDER - int.from_bytes(raw[32:], "big")).to_bytes(32, "big"))
    assert twin != response.proof
    decision = decide(state, replace(response, proof=twin), transport="local", uptime=1500)
    assert decision.admitted
    again = decide(replace(state, book=decision.book), response, transport="local", uptime=1500)
    assert again.reason is Reason.CHALLENGE_USED


def log(count: int) -> list[Event]:
    """A door that opens and closes."""
    return [make_event("opened" if i % 2 else "closed", time=NOW + i, uptime=i) for i in range(count)]


def batch(world: World, first: int, previous: str, events: list[Event]) -> Batch:
    """A verified batch."""
    token = make_batch(device=GATE, boot=1, first=first, previous=previous, events=events, key=world.device)
    return expect(verify_batch(token, certificate=world.certificate()))


def hashes(events: list[Event]) -> list[str]:
    """The hash after each event; the first item is the hash before any."""
    found = [NO_HASH]
    for sequence, event in enumerate(events, 1):
        found.append(event_hash(found[-1], device=GATE, boot=1, sequence=sequence, event=event))
    return found


def test_a_hole_is_filled_in_any_order_and_closes_on_both_sides(world: World) -> None:
    events = log(10)
    known = hashes(events)
    head = expect(follow(Head(), batch(world, 1, NO_HASH, events[:2]))).head
    followed = expect(follow(head, batch(world, 9, known[8], events[8:])))
    assert followed.hole == Hole(3, 8, known[2], known[8])
    assert followed.hole is not None
    middle = expect(fill(followed.hole, batch(world, 5, known[4], events[4:6])))
    assert middle.holes == (Hole(3, 4, known[2], known[4]), Hole(7, 8, known[6], known[8]))
    # A batch that covers more than the hole fills it all the same.
    whole = batch(world, 1, NO_HASH, events)
    assert [len(expect(fill(hole, whole)).fresh) for hole in middle.holes] == [2, 2]
    assert all(expect(fill(hole, whole)).holes == () for hole in middle.holes)


def test_a_hole_does_not_take_events_that_never_were(world: World) -> None:
    events = log(10)
    known = hashes(events)
    hole = Hole(3, 8, known[2], known[8])
    forged = batch(world, 3, known[2], log(6))
    refused = fill(hole, forged)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.EVENTS_CHAIN


def test_a_batch_of_the_longest_events_fits_everywhere(world: World) -> None:
    """64 admissions by six holders still fit into a frame, sealed for the path through a phone."""
    state, challenge, _ = world.exchange()
    chain = world.chain(links=5)
    response = respond(challenge, chain=chain, action="open", holder=person_key("visitor"))
    event = use_event(decide(state, response, transport="local", uptime=1500), uptime=1500)
    assert event.kind == "use-admitted"
    token = make_batch(device=GATE, boot=1, first=1, previous=NO_HASH, events=[event] * 64, key=world.device)
    recipient = next(key for key in set_keys() if key.kid == "event-encryption-2")
    sealed = seal_batch(token, recipient=recipient, ephemeral=sealing_key("once"), iv=bytes(12))
    assert open_batch(sealed, keys={"event-encryption-2": sealing_key("event-encryption-2")}) == token


def test_what_a_reader_would_refuse_is_not_made(world: World) -> None:
    with pytest.raises(MisuseError):
        make_event("battery", time=NOW, uptime=0, level=101)
    with pytest.raises(MisuseError):
        make_batch(device=GATE, boot=0, first=1, previous=NO_HASH, events=log(1), key=world.device)
    with pytest.raises(MisuseError):
        make_batch(device=GATE, boot=1, first=1, previous=NO_HASH, events=log(65), key=world.device)
