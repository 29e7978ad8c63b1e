"""A residence whose landlord lends its cameras; everything is committed."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo

if TYPE_CHECKING:
    from beffroi.systems.video.tests.scene import Scene


@pytest.fixture
def scene(own_database: ConnectionInfo, tmp_path: Path) -> "Scene":
    from beffroi.systems.video.tests.scene import open_scene

    return open_scene(tmp_path)


@pytest.fixture
def asked_first(own_database: ConnectionInfo, tmp_path: Path) -> "Scene":
    """The same, where the landlord approves each request."""
    from beffroi.kernel.grants.rules import Approval
    from beffroi.systems.video.tests.scene import open_scene

    return open_scene(tmp_path, Approval.OWNER)
