"""A town from the wheel alone: an empty folder, no Node, no source; what an officer types and sees."""

import http.client
import re
import shutil
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import HeaderParser
from pathlib import Path

import pytest

from beffroi.adapters.process.places import free_port
from tests import database, memory, seed
from tests.cli.test_up import eventually
from tests.install import wheel
from tests.shape.tree import ROOT, tracked

PASSWORD = "quatre mots pris au hasard"
DOMAIN = "beffroi.st-cyr.example"
INIT = ("init", "--domain", DOMAIN, "--authority-name", "Ville de Saint-Cyr", "--admin-email", "maire@st-cyr.example")
SECRET = ("--admin-password-stdin",)


@pytest.fixture(scope="module")
def made() -> Path:
    return wheel.built()


def test_the_wheel_holds_all_that_a_town_runs_and_no_test(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        names = set(archive.namelist())
    source = ROOT / "src"
    kept = {
        str(path.relative_to(source))
        for path in tracked()
        if path.is_relative_to(source) and "tests" not in path.parts and path.exists()
    }
    built = {
        str(path.relative_to(source))
        for path in (source / "beffroi/web/static/built").rglob("*")
        if path.is_file() and path.name != ".stamp"
    }
    assert built
    assert (kept | built | {"beffroi/locale/fr/LC_MESSAGES/django.mo"}) - names == set()
    assert [name for name in names if "/tests/" in name or name.endswith((".pyc", ".stamp"))] == []


def test_its_metadata_say_what_it_is_and_under_which_licence(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        (name,) = (each for each in archive.namelist() if each.endswith(".dist-info/METADATA"))
        said = HeaderParser().parsestr(archive.read(name).decode())
        licence = archive.read(name.replace("METADATA", "licenses/LICENSE")).decode()
    assert said["License-Expression"] == "EUPL-1.2"
    assert said["License-File"] == "LICENSE"
    assert licence == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert said.get_payload().strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()  # type: ignore[union-attr]  # a text
    assert said["Version"] == wheel.version_of(made)


def test_no_wheel_is_made_without_its_front_end_or_its_french(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    shutil.copytree(
        ROOT / "src/beffroi", source / "src/beffroi", ignore=shutil.ignore_patterns("built", "__pycache__", "tests")
    )
    with pytest.raises(AssertionError, match="run `make setup` before you build a wheel"):
        wheel.build(source, tmp_path / "dist")
    shutil.copytree(ROOT / "src/beffroi/web/static/built", source / "src/beffroi/web/static/built")
    for path in (source / "src").rglob("*.mo"):
        path.unlink()
    with pytest.raises(AssertionError, match=r"it would lack src/beffroi/locale/fr/LC_MESSAGES/django\.mo"):
        wheel.build(source, tmp_path / "dist")


@dataclass(frozen=True)
class Officer:
    """Whoever has an installed wheel and a home."""

    programs: Path
    home: Path

    def variables(self, **more: str) -> dict[str, str]:
        return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "BEFFROI_HOME": str(self.home), "LANG": "C.UTF-8", **more}

    def types(self, *words: str, given: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(self.programs / "beffroi"), *words],
            env=self.variables(),
            cwd=self.home.parent,
            input=given,
            capture_output=True,
            text=True,
            timeout=wheel.PATIENCE,
            check=False,
        )

    @contextmanager
    def town(self) -> Iterator[int]:
        """`beffroi up`, once it is well; its port."""
        port = free_port()
        with (self.home.parent / "said").open("wb") as said:
            process = subprocess.Popen(
                [str(self.programs / "beffroi"), "up"],
                env=self.variables(BEFFROI_PORT=str(port), BEFFROI_WEB_PROCESSES="1"),
                cwd=self.home.parent,
                stdout=said,
                stderr=said,
            )
        with process:
            try:
                eventually(
                    lambda: process.poll() is not None or asked(port, "/healthz")[0] == 200,
                    (self.home.parent / "said").read_text,
                )
                assert process.poll() is None, (self.home.parent / "said").read_text()
                yield port
            finally:
                process.send_signal(signal.SIGINT)
                assert process.wait(wheel.PATIENCE) == 0


def asked(port: int, path: str, host: str = DOMAIN) -> tuple[int, str, str]:
    """Status, type and text of a page, as a proxy with HTTPS asks for it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=wheel.PATIENCE)
    try:
        connection.request("GET", path, headers={"Host": host, "X-Forwarded-Proto": "https"})
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read().decode("utf-8", "replace")
    except OSError:
        return 0, "", ""
    finally:
        connection.close()


@pytest.fixture(scope="module")
def officer(made: Path) -> Iterator[Officer]:
    """An empty folder, and the wheel in an environment of its own."""
    folder = memory.folder("beffroi-wheel-")
    yield Officer(wheel.environment(folder / "environment", made), folder / "home")
    shutil.rmtree(folder)


def test_an_officer_begins_a_town_and_opens_its_pages(officer: Officer) -> None:
    refused = officer.types("init", "--domain", "192.0.2.7", *INIT[3:], *SECRET, given=f"{PASSWORD}\n")
    assert refused.returncode == 2
    assert "an address by numbers" in refused.stderr
    assert not officer.home.exists(), "what is refused leaves nothing"

    # The tables are there already: that they are made from nothing is for tests/cli/test_up.py to see.
    seed.sow(officer.home, database.migrate)
    first = officer.types(*INIT, *SECRET, given=f"{PASSWORD}\n")
    assert first.returncode == 0, first.stdout + first.stderr
    settings = officer.home / "settings.env"
    assert settings.read_text() == f"BEFFROI_PUBLIC_URL=https://{DOMAIN}\nBEFFROI_REGISTER_HOST={DOMAIN}\n"
    assert settings.stat().st_mode & 0o777 == 0o600
    steps = re.findall(r"^(\d)\. (.+)$", first.stdout, re.MULTILINE)
    assert [number for number, _ in steps] == ["1", "2", "3"]
    assert "root-1.jwk" in first.stdout
    assert "HTTPS, one of three ways" in first.stdout, "nobody serves it yet"
    assert f"https://{DOMAIN}/login/" in first.stdout

    kept = {path: path.read_bytes() for path in [settings, *(officer.home / "keys").rglob("*.*")] if path.is_file()}
    again = officer.types(*INIT)
    assert again.returncode == 0, again.stderr
    assert {path: path.read_bytes() for path in kept} == kept
    other = officer.types("init", "--domain", "other.st-cyr.example", *INIT[3:])
    assert (other.returncode, f"https://{DOMAIN} already" in other.stderr) == (2, True)
    assert settings.read_bytes() == kept[settings]

    with officer.town() as port:
        status, kind, page = asked(port, "/login/")
        assert (status, kind) == (200, "text/html")
        assert "Mot de passe" in page
        assets = set(re.findall(r"""(?:href|src)="(/static/[^"#]+)""", page))
        assert {name.rpartition(".")[2] for name in assets} >= {"css", "js"}
        for asset in sorted(assets):
            assert asked(port, asset)[0] == 200, asset
        assert asked(port, "/login/", host="stranger.example")[0] == 400


def test_nothing_of_the_source_is_used(officer: Officer) -> None:
    where = wheel.run(
        officer.programs / "python", "-c", "import beffroi; print(beffroi.__file__)", PYTHONPATH=""
    ).strip()
    assert Path(where).is_relative_to(officer.programs.parent)
    assert not Path(where).is_relative_to(ROOT)
