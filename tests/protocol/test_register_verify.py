"""Whoever rewrites the past is found out, with the key and, for its owner, with an older checkpoint kept elsewhere."""

import dataclasses
import gzip
import io
import json
from collections.abc import Callable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from beffroi.protocol.register.checkpoint import LogEnd, open_checkpoint, sign_end
from beffroi.protocol.register.export import CheckpointLine, EntryLine, Line
from beffroi.protocol.register.merkle import leaf_hash
from beffroi.protocol.register.verify import Verdict, Verifier
from tests.protocol.register_world import LOG, ORIGIN, Log, entry, export, key, vkey


def verify(data: bytes, *since: str, signer: int = 1) -> Verdict:
    return Verifier([vkey(signer)], since).verify(io.BytesIO(data))


def faults(data: bytes, *since: str) -> list[str]:
    return [str(fault) for fault in verify(data, *since).faults]


def test_an_honest_log_is_sound() -> None:
    log = Log.of(20)
    verdict = verify(export(log.lines()), log.checkpoint(7), log.checkpoint(20))
    assert verdict.sound
    assert (verdict.leaves, verdict.logs[0].origin) == (20, ORIGIN)


def test_a_log_rewritten_and_signed_with_another_key_is_refused() -> None:
    log = Log.of(20)
    log.entries[4] = entry(400)
    assert faults(export(log.lines(signer=2))) == [f"{ORIGIN}: none of the keys given signed this note"]


def test_a_log_rewritten_and_signed_with_the_same_key_is_refused_by_an_older_checkpoint() -> None:
    kept = Log.of(20).checkpoint(10)
    rewritten = Log.of(20)
    rewritten.entries[4] = entry(400)
    assert verify(export(rewritten.lines())).sound, "alone, the file is consistent: that is what --since is for"
    assert faults(export(rewritten.lines()), kept) == [
        f"{ORIGIN}: its first 10 entries are not those of the older checkpoint"
    ]


def test_a_log_cut_back_and_signed_with_the_same_key_is_refused_by_an_older_checkpoint() -> None:
    kept = Log.of(20).checkpoint()
    assert faults(export(Log.of(12).lines()), kept) == [f"{ORIGIN}: it has 12 entries, and the older checkpoint has 20"]


def test_an_older_checkpoint_of_a_log_that_is_not_there_or_of_another_key_is_a_fault() -> None:
    other = Log(Log.of(3).entries, origin="elsewhere.example/register/installation")
    data = export(Log.of(3).lines())
    keys = [vkey(), vkey(1, other.origin)]
    assert not Verifier(keys, [other.checkpoint()]).verify(io.BytesIO(data)).sound
    assert "none of the keys given" in faults(data, Log.of(2).checkpoint(signer=2))[0]


def changed(at: int, **change: object) -> bytes:
    lines: list[Line] = list(Log.of(6).lines())
    line = lines[at + 1]
    assert isinstance(line, EntryLine)
    lines[at + 1] = dataclasses.replace(line, **change)  # type: ignore[arg-type]  # one member each
    return export(lines)


def test_the_first_bad_entry_is_named() -> None:
    body, openings = entry(99)
    assert f"{ORIGIN}: entry 3: its bytes are not those that the exporter hashed" in faults(
        changed(3, body=body, openings=openings)
    )
    swapped = dict(entry(4)[1])
    assert faults(changed(3, openings=swapped))[0].startswith(f"{ORIGIN}: entry 3: ")
    assert "values are missing" in faults(changed(3, openings=None))[0]
    partly = {"number": entry(3)[1]["number"]}
    assert faults(changed(3, openings=partly)) == [f"{ORIGIN}: entry 3: some of its values are missing: thing"]
    rehashed = changed(3, body=body, openings=openings, hash=leaf_hash(body).hex())
    assert "were changed, added, removed or moved" in faults(rehashed)[0]


