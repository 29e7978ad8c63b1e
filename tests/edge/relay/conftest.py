"""One town for each test, its broker, two cameras, and a relay: a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.relay.site import Cameras, Site
from tests.edge.server import MOSQUITTO, Broker
from tests.edge.town import Town


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    if MOSQUITTO is None:
        pytest.skip("Mosquitto is not installed: apt install mosquitto")
    with Broker(tmp_path) as running:
        yield running


@pytest.fixture
def cameras() -> Iterator[Cameras]:
    running = Cameras()
    yield running
    running.close()


@pytest.fixture
def site(town: Town, tmp_path: Path, broker: Broker, cameras: Cameras) -> Iterator[Site]:
    """A relay whose clock the test drives; it knows the time, a list and where its two cameras are."""
    with Site.build(town, tmp_path / "relay", broker, cameras, "--clock", "hands") as running:
        yield running
