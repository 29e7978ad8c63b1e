"""The relay by the machine's own clock: what the last byte on the wire says of an end, a revocation, a stop."""

import socket
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from beffroi.simulator.screen import Place, Screen
from tests.edge.relay.site import ORIGIN, Cameras, Site
from tests.edge.server import Broker
from tests.edge.street import PATIENCE
from tests.edge.town import CAMERA, HOUR, NOW, Town, allow

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
    assert picture.last >= before + left - AFTER_THE_END


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


class Narrow(Place):
    """A browser whose machine takes next to nothing unread."""

    def connected(self) -> socket.socket:
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        opened.settimeout(self.patience)
        opened.connect((self.host, self.port))
        return opened


def test_whoever_does_not_read_is_dropped_and_nobody_else(site: Site) -> None:
    slow = Screen(site.officer().phone(), Narrow(site.port, site.device, ORIGIN, patience=PATIENCE))
    with allow(slow.look(CAMERA)) as unread, site.watch() as other:
        site.server.until(lambda: "use-ended" in site.server.kinds)
        (ended,) = site.server.of("use-ended")
        assert (ended.get("nonce"), ended.get("cause")) == (unread.nonce, "slow")
        seen = other.picture.frames
        other.until(lambda picture: picture.frames > seen + 25)
        assert site.state()["uses"] == [other.nonce]
