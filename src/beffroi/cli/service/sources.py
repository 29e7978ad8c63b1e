"""What a release is installed from: a wheel, an offline bundle (a wheel and all it needs), or a version that pip fetches."""

import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from beffroi.cli.errors import CommandError
from beffroi.persistence.release import numbers

VERSION: Final = re.compile(r"\d+\.\d+\.\d+(?:[a-z0-9.+]*)")
WHEEL: Final = re.compile(r"beffroi-(?P<version>[^-]+)-py3-none-any\.whl")
BUNDLE: Final = re.compile(r"beffroi-(?P<version>[^-]+)-offline[\w.-]*\.tar")


class SourceError(CommandError):
    """Nothing that could be installed; the message says what would be."""

    code = "source"


@dataclass(frozen=True, slots=True)
class Source:
    """A release and where it comes from. `bundle` is opened by `pip_words`."""

    version: str
    wheel: Path | None = None
    bundle: Path | None = None

    def pip_words(self, opened: Path) -> list[str]:
        """What `pip install` is told; a bundle is unpacked in `opened` first. Raises SourceError."""
        if self.bundle is not None:
            wheels = _unpacked(self.bundle, opened)
            wheel = next(iter(wheels.glob("beffroi-*.whl")), None)
            if wheel is None:
                raise SourceError(f"{self.bundle} holds no wheel of Beffroi")
            return ["--no-index", f"--find-links={wheels}", str(wheel)]
        return [str(self.wheel)] if self.wheel is not None else [f"beffroi=={self.version}"]


def named(text: str) -> Source:
    """What the officer typed. Raises SourceError."""
    path = Path(text)
    for pattern in (WHEEL, BUNDLE):
        match = pattern.fullmatch(path.name)
        if match is None:
            continue
        if not path.is_file():
            raise SourceError(f"{path} is not there")
        whole = path.absolute()
        return Source(match["version"], whole if pattern is WHEEL else None, whole if pattern is BUNDLE else None)
    if VERSION.fullmatch(text) and numbers(text):
        return Source(text)
    raise SourceError(
        f"{text!r}: the file of a release (beffroi-0.5.0-py3-none-any.whl), an offline bundle (beffroi-0.5.0-offline-….tar) "
        "or a version (0.5.0) is needed"
    )


def _unpacked(bundle: Path, folder: Path) -> Path:
    try:
        with tarfile.open(bundle) as archive:
            archive.extractall(folder, filter="data")  # nothing outside the folder, no devices, no owners
    except (tarfile.TarError, OSError, EOFError) as error:
        raise SourceError(f"{bundle} can't be unpacked ({error}): fetch it again and compare its SHA-256") from None
    found = next(folder.glob("*/wheels"), None)
    if found is None:
        raise SourceError(f"{bundle} is no offline bundle of Beffroi: it has no folder of wheels")
    return found
