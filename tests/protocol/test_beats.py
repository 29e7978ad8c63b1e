"""Signs of life: what is written is read, what is altered is not, and nothing that comes breaks the reader."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from beffroi.protocol.beats import LONGEST, BadBeat, Beat, key_text, make, read, usable

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
AT = 1_795_000_000_123
# Written once and for all: RFC 8032 signs alike everywhere.
LINE = b"beffroi-beat v1 A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg 1795000000123 "


def test_what_is_written_is_read() -> None:
    line = make(KEY, AT)
    assert line.startswith(LINE)
    assert read(line) == Beat(key_text(KEY.public_key()), AT)
    assert len(line) <= LONGEST


@given(st.binary(max_size=400))
def test_anything_is_refused_and_nothing_breaks(data: bytes) -> None:
    with pytest.raises(BadBeat):
        read(data)


@given(st.integers(0, len(make(KEY, AT)) - 1), st.integers(1, 255))
def test_an_altered_line_is_refused(place: int, change: int) -> None:
    line = bytearray(make(KEY, AT))
    line[place] ^= change
    with pytest.raises(BadBeat):
        read(bytes(line))


@given(st.text(max_size=60))
def test_no_text_but_a_key_is_one(text: str) -> None:
    assert not usable(text) or key_text(KEY.public_key()) != text


def test_a_key_is() -> None:
    assert usable(key_text(KEY.public_key()))
    assert not usable(key_text(KEY.public_key())[:-1] + "h")  # the same bytes, spelt otherwise
