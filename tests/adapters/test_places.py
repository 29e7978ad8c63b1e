"""Ports that servers are given before they listen."""

import subprocess
import sys

import pytest

from beffroi.adapters.process import places

# So narrow that ports given by chance alone would meet.
FIRST, LAST, EACH = 20_500, 20_755, 30
ELSEWHERE = f"""
from beffroi.adapters.process import places
places.FIRST_PORT, places.LAST_PORT = {FIRST}, {LAST}
print(*(places.free_port() for _ in range({EACH})))
"""


def test_a_port_is_given_once_while_its_server_may_be_starting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "FIRST_PORT", FIRST)
    monkeypatch.setattr(places, "LAST_PORT", LAST)
    here = [places.free_port() for _ in range(EACH)]
    done = subprocess.run([sys.executable, "-c", ELSEWHERE], check=True, capture_output=True, text=True)
    there = [int(port) for port in done.stdout.split()]
    assert len({*here, *there}) == 2 * EACH
    assert all(FIRST <= port <= LAST for port in (*here, *there))


def test_ports_that_follow_are_given_with_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "FIRST_PORT", FIRST)
    monkeypatch.setattr(places, "LAST_PORT", LAST)
    pairs = [places.free_port(following=1) for _ in range(EACH // 2)]
    assert len({port for pair in pairs for port in (pair, pair + 1)}) == EACH // 2 * 2
