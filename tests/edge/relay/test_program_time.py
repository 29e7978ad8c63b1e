"""The relay by the machine's own clock: what the last byte on the wire says of an end, a revocation, a stop."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.edge.relay.site import Cameras, Site
from tests.edge.server import Broker
from tests.edge.town import HOUR, NOW, Town

AFTER_THE_END = 1.0
AFTER_A_REVOCATION = 1.0
"""Of the two seconds from the act to the last byte, what is the relay's and the broker's."""


@pytest.fixture
def site(town: Town, tmp_path: Path, broker: Broker, cameras: Cameras) -> Iterator[Site]:
    """A relay whose clock runs by itself."""
    with Site.build(town, tmp_path / "relay", broker, cameras) as running:
        yield running


def test_the_last_byte_leaves_within_a_second_of_the_end(site: Site) -> None:
    time = site.state()["time"]
    assert isinstance(time, int)
    with site.watch(officer=site.officer(start=NOW - HOUR, end=time + 3)) as look:
        before = monotonic()
        state = site.state()
        after = monotonic()
        until, uptime = state["until"], state["uptime"]
        assert isinstance(until, list)
        assert isinstance(uptime, int)
        left = (until[0] - uptime) / 1_000
        picture = look.rest()
    assert picture.cause == "expired"
    assert picture.last <= after + left + AFTER_THE_END
    fragments = picture.frames / 25
    assert picture.last >= before + left - AFTER_THE_END, (fragments, left)


def test_the_last_byte_leaves_soon_after_a_revocation(site: Site) -> None:
    with site.watch(officer=site.officer(grant="demande-7")) as look:
        site.bring(revocation=site.town.revocations(2, grants=frozenset({"demande-7"})))
        brought = monotonic()
        picture = look.rest()
    assert picture.cause == "revoked"
    assert picture.last <= brought + AFTER_A_REVOCATION


def test_it_runs_over_the_second_that_it_keeps(site: Site) -> None:
    """By its own timer: nothing of the test moves it."""
    with site.watch(frames=40) as look:
        site.hands.until(lambda state: isinstance(state["lasted"], int) and state["lasted"] >= 1_500)
        site.process.kill()
        look.rest()
    site.restart()
    site.server.until(lambda: "use-ended" in site.server.kinds)
    lasted = site.server.of("use-ended")[0].get("lasted")
    assert isinstance(lasted, int)
    assert lasted >= 500
