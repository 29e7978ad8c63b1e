"""Another town's Open311 server, and a town that hands its lamps to it."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pytest_django.fixtures import Settings

from beffroi.lib.clock import utc_now

if TYPE_CHECKING:
    from beffroi.adapters.open311.fake import FakeTown
    from beffroi.kernel.territory.models import Authority
    from beffroi.systems.reports.models import Server


@pytest.fixture
def town() -> "Iterator[FakeTown]":
    from beffroi.adapters.open311.documents import Service
    from beffroi.adapters.open311.fake import FakeTown

    fake = FakeTown(utc_now, services=[Service("lamp", "Lampadaire éteint")])
    with fake.running():
        yield fake


@pytest.fixture
def meaux(own_database: object, settings: Settings, tmp_path: Path) -> "Authority":
    from beffroi.systems.reports.tests.neighbour import reporting

    return reporting(tmp_path, settings)


@pytest.fixture
def server(meaux: "Authority", town: "FakeTown") -> "Server":
    from beffroi.systems.reports.tests.neighbour import handing

    return handing(meaux, town)
