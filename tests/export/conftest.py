"""Three authorities with one of each thing, their registers published, and what each takes away.

Django is not ready when this file is read: what needs it is imported by the fixtures.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.test import override_settings

from beffroi.adapters.postgres.notes import ConnectionInfo

if TYPE_CHECKING:
    from tests.export.taking import Taken


@pytest.fixture(scope="module")
def taken(shared_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Taken]":
    """Everything is committed: an export reads in transactions of its own."""
    from tests.export.taking import take_all

    home = tmp_path_factory.mktemp("home")
    hasher = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # nobody types a password here
    with override_settings(PASSWORD_HASHERS=hasher, BEFFROI_HOME=home, BEFFROI_MEDIA=home / "media"):
        yield take_all(home, shared_database)
