"""What a release is installed from: a wheel, an offline bundle (a wheel and all it needs), or a version that pip fetches."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from beffroi.cli.service import bundles
from beffroi.cli.service.bundles import SourceError
from beffroi.persistence.release import numbers

VERSION: Final = re.compile(r"\d+\.\d+\.\d+(?:[a-z0-9.+]*)")
WHEEL: Final = re.compile(r"beffroi-(?P<version>[^-]+)-py3-none-any\.whl")
BUNDLE: Final = re.compile(r"beffroi-(?P<version>[^-]+)-offline[\w.-]*\.tar")


@dataclass(frozen=True, slots=True)
class Source:
    """A release and where it comes from."""

    version: str
    wheel: Path | None = None
    bundle: Path | None = None

    def pip_steps(self, extras: Sequence[str], opened: Path) -> list[list[str]]:
        """What `pip install` is told, one after the other, to have the release and these extras. A bundle is unpacked in the empty
        folder `opened` and looked over first. Raises SourceError."""
        if self.bundle is not None:
            return bundles.opened(self.bundle, self.version, opened).pip_steps(extras)
        wanted = f"[{','.join(sorted(extras))}]" if extras else ""
        return [[f"{self.wheel}{wanted}" if self.wheel is not None else f"beffroi{wanted}=={self.version}"]]


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
