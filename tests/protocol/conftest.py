"""The protocol's tests share one small authority, ``protocol_world``."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from protocol_world import World  # noqa: E402  (the path has just been set)


@pytest.fixture(scope="session")
def world() -> World:
    """An authority, its lock and its people."""
    return World()
