"""`make bundle`: one file with the wheel and all that it needs, for a server without the Internet.

    dist/beffroi-<version>-offline-<machine>.tar
        beffroi-<version>/install.sh, wheels/, runtime.txt (the hashes), docs/, VERSION, PYTHONS, MACHINE, SHA256SUMS

PYTHONS="3.11 3.13" in the environment names the Pythons it is for (default: the one that makes it). Packages come through pip, which heeds
its own settings (an index of yours, a proxy), and are refused when their hash is not the locked one.
"""

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
# From the oldest C library that the locked wheels are made for to Debian 12's.
PLATFORMS = (
    "manylinux_2_28",
    "manylinux_2_27",
    "manylinux_2_24",
    "manylinux_2_17",
    "manylinux2014",
    "manylinux_2_12",
    "manylinux_2_5",
)


def run(*command: str | Path) -> None:
    """Ends here when a program does not do well."""
    subprocess.run([str(word) for word in command], check=True)


def fetch(python: str, wheels: Path) -> None:
    """The locked packages of a Python of this kind of machine."""
    with tempfile.TemporaryDirectory() as folder:
        mine = Path(folder) / "locked.txt"
        uv = Path(sys.executable).with_name("uv")
        kind = f"{platform.machine()}-manylinux_2_28"
        locked = ROOT / "requirements/runtime.txt"
        # Locks are for every Python and system; pip reads their conditions by the Python that runs it, so they are resolved before.
        run(
            uv,
            "pip",
            "compile",
            "-q",
            "--generate-hashes",
            "--python-version",
            python,
            "--python-platform",
            kind,
            locked,
            "-o",
            mine,
        )
        platforms = [word for each in PLATFORMS for word in ("--platform", f"{each}_{platform.machine()}")]
        pip = (
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--only-binary=:all:",
            "--no-deps",
        )
        run(*pip, "--require-hashes", "-r", mine, "--python-version", python, *platforms, "-d", wheels)


def furnish(folder: Path, wheel: Path, version: str, pythons: list[str]) -> None:
    """All but the packages."""
    shutil.copy(wheel, folder / "wheels")
    shutil.copy(ROOT / "requirements/runtime.txt", folder)
    for path in (HERE / "offline").iterdir():
        shutil.copy(path, folder)
    (folder / "install.sh").chmod(0o755)
    shutil.copytree(ROOT / "docs/operators", folder / "docs")
    shutil.copy(ROOT / "LICENSE", folder)
    for name, text in (("VERSION", version), ("PYTHONS", "\n".join(pythons)), ("MACHINE", platform.machine())):
        (folder / name).write_text(f"{text}\n")
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(sums))


def main(wheel: Path, to: Path) -> Path:
    """Makes the bundle of a wheel in this folder."""
    version = wheel.name.split("-")[1]
    pythons = os.environ.get("PYTHONS", "").split() or [f"{sys.version_info[0]}.{sys.version_info[1]}"]
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to) as made:
        folder = Path(made) / f"beffroi-{version}"
        (folder / "wheels").mkdir(parents=True)
        for python in pythons:
            fetch(python, folder / "wheels")
        furnish(folder, wheel, version, pythons)
        bundle = to / f"beffroi-{version}-offline-{platform.machine()}.tar"
        with tarfile.open(bundle, "w") as archive:
            archive.add(folder, folder.name, filter=owned_by_nobody)
    return bundle


def owned_by_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whoever makes the bundle isn't named in it."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


if __name__ == "__main__":
    print(main(Path(sys.argv[1]), Path(sys.argv[2])))
