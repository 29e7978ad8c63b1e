"""A home that other accounts may pass through."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="beffroi-mqtt-"))
    folder.chmod(0o711)
    yield folder / "home"
    shutil.rmtree(folder)
