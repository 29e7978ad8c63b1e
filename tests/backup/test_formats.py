"""What a backup says of itself: one spelling, nothing unknown, no path that leads elsewhere; and which ones are kept."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.protocol.backup.catalogue import StoredFile, StoredObject, read_catalogue, write_catalogue
from beffroi.protocol.backup.errors import BackupFormatError, BadCatalogue, BadManifest, NewerFormat
from beffroi.protocol.backup.manifest import LogState, Manifest, Part, Previous, read_manifest, write_manifest
from beffroi.protocol.backup.reading import canonical, path_inside
from beffroi.protocol.backup.rotation import Keep, kept

NIGHT = datetime(2026, 11, 23, 3, 0, 12, tzinfo=UTC)
AUTHORITY = "0d3c9c0e-58c1-4a52-9d0a-2b0f3f8a7a11"
DIGEST = "ab" * 32

words = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_characters="\x7f"), max_size=30)
numbers = st.integers(0, 2**53 - 1)
moments = st.integers(946_684_800, 7_258_118_400).map(lambda second: datetime.fromtimestamp(second, UTC))
logs = st.builds(
    LogState,
    log=st.sampled_from(["installation", AUTHORITY]),
    generation=numbers,
    origin=words,
    size=numbers,
    root=st.just(DIGEST),
    closed=st.booleans(),
    published=numbers,
)
manifests = st.builds(
    Manifest,
    name=st.just("2026-11-23T030012Z"),
    host=words,
    began=moments,
    snapshot=moments,
    ended=moments,
    release=words,
    postgresql=words,
    migrations=st.dictionaries(words, words, max_size=3),
    recipients=st.just({"installation": ("age1",), AUTHORITY: ("ssh-ed25519 A", "ssh-ed25519 B")}),
    parts=st.lists(
        st.builds(
            Part,
            name=st.sampled_from(["database.age", "files.age", f"keys-{AUTHORITY}.age", "objects.jsonl.gz"]),
            bytes=numbers,
            sha256=st.just(DIGEST),
            sealed=st.sampled_from(["installation", AUTHORITY, None]),
        ),
        unique_by=lambda part: part.name,
    ).map(tuple),
    objects=numbers,
    object_bytes=numbers,
    logs=st.lists(logs, max_size=3, unique_by=lambda log: (log.log, log.generation)).map(tuple),
    tables=st.dictionaries(words, numbers, max_size=3),
    previous=st.none() | st.just(Previous("2026-11-22T030012Z", DIGEST)),
)


def example() -> Manifest:
    return Manifest(
        name="2026-11-23T030012Z",
        host="meaux.example",
        began=NIGHT,
        snapshot=NIGHT,
        ended=NIGHT,
        release="0.4.0",
        postgresql="18.6",
        migrations={"register": "0002_x"},
        recipients={"installation": ("ssh-ed25519 A",)},
        parts=(Part("database.age", 5, DIGEST, "installation"), Part("objects.jsonl.gz", 1, DIGEST, None)),
        objects=1,
        object_bytes=2,
        logs=(LogState("installation", 1, "meaux.example/register/installation", 3, DIGEST, False, 3),),
        tables={"register_entry": 3},
        previous=None,
    )


@given(manifests)
def test_a_manifest_reads_back_as_it_was_written(manifest: Manifest) -> None:
    assert read_manifest(write_manifest(manifest)) == manifest


@given(st.data())
def test_an_altered_manifest_is_refused_or_says_something_else(data: st.DataObject) -> None:
    written = bytearray(write_manifest(example()))
    place = data.draw(st.integers(0, len(written) - 1))
    written[place] ^= data.draw(st.integers(1, 255))
    try:
        read = read_manifest(bytes(written))
    except BackupFormatError:
        return
    assert read != example()


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_whatever_comes_is_a_manifest_or_refused(data: bytes) -> None:
    with pytest.raises(BackupFormatError):
        read_manifest(data)


def spoiled(change: Callable[[dict[str, Any]], object]) -> bytes:
    body = json.loads(write_manifest(example()))
    change(body)
    return canonical(body)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.pop("logs"),
        lambda body: body.update(more=1),
        lambda body: body.update(v=0),
        lambda body: body.update(v=True),
        lambda body: body.update(name="../2026"),
        lambda body: body.update(objects=-1),
        lambda body: body.update(objects=2**53),
        lambda body: body.update(host=7),
        lambda body: body.update(host="a\nb"),
        lambda body: body.update(began="2026-11-23T3:00:12Z"),
        lambda body: body.update(snapshot="yesterday"),
        lambda body: body["parts"][0].update(name="../../etc/passwd.age"),
        lambda body: body["parts"][0].update(sealed="nobody"),
        lambda body: body["parts"][0].update(sealed=AUTHORITY),
        lambda body: body["parts"][0].update(sha256="zz"),
        lambda body: body["parts"].append(body["parts"][0]),
        lambda body: body["logs"].append(body["logs"][0]),
        lambda body: body["logs"][0].update(closed=1),
        lambda body: body.update(recipients={"installation": []}),
        lambda body: body.update(tables={"a": "3"}),
        lambda body: body.update(previous={"name": "x", "sha256": DIGEST}),
    ],
)
def test_what_a_manifest_may_not_say(change: Callable[[dict[str, Any]], object]) -> None:
    with pytest.raises(BadManifest):
        read_manifest(spoiled(change))


def test_another_spelling_of_the_same_manifest_and_a_newer_format_are_refused() -> None:
    body = json.loads(write_manifest(example()))
    with pytest.raises(BadManifest, match="one spelling"):
        read_manifest(json.dumps(body).encode())
    with pytest.raises(BadManifest, match="longer"):
        read_manifest(b" " * (5 * 1024 * 1024))
    with pytest.raises(BadManifest):
        read_manifest(b"[" * 100_000)
    with pytest.raises(NewerFormat, match="newer release"):
        read_manifest(spoiled(lambda body: body.update(v=2, whatever=[])))


names = st.from_regex(r"[a-z0-9][a-z0-9._-]{0,20}(/[a-z0-9][a-z0-9._-]{0,20}){0,2}", fullmatch=True).filter(
    lambda path: not any(step in ("", ".", "..") for step in path.split("/"))
)
stored = st.builds(
    StoredObject,
    sha256=st.just(DIGEST),
    bytes=numbers,
    sealed=st.just("installation"),
    files=st.lists(
        st.builds(StoredFile, path=names, bytes=numbers, changed=st.integers(0, 2**63 - 1)), min_size=1, max_size=3
    ).map(tuple),
)


def distinct(objects: list[StoredObject]) -> bool:
    paths = [file.path for one in objects for file in one.files]
    return len(set(paths)) == len(paths)


@given(st.lists(stored, max_size=4, unique_by=lambda one: one.files).filter(distinct))
def test_a_catalogue_reads_back_as_it_was_written(objects: list[StoredObject]) -> None:
    file = io.BytesIO()
    write_catalogue(file, objects)
    again = io.BytesIO()
    write_catalogue(again, objects)
    assert again.getvalue() == file.getvalue(), "the same objects are the same bytes"
    assert list(read_catalogue(io.BytesIO(file.getvalue()))) == objects


@given(st.binary(max_size=300))
def test_whatever_comes_as_a_catalogue_is_refused(data: bytes) -> None:
    with pytest.raises(BadCatalogue):
        list(read_catalogue(io.BytesIO(b"\x1f\x8b" + data)))


@given(st.integers(1, 200))
def test_a_catalogue_that_is_cut_short_is_refused(cut: int) -> None:
    file = io.BytesIO()
    one = StoredObject(DIGEST, 5, "installation", (StoredFile("media/meaux/a", 1, 2),))
    write_catalogue(file, [replace(one, files=(StoredFile(f"media/meaux/{n}", n, n),)) for n in range(300)])
    data = file.getvalue()
    with pytest.raises(BadCatalogue):
        list(read_catalogue(io.BytesIO(data[: -min(cut, len(data) - 1)])))


@pytest.mark.parametrize(
    "path", ["/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/.", "", "a\\b", "a\nb", "a/" + "b" * 400]
)
def test_no_path_leads_elsewhere(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        path_inside(path)
    file = io.BytesIO()
    write_catalogue(file, [StoredObject(DIGEST, 1, "installation", (StoredFile(path, 1, 1),))])
    with pytest.raises(BadCatalogue):
        list(read_catalogue(io.BytesIO(file.getvalue())))


def test_two_years_of_nights_leave_seven_four_and_twelve() -> None:
    made: set[datetime] = set()
    for day in range(730):
        made.add(NIGHT + timedelta(days=day))
        made = set(kept(made, Keep()))
    last = NIGHT + timedelta(days=729)  # a Saturday
    nights = [last - timedelta(days=back) for back in range(7)]
    days = {moment.date() for moment in made}
    assert {moment.date() for moment in nights} <= days
    assert len([day for day in days if day > (last - timedelta(days=7)).date()]) == 7
    months = {(day.year, day.month) for day in days}
    assert len(months) == 12
    assert date(2028, 10, 31) in days, "of a month that is over, the last"
    assert len(made) <= 7 + 4 + 12


@given(
    st.sets(moments, max_size=40),
    st.builds(Keep, st.integers(0, 9), st.integers(0, 9), st.integers(0, 14)),
)
def test_rotation_keeps_what_it_says_and_the_newest(made: set[datetime], keep: Keep) -> None:
    stay = kept(made, keep)
    assert stay <= made
    assert len(stay) <= keep.nights + keep.weeks + keep.months + 1
    if made:
        assert max(made) in stay
    assert kept(stay, keep) == stay, "what was kept is kept again"


@pytest.mark.parametrize("text", ["", "7", "7,4", "7,4,12,1", "a,b,c", "-1,2,3", "99999,1,1"])
def test_what_is_no_rotation_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="7,4,12"):
        Keep.parse(text)
    assert Keep.parse("30, 8,24") == Keep(30, 8, 24)
