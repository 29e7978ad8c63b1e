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
def site_options() -> tuple[str, ...]:
    """More for the relay's command line; a module says its own."""
    return ()


@pytest.fixture
def site(town: Town, tmp_path: Path, broker: Broker, cameras: Cameras, site_options: tuple[str, ...]) -> Iterator[Site]:
    """A relay whose clock the test drives; it knows the time, a list and where its two cameras are."""
    options = "--clock", "hands", *site_options
    with Site.build(town, tmp_path / "relay", broker, cameras, *options) as running:
        yield running
