"""Years in the field: keys rotate, a root is lost, a server is stolen, lists and clocks are attacked, the power fails."""

import pytest

from beffroi.protocol.v1.clock import GateClock
from beffroi.protocol.v1.errors import MisuseError, Reason, Refused, expect
from beffroi.protocol.v1.gate import GateState, decide
from beffroi.protocol.v1.jwk import octet_key
from beffroi.protocol.v1.keyset import KeySet, Reading, SetKey, Use, make_keyset, set_key, verify_keyset
from beffroi.protocol.v1.revocation import make_revocation_list, recall_revocation_list, verify_revocation_list
from beffroi.protocol.v1.stamp import Stamp, make_nonce, make_stamp, verify_stamp
from beffroi.protocol.v1.trust import Trust
from tests.protocol.protocol_world import (
    AUTHORITY,
    DAY,
    GATE,
    HOUR,
    NOW,
    World,
    holder,
    kid,
    seed,
    set_keys,
    signing_key,
)


def reason_of(value: object) -> Reason:
    """Why something was refused."""
    assert isinstance(value, Refused), value
    return value.reason


def keyset_without(gone: set[str], added: tuple[SetKey, ...], number: int = 8) -> str:
    """The next key set: some keys gone, some added."""
    keys = tuple(key for key in set_keys() if key.kid not in gone)
    return World().keyset_token(number, keys + added)


def fresh_key(name: str, use: Use, start: int = NOW - DAY) -> SetKey:
    """A key that was not there before."""
    return set_key(name, use, octet_key(signing_key(name)), start, NOW + 365 * DAY)


def opens(state: GateState, world: World) -> bool:
    """Whether an exchange that opens in the world opens here."""
    state, _, response = world.exchange(state)
    return decide(state, response, transport="local", uptime=1500).admitted


def test_a_rotation_leaves_no_moment_without_a_key(world: World) -> None:
    """The new key is announced first, then used, then the old one leaves: the same grant opens until its key is gone."""
    state = world.state()
    assert opens(state, world)
    announced = expect(state.trust.take_keyset(keyset_without(set(), (fresh_key("capability-3", Use.CAPABILITY),), 8)))
    assert opens(GateState(GATE, announced, state.clock), world)
    retired = expect(
        announced.take_keyset(keyset_without({"capability-1"}, (fresh_key("capability-3", Use.CAPABILITY),), 9))
    )
    gone = GateState(GATE, retired, state.clock)
    gone, _, response = world.exchange(gone)
    assert decide(gone, response, transport="local", uptime=1500).reason is Reason.GRANT_KEY


def test_a_stolen_capability_key_dies_with_the_next_set_and_no_older_set_brings_it_back(world: World) -> None:
    state = world.state()
    old = world.keyset_token()
    spare = (fresh_key("capability-3", Use.CAPABILITY),)
    trust = expect(state.trust.take_keyset(keyset_without({"capability-1"}, spare)))
    assert reason_of(trust.take_keyset(old)) is Reason.KEYSET_NOT_NEWER
    assert reason_of(trust.take_keyset(keyset_without({"capability-1"}, spare))) is Reason.KEYSET_NOT_NEWER


def test_either_root_alone_carries_on_when_the_other_is_lost(world: World) -> None:
    state = world.state()
    by_second = make_keyset(authority=AUTHORITY, number=8, issued=NOW, keys=set_keys(), root=world.second_root)
    assert expect(state.trust.take_keyset(by_second)).keys().number == 8
    third = make_keyset(authority=AUTHORITY, number=9, issued=NOW, keys=set_keys(), root=signing_key("root 3"))
    assert reason_of(state.trust.take_keyset(third)) is Reason.KEYSET_ROOT


def test_a_set_with_one_key_of_some_use_is_not_signed(world: World) -> None:
    keys = tuple(key for key in set_keys() if key.kid != "stamp-2")
    with pytest.raises(MisuseError, match="stamp"):
        world.keyset_token(8, keys)
    hasty = make_keyset(authority=AUTHORITY, number=8, issued=NOW, keys=keys, root=world.root, after_theft=True)
    assert isinstance(verify_keyset(hasty, roots=world.roots, authority=AUTHORITY), KeySet)


