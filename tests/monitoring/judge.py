"""Prometheus' own judge of measures and rules."""

import shutil

import pytest


def promtool() -> str:
    """Where it is; the test is skipped where it isn't installed."""
    found = shutil.which("promtool")
    if found is None:
        pytest.skip("promtool is not installed (apt install prometheus)")
    return found
