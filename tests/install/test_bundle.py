"""A server without any network: the bundle alone, its installer, and what it refuses."""

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import memory
from tests.install import wheel
from tests.install.machine import Machine, machine
from tests.shape.tree import ROOT

# No interface but loopback, which is down: whatever asks for a package finds nobody.
NOWHERE = ("unshare", "--net")


@pytest.fixture(scope="module")
def opened() -> Iterator[Path]:
    """The bundle as an officer unpacks it."""
    folder = memory.folder("beffroi-bundle-")
    with tarfile.open(wheel.bundled(wheel.built(), folder)) as archive:
        assert {(member.uid, member.gid) for member in archive} == {(0, 0)}
        archive.extractall(folder, filter="data")
    yield next(path for path in folder.iterdir() if path.is_dir())
    shutil.rmtree(folder)


@pytest.fixture
def there() -> Iterator[Machine]:
    with machine() as made:
        if made is None:
            pytest.skip("needs root: a mount namespace to install in")
        yield made


def test_a_server_without_the_internet_is_installed(opened: Path, there: Machine) -> None:
    routes = "import pathlib, sys; sys.exit(len(pathlib.Path('/proc/net/route').read_text().splitlines()) > 1)"
    assert there.types(*NOWHERE, sys.executable, "-c", routes).returncode == 0, "there is a network after all"
    said = there.done(*NOWHERE, opened / "install.sh")
    assert "Next: beffroi init --domain" in said
    version = wheel.version_of(wheel.built())
    python = f"/opt/beffroi/releases/{version}/bin/python"
    assert there.done("beffroi", "--version") == f"beffroi {version}\n"
    assert there.done(python, "-m", "pip", "check").startswith("No broken")
    again = there.types(*NOWHERE, opened / "install.sh")
    assert again.returncode == 1
    assert "beffroi upgrade" in again.stderr
    refused = there.types("setpriv", "--reuid=65534", "--clear-groups", opened / "install.sh")
    assert "only root" in refused.stderr

    added = there.done(*NOWHERE, opened / "install.sh", "--with", "ldap", "--with", "relay")
    assert "Adding ldap relay" in added
    assert "OpenLDAP's library is missing" not in added
    there.done(python, "-c", "import ldap, onvif")
    assert there.done(python, "-m", "pip", "check").startswith("No broken")


def test_a_bundle_that_is_not_as_it_was_made_installs_nothing(opened: Path, there: Machine, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(opened, copy)
    made = next((copy / "wheels").glob("beffroi-*.whl"))
    whole = made.read_bytes()
    more = copy / "wheels" / "beffroi-99.0.0-py3-none-any.whl"

    def refused(*words: str) -> str:
        answer = there.types(*NOWHERE, copy / "install.sh", *words)
        assert answer.returncode == 1
        assert there.types("test", "-e", "/opt/beffroi").returncode == 1
        return answer.stderr

    made.write_bytes(whole + b"\0")
    assert "copy the bundle again" in refused()
    made.unlink()
    assert "copy the bundle again" in refused()
    made.write_bytes(whole)
    more.touch()
    assert f"not of this bundle: wheels/{more.name}" in refused()
    more.unlink()
    assert "there is no extra castle here: ldap relay" in refused("--with", "castle")
    (copy / "EXTRAS").write_text("relay 3.11\n")
    assert "a file is not as it was made" in refused("--with", "ldap")
    assert "is not known here" in refused("--what")


def test_it_holds_what_operators_read_and_the_sum_of_each_file(opened: Path) -> None:
    for page in (ROOT / "docs/operators").glob("*.md"):
        assert (opened / "docs" / page.name).read_bytes() == page.read_bytes()
    summed = {line.split("  ", 1)[1] for line in (opened / "SHA256SUMS").read_text().splitlines()}
    assert summed == {str(path.relative_to(opened)) for path in opened.rglob("*") if path.is_file()} - {"SHA256SUMS"}


def test_the_installer_is_a_shell_s() -> None:
    subprocess.run(["/bin/sh", "-n", str(ROOT / "packaging/offline/install.sh")], check=True)


def test_who_only_looks_runs_it_by_uvx_and_makes_no_service_of_it(opened: Path, tmp_path: Path) -> None:
    """As install.md says, without the Internet; pipx: tests/battery/test_long_tools.py."""
    wheels = opened / "wheels"
    (made,) = wheels.glob("beffroi-*.whl")
    looked = ("--no-index", "--find-links", wheels, "--python", wheel.SYSTEM_PYTHON, "--from", made)
    uvx = (
        "env",
        "-i",
        f"HOME={tmp_path}",
        "PATH=/usr/bin:/bin",
        "LANG=C.UTF-8",
        wheel.UV.with_name("uvx"),
        *looked,
        "beffroi",
    )
    assert wheel.run(*uvx, "--version").splitlines()[-1] == f"beffroi {wheel.version_of(made)}"
    refused = subprocess.run([str(word) for word in (*uvx, "service")], capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert ("would be hidden" if os.geteuid() == 0 else "only root") in refused.stderr