def test_a_list_signed_with_a_stolen_key_shuts_nothing_for_ever(world: World) -> None:
    """The thief signs the greatest number there is; the next key set begins a new count."""
    trust = world.trust()
    poison = world.revocation_token(number=2**53 - 1, issued=253402300799 - DAY)
    trust = expect(trust.take_revocations(poison, Reading(NOW)))
    honest = world.revocation_token(number=13, issued=NOW + 60)
    assert reason_of(trust.take_revocations(honest, Reading(NOW + 60))) is Reason.REVOCATIONS_NOT_NEWER
    spare = (fresh_key("revocation-3", Use.REVOCATION),)
    trust = expect(trust.take_keyset(keyset_without({"revocation-1"}, spare)))
    after = make_revocation_list(
        authority=AUTHORITY,
        keyset=8,
        number=1,
        issued=NOW + 60,
        next_by=NOW + DAY,
        grants=frozenset(),
        keys=frozenset({holder("visitor").thumbprint}),
        kid="revocation-2",
        signer=signing_key(kid(Use.REVOCATION, 2)),
    )
    trust = expect(trust.take_revocations(after, Reading(NOW + 60)))
    assert trust.revocations is not None
    assert trust.revocations.order == (8, 1)


def test_a_list_taken_counts_after_its_key_is_gone_and_after_a_restart(world: World) -> None:
    token = world.revocation_token(keys=frozenset({holder("carrier").thumbprint}))
    trust = Trust(AUTHORITY, world.roots, world.keyset(), expect(recall_revocation_list(token)))
    trust = expect(trust.take_keyset(keyset_without({"revocation-1"}, (fresh_key("revocation-3", Use.REVOCATION),))))
    state, _, response = world.exchange(GateState(GATE, trust, world.state().clock))
    assert decide(state, response, transport="local", uptime=1500).reason is Reason.HOLDER_REVOKED


def test_every_holder_of_a_chain_can_be_revoked(world: World) -> None:
    for name in ("operator", "carrier", "subcontractor", "technician"):
        token = world.revocation_token(number=13, keys=frozenset({holder(name).thumbprint}), issued=NOW)
        trust = expect(world.trust().take_revocations(token, Reading(NOW)))
        state, _, response = world.exchange(GateState(GATE, trust, world.state().clock))
        assert decide(state, response, transport="local", uptime=1500).reason is Reason.HOLDER_REVOKED, name


def test_a_gate_that_does_not_know_the_time_judges_keys_by_what_has_passed_for_certain(world: World) -> None:
    keyset = world.keyset()
    lost = Reading(None, NOW)
    assert not isinstance(verify_revocation_list(world.revocation_token(), keyset=keyset, at=lost), Refused)
    ended = Reading(None, NOW + 366 * DAY)
    refused = verify_revocation_list(world.revocation_token(), keyset=keyset, at=ended)
    assert reason_of(refused) is Reason.KEY_NOT_CURRENT


def stamp(world: World, time: int, nonce: str | None = None) -> Stamp:
    """A verified stamp."""
    token = make_stamp(
        authority=AUTHORITY,
        time=time,
        kid=kid(Use.STAMP),
        signer=signing_key(kid(Use.STAMP)),
        device=None if nonce is None else GATE,
        nonce=nonce,
    )
    return expect(verify_stamp(token, keyset=world.keyset(), at=Reading(NOW)))


def first_bytes(size: int) -> bytes:
    """A source of randomness that gives one thing."""
    return seed("first")[:size]


def second_bytes(size: int) -> bytes:
    """A source of randomness that gives another."""
    return seed("second")[:size]


