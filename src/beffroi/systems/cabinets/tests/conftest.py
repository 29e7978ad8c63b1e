"""A scene for the tests of what sensors tell."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo

if TYPE_CHECKING:
    from beffroi.systems.cabinets.tests.scene import Scene


@pytest.fixture
def scene(own_database: ConnectionInfo, tmp_path: Path) -> "Scene":
    from beffroi.systems.cabinets.tests.scene import open_scene

    return open_scene(tmp_path)
