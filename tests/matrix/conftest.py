"""The towns of the matrix, built once for a module: whatever is asked is undone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from beffroi.adapters.postgres.notes import ConnectionInfo

if TYPE_CHECKING:
    from tests.matrix.towns import World


@pytest.fixture(scope="module")
def town(shared_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[World]":
    """Meaux, with its neighbours."""
    from tests.matrix.asking import ADDRESSES, CLIENTS
    from tests.matrix.towns import build

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):  # nobody types one here
        yield build(tmp_path_factory.mktemp("towns"))
        CLIENTS.clear()
        ADDRESSES.clear()
