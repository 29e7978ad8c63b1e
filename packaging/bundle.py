"""`make bundle`: one file with the wheel and all that it needs, for a server without the Internet.

    dist/beffroi-<version>-offline-<machine>.tar
        beffroi-<version>/install.sh, wheels/, runtime.txt (the hashes), extras/ (those of each extra), docs/, VERSION, PYTHONS,
        EXTRAS, MACHINE, SHA256SUMS

PYTHONS="3.11 3.13" in the environment names the Pythons it is for (default: the one that makes it). Packages come through pip, which
heeds its own settings (an index of yours, a proxy), and are refused when their hash is not the locked one. With a third argument, a
folder, they are kept there for the next bundle of the same locks.

The client of directories (the extra `ldap`) has no wheel: it is built here from its locked source, against this machine's OpenLDAP, once
for each Python that this machine has with its headers. The file EXTRAS says for which, and on which system: Debian 12's and 13's
libraries are not the same.
"""

import hashlib
import os
import platform
import re
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
EXTRAS = ("ldap", "relay")
# What is built here, since nobody publishes a wheel of it.
BUILT = frozenset({"python-ldap"})
PIP = (sys.executable, "-m", "pip")
QUIETLY = ("--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes")


def run(*command: str | Path) -> None:
    """Ends here when a program does not do well."""
    subprocess.run([str(word) for word in command], check=True)


def blocks(locked: str) -> dict[str, str]:
    """What a lock says of each package: its line, its hashes, who asks for it."""
    return {each[1]: each[0] for each in re.finditer(r"^([\w.-]+)==.*\n(?:[ \t].*\n)*", locked, re.MULTILINE)}


def added_by(extra: str) -> dict[str, str]:
    """The packages that an extra has besides."""
    mine, runtime = (blocks((ROOT / "requirements" / f"{name}.txt").read_text()) for name in (extra, "runtime"))
    return {name: text for name, text in mine.items() if name not in runtime}


def fetch(python: str, locked: str, wheels: Path) -> None:
    """The locked packages of a Python of this kind of machine."""
    with tempfile.TemporaryDirectory() as folder:
        asked, mine = Path(folder) / "asked.txt", Path(folder) / "locked.txt"
        asked.write_text(locked)
        uv = Path(sys.executable).with_name("uv")
        kind = f"{platform.machine()}-manylinux_2_28"
        # Locks are for every Python and system; pip reads their conditions by the Python that runs it, so they are resolved before.
        compiled = ("--no-deps", "--generate-hashes", "--python-version", python, "--python-platform", kind)
        run(uv, "pip", "compile", "-q", *compiled, asked, "-o", mine)
        platforms = [word for each in PLATFORMS for word in ("--platform", f"{each}_{platform.machine()}")]
        download = ("download", *QUIETLY, "--only-binary=:all:", "-r", mine, "--python-version", python)
        run(*PIP, *download, *platforms, "-d", wheels)


def build(python: str, locked: str, wheels: Path) -> str:
    """The hash of a package's wheel, built for this Python; empty, with the reason said, when this machine can't."""
    program = sys.executable if python == "{}.{}".format(*sys.version_info) else shutil.which(f"python{python}")
    with tempfile.TemporaryDirectory() as folder:
        asked, made = Path(folder) / "locked.txt", Path(folder) / "made"
        asked.write_text(locked)
        words = ("--python", program or "", "wheel", *QUIETLY, "-r", str(asked), "-w", str(made))
        if program is None or subprocess.run([*PIP, *words], check=False).returncode:
            why = "its headers, a compiler or OpenLDAP's are missing" if program else f"no python{python} is here"
            print(f"\n*** {locked.partition(' ')[0]} can't be built for Python {python}: {why}. ***\n", file=sys.stderr)
            return ""
        (wheel,) = made.glob("*.whl")
        shutil.copy(wheel, wheels)
        return hashlib.sha256(wheel.read_bytes()).hexdigest()


def system() -> str:
    """Debian GNU/Linux 12 (bookworm)"""
    return platform.freedesktop_os_release().get("PRETTY_NAME", "an unnamed system")


def furnish_extras(folder: Path, pythons: list[str]) -> None:
    """Each extra's packages and hashes, and for which Pythons they are here."""
    (folder / "extras").mkdir()
    said = []
    for extra in EXTRAS:
        added = added_by(extra)
        for python in pythons:
            built = {name: build(python, text, folder / "wheels") for name, text in added.items() if name in BUILT}
            if "" in built.values():
                continue
            fetch(python, "".join(text for name, text in added.items() if name not in BUILT), folder / "wheels")
            for name, digest in built.items():
                line, _, rest = added[name].partition("\n")
                added[name] = f"{line}\n    --hash=sha256:{digest} \\\n{rest}"
            said.append(f"{extra} {python}" + (f" built on {system()}" if built else "") + "\n")
        (folder / "extras" / f"{extra}.txt").write_text("".join(added.values()))
    (folder / "EXTRAS").write_text("".join(said))


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
    add_up(folder)


def add_up(folder: Path) -> None:
    """The sum of each file: what install.sh and `beffroi upgrade` go by."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(sums))


def pack(folder: Path, to: Path) -> Path:
    """The bundle that a furnished folder makes, in `to`."""
    bundle = to / f"{folder.name}-offline-{platform.machine()}.tar"
    with tarfile.open(bundle, "w") as archive:
        archive.add(folder, folder.name, filter=owned_by_nobody)
    return bundle


def packages(pythons: list[str], kept: Path | None, to: Path) -> None:
    """wheels/, extras/ and EXTRAS: from the kept ones when they are of these locks."""
    made_of = hashlib.sha256(" ".join([*pythons, system(), sys.version]).encode())
    for path in (Path(__file__), *(ROOT / "requirements" / f"{name}.txt" for name in ("runtime", *EXTRAS))):
        made_of.update(path.read_bytes())
    stamp = kept / "MADE-OF" if kept is not None else None
    if kept is not None and stamp is not None and stamp.exists() and stamp.read_text() == made_of.hexdigest():
        shutil.copytree(kept, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns(stamp.name))
        return
    (to / "wheels").mkdir(parents=True)
    for python in pythons:
        fetch(python, (ROOT / "requirements/runtime.txt").read_text(), to / "wheels")
    furnish_extras(to, pythons)
    if kept is not None and stamp is not None:
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(to, kept)
        stamp.write_text(made_of.hexdigest())


def main(wheel: Path, to: Path, kept: Path | None = None) -> Path:
    """Makes the bundle of a wheel in this folder."""
    version = wheel.name.split("-")[1]
    pythons = os.environ.get("PYTHONS", "").split() or ["{}.{}".format(*sys.version_info)]
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to) as made:
        folder = Path(made) / f"beffroi-{version}"
        packages(pythons, kept, folder)
        furnish(folder, wheel, version, pythons)
        return pack(folder, to)


def owned_by_nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Whoever makes the bundle isn't named in it."""
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


if __name__ == "__main__":
    print(main(*map(Path, sys.argv[1:])))
