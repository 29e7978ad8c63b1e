"""A photo as it came: opened under a right of some minutes that is asked with a reason, seen, given back, taken back."""

from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.persistence.keeping import KEPT
from beffroi.systems.reports.actions.destruction import destroy_reports
from beffroi.systems.reports.actions.making import Taken, add_photos
from beffroi.systems.reports.actions.originals import ask_original
from beffroi.systems.reports.factories import make_category, reported, switched_on
from beffroi.systems.reports.models import OriginalRight, Photo
from beffroi.systems.reports.queries.media import ORIGINAL, media, name_of, seal
from beffroi.systems.reports.rules import PhotoRole, Unsealing

JPEG = b"\xff\xd8\xff\xe0" + b"the points of a photo" * 20


@pytest.fixture
def town(own_database: None, settings: Settings, tmp_path: Path) -> Authority:
    settings.BEFFROI_HOME, settings.BEFFROI_MEDIA = tmp_path, tmp_path / "media"
    KeyStore(tmp_path / "keys").create_media_key()
    authority = make_authority("meaux", name="Meaux")
    switched_on(authority.id)
    return authority


@pytest.fixture
def photo(town: Authority) -> Photo:
    report = reported(make_category(town.id))
    taken = Taken(uuid4())
    name = name_of(town.id, taken.id, ORIGINAL)
    media().put(name, seal().seal(name, JPEG))
    (row,) = add_photos(report=report, photos=[taken], role=PhotoRole.FAULT, by=None, now=utc_now())
    return row


@pytest.fixture
def alice(town: Authority) -> Person:
    return make_member("Alice", town.organisation, Role.AGENT)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def page(photo: Photo) -> str:
    return f"/reports/photos/{photo.pk}/original/"


def entries(kind: str) -> int:
    return Entry.objects.filter(kind=f"report.original-{kind}").count()


def test_it_is_asked_for_with_a_reason_then_opened_and_each_is_an_entry(photo: Photo, alice: Person) -> None:
    client = as_(alice)
    assert b"written into the register" in client.get(page(photo)).content
    assert client.get(f"{page(photo)}file/").status_code == 404, "nothing was asked for"
    for reason in ("", "curiosity"):
        assert client.post(page(photo), {"reason": reason}).status_code == 422
    assert entries("granted") == 0
    for _twice in range(2):
        assert client.post(page(photo), {"reason": "dispute"}).status_code == 302
    assert entries("granted") == OriginalRight.objects.count() == 1
    assert "You may open it until" in client.get(page(photo)).content.decode()
    for _each in range(2):
        answer = client.get(f"{page(photo)}file/")
        assert answer.content == JPEG
        assert (answer["Content-Type"], answer["Cache-Control"]) == ("image/jpeg", "no-store")
    assert entries("seen") == 2


def test_a_right_is_one_persons_and_over_after_fifteen_minutes(photo: Photo, alice: Person, town: Authority) -> None:
    right = ask_original(photo=photo, reason=Unsealing.MENDING, by=alice.pk, now=utc_now() - timedelta(minutes=16))
    assert right.ends - right.starts == timedelta(minutes=15)
    client = as_(alice)
    assert client.get(f"{page(photo)}file/").status_code == 404
    assert (entries("refused"), entries("seen")) == (1, 0)
    assert "Ask for fifteen minutes" in client.get(page(photo)).content.decode()
    assert client.post(page(photo), {"reason": "mending"}).status_code == 302, "asked for once more"
    assert client.get(f"{page(photo)}file/").status_code == 200
    other = as_(make_member("Anne", town.organisation, Role.AGENT))
    assert other.get(f"{page(photo)}file/").status_code == 404
    assert other.post(f"/reports/originals/{right.pk}/end/").status_code == 404


def test_another_reason_ends_the_right_that_held_and_says_so(photo: Photo, alice: Person) -> None:
    client = as_(alice)
    for reason in ("dispute", "justice"):
        assert client.post(page(photo), {"reason": reason}).status_code == 302
    assert (entries("granted"), entries("closed")) == (2, 1)
    assert OriginalRight.objects.get(closed_at__isnull=True).reason == "justice"


def test_an_administrator_sees_who_opens_what_and_takes_it_back(photo: Photo, alice: Person, town: Authority) -> None:
    right = ask_original(photo=photo, reason=Unsealing.JUSTICE, by=alice.pk, now=utc_now())
    admin, agent = as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR)), as_(alice)
    listed = admin.get("/reports/originals/").content.decode()
    assert "Alice" in listed
    assert "The justice" in listed
    for client, status in ((admin, 302), (agent, 302)):
        assert client.post(f"/reports/originals/{right.pk}/end/").status_code == status
    assert entries("closed") == 1, "once is enough"
    assert agent.get(f"{page(photo)}file/").status_code == 404
    assert entries("refused") == 1
    assert "Taken back" in agent.get("/reports/originals/").content.decode()


def test_strangers_partners_and_officials_have_no_such_page(photo: Photo, alice: Person, town: Authority) -> None:
    right = ask_original(photo=photo, reason=Unsealing.ACCESS, by=alice.pk, now=utc_now())
    for person in (
        make_member("Omar", town.organisation, Role.OPERATOR),
        make_member("Charlie", make_authority("provins").organisation, Role.ADMINISTRATOR),
    ):
        client = as_(person)
        for address in (page(photo), f"{page(photo)}file/"):
            assert client.get(address).status_code == 404
        assert client.post(page(photo), {"reason": "mending"}).status_code == 404
        assert client.post(f"/reports/originals/{right.pk}/end/").status_code == 404


def test_whose_key_is_away_stays_closed(photo: Photo, alice: Person, tmp_path: Path) -> None:
    for key in (tmp_path / "keys").rglob("*"):
        if key.is_file():
            key.unlink()
    answer = as_(alice).post(page(photo), {"reason": "dispute"})
    assert answer.status_code == 422
    assert b"can\xe2\x80\x99t be opened" in answer.content
    assert entries("granted") == 0


def test_who_leaves_the_service_opens_nothing_more(photo: Photo, alice: Person) -> None:
    ask_original(photo=photo, reason=Unsealing.MENDING, by=alice.pk, now=utc_now())
    client = as_(alice)
    assert client.get(f"{page(photo)}file/").status_code == 200
    with writing():
        alice.memberships.update(valid_until=utc_now() - timedelta(minutes=1))
    assert client.get(f"{page(photo)}file/").status_code == 403, "nobody's agent has no such pages at all"
    assert entries("seen") == 1


def test_what_was_opened_is_kept_a_year_and_goes_with_its_report(photo: Photo, alice: Person, town: Authority) -> None:
    now = utc_now()
    ask_original(photo=photo, reason=Unsealing.MENDING, by=alice.pk, now=now)
    kept = KEPT["reports.rights"]
    assert destroy_due(kept=kept, authority=town.id, now=now + timedelta(days=360), by=None) == 0
    assert destroy_due(kept=kept, authority=town.id, now=now + timedelta(days=370), by=None) == 1
    assert OriginalRight.objects.count() == 0
    ask_original(photo=photo, reason=Unsealing.MENDING, by=alice.pk, now=now)
    assert destroy_reports(keys=[str(photo.report_id)], now=now, by=None) == 1
    assert (OriginalRight.objects.count(), Photo.objects.count()) == (0, 0)
