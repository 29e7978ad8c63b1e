"""A server without any network: the bundle alone, its installer, and what it refuses."""

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
    told = wheel.run("/usr/bin/python3", "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
    wheel.run(sys.executable, ROOT / "packaging/bundle.py", wheel.built(), folder, PYTHONS=told)
    (bundle,) = folder.glob("beffroi-*-offline-*.tar")
    with tarfile.open(bundle) as archive:
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
    assert there.done("beffroi", "--version") == f"beffroi {version}\n"
    assert there.done(f"/opt/beffroi/releases/{version}/bin/python", "-m", "pip", "check").startswith("No broken")
    again = there.types(*NOWHERE, opened / "install.sh")
    assert again.returncode == 1
    assert "beffroi upgrade" in again.stderr
    refused = there.types("setpriv", "--reuid=65534", "--clear-groups", opened / "install.sh")
    assert "only root" in refused.stderr


def test_a_bundle_that_was_altered_installs_nothing(opened: Path, there: Machine, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(opened, copy)
    with next((copy / "wheels").glob("beffroi-*.whl")).open("ab") as altered:
        altered.write(b"\0")
    refused = there.types(*NOWHERE, copy / "install.sh")
    assert refused.returncode == 1
    assert "copy the bundle again" in refused.stderr
    assert there.types("test", "-e", "/opt/beffroi").returncode == 1


def test_it_holds_what_operators_read_and_the_sum_of_each_file(opened: Path) -> None:
    for page in (ROOT / "docs/operators").glob("*.md"):
        assert (opened / "docs" / page.name).read_bytes() == page.read_bytes()
    summed = {line.split("  ", 1)[1] for line in (opened / "SHA256SUMS").read_text().splitlines()}
    assert summed == {str(path.relative_to(opened)) for path in opened.rglob("*") if path.is_file()} - {"SHA256SUMS"}


def test_the_installer_is_a_shell_s() -> None:
    subprocess.run(["/bin/sh", "-n", str(ROOT / "packaging/offline/install.sh")], check=True)
