"""Photos that no phone of the good kind takes, through the form that anybody has. What is refused at once is in test_pocket."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.photographs import FULL, Kind
from beffroi.lib.tests.cameras import street
from beffroi.lib.tests.cameras import written as camera
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.rules import PhotoState
from beffroi.systems.reports.tests.darkroom import developed, files_in, sent, store_in, taken, written


@pytest.fixture(autouse=True)
def store(own_database: None, settings: Settings, tmp_path: Path) -> Path:
    return store_in(tmp_path, settings)


@pytest.fixture(autouse=True)
def agent(store: Path) -> Person:
    authority = make_authority("meaux")
    switched_on(authority.id)
    make_category(authority.id)
    return make_member("alice", authority.organisation)


@pytest.mark.parametrize(
    ("photo", "became"),
    [
        pytest.param(lambda: taken(size=(9248, 6936)), (FULL, 1536), id="sixty-four megapixels of a phone"),
        pytest.param(lambda: camera(street((640, 480)), Kind.HEIC), (640, 480), id="an iPhone's"),
        pytest.param(lambda: written(Image.new("RGBA", (300, 200)), "PNG"), (300, 200), id="a screenshot"),
    ],
)
def test_what_phones_take_is_taken(photo: Callable[[], bytes], became: tuple[int, int], store: Path) -> None:
    found = developed(sent(photo()))
    assert (found.state, found.width, found.height) == (PhotoState.WAITING, *became)
    assert files_in(store) == {"original", "full-0", "thumb-0"}


@pytest.mark.parametrize(
    ("photo", "fault"),
    [
        pytest.param(
            lambda: b"\xff\xd8\xff%PDF-1.7 not a photo", "unreadable", id="a PDF behind a photo's first bytes"
        ),
        pytest.param(lambda: taken()[:300], "unreadable", id="cut short"),
    ],
)
def test_what_cannot_be_read_is_given_up_and_nothing_of_it_is_shown(
    photo: Callable[[], bytes], fault: str, store: Path
) -> None:
    found = developed(sent(photo()))
    assert (found.state, found.fault) == (PhotoState.UNREADABLE, fault)
    assert files_in(store) == {"original"}