def test_power_loss_then_a_recorded_stamp_then_a_fresh_one(world: World) -> None:
    clock = GateClock(floor=NOW)
    nonces = [make_nonce(first_bytes), make_nonce(second_bytes)]
    recorded = stamp(world, NOW + HOUR, nonces[0])
    clock = clock.ask(nonces[1], 1000)
    assert reason_of(clock.take(recorded, device=GATE, uptime=2000)) is Reason.STAMP_NONCE
    assert reason_of(clock.take(stamp(world, NOW + HOUR), device=GATE, uptime=2000)) is Reason.STAMP_UNBOUND
    fresh = stamp(world, NOW + 2 * HOUR, nonces[1])
    clock, change = expect(clock.take(fresh, device=GATE, uptime=3000))
    assert (clock.now(3000), change.before) == (NOW + 2 * HOUR, None)
    assert clock.now(63_000) == NOW + 2 * HOUR + 60
    assert reason_of(clock.take(fresh, device=GATE, uptime=4000)) is Reason.STAMP_NONCE


def test_a_year_forward_wants_two_bound_stamps_an_hour_apart(world: World) -> None:
    clock, change = expect(GateClock(floor=NOW).ask("n", 0).take(stamp_of(NOW, "n"), device=GATE, uptime=0))
    year = NOW + 365 * DAY
    clock, change = expect(clock.ask("a", 0).take(stamp_of(year, "a"), device=GATE, uptime=0))
    assert change.held
    assert clock.now(0) == NOW
    soon = 600_000
    clock, change = expect(clock.ask("b", soon).take(stamp_of(year + 600, "b"), device=GATE, uptime=soon))
    assert change.held
    later = soon + HOUR * 1000
    clock, change = expect(clock.ask("c", later).take(stamp_of(year + 600 + HOUR, "c"), device=GATE, uptime=later))
    assert not change.held
    assert clock.now(later) == year + 600 + HOUR


def test_many_small_steps_of_unbound_stamps_gain_a_day_and_no_more(world: World) -> None:
    """A thief of the stamp key who never meets the gate's nonce pushes it by 24 h in all."""
    clock = expect(GateClock(floor=NOW).ask("n", 0).take(stamp_of(NOW, "n"), device=GATE, uptime=0))[0]
    clock = expect(clock.take(Stamp(AUTHORITY, NOW + 20 * HOUR), device=GATE, uptime=0))[0]
    clock = expect(clock.take(Stamp(AUTHORITY, NOW + DAY), device=GATE, uptime=0))[0]
    assert reason_of(clock.take(Stamp(AUTHORITY, NOW + DAY + 1), device=GATE, uptime=0)) is Reason.STAMP_FAR
    day = DAY * 1000
    assert reason_of(clock.take(Stamp(AUTHORITY, NOW + 2 * DAY + HOUR), device=GATE, uptime=day)) is Reason.STAMP_FAR
    clock = expect(clock.ask("m", day).take(stamp_of(NOW + 2 * DAY + 60, "m"), device=GATE, uptime=day + 2000))[0]
    assert clock.sure is not None
    assert clock.sure.time == NOW + 2 * DAY + 60


def test_two_far_stamps_that_disagree_change_nothing(world: World) -> None:
    clock = expect(GateClock(floor=NOW).ask("n", 0).take(stamp_of(NOW, "n"), device=GATE, uptime=0))[0]
    clock = expect(clock.ask("a", 0).take(stamp_of(NOW + 365 * DAY, "a"), device=GATE, uptime=0))[0]
    later = HOUR * 1000
    clock, change = expect(clock.ask("b", later).take(stamp_of(NOW + 700 * DAY, "b"), device=GATE, uptime=later))
    assert change.held
    assert clock.now(later) == NOW + HOUR


def stamp_of(time: int, nonce: str) -> Stamp:
    """A bound stamp, as ``verify_stamp`` would give it."""
    return Stamp(AUTHORITY, time, GATE, nonce)


def test_the_floor_survives_and_never_goes_back(world: World) -> None:
    clock = expect(GateClock(floor=NOW).ask("n", 0).take(stamp_of(NOW + DAY, "n"), device=GATE, uptime=0))[0]
    stored = clock.floor_at(10_000)
    again = GateClock(floor=stored).ask("m", 0)
    assert reason_of(again.take(stamp_of(stored - 1, "m"), device=GATE, uptime=0)) is Reason.STAMP_BACK
    assert again.reading(0) == Reading(None, stored)
