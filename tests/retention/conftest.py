"""A town where one cabinet was opened once: what is kept of it, and what is left of that when time has passed.

Django is not ready when this file is read: what needs it is imported by the fixtures.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo

if TYPE_CHECKING:
    from tests.retention.town import OpenedOnce


@pytest.fixture
def opened_once(own_database: ConnectionInfo, tmp_path: Path) -> "OpenedOnce":
    """Everything is committed: the worker's deadlines run in transactions of their own."""
    from tests.retention.town import opened_once as make

    return make(tmp_path)
