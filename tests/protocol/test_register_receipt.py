"""A receipt proves its entry to somebody who has the key from elsewhere, and nothing else can be made of it."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.protocol.register.entry import (
    GREATEST_ENTRY,
    Opening,
    Value,
    check_openings,
    commitment,
    entry_bytes,
    openings_from_json,
    openings_to_json,
    parse_entry,
)
from beffroi.protocol.register.errors import BadEntry, BadReceipt
from beffroi.protocol.register.receipt import Receipt, parse_receipt, verify_receipt
from tests.protocol.register_world import LOG, ORIGIN, Log, entry, vkey


@pytest.fixture(scope="module")
def receipt(tmp_path_factory: pytest.TempPathFactory) -> Receipt:
    return Log.of(300).receipt(270, tmp_path_factory.mktemp("log"))


def test_a_receipt_is_verified_offline(receipt: Receipt) -> None:
    proven = verify_receipt(parse_receipt(receipt.to_bytes()), [vkey()])
    assert (proven.index, proven.checkpoint.size, proven.entry.kind) == (270, 300, "test.act")
    assert proven.openings["thing"].value == "cabinet-270"


def test_a_field_may_stay_closed(receipt: Receipt) -> None:
    only = {"number": receipt.openings["number"]}
    proven = verify_receipt(dataclasses.replace(receipt, openings=only), [vkey()])
    assert proven.openings.keys() == {"number"}


def test_what_a_receipt_says_cannot_be_changed(receipt: Receipt, tmp_path: Path) -> None:
    number = receipt.openings["number"]
    other = Log.of(300).receipt(1, tmp_path)
    for change in (
        {"index": 271},
        {"origin": ORIGIN + ".2"},
        {"entry": other.entry, "openings": other.openings},
        {"proof": receipt.proof[:-1]},
        {"proof": other.proof},
        {"checkpoint": Log.of(299).checkpoint()},
        {"checkpoint": Log.of(300).checkpoint(signer=2)},
        {"openings": {"number": Opening(271, number.salt)}},
        {"openings": {"number": Opening("270", number.salt)}},
        {"openings": {"thing": number}},
        {"openings": {"colour": number}},
    ):
        with pytest.raises(BadReceipt):
            verify_receipt(dataclasses.replace(receipt, **change), [vkey()])
    with pytest.raises(BadReceipt):
        verify_receipt(receipt, [vkey(2)])


def test_an_entry_of_another_authority_is_refused_in_this_log(tmp_path: Path) -> None:
    stranger = Log([entry(1, log=LOG.replace("4f", "5f"))])
    with pytest.raises(BadReceipt, match="another log"):
        verify_receipt(stranger.receipt(0, tmp_path), [vkey()])


@settings(max_examples=300)
@given(st.data())
def test_a_garbled_receipt_is_refused(receipt: Receipt, data: st.DataObject) -> None:
    raw = bytearray(receipt.to_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    try:
        proven = verify_receipt(parse_receipt(bytes(raw)), [vkey()])
    except BadReceipt:
        return
    assert proven.entry == parse_entry(receipt.entry)
    assert dict(proven.openings).items() <= dict(receipt.openings).items()


@given(
    st.binary(max_size=200)
    | st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists).map(
        lambda item: json.dumps(item).encode()
    )
)
def test_garbage_is_refused_as_garbage(data: bytes) -> None:
    with pytest.raises(BadReceipt):
        parse_receipt(data)


@pytest.mark.parametrize("member", ["type", "v", "origin", "index", "entry", "proof", "checkpoint", "open"])
def test_a_member_missing_doubled_or_of_another_type_is_refused(receipt: Receipt, member: str) -> None:
    raw = json.loads(receipt.to_bytes())
    without = {name: value for name, value in raw.items() if name != member}
    text = json.dumps(raw)
    for garbled in (
        json.dumps(without),
        json.dumps({**raw, member: None}),
        json.dumps({**raw, "more": 1}),
        f'{text[:-1]}, "{member}": {json.dumps(raw[member])}}}',
    ):
        with pytest.raises(BadReceipt):
            parse_receipt(garbled.encode())


@given(st.text(max_size=20) | st.integers() | st.booleans(), st.binary(min_size=32, max_size=32))
def test_a_commitment_opens_to_its_value_only(value: Value, salt: bytes) -> None:
    committed = entry(1)[0]
    fields = {"value": commitment(salt, "x")}
    opened = parse_entry(entry_bytes(kind="test.act", log=LOG, at="2026-11-22T12:00Z", fields=fields))
    assert parse_entry(committed).kind == "test.act"
    check_openings(opened, {"value": Opening("x", salt)})
    if value != "x" and not (isinstance(value, str) and not value.isascii()):
        if isinstance(value, int) and abs(value) >= 2**53:
            return
        with pytest.raises(BadEntry):
            check_openings(opened, {"value": Opening(value, salt)})


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_salt_is_exactly_32_bytes(size: int) -> None:
    with pytest.raises(BadEntry):
        commitment(bytes(size), "x")


@given(st.binary(max_size=300))
def test_only_canonical_entries_are_read(data: bytes) -> None:
    with pytest.raises(BadEntry):
        parse_entry(data)


@given(st.data())
def test_a_changed_entry_is_refused_or_another_entry(data: st.DataObject) -> None:
    body, _ = entry(1)
    place = data.draw(st.integers(0, len(body) - 1))
    changed = body[:place] + data.draw(st.binary(max_size=2)) + body[place + 1 :]
    try:
        read = parse_entry(changed)
    except BadEntry:
        return
    assert entry_bytes(kind=read.kind, log=read.log, at=read.at, fields=read.fields) == changed


def test_an_entry_longer_than_a_bundle_can_say_is_refused() -> None:
    fields = {f"f{number}": commitment(bytes(32), number) for number in range(1400)}
    with pytest.raises(BadEntry):
        entry_bytes(kind="test.act", log=LOG, at="2026-11-22T12:00Z", fields=fields)
    assert GREATEST_ENTRY == 2**16 - 1


def test_openings_survive_being_written_down() -> None:
    _, openings = entry(1, count=3, flag=True, things=["a", "b"])
    assert openings_from_json(json.loads(json.dumps(openings_to_json(openings)))) == openings
