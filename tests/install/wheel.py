"""The wheel of this source, and an environment it is installed in: made once a run of the tests, kept while the source stays the same."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.shape.tree import ROOT

KEPT: Final = ROOT / "build" / "wheels"
PACKAGES: Final = ROOT / "build" / "packages"
UV: Final = Path(sys.executable).with_name("uv")
SYSTEM_PYTHON: Final = "/usr/bin/python3"
PATIENCE: Final = 600
MADE_OF: Final = ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "requirements/runtime.txt")


def version_of(wheel: Path) -> str:
    """0.5.0 of beffroi-0.5.0-py3-none-any.whl"""
    return wheel.name.split("-")[1]


def run(*command: str | Path, **more: str) -> str:
    """Runs a program to its end, which must be well; what it said."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout}"
    return done.stdout


def build(source: Path, to: Path) -> Path:
    """A wheel of a source, as `make wheel` makes it."""
    to.mkdir(parents=True, exist_ok=True)
    run(UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", to, source)
    (wheel,) = to.glob("*.whl")
    return wheel


def built() -> Path:
    """The wheel of this source."""
    folder = KEPT / _name()
    with _alone():
        found = list(folder.glob("*.whl"))
        if not found:
            shutil.rmtree(KEPT, ignore_errors=True)
            build(ROOT, folder)
    (wheel,) = folder.glob("*.whl")
    return wheel


def bundled(wheel: Path, to: Path) -> Path:
    """The offline bundle of a wheel, for the system's Python; the packages it needs are fetched when their locks change."""
    told = run(SYSTEM_PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])").strip()
    with _alone():
        said = run(sys.executable, ROOT / "packaging/bundle.py", wheel, to, PACKAGES, PYTHONS=told)
    return Path(said.splitlines()[-1])


def environment(
    folder: Path,
    wheel: Path,
    *,
    python: str = sys.executable,
    there: Callable[..., list[str]] | None = None,
) -> Path:
    """A new environment with the wheel and the locked packages it needs, `there`; where its programs are."""
    there = there or _here
    run(*there(UV, "venv", "--quiet", "--python", python, folder))
    into = {"VIRTUAL_ENV": str(folder)}
    run(*there(UV, "pip", "install", "--quiet", "--require-hashes", "-r", ROOT / "requirements/runtime.txt"), **into)
    run(*there(UV, "pip", "install", "--quiet", "--no-deps", wheel), **into)
    return folder / "bin"


def _here(*words: str | Path) -> list[str]:
    return [str(word) for word in words]


def _name() -> str:
    source = ROOT / "src/beffroi"
    files = [path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    made_of = hashlib.sha256()
    for path in sorted([*files, *(ROOT / name for name in MADE_OF)]):
        made_of.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return made_of.hexdigest()[:16]


@contextmanager
def _alone() -> Iterator[None]:
    KEPT.parent.mkdir(parents=True, exist_ok=True)
    with (KEPT.parent / "wheels.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
