"""The town's server is down: a technician's phone opens the lock by Bluetooth with what it took along, and once the server is back the
opening is in the register, with the way it went.

The demonstration's own processes but for one: the lock of the first corner runs on the air, and what the browser's emulated Bluetooth
writes reaches it there.
"""

import contextlib
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from beffroi.adapters.process import status
from beffroi.simulator.air import Air
from beffroi.simulator.browser import OtherwiseError
from beffroi.simulator.street.plan import Corner
from tests.battery.blows import query, until
from tests.edge.street import PATIENCE, Hands, Process
from tests.journeys.air import reaching
from tests.journeys.browser import Chromium, browsing, faults
from tests.journeys.demonstration import Demonstration, resumed
from tests.journeys.test_first_opening import BOB, PHONE, THEO, arrive, enrol, give_code, give_order
from tests.radio import FLAG, on_air

# What a browser writes when nobody answers.
ABSENT: Final = re.compile(r"ERR_CONNECTION_REFUSED|ERR_FAILED|Failed to fetch|status of 50[234]")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demonstration]:
    with resumed() as running:
        yield running


@pytest.fixture
def browser(demo: Demonstration) -> Iterator[Chromium]:
    """Its phone has Bluetooth."""
    with browsing(demo.town, FLAG) as found:
        yield found
        found.complaints[:] = [each for each in found.complaints if not ABSENT.search(each)]


@contextlib.contextmanager
def unattended(demo: Demonstration) -> Iterator[dict[str, int]]:
    """What is ended stays ended: the supervisor looks away. Yields the numbers of its processes."""
    known = status.read(demo.home)
    assert known is not None
    os.kill(known.supervisor, signal.SIGSTOP)
    try:
        yield {part.name: part.pid for part in known.parts if part.pid is not None}
    finally:
        os.kill(known.supervisor, signal.SIGCONT)


def end(pid: int) -> None:
    """Ask a process to end; returns once it has: what is left of it waits for its parent, who looks away."""
    os.kill(pid, signal.SIGTERM)

    def gone() -> bool:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return True

    until(gone, f"{pid} doesn't end")


@contextlib.contextmanager
def with_its_radio(demo: Demonstration, corner: Corner, pid: int, air: Air) -> Iterator[None]:
    """The same lock, on the air."""
    end(pid)
    store, body = str(demo.home / "demo" / corner.name), str(corner.body)
    lock = Process("--store", store, "--body", body, "--hci", air.controller(), "--frame-seconds", str(PATIENCE))
    try:
        lock.wait_for("bluetooth on")
        yield
        assert lock.stop() == 0, lock.lines
    finally:
        lock.end()


def taken_along(theo: Page, reference: str) -> bool:
    """Whether the list says so of a cabinet, when one looks at it again."""
    theo.goto("/orders/")
    row = theo.locator("[data-island=ahead] li", has_text=reference)
    if row.count() == 0:
        return False  # not signed yet
    expect(row.get_by_text("Prêt sans réseau")).to_be_visible()
    return True


def test_the_lock_opens_by_bluetooth_and_the_register_knows(demo: Demonstration, browser: Chromium) -> None:
    corner = demo.corners()[0]
    bob = arrive(browser.visit(), BOB)
    theo = arrive(browser.visit(base_url=demo.phone, viewport=PHONE, has_touch=True), THEO)
    enrol(theo, give_code(bob, "Théo"))
    give_order(bob, corner.reference)
    until(lambda: taken_along(theo, corner.reference), "the order isn't signed")
    assert faults(theo) == []

    with contextlib.ExitStack() as stack:
        pids = stack.enter_context(unattended(demo))
        air = stack.enter_context(Air(patience=PATIENCE))
        stack.enter_context(with_its_radio(demo, corner, pids[corner.name], air))
        stack.enter_context(on_air(theo, corner.reference, stack.enter_context(reaching(air, corner.gate))))
        end(pids["web"])
        theo.goto(corner.sticker)
        expect(theo.locator("main .banner").first).to_contain_text("Pas de réseau")
        assert faults(theo) == []
        by_radio = theo.get_by_role("button", name="Ouvrir par Bluetooth")

        def opens() -> bool:
            """A lock that has just come back doesn't know the time, until somebody tells it."""
            by_radio.click()
            island = theo.locator("[data-island=door]")
            expect(island).to_have_attribute("data-state", re.compile("open|refused|again"))
            if island.get_attribute("data-state") == "open":
                return True
            assert island.get_attribute("data-reason") == "time-unknown"
            theo.reload()
            return False

        until(opens, "the lock doesn't open")
        expect(theo.get_by_text("Ouvert par Bluetooth")).to_be_visible()
        hands = Hands(corner.body)
        assert hands.do("open-door")["door"] == "open"
        hands.do("close-door")
        hands.close()

    until(lambda: demo.health() != {}, "the server doesn't come back")
    uses = "SELECT id FROM cabinets_use WHERE transport = 'local' AND admitted AND device = '" + corner.gate + "'"
    until(lambda: len(query(demo, uses)) == 1, "the opening is nowhere")
    ((use,),) = query(demo, uses)
    technician = demo.browser(THEO)

    def receipt() -> str:
        with contextlib.suppress(OtherwiseError):
            return technician.page(f"/uses/{use}/receipt/")
        return ""

    until(lambda: receipt() != "", "the entry has no receipt")
    assert json.loads(receipt())["open"]["transport"]["value"] == "local"
