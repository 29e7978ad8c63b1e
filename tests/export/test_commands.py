"""`beffroi export` and `beffroi papers`, as whoever keeps the installation types them."""

import os
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from beffroi.kernel.register.models import Entry
from tests.export.taking import Taken


def beffroi(taken: Taken, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")}
    environment = kept | {"BEFFROI_HOME": str(taken.home), "DATABASE_URL": taken.database.app_url}
    return subprocess.run(
        [sys.executable, "-m", "beffroi", *arguments], env=environment, capture_output=True, text=True, check=False
    )


def on_record(taken: Taken) -> int:
    return Entry.objects.filter(kind="export.taken", log=str(taken.town.authority.id)).count()


def test_a_whole_authority_is_taken_and_it_is_on_record(taken: Taken, tmp_path: Path) -> None:
    out, before = tmp_path / "meaux.zip", on_record(taken)
    done = beffroi(taken, "export", "meaux", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert f"{out}: {out.stat().st_size} bytes" in done.stdout
    assert out.stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    assert [path.name for path in tmp_path.iterdir()] == ["meaux.zip"]
    told = [line.split() for line in done.stderr.splitlines() if line.endswith("parts")]
    assert len(told) >= 9
    assert told[-1][0] == told[-1][2], "it says when it is at its end"
    assert on_record(taken) == before + 1
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        assert {"datapackage.json", "register.jsonl.gz"} <= set(archive.namelist())
    again = beffroi(taken, "export", "meaux", "--out", str(out))
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    assert on_record(taken) == before + 1


@pytest.mark.parametrize(
    ("authority", "out", "said"),
    [("nowhere", "some.zip", "no authority called nowhere"), ("meaux", "no/folder.zip", "can't be written")],
)
def test_what_cant_be_taken_says_why_and_leaves_nothing(
    taken: Taken, tmp_path: Path, authority: str, out: str, said: str
) -> None:
    before = on_record(taken)
    done = beffroi(taken, "export", authority, "--out", str(tmp_path / out))
    assert done.returncode == 2
    assert said in done.stderr
    assert list(tmp_path.iterdir()) == []
    assert on_record(taken) == before


def test_all_papers_at_once(taken: Taken, tmp_path: Path) -> None:
    done = beffroi(taken, "papers", "--out", str(tmp_path), "--authority", "meaux", "--language", "fr")
    assert done.returncode == 0, done.stderr
    made = {path.name: path for path in (tmp_path / "fr").iterdir()}
    assert sorted(made) == sorted({*made, "registre-des-traitements.pdf", "registre-des-traitements.csv"})
    assert {"tableau-de-conservation.pdf", "tableau-de-conservation.csv"} <= set(made)
    assert "projet-d-analyse-d-impact-armoires-connectees.html" in made
    assert len([name for name in made if name.startswith("notice-d-information-")]) >= 4
    for path in made.values():
        if path.suffix == ".pdf":
            reader = PdfReader(BytesIO(path.read_bytes()))
            words = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
            assert "Meaux" in words, path.name
            assert str(reader.root_object["/Lang"]) == "fr", path.name


def test_whose_papers_has_to_be_said_where_there_are_several(taken: Taken, tmp_path: Path) -> None:
    done = beffroi(taken, "papers", "--out", str(tmp_path))
    assert (done.returncode, "--authority SLUG" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []
