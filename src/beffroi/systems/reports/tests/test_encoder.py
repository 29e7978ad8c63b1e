"""A photo from the form to the page: sealed, made again by the worker, shown to nobody else before staff have checked it."""

import io
import threading
from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.clock import utc_now
from beffroi.systems.reports.actions.photos import claim_photos, decide_photo
from beffroi.systems.reports.encoder import make_again, run_photos
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Photo
from beffroi.systems.reports.queries.media import ORIGINAL, media, name_of
from beffroi.systems.reports.rules import PhotoState
from beffroi.systems.reports.tests.darkroom import address, developed, sent, store_in, taken


@pytest.fixture(autouse=True)
def store(own_database: None, settings: Settings, tmp_path: Path) -> Path:
    return store_in(tmp_path, settings)


@pytest.fixture
def agent() -> Person:
    authority = make_authority("meaux")
    switched_on(authority.id)
    make_category(authority.id)
    return make_member("alice", authority.organisation)


def test_a_photo_is_shown_once_it_was_made_again_and_checked(agent: Person) -> None:
    photo, staff, anybody = sent(taken()), Client(), Client()
    staff.force_login(agent)
    assert (staff.get(address(photo)).status_code, anybody.get(address(photo)).status_code) == (404, 404)
    assert developed(photo).state == PhotoState.WAITING
    assert photo.taken_at is not None
    assert (staff.get(address(photo)).status_code, anybody.get(address(photo)).status_code) == (200, 404)
    assert decide_photo(photo=photo, shown=True, areas=(), made=None, by=agent.pk, now=utc_now())
    for size in ("full", "thumb"):
        answer = anybody.get(address(photo, size))
        assert answer.status_code == 200
        with Image.open(io.BytesIO(answer.content)) as shown:
            assert dict(shown.getexif()) == {}
        assert b"Jeanne" not in answer.content
    assert anybody.get(address(photo, "original")).status_code == 404


def test_what_staff_refuse_is_shown_to_nobody_else(agent: Person) -> None:
    photo = developed(sent(taken()))
    assert decide_photo(photo=photo, shown=False, areas=(), made=None, by=agent.pk, now=utc_now())
    assert Client().get(address(photo)).status_code == 404


def test_the_original_is_sealed_and_holds_nothing_that_can_be_read(agent: Person) -> None:
    photo = sent(taken("Jeanne Martin"))
    assert b"Jeanne" not in media().get(name_of(photo.authority_id, photo.pk, ORIGINAL))


def test_what_only_looks_like_a_photo_is_given_up_and_holds_no_other_up(agent: Person) -> None:
    broken = sent(taken()[:200] + b"\x00" * 400)
    whole = sent(taken())
    assert developed(broken).state == PhotoState.UNREADABLE
    whole.refresh_from_db()
    assert whole.state == PhotoState.WAITING


def test_the_workers_loop_takes_what_waits(agent: Person) -> None:
    photo, stop, turns = sent(taken()), threading.Event(), iter(range(20))

    def clock() -> datetime:
        if next(turns, None) is None or Photo.objects.filter(pk=photo.pk, state=PhotoState.WAITING).exists():
            stop.set()
        return utc_now()

    run_photos(stop, clock)
    photo.refresh_from_db()
    assert photo.state == PhotoState.WAITING


def test_a_photo_whose_key_is_away_waits_for_it(agent: Person, tmp_path: Path) -> None:
    photo = sent(taken())
    (tmp_path / "keys").rename(tmp_path / "away")
    assert developed(photo).state == PhotoState.QUEUED
    assert photo.due_at is not None
    assert photo.due_at > utc_now()
    (tmp_path / "away").rename(tmp_path / "keys")
    ((identifier, attempt),) = claim_photos(now=photo.due_at, most=10)
    make_again(identifier, attempt)
    photo.refresh_from_db()
    assert photo.state == PhotoState.WAITING
