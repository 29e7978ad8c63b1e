"""A town hall's desk. Django is not ready when this file is read."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from beffroi.kernel.townhall.factories import Desk


@pytest.fixture
def desk(db: None) -> "Desk":
    from beffroi.kernel.townhall.factories import desk

    return desk()


@pytest.fixture
def admin(desk: "Desk") -> "Client":
    from beffroi.kernel.townhall.factories import browser

    return browser(desk.administrator, confirmed=True)
