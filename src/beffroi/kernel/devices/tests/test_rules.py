"""Whatever the order of arrival, a log ends whole or says exactly what is missing; whatever is rewritten is refused."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.devices.rules import Gap, Misplaced, lose, missing, place
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.events import Batch, Head, verify_batch
from beffroi.protocol.v1.jwk import octet_key


def read(device: FieldDevice, token: str) -> Batch:
    certificate = Certificate("meaux", str(device.id), "lock", "PM", octet_key(device.key), 0, 2**40)
    batch = verify_batch(token, certificate=certificate)
    assert not isinstance(batch, Refused)
    return batch


def written(sizes: Sequence[int], boots: Sequence[bool]) -> tuple[FieldDevice, list[Batch]]:
    """A log in batches of these sizes; the device starts again before those that say so."""
    device = FieldDevice()
    batches = []
    for size, boot in zip(sizes, boots, strict=True):
        device.boot += boot
        batches.append(read(device, device.write(*["opened"] * size)))
    return device, batches


class Log:
    """What a server keeps of a log."""

    def __init__(self) -> None:
        self.head = Head()
        self.gaps: tuple[Gap, ...] = ()
        self.stored: dict[int, str] = {}

    def take(self, batch: Batch) -> None:
        placed = place(batch, self.head, self.gaps, self.stored.get)
        self.head, self.gaps = placed.head, placed.gaps
        for first, last in placed.new:
            for sequence in range(first, last + 1):
                assert sequence not in self.stored
                self.stored[sequence] = batch.hash_before(sequence + 1)


def refusal(log: Log, batch: Batch) -> str | None:
    try:
        log.take(batch)
    except Misplaced as misplaced:
        return misplaced.reason
    return None


sizes = st.lists(st.integers(1, 6), min_size=1, max_size=12)


@settings(deadline=None)
@given(sizes, st.randoms(use_true_random=False), st.data())
def test_any_order_of_arrival_gives_the_whole_log(
    lengths: list[int], chance: random.Random, data: st.DataObject
) -> None:
    boots = data.draw(st.lists(st.booleans(), min_size=len(lengths), max_size=len(lengths)))
    device, batches = written(lengths, boots)
    order = [*batches, *chance.choices(batches, k=4)]
    chance.shuffle(order)
    log = Log()
    for batch in order:
        log.take(batch)
        held = set(log.stored)
        gone = {sequence for first, last in missing(log.gaps) for sequence in range(first, last + 1)}
        assert held | gone == set(range(1, log.head.sequence + 1))
        assert not held & gone
    assert log.head == Head(device.last, device.hashes[-1], device.boot)
    assert log.stored == dict(enumerate(device.hashes[1:], start=1))
    assert log.gaps == ()


@settings(deadline=None)
@given(sizes, st.randoms(use_true_random=False))
def test_a_log_written_twice_never_mixes(lengths: list[int], chance: random.Random) -> None:
    """Two logs signed by one key (a stolen key, a restored store): what is kept is always one of them, up to where the other begins."""
    device, batches = written(lengths, [False] * len(lengths))
    twin = FieldDevice(id=device.id, key=device.key)
    others = [read(twin, twin.write(*["closed"] * length)) for length in lengths]
    order = [*batches, *others]
    chance.shuffle(order)
    log = Log()
    reasons = {refusal(log, batch) for batch in order}
    assert reasons <= {None, "events-forked", "events-chain"}
    # A log may only end in one story, however many pieces of the other were offered before a hole was closed.
    told = {sequence: "own" if digest == device.hashes[sequence] else "twin" for sequence, digest in log.stored.items()}
    if not log.gaps:
        assert set(told.values()) in ({"own"}, {"twin"})


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(1, 30))
def test_what_is_lost_is_no_longer_missing_and_nothing_else_is(a: int, b: int, c: int, d: int) -> None:
    (first, last), (begin, end) = sorted((a, b)), sorted((c, d))
    gap = Gap(first, last, "before", "after", 1, 2)
    rest = lose((gap,), begin, end)
    still = {sequence for low, high in missing(rest) for sequence in range(low, high + 1)}
    assert still == set(range(first, last + 1)) - set(range(begin, end + 1))
    covered = [sequence for each in rest for sequence in range(each.first, each.last + 1)]
    assert sorted(covered) == list(range(first, last + 1))
    for each in rest:
        assert (each.before == "before") == (each.first == first)
        assert (each.after == "after") == (each.last == last)


def test_a_piece_of_another_log_does_not_fill_a_hole() -> None:
    device, batches = written([2, 2, 2], [False] * 3)
    twin = FieldDevice(id=device.id, key=device.key)
    _first, foreign = (read(twin, twin.write("closed", "closed")) for _index in range(2))
    log = Log()
    log.take(batches[0])
    log.take(batches[2])
    with pytest.raises(Misplaced, match="events-chain"):
        log.take(foreign)
    assert missing(log.gaps) == ((3, 4),)


def test_a_boot_inside_a_hole_lies_between_its_neighbours() -> None:
    device, batches = written([1, 1, 1], [True, False, False])
    log = Log()
    log.take(batches[0])
    log.take(batches[2])
    liar = FieldDevice(id=device.id, key=device.key, boot=9, hashes=device.hashes[:2])
    with pytest.raises(Misplaced, match="events-boot"):
        log.take(read(liar, liar.write("opened")))
