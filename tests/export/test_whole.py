"""A whole authority in open formats: an independent reader finds it sound, its counts are the tables', its register verifies, and nothing
in it is another's or opens anything.
"""

import csv
import json
import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
from django.db.models import QuerySet
from shapely.geometry import shape

from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.published import shelf
from beffroi.kernel.territory.models import Authority
from beffroi.persistence.portability import WITHHELD, authority_tables, models, scope_of
from beffroi.protocol.register.names import LogName
from tests.export.taking import Taken
from tests.matrix.towns import MEAUX, PROVINS

# What must be in a town's export, whatever else is.
EXPECTED = (
    "accounts.Person",
    "alerts.Roster",
    "cabinets.Cabinet",
    "contacts.Contact",
    "directory.GroupRule",
    "grants.Grant",
    "reports.Report",
    "video.Request",
    "video.Viewing",
)
SHORTEST_SECRET = 12


def rows(folder: Path, label: str) -> list[dict[str, str]]:
    with (folder / "tables" / f"{label}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def described(folder: Path) -> dict[str, dict[str, object]]:
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    return {str(resource["path"]): resource for resource in package["resources"]}


def whole(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def judged(folder: Path) -> tuple[bool, int, list[str]]:
    """What the reader that a town would take says of a package: whether it is sound, of how many files, what is wrong."""
    command = [sys.executable, "-m", "frictionless", "validate", str(folder / "datapackage.json"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    wrong = [error for part in (report, *report["tasks"]) for error in part["errors"]]
    return report["valid"] and done.returncode == 0, report["stats"]["tasks"], [error["message"] for error in wrong]


@pytest.fixture(autouse=True)
def _larger_cells() -> None:
    csv.field_size_limit(sys.maxsize)


def test_an_independent_reader_finds_it_sound(taken: Taken) -> None:
    assert judged(taken.folder) == (True, len(described(taken.folder)), [])


def test_the_reader_finds_what_was_changed_since(taken: Taken, tmp_path: Path) -> None:
    package = json.loads((taken.folder / "datapackage.json").read_text(encoding="utf-8"))
    package["resources"] = [each for each in package["resources"] if each["path"] == "tables/cabinets.Cabinet.csv"]
    (tmp_path / "tables").mkdir()
    (tmp_path / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    table, copy = taken.folder / "tables" / "cabinets.Cabinet.csv", tmp_path / "tables" / "cabinets.Cabinet.csv"
    copy.write_bytes(table.read_bytes())
    assert judged(tmp_path) == (True, 1, [])
    copy.write_bytes(table.read_bytes().replace(b"48.9601", b"49.9601"))
    assert copy.read_bytes() != table.read_bytes()
    sound, _files, wrong = judged(tmp_path)
    assert not sound
    assert any("hash" in each for each in wrong)


def test_every_file_is_described_and_every_description_has_its_file(taken: Taken) -> None:
    there = {path.relative_to(taken.folder).as_posix() for path in taken.folder.rglob("*") if path.is_file()}
    assert there - {"datapackage.json"} == set(described(taken.folder))
    assert {f"tables/{label}.csv" for label in EXPECTED} <= there


def test_counts_are_those_of_the_tables(taken: Taken) -> None:
    for authority, folder in taken.folders.items():
        told = described(folder)
        for table in authority_tables():
            scope = scope_of(table.model)
            assert scope is not None
            written = rows(folder, table.label)
            there = {tuple(map(str, key)) for key in scope(authority).values_list(*table.keys)}
            assert {tuple(row[name] for name in table.keys) for row in written} == there, table.label
            assert len(written) == len(there) == told[f"tables/{table.label}.csv"]["rows"], table.label
    assert all(rows(taken.folder, label) for label in ("cabinets.Cabinet", "reports.Report", "video.Viewing"))


def test_progress_ends_where_it_said(taken: Taken) -> None:
    for steps in taken.told.values():
        total = len(authority_tables()) + 3
        assert steps == [(number, total) for number in range(1, total + 1)]


def test_nothing_is_another_authoritys(taken: Taken) -> None:
    """A partner's name and number may be there, by a convention; no row of another's, and none of its people."""
    for authority, folder in taken.folders.items():
        for path in (folder / "tables").iterdir():
            for row in rows(folder, path.stem):
                assert row.get("authority_id") in {None, str(authority)}, path.stem
    meaux, provins = (whole(taken.folders[Authority.objects.get(slug=each.slug).id]) for each in (MEAUX, PROVINS))
    for text in (PROVINS.reference, PROVINS.address, *PROVINS.names):
        assert text.encode() in provins
        assert text.encode() not in meaux


def test_nothing_in_it_opens_anything(taken: Taken) -> None:
    found = whole(taken.folder)
    looked = 0
    for model in models():
        for column in WITHHELD.get(model._meta.label, {}):
            for value in QuerySet(model).values_list(column, flat=True):
                secret = bytes(value) if isinstance(value, (bytes, memoryview)) else str(value or "").encode()
                if len(secret) >= SHORTEST_SECRET:
                    looked += 1
                    assert secret not in found, f"{model._meta.label}.{column}"
    keys = [json.loads(path.read_text()) for path in taken.home.rglob("*.jwk")]
    private = [key["d"] for key in keys if "d" in key]
    assert looked > 9
    assert len(private) > 3
    assert [key for key in private if key.encode() in found] == []


def test_the_register_verifies_from_the_file_alone(taken: Taken, tmp_path: Path) -> None:
    log = LogName(str(taken.town.authority.id))
    keys = KeyRing(shelf().key_folder).of(log.log).verifiers_now(log.origin(shelf().host))
    file = tmp_path / "register.jsonl.gz"
    file.write_bytes((taken.folder / "register.jsonl.gz").read_bytes())
    given = [part for key in keys for part in ("--key", str(key))]
    command = [sys.executable, "-m", "beffroi", "register", "verify", str(file), *given]
    done = subprocess.run(
        command, env={"PATH": "/usr/bin", "BEFFROI_HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert str(taken.town.authority.id) in done.stdout


def test_what_has_a_place_is_on_a_map(taken: Taken) -> None:
    found = json.loads((taken.folder / "places" / "cabinets.Cabinet.geojson").read_text(encoding="utf-8"))
    assert {feature["properties"]["reference"] for feature in found["features"]} >= {MEAUX.reference}
    point = next(each for each in found["features"] if each["properties"]["reference"] == MEAUX.reference)
    assert point["geometry"] == {"type": "Point", "coordinates": [2.8781, 48.9601]}
    assert point["id"] == str(UUID(point["id"]))
    for path in (taken.folder / "places").iterdir():
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        assert features, path.name
        assert all(shape(feature["geometry"]).is_valid for feature in features), path.name


def test_papers_are_with_it(taken: Taken) -> None:
    papers = {path.name for path in (taken.folder / "papers").iterdir()}
    assert {"register-of-processings.html", "register-of-processings.csv", "retention-table.csv"} <= papers
    assert sum(name.startswith("information-notice-") for name in papers) >= 4
