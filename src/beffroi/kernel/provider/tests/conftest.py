"""A certified provider in two manners, and an authority that has it."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from pytest_django import Settings

from beffroi.kernel.provider.queries.places import forget
from tests.identity.certified import OURS, Town, town
from tests.identity.liar import NOW, Liar


@pytest.fixture(scope="module")
def standing() -> Iterator[Town]:
    with town(OURS) as made:
        yield made


@pytest.fixture(scope="module")
def federal() -> Iterator[Town]:
    with town(OURS, proconnect=True) as made:
        yield made


def settled(made: Town, settings: Settings) -> Town:
    cache.clear()
    forget()
    made.know()
    settings.BEFFROI_PROVIDER = made.provider()
    settings.BEFFROI_DIRECTORY_AUTHORITY = ""
    settings.BEFFROI_PUBLIC_URL = OURS
    return made


@pytest.fixture
def keycloak(standing: Town, settings: Settings) -> Town:
    """One that says groups, as Keycloak does."""
    return settled(standing, settings)


@pytest.fixture
def proconnect(federal: Town, settings: Settings) -> Town:
    """One that signs what it says of people, as ProConnect does."""
    return settled(federal, settings)


@pytest.fixture(scope="module")
def lying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Liar]:
    with Liar(lambda: NOW, tmp_path_factory.mktemp("liar")).lying() as made:
        yield made


@pytest.fixture
def liar(lying: Liar) -> Liar:
    """A provider whose signature a test can make."""
    forget()
    return lying.afresh()
