"""The length of the battery: one round in the suite, as many as one likes by hand (`make battery`)."""

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--kill-rounds", type=int, default=1, help="how often each process is killed (1)")
