"""Sealed files and tars: opened by a stranger's age, refused when they are cut or altered, never put elsewhere than where they belong."""

import contextlib
import io
import os
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.adapters.archive import age, noted
from beffroi.adapters.archive.errors import (
    BadIdentity,
    BadRecipient,
    BadTar,
    FileChanged,
    FolderBusy,
    FolderUnusable,
    NotForUs,
    SealBroken,
)
from beffroi.adapters.archive.folder import BackupFolder
from beffroi.adapters.archive.streams import ChunkReader
from beffroi.adapters.archive.tars import Content, packed, unpacked

ROOT = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))


def recipient(root: Ed25519PrivateKey) -> str:
    return age.recipient_of_root(root.public_key().public_bytes_raw())


def sealed(data: bytes, *roots: Ed25519PrivateKey) -> bytes:
    out = io.BytesIO()
    age.seal(io.BytesIO(data), out, [recipient(root) for root in roots or (ROOT,)])
    return out.getvalue()


def unsealed(data: bytes, root: Ed25519PrivateKey = ROOT) -> bytes:
    out = io.BytesIO()
    age.unseal(io.BytesIO(data), out, [age.identity_of_root(root)])
    return out.getvalue()


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_debian_s_age_opens_what_we_seal_with_either_root_and_we_open_what_it_seals(tmp_path: Path) -> None:
    data = os.urandom(200_000)
    (tmp_path / "part.age").write_bytes(sealed(data, ROOT, OTHER))
    for root in (ROOT, OTHER):
        (tmp_path / "key").write_bytes(age.identity_file(root))
        (tmp_path / "key").chmod(0o600)
        opened = subprocess.run(
            ["age", "--decrypt", "--identity", tmp_path / "key", tmp_path / "part.age"], capture_output=True, check=True
        )
        assert opened.stdout == data
    theirs = subprocess.run(["age", "--recipient", recipient(ROOT)], input=data, capture_output=True, check=True).stdout
    assert unsealed(theirs) == data


@settings(max_examples=30)
@given(st.integers(0, 200_000), st.integers(1, 255), st.floats(0, 1, exclude_max=True))
def test_whatever_is_altered_or_cut_does_not_open(length: int, change: int, where: float) -> None:
    data = sealed(bytes(length))
    place = int(where * len(data))
    altered = bytearray(data)
    altered[place] ^= change
    for broken in (bytes(altered), data[:place]):
        with pytest.raises((SealBroken, NotForUs)):
            unsealed(broken)


def test_a_stranger_s_root_opens_nothing_and_nobody_is_no_recipient() -> None:
    with pytest.raises(NotForUs):
        unsealed(sealed(b"x"), OTHER)
    for text in ("", "age1nonsense", "ssh-rsa AAAA", "ssh-ed25519 AAAA", "-----BEGIN"):
        with pytest.raises(BadRecipient):
            age.checked_recipient(text)
    with pytest.raises(BadRecipient):
        age.seal(io.BytesIO(b"x"), io.BytesIO(), [])


@given(st.binary(max_size=200))
def test_what_is_no_key_is_refused(data: bytes) -> None:
    with pytest.raises(BadIdentity):
        age.read_identity(data)


def test_a_key_of_either_form_is_read() -> None:
    secret = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"  # the age specification's
    assert age.read_identity(f"# created\n{secret}\n".encode()) is not None
    assert age.read_identity(age.identity_file(ROOT)) is not None
    with pytest.raises(BadIdentity, match="too long"):
        age.read_identity(b"#" * 100_000)


def test_a_failure_of_the_source_is_had_back_as_it_was() -> None:
    class Full(io.RawIOBase):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        age.seal(io.BytesIO(bytes(300_000)), Full(), [recipient(ROOT)])