@pytest.mark.parametrize(
    "shift",
    [
        lambda lines: lines[:3] + lines[4:],
        lambda lines: [*lines[:3], lines[2], *lines[3:]],
        lambda lines: [*lines[:3], lines[4], lines[3], *lines[5:]],
        lambda lines: lines[:-1],
        lambda lines: lines[1:],
        lambda lines: lines + lines,
        lambda lines: lines[:0],
    ],
)
def test_entries_left_out_doubled_or_moved_are_found(shift: Callable[[list[Line]], list[Line]]) -> None:
    assert not verify(export(shift(Log.of(6).lines()))).sound


def test_a_log_erased_by_its_own_entry_is_sound_and_by_another_log_is_not() -> None:
    log = Log.of(4)
    gone = log.bodies[1]
    log.entries[1] = (gone, None)
    log.entries.append(entry(50, kind="register.erased", erased=[leaf_hash(gone).hex()], reason="retention"))
    verdict = verify(export(log.lines()))
    assert (verdict.faults, verdict.logs[0].erased) == ([], 1)
    stranger = Log([entry(50, kind="register.erased", log="installation", erased=[leaf_hash(gone).hex()], reason="x")])
    stranger.origin = "register.example/register/installation"
    without = Log(log.entries[:4])
    keys = [vkey(), vkey(1, stranger.origin)]
    verdict = Verifier(keys).verify(io.BytesIO(export(without.lines(), stranger.lines())))
    assert [(fault.origin, fault.index) for fault in verdict.faults] == [(ORIGIN, 1)]


def test_a_closed_log_needs_the_one_that_goes_on() -> None:
    log = Log.of(4)
    lines = list(log.lines())
    last = open_checkpoint(log.checkpoint(), [vkey()])
    following = Log([entry(9, kind="register.opened")], origin=f"{ORIGIN}.2")
    end = LogEnd(last=last, next_origin=following.origin, agreed=4)
    lines[-1] = CheckpointLine(log.checkpoint(), sign_end(end, [key()]))
    keys = [vkey(), vkey(1, following.origin)]
    assert Verifier(keys).verify(io.BytesIO(export(lines, following.lines()))).sound
    assert "which is not in the file" in str(Verifier(keys).verify(io.BytesIO(export(lines))).faults[0])


def test_what_a_file_says_cannot_drive_a_terminal() -> None:
    raw = gzip.decompress(export(Log.of(1).lines())).replace(b'"number":{', b'"\\u001b[2Jnumber":{')
    (first, *_) = faults(gzip.compress(raw))
    assert first.isprintable()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_truncated_or_garbled_file_is_refused(data: st.DataObject) -> None:
    whole = WHOLE
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert not verify(whole[:cut]).sound
    garbled = bytearray(whole)
    place = data.draw(st.integers(0, len(whole) - 1))
    garbled[place] ^= data.draw(st.integers(1, 255))
    if verify(bytes(garbled)).sound:  # a bit of the packing that says nothing: a date in gzip's header, padding
        assert gzip.decompress(bytes(garbled)) == TEXT


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_a_garbled_text_in_a_sound_package_is_refused_or_says_the_same(data: st.DataObject) -> None:
    text = bytearray(TEXT)
    place = data.draw(st.integers(0, len(text) - 1))
    text[place : place + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=2))
    verdict = verify(gzip.compress(bytes(text)))
    assert not verdict.sound or (verdict.leaves, verdict.logs[0].root) == (5, SOUND.logs[0].root)


@given(
    st.lists(
        st.recursive(
            st.none() | st.integers() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(
                        ["log", "i", "h", "entry", "open", "checkpoint", "end", "done", "type", "v", "made"]
                    ),
                    inner,
                )
            ),
        ),
        max_size=6,
    )
)
@example([{"log": ORIGIN}, {"i": 0, "h": "", "entry": "", "open": {"a": {"value": "\ud800", "salt": ""}}}])
def test_lines_of_any_json_are_refused(items: list[object]) -> None:
    header = {"type": "beffroi-register-export", "v": 1, "made": "x"}
    text = "\n".join(json.dumps(item) for item in [header, *items]) + "\n"
    assert not verify(gzip.compress(text.encode())).sound


WHOLE = export(Log.of(5).lines())
TEXT = gzip.decompress(WHOLE)
SOUND = verify(WHOLE)
assert SOUND.sound
assert LOG in ORIGIN
