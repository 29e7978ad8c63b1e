"""The fixtures of every journey. What they are made of is in `browser`, imported late: a conftest is read before Django is ready."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page

from beffroi.adapters.postgres.notes import ConnectionInfo

if TYPE_CHECKING:
    from beffroi.systems.cabinets.models import Cabinet
    from tests.journeys.browser import Chromium, Town
    from tests.journeys.residence import Site


@pytest.fixture
def town(own_database: ConnectionInfo, tmp_path: Path) -> Iterator["Town"]:
    """A town of this test's own, served by `beffroi web`."""
    from tests.journeys.browser import Town, founded, serving

    authority, claire = founded()
    with serving(own_database, tmp_path) as (address, process):
        yield Town(address, authority, claire, process)


@pytest.fixture
def chromium(town: "Town") -> Iterator["Chromium"]:
    """A browser on that town; skipped where there is none."""
    from tests.journeys.browser import browsing

    with browsing(town.address) as browser:
        yield browser


@pytest.fixture
def visitor(chromium: "Chromium") -> Page:
    """Somebody who comes for the first time, with a French browser on a desk."""
    return chromium.visit()


@pytest.fixture
def site(own_database: ConnectionInfo) -> Iterator["Site"]:
    """A residence whose cameras are filmed, of this test's own: server, relay, cameras."""
    from tests.journeys.residence import filmed

    with filmed(own_database) as found:
        yield found


@pytest.fixture
def watching(site: "Site") -> Iterator["Chromium"]:
    """A browser on that site's town, which may play its films; skipped where there is none."""
    from tests.journeys.looking import before

    with before(site) as browser:
        yield browser


@pytest.fixture
def cabinets(town: "Town") -> "list[Cabinet]":
    """Two of that town's, near enough to be one cluster at first."""
    from tests.journeys.station import two_cabinets

    return two_cabinets(town)
