"""The protocol's tests share one small authority."""

import pytest

from tests.protocol.protocol_world import World


@pytest.fixture(scope="session")
def world() -> World:
    """An authority, its lock and its people."""
    return World()
