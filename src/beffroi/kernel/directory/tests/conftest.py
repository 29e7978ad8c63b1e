"""A real directory, which an authority has."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache
from pytest_django import Settings

from tests.directory import Directory, directory


@pytest.fixture(scope="module")
def running() -> Iterator[Directory]:
    with directory() as made:
        yield made


@pytest.fixture
def hall(running: Directory, settings: Settings) -> Directory:
    """An empty one, that the installation asks over TLS."""
    cache.clear()
    running.empty()
    settings.BEFFROI_DIRECTORY = running.place()
    settings.BEFFROI_DIRECTORY_AUTHORITY = ""
    return running
