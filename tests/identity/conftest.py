"""A provider that lies on demand, honest at the beginning of each test."""

from collections.abc import Iterator

import pytest

from beffroi.adapters.oidc.asking import Asker
from tests.identity.liar import NOW, Liar


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Liar]:
    with Liar(lambda: NOW, tmp_path_factory.mktemp("liar")).lying() as made:
        yield made


@pytest.fixture
def liar(running: Liar) -> Liar:
    """Honest again before each test."""
    return running.afresh()


@pytest.fixture
def asker(liar: Liar) -> Asker:
    return Asker(liar.provider())
