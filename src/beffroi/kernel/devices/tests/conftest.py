"""A street for the tests that go through MQTT."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from beffroi.adapters.mqtt import mosquitto
from beffroi.adapters.postgres.notes import ConnectionInfo

if TYPE_CHECKING:
    from beffroi.kernel.devices.tests.street import Street


@pytest.fixture
def street(own_database: ConnectionInfo) -> Iterator["Street"]:
    from beffroi.kernel.devices.tests.street import open_street

    if mosquitto.program() is None:
        pytest.fail("Mosquitto is needed: apt-get install mosquitto")
    with open_street(own_database) as opened:
        yield opened
