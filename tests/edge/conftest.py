"""One town for each test, and one lock of it: a process of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.edge.street import Lock
from tests.edge.town import Town


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def lock(town: Town, tmp_path: Path) -> Iterator[Lock]:
    """A lock whose clock the test drives; time is known and its first revocation list is there."""
    with Lock.build(town, tmp_path / "lock", "--clock", "body") as running:
        running.set_time()
        assert running.bring(revocation=town.revocations(1)) == {"revocation": "taken"}
        yield running
