"""The length of the battery: one round in the suite, as many as one likes by hand (`make battery`), which alone runs what is long."""

from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kill-rounds", type=int, default=1, help="how often each process is killed (1)")
    parser.addoption("--long", action="store_true", help="also the files test_long_*.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """What takes minutes and has a short form in the suite, which its first lines name."""
    return (
        True
        if collection_path.name.startswith("test_long_") and not config.getoption("--long", default=False)
        else None
    )
