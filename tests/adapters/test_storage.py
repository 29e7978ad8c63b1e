"""What is put in the folder is whole or not there, ours alone, and gone when it is deleted; what is sealed opens under its name only."""

import os
import re
import signal
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beffroi.adapters.keystore import KeyStore, KeyStoreError
from beffroi.adapters.storage.errors import (
    BadName,
    NoSealKey,
    NotSealed,
    NotStored,
    SealBroken,
    SealError,
    StorageError,
    StoreFailed,
)
from beffroi.adapters.storage.folder import PARTIAL, Store
from beffroi.adapters.storage.sealed import Seal

KEY = f"meaux/{uuid4()}/full.jpg"
OLD, NEW = b"old" * 400_000, b"new" * 500_000
# Puts over and over until it is killed, and says when it has begun.
WRITER = """
import sys
from pathlib import Path
from beffroi.adapters.storage.folder import Store
store, old, new = Store(Path(sys.argv[1])), b"old" * 400_000, b"new" * 500_000
print("begun", flush=True)
while True:
    store.put(sys.argv[2], new)
    store.put(sys.argv[2], old)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "media")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_put_comes_back_until_it_is_deleted(store: Store) -> None:
    assert not store.exists(KEY)
    store.put(KEY, OLD)
    store.put(KEY, NEW)
    assert store.exists(KEY)
    assert store.get(KEY) == NEW
    store.delete(KEY)
    store.delete(KEY)
    assert not store.exists(KEY)
    with pytest.raises(NotStored):
        store.get(KEY)
    assert not (store.folder / KEY).parent.exists()


def test_files_are_ours_alone_whatever_the_process_allows(store: Store) -> None:
    before = os.umask(0)
    try:
        store.put(KEY, b"x")
    finally:
        os.umask(before)
    path = store.folder / KEY
    assert mode(path) == 0o600
    assert {mode(each) for each in (path.parent, path.parent.parent, store.folder, store.folder / PARTIAL)} == {0o700}


@pytest.mark.parametrize(
    "name",
    [
        *("", "meaux", "../meaux/x", "meaux/../x", "meaux/./x", "/etc/passwd", "meaux//x", "meaux/x/", "meaux/x/y/z"),
        *("Meaux/x", "meaux/x\n", "meaux/\x00", ".partial/x", "meaux/.x", "meaux/é", f"meaux/{'x' * 101}", "a\\b/c"),
    ],
)
def test_nothing_is_read_or_written_out_of_the_folder(store: Store, name: str) -> None:
    for act in (store.get, store.delete, store.exists, lambda name: store.put(name, b"x")):
        with pytest.raises(BadName):
            act(name)
    assert not store.folder.exists()


@given(st.text(max_size=40))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_name_is_inside_or_refused(store: Store, name: str) -> None:
    try:
        store.exists(name)
    except BadName:
        return
    assert (store.folder / name).resolve().is_relative_to(store.folder.resolve())


def test_names_are_listed_by_authority_thing_and_age(store: Store) -> None:
    assert list(store.keys()) == []
    for name in ("meaux/a/full", "meaux/a/thumb", "meaux/b", "torcy/a/full"):
        store.put(name, b"x")
    os.utime(store.folder / "meaux/b", (1_000_000_000, 1_000_000_000))
    assert sorted(store.keys()) == ["meaux/a/full", "meaux/a/thumb", "meaux/b", "torcy/a/full"]
    assert sorted(store.keys("meaux/a/")) == ["meaux/a/full", "meaux/a/thumb"]
    assert list(store.keys("torcy/")) == ["torcy/a/full"]
    assert list(store.keys(before=datetime(2002, 1, 1, tzinfo=UTC))) == ["meaux/b"]
    with pytest.raises(BadName):
        list(store.keys("../"))


def test_a_name_under_a_file_is_the_disks_refusal(store: Store) -> None:
    store.put("meaux/b", b"x")
    with pytest.raises(StoreFailed, match="meaux/b"):
        store.put("meaux/b/full", b"x")
    with pytest.raises(NotStored):
        store.get("meaux/b/full")
    assert list((store.folder / PARTIAL).iterdir()) == []


def test_killed_at_any_moment_it_leaves_the_old_or_the_new(store: Store) -> None:
    store.put(KEY, OLD)
    for _round in range(6):
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.folder), KEY], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout
        assert child.stdout.readline() == "begun\n"
        seen = {store.get(KEY) for _look in range(20)}
        child.send_signal(signal.SIGKILL)
        child.communicate()
        assert seen | {store.get(KEY)} <= {OLD, NEW}
    assert list(store.keys()) == [KEY]
    (store.folder / PARTIAL / "left").touch()
    assert store.sweep(datetime(2002, 1, 1, tzinfo=UTC)) == 0
    assert store.sweep(datetime(9999, 1, 1, tzinfo=UTC)) >= 1
    assert list((store.folder / PARTIAL).iterdir()) == []
    assert store.exists(KEY)


@pytest.fixture
def keys(tmp_path: Path) -> KeyStore:
    keys = KeyStore(tmp_path / "keys")
    keys.create_media_key()
    return keys


def test_what_is_sealed_opens_under_its_name_only(keys: KeyStore) -> None:
    seal = Seal(keys.media_keys())
    sealed = seal.seal(KEY, OLD)
    assert OLD[:30] not in sealed
    assert seal.seal(KEY, OLD) != sealed
    assert seal.open_sealed(KEY, sealed) == OLD
    with pytest.raises(SealBroken):
        seal.open_sealed(f"meaux/{uuid4()}/full.jpg", sealed)
    with pytest.raises(NotSealed):
        seal.open_sealed(KEY, OLD)
    assert seal.open_sealed(KEY, seal.seal(KEY, b"")) == b""


def test_a_new_key_seals_and_the_old_ones_open_their_own(keys: KeyStore) -> None:
    first = keys.media_keys()
    sealed = Seal(first).seal(KEY, OLD)
    for _again in range(10):  # the tenth comes after the ninth
        keys.create_media_key()
    now = keys.media_keys()
    assert len(set(now)) == 11
    assert now[-1:] == first
    again = Seal(now).seal(KEY, NEW)
    assert Seal(now).open_sealed(KEY, sealed) == OLD
    assert Seal(now[:1]).open_sealed(KEY, again) == NEW
    with pytest.raises(NoSealKey):
        Seal(first).open_sealed(KEY, again)
    with pytest.raises(NoSealKey):
        Seal(()).seal(KEY, OLD)


def test_a_town_makes_the_next_key_by_a_command(keys: KeyStore) -> None:
    home, first = keys.folder.parent, keys.media_keys()
    environment = {"BEFFROI_HOME": str(home), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "beffroi", "keys", "media"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "1 before it" in done.stdout
    assert keys.media_keys()[1:] == first
    (keys.folder / "installation" / "media" / "1.jwk").write_text("{}")
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "1.jwk" in refused.stderr
    assert len(list((keys.folder / "installation" / "media").iterdir())) == 2


def test_keys_are_ours_alone_and_a_damaged_one_is_named(keys: KeyStore) -> None:
    path = keys.folder / "installation" / "media" / "1.jwk"
    assert mode(path) == 0o600
    for text in ("", "{}", '{"k": 1}', '{"k": "AAAA"}', "[]"):
        path.write_text(text)
        with pytest.raises(KeyStoreError, match=re.escape("media/1.jwk")):
            keys.media_keys()


SEAL = Seal((bytes(32),))
SEALED = SEAL.seal(KEY, b"the face of somebody")


@given(st.integers(0, len(SEALED) - 1), st.integers(1, 255))
def test_one_changed_octet_is_seen(at: int, change: int) -> None:
    with pytest.raises(SealError):
        SEAL.open_sealed(KEY, SEALED[:at] + bytes([SEALED[at] ^ change]) + SEALED[at + 1 :])


@given(st.one_of(st.binary(max_size=120), st.integers(0, len(SEALED) - 1).map(lambda end: SEALED[:end])))
def test_anything_else_is_an_error_of_the_tree(content: bytes) -> None:
    with pytest.raises(StorageError):
        SEAL.open_sealed(KEY, content)