def tar_of(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for info, data in members:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def unpack(data: bytes, home: Path) -> list[str]:
    return list(unpacked(io.BytesIO(data), home, admits=lambda path: path.startswith("media/")))


@given(
    st.dictionaries(
        st.from_regex(r"media/[a-z0-9]{1,8}(/[a-z0-9]{1,150})?", fullmatch=True), st.binary(max_size=2000), max_size=5
    )
)
def test_a_tar_of_ours_comes_back_whole_and_others_read_it(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> None:
    home = tmp_path_factory.mktemp("home")
    folders = {path.rsplit("/", 1)[0] for path in files}
    files = {path: data for path, data in files.items() if path not in folders}
    written = b"".join(packed(home, [Content(path, data) for path, data in files.items()]))
    assert unpack(written, home) == list(files)
    assert {path: (home / path).read_bytes() for path in files} == files
    assert all((home / path).stat().st_mode & 0o777 == 0o600 for path in files)
    with tarfile.open(fileobj=io.BytesIO(written)) as tar:
        assert tar.getnames() == list(files)


def special(name: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = "/etc/passwd"
    return info


@pytest.mark.parametrize(
    "info",
    [
        tarfile.TarInfo("/etc/cron.d/x"),
        tarfile.TarInfo("../out"),
        tarfile.TarInfo("media/../../out"),
        tarfile.TarInfo("keys/installation/x"),
        special("media/link", tarfile.SYMTYPE),
        special("media/hard", tarfile.LNKTYPE),
        special("media/pipe", tarfile.FIFOTYPE),
        special("media/device", tarfile.CHRTYPE),
        special("media/folder", tarfile.DIRTYPE),
    ],
    ids=lambda info: info.name,
)
def test_nothing_but_a_plain_file_in_its_place_comes_out_of_a_tar(info: tarfile.TarInfo, tmp_path: Path) -> None:
    with pytest.raises(BadTar):
        unpack(tar_of((info, b"")), tmp_path / "home")
    assert not (tmp_path / "out").exists()


def test_a_file_twice_a_folder_that_is_a_link_and_a_cut_tar_are_refused(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    twice = tar_of((tarfile.TarInfo("media/a"), b"1"), (tarfile.TarInfo("media/a"), b"2"))
    with pytest.raises(BadTar, match="can't be put"):
        unpack(twice, home)
    (tmp_path / "elsewhere").mkdir()
    (home / "media" / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadTar, match="no folder"):
        unpack(tar_of((tarfile.TarInfo("media/link/b"), b"1")), home)
    assert not list((tmp_path / "elsewhere").iterdir())
    whole = b"".join(packed(home, [Content("media/long", bytes(5000))]))
    with pytest.raises(BadTar, match="cut short"):
        unpack(whole[:3000], home)


@given(st.binary(max_size=1500))
def test_whatever_comes_as_a_tar_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    home = tmp_path_factory.mktemp("home")
    with contextlib.suppress(BadTar):
        assert unpack(data, home) == [] or (home / "media").exists()


def test_a_file_that_becomes_shorter_while_it_is_read_stops_the_backup_and_one_that_is_gone_does_not(
    tmp_path: Path,
) -> None:
    (tmp_path / "long").write_bytes(bytes(3_000_000))
    chunks = packed(tmp_path, ["gone", "long"])
    next(chunks)
    next(chunks)
    os.truncate(tmp_path / "long", 10)
    with pytest.raises(FileChanged):
        list(chunks)


def test_one_writer_a_folder_and_what_a_crash_left_is_swept(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path / "backups")
    with folder.alone():
        folder.begin("2026-11-23T030012Z")
        with pytest.raises(FolderBusy), BackupFolder(folder.folder).alone():
            pass
    assert folder.names() == []
    (folder.folder / "objects" / ".partial").mkdir(parents=True)
    (folder.folder / "letters.partial").mkdir()
    with folder.alone():
        assert sorted(each.name for each in folder.folder.iterdir()) == [".lock", "letters.partial", "objects"]
        assert not (folder.folder / "objects" / ".partial").exists()


def test_objects_that_nobody_needs_go_and_none_while_a_catalogue_cannot_be_read(tmp_path: Path) -> None:
    folder = BackupFolder(tmp_path)
    length, digest = folder.add_object(ChunkReader([b"x"]), [recipient(ROOT)])
    assert folder.object_path(digest).stat().st_size == length
    (tmp_path / "2026-11-23T030012Z").mkdir()
    (tmp_path / "2026-11-23T030012Z" / "manifest.json").write_text("{}")
    (tmp_path / "2026-11-23T030012Z" / "objects.jsonl.gz").write_bytes(b"no catalogue")
    assert folder.collect() == 0
    shutil.rmtree(tmp_path / "2026-11-23T030012Z")
    assert folder.collect() == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk: needs root")
def test_a_full_disk_is_said_as_such_and_leaves_nothing(tmp_path: Path) -> None:
    place = tmp_path / "small"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    try:
        folder = BackupFolder(place / "backups")
        with pytest.raises(FolderUnusable, match="full"), folder.alone():
            folder.add_object(ChunkReader([os.urandom(1 << 20)]), [recipient(ROOT)])
        with folder.alone():
            assert [each for each in folder.folder.rglob("*") if each.is_file()] == [folder.folder / ".lock"]
    finally:
        subprocess.run(["umount", place], check=True)


@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_a_note_that_cannot_be_read_is_none(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    home = tmp_path_factory.mktemp("home")
    noted.path_in(home).write_bytes(data)
    assert noted.read(home) == noted.Noted()
