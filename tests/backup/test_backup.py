"""`beffroi backup` and `beffroi restore`, as whoever keeps a town's server types them."""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.archive import age
from beffroi.adapters.postgres.launcher import Cluster
from tests.backup.conftest import Town


def newest(folder: Path) -> Path:
    """The last backup of a folder."""
    return max(path.parent for path in folder.glob("*/manifest.json"))


def said_of(folder: Path) -> dict[str, object]:
    known: dict[str, object] = json.loads((newest(folder) / "manifest.json").read_text())
    return known


def everything(folder: Path) -> dict[str, bytes]:
    """Every file under a folder, by its name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_backup_is_whole_sealed_and_says_what_it_holds(town: Town, backups: Path) -> None:
    assert "is whole" in town.done("backup", "verify", backups)
    assert "opens to its end" in town.done("backup", "verify", backups, *town.root)
    (key,) = [line for line in town.done("register", "key").splitlines() if "/installation+" in line]
    assert "is whole" in town.done("backup", "verify", backups, "--key", key)
    assert newest(backups).name in town.done("backup", "list", backups)
    known = said_of(backups)
    assert max(log["size"] for log in known["logs"]) > 300  # type: ignore[attr-defined]  # JSON
    assert known["objects"] == 3, "two media, one bundle of full tiles"
    assert all(path.stat().st_mode & 0o077 == 0 for path in newest(backups).iterdir())
    secrets = [path.read_bytes() for path in (town.home / "keys").rglob("*.jwk")]
    for data in everything(backups).values():
        assert not any(secret in data for secret in secrets)
        assert b"essai@" not in data


def test_a_second_night_writes_only_what_is_new_and_what_was_destroyed_leaves_with_the_last_that_names_it(
    town: Town, copied: Path
) -> None:
    medium = town.home / "media" / "essai" / "three"
    medium.write_bytes(os.urandom(300_000))
    try:
        said = town.done("backup", "--to", copied)
    finally:
        medium.unlink()
    assert "0 B are new" not in said
    before = {path.name for path in copied.glob("objects/*/*.age")}
    assert said_of(copied)["objects"] == 4
    (size,) = [part["bytes"] for part in said_of(copied)["parts"] if part["name"] == "database.age"]  # type: ignore[attr-defined]  # JSON
    new = sum(path.stat().st_size for path in newest(copied).iterdir()) + 300_000
    assert new < size + 600_000, "the hundred kilobytes of yesterday's media were not written again"
    town.done("backup", "--to", copied, BEFFROI_BACKUP_KEEP="1,0,0")
    assert len(list(copied.glob("*/manifest.json"))) == 1
    after = {path.name for path in copied.glob("objects/*/*.age")}
    assert len(before - after) == 1, "the medium that is no more"
    assert "is whole" in town.done("backup", "verify", copied)


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-10])


DAMAGES: dict[str, tuple[str, Callable[[Path], object], str]] = {
    "a part is gone": ("database.age", Path.unlink, "database.age is missing"),
    "a part is cut short": ("database.age", cut, "database.age is cut short"),
    "a part was altered": ("keys-installation.age", spoil, "keys-installation.age was altered"),
    "the catalogue was altered": ("objects.jsonl.gz", spoil, "objects.jsonl.gz"),
    "an object is gone": ("../objects/*/*.age", Path.unlink, "media/essai/|register/"),
    "an object was altered": ("../objects/*/*.age", spoil, "was altered"),
    "the manifest was altered": ("manifest.json", spoil, "manifest"),
    "the manifest is missing": ("manifest.json", Path.unlink, "manifest.json is missing"),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_backup_that_is_not_whole_is_refused_with_what_is_missing_before_anything_is_touched(
    town: Town, copied: Path, empty: Path, damage: str
) -> None:
    name, do, words = DAMAGES[damage]
    do(min(newest(copied).glob(name)))
    looked = town.command("backup", "verify", copied)
    refused = town.command("restore", copied, *town.root, "--home", empty)
    assert looked.returncode in (1, 2)
    assert refused.returncode == 2
    for said in (looked.stdout + looked.stderr, refused.stderr):
        assert any(each in said for each in words.split("|")), said
        assert "Traceback" not in said
    assert not empty.exists()


def test_a_manifest_that_names_less_is_signed_by_nobody(town: Town, copied: Path, empty: Path) -> None:
    """Whoever writes into the folder of backups can't make one that passes for the town's."""
    place = newest(copied) / "manifest.json"
    before = place.read_bytes()
    known = json.loads(before)
    known["tables"]["register_entry"] = 0
    place.write_text(json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    note = place.with_name("manifest.note")
    noted = note.read_text()
    note.write_text(noted.replace(hashlib.sha256(before).hexdigest(), hashlib.sha256(place.read_bytes()).hexdigest()))
    assert note.read_text() != noted
    refused = town.command("restore", copied, *town.root, "--home", empty)
    assert refused.returncode == 2
    assert "manifest.note" in refused.stderr
    assert not any(empty.iterdir()), "what was begun was taken away"
    note.write_text(noted)
    for looked in (
        town.command("backup", "verify", copied),
        town.command("restore", copied, *town.root, "--home", empty),
    ):
        assert looked.returncode == 2
        assert "manifest.note is about another manifest" in looked.stderr, "no key is needed to see it"


def test_a_root_of_somebody_else_opens_nothing(town: Town, backups: Path, empty: Path, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(age.identity_file(Ed25519PrivateKey.generate()))
    refused = town.command("restore", backups, "--root", tmp_path / "other", "--home", empty)
    assert refused.returncode == 2
    assert "It is sealed to" in refused.stderr
    assert not any(empty.iterdir())
    (tmp_path / "nonsense").write_text("hello")
    refused = town.command("restore", backups, "--root", tmp_path / "nonsense", "--home", empty)
    assert "neither a root" in refused.stderr


def test_a_restore_never_goes_over_an_installation(town: Town, backups: Path) -> None:
    before = everything(town.home / "keys")
    refused = town.command("restore", backups, *town.root)
    assert refused.returncode == 2
    assert "never goes over an installation" in refused.stderr
    assert everything(town.home / "keys") == before


def test_a_backup_of_a_later_release_is_refused(town: Town, copied: Path, empty: Path) -> None:
    place = newest(copied) / "manifest.json"
    known = json.loads(place.read_text())
    known["v"] = 2
    place.write_text(json.dumps(known, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
    refused = town.command("restore", copied, *town.root, "--home", empty)
    assert "newer release" in refused.stderr
    assert not empty.exists()


def test_another_installation_s_folder_is_refused_and_nobody_to_seal_to_is_said(
    town: Town, backups: Path, empty: Path
) -> None:
    refused = town.command("backup", "--to", backups, BEFFROI_REGISTER_HOST="other.example")
    assert "holds backups of essai.example" in refused.stderr
    nobody = Town(empty).command("backup")
    assert nobody.returncode == 2
    assert "beffroi init" in nobody.stderr


def test_what_was_backed_up_comes_back_on_another_machine_and_the_register_goes_on(
    town: Town, backups: Path, empty: Path, tmp_path: Path
) -> None:
    """Backup, go on, lose the server, restore elsewhere, take back what was signed meanwhile: a witness sees one history."""
    former = Town(empty.parent / "former", town.roots)
    shutil.copytree(town.home, former.home, ignore=shutil.ignore_patterns("socket", "launcher.lock"))
    own_the_same(town.home, former.home)
    former.acts(5)
    witness = tmp_path / "witness"
    log = max(former.home.glob("register/*-*"))
    shutil.copy(log / "checkpoint", witness)
    (key,) = [line for line in town.done("register", "key").splitlines() if "/installation+" in line]

    new = Town(empty, town.roots)
    said = new.done("restore", backups, *town.root, "--home", empty, "--key", key)
    assert "has the root that was backed up" in said
    assert not (empty / "restoring.json").exists()
    assert everything(empty / "media") == everything(town.home / "media")
    kept = {name: data for name, data in everything(town.home / "keys").items() if not name.startswith("web/")}
    assert everything(empty / "keys") == kept
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (empty / "keys").rglob("*") if path.is_file())

    held = new.command("register", "resume")
    assert (held.returncode, "--tiles" in held.stdout) == (1, True)
    assert "taken-back: 5 leaves" in new.done("register", "resume", "--tiles", former.home)
    new.acts(2)
    assert "verified: " in new.verified(tmp_path, witness)
    again = new.done("backup", "--to", tmp_path / "again")
    assert "register" in new.done("backup", "list", tmp_path / "again"), again


def own_the_same(source: Path, target: Path) -> None:
    """A copy keeps no owner: the database's files are its account's."""
    for path in source.rglob("*"):
        other = target / path.relative_to(source)
        if other.exists():
            known = path.lstat()
            os.chown(other, known.st_uid, known.st_gid, follow_symlinks=False)


def test_closing_needs_no_former_server(town: Town, backups: Path, empty: Path, tmp_path: Path) -> None:
    new = Town(empty, town.roots)
    new.done("restore", newest(backups), *town.root, "--home", empty)
    assert ": continued" in new.done("register", "resume", "--close")
    new.acts(1)
    assert "verified: " in new.verified(tmp_path)
    assert "closed" in new.verified(tmp_path)


def test_a_database_of_one_s_own_takes_it_when_it_is_empty(town: Town, backups: Path, empty: Path) -> None:
    with Cluster(empty.parent / "server", for_tests=True) as cluster:
        info = cluster.start()
        there = {"DATABASE_URL": info.app_url, "BEFFROI_DATABASE_OWNER_URL": info.owner_url}
        new = Town(empty, town.roots)
        new.done("restore", backups, *town.root, "--home", empty, **there)
        assert not (empty / "postgres" / "data").exists()
        assert ": continued" in new.done("register", "resume", "--close", **there), "as the application's role"
        shutil.rmtree(empty)
        again = new.command("restore", backups, *town.root, "--home", empty, **there)
        assert (again.returncode, "has tables" in again.stderr) == (2, True)
        assert not any(empty.iterdir())


def test_an_unfinished_restore_is_opened_by_nobody_and_begins_anew(town: Town, backups: Path, empty: Path) -> None:
    empty.mkdir()
    (empty / "restoring.json").write_text(json.dumps({"v": 1, "name": newest(backups).name}))
    (empty / "half").write_text("made")
    new = Town(empty, town.roots)
    for command in ("up", "worker", ["register", "key"][0]):
        refused = new.command(command, *(["resume"] if command == "register" else []))
        assert "cut short" in refused.stderr, command
    (empty / "restoring.json").write_text(json.dumps({"v": 1, "name": "2020-01-01T000000Z"}))
    other = new.command("restore", backups, *town.root, "--home", empty)
    assert "unfinished restore of 2020-01-01T000000Z" in other.stderr
    (empty / "restoring.json").write_text("{")
    new.done("restore", backups, *town.root, "--home", empty)
    assert not (empty / "half").exists()


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_a_stranger_opens_the_dump_with_a_root_and_no_program_of_ours(
    town: Town, backups: Path, tmp_path: Path
) -> None:
    said = town.done("backup", "identity", *town.root, "--out", tmp_path / "key")
    assert "destroy it" in said
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    refused = town.command("backup", "identity", *town.root, "--out", tmp_path / "key")
    assert refused.returncode == 2
    opened = subprocess.run(
        ["age", "--decrypt", "--identity", tmp_path / "key", newest(backups) / "database.age"],
        check=True,
        capture_output=True,
    )
    assert opened.stdout.startswith(b"PGDMP")
    with gzip.open(newest(backups) / "objects.jsonl.gz") as lines:
        assert len(lines.readlines()) == said_of(backups)["objects"]


def test_a_drill_restores_apart_and_puts_the_trial_on_the_record(town: Town, backups: Path, place: Path) -> None:
    before = sorted(path.name for path in place.iterdir())
    said = town.done("backup", "drill", backups, *town.root, "--in", place)
    assert "verified: " in said
    assert sorted(path.name for path in place.iterdir()) == before, "all of it was taken away again"
    found = town.within(
        "from beffroi.kernel.register.models import Entry; print(Entry.objects.filter(kind='backup.tried').count())"
    )
    assert found.strip() == "1"
    assert json.loads((town.home / "backup.json").read_text())["tried"] == newest(backups).name
