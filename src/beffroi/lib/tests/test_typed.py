"""What is printed is read again, whatever it is; a slip is found, and in which group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.lib.typed import ALPHABET, GROUPS, OCTETS, SIGNS, TypedError, read, spell

octets = st.binary(min_size=OCTETS, max_size=OCTETS)
places = st.integers(1, GROUPS)


@given(octets, st.sampled_from([" ", "-", "", "\n", " - "]))
def test_what_is_printed_is_read(secret: bytes, between: str) -> None:
    groups = spell(secret)
    assert [len(group) for group in groups] == [SIGNS] * GROUPS
    assert read(between.join(groups)) == secret
    assert read(between.join(groups).lower().replace("0", "o").replace("1", "l")) == secret


@given(octets, places, st.integers(0, SIGNS - 1), st.sampled_from(f"{ALPHABET}U?é"))
def test_one_wrong_character_is_found_in_its_group(secret: bytes, place: int, at: int, sign: str) -> None:
    groups = list(spell(secret))
    group = groups[place - 1]
    if group[at] == sign:
        return
    groups[place - 1] = group[:at] + sign + group[at + 1 :]
    with pytest.raises(TypedError) as slip:
        read(" ".join(groups))
    assert slip.value.groups == (place,)


@given(octets, places, st.integers(0, SIGNS - 2))
def test_two_neighbours_exchanged_are_found(secret: bytes, place: int, at: int) -> None:
    groups = list(spell(secret))
    group = groups[place - 1]
    if group[at] == group[at + 1]:
        return
    groups[place - 1] = group[:at] + group[at + 1] + group[at] + group[at + 2 :]
    with pytest.raises(TypedError) as slip:
        read(" ".join(groups))
    assert slip.value.groups == (place,)


@given(octets, places, places)
def test_two_groups_exchanged_are_found(secret: bytes, first: int, second: int) -> None:
    if first == second:
        return
    groups = list(spell(secret))
    groups[first - 1], groups[second - 1] = groups[second - 1], groups[first - 1]
    with pytest.raises(TypedError) as slip:
        read(" ".join(groups))
    assert slip.value.groups == tuple(sorted((first, second)))


def test_what_is_too_short_says_where() -> None:
    groups = spell(bytes(range(32)))
    with pytest.raises(TypedError, match="group 3 has 4 characters"):
        read(" ".join([*groups[:2], groups[2][:-1], *groups[3:]]))
    with pytest.raises(TypedError, match="13 groups were typed, not 14"):
        read(" ".join(groups[:-1]))
    with pytest.raises(TypedError, match="0 groups"):
        read("")


@given(st.text())
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(TypedError):
        read(text)


def test_only_thirty_two_octets_are_spelt() -> None:
    with pytest.raises(ValueError, match="32 octets"):
        spell(b"short")
