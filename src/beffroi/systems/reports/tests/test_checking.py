"""Photos as staff check them: one after the other, what is hidden for good, what is refused; and originals, opened for a reason only."""

import json
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client
from PIL import Image
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.keeping import KEPT, STRAYS
from beffroi.systems.reports.actions.destruction import destroy_reports
from beffroi.systems.reports.actions.handling import Said, decline_report, merge_report
from beffroi.systems.reports.encoder import tidy
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Photo
from beffroi.systems.reports.rules import Decline, PhotoState
from beffroi.systems.reports.tests.darkroom import address, developed, files_in, sent, store_in, taken, written

DAY = timedelta(days=1)
CHECK = "/reports/photos/check/"


@pytest.fixture(autouse=True)
def store(own_database: None, settings: Settings, tmp_path: Path) -> Path:
    return store_in(tmp_path, settings)


@pytest.fixture
def town(own_database: None) -> Authority:
    authority = make_authority("meaux")
    switched_on(authority.id)
    make_category(authority.id)
    return authority


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def desk(town: Authority) -> Client:
    return as_(make_member("alice", town.organisation, Role.AGENT))


def decide(client: Client, photo: Photo, act: str, areas: object = ()) -> tuple[int, str]:
    fields = {"version": photo.version, "state": photo.state, "areas": json.dumps(areas), "act": act}
    answer = client.post(f"/reports/photos/{photo.pk}/", fields, follow=True)
    return answer.status_code, answer.content.decode()


def on(page: str) -> str:
    """Which photo a page is about."""
    found = re.search(r'action="/reports/photos/([0-9a-f-]+)/"', page)
    return found[1] if found else ""


def test_photos_come_one_after_the_other_and_later_means_later(desk: Client) -> None:
    assert "Every photo is checked." in desk.get(CHECK).content.decode()
    first, second = sent(taken()), sent(taken())
    assert on(desk.get(CHECK).content.decode()) == "", "nobody looks at what wasn't made again"
    developed(first)
    second.refresh_from_db()
    assert "2 photos to check" in desk.get("/").content.decode()
    page = desk.get(CHECK).content.decode()
    assert on(page) == str(first.pk)
    assert address(first) in page
    assert on(desk.get(CHECK, {"after": str(first.pk)}).content.decode()) == str(second.pk)
    assert "Some still wait." in desk.get(CHECK, {"after": str(second.pk)}).content.decode()
    assert on(desk.get(CHECK, {"after": "nothing"}).content.decode()) == str(first.pk)
    _status, page = decide(desk, developed(first), "show")
    assert "The photo is shown." in page
    assert on(page) == str(second.pk)
    assert Client().get(address(first)).status_code == 200
    assert "Every photo is checked." in decide(desk, second, "refuse")[1]
    assert Client().get(address(second)).status_code == 404
    assert [entry.kind for entry in Entry.objects.filter(kind="report.photo-decided")] == ["report.photo-decided"] * 2


def test_what_is_hidden_is_hidden_for_good(desk: Client, store: Path) -> None:
    stripes = Image.effect_noise((800, 600), 120).convert("RGB")
    photo = developed(sent(written(stripes, "JPEG", quality=95)))
    before, old = colours(desk.get(address(photo)).content), address(photo)
    _status, page = decide(desk, photo, "show", [[0.25, 0.25, 0.5, 0.5], [2, 2, 1, 1]])
    assert "The photo is shown." in page
    photo.refresh_from_db()
    assert (photo.version, photo.state, photo.areas) == (1, PhotoState.CHECKED, [[0.25, 0.25, 0.75, 0.75]])
    anybody = Client()
    assert anybody.get(old).status_code == 404
    assert colours(anybody.get(address(photo)).content) < before / 20
    assert anybody.get(address(photo, "thumb")).status_code == 200
    assert files_in(store) == {"original", "full-1", "thumb-1"}
    decide(desk, photo, "show", [[0, 0, 0.1, 0.1]])
    photo.refresh_from_db()
    assert colours(anybody.get(address(photo)).content) < before / 20
    assert (photo.version, len(photo.areas)) == (2, 2)


def colours(jpeg: bytes) -> int:
    """How many there are in the middle of a picture."""
    with Image.open(BytesIO(jpeg)) as picture:
        width, height = picture.size
        middle = picture.crop((width * 3 // 8, height * 3 // 8, width * 5 // 8, height * 5 // 8))
        return len(middle.getcolors(1 << 20) or [])


def test_a_decision_is_taken_back_and_two_do_not_decide_at_once(desk: Client, town: Authority) -> None:
    photo = developed(sent(taken()))
    decide(desk, photo, "show")
    other = as_(make_member("amina", town.organisation, Role.ADMINISTRATOR))
    said = decide(other, photo, "refuse", [[0, 0, 1, 1]])[1]
    assert "Somebody else decided on this photo meanwhile" in said
    assert "Shown to others" in said
    photo.refresh_from_db()
    assert (photo.state, photo.version) == (PhotoState.CHECKED, 0)
    decide(other, photo, "refuse")
    assert Client().get(address(photo)).status_code == 404
    assert desk.get(address(photo)).status_code == 200


@pytest.mark.parametrize(
    "areas", ["[", "{}", "[[1,2,3]]", '[["a",0,0,0]]', "[[1e999,0,0,0]]" * 2, "[" * 3000, f"[[{10**400},0,1,1]]"]
)
def test_what_nobody_can_draw_changes_nothing(desk: Client, areas: str) -> None:
    photo = developed(sent(taken()))
    fields = {"version": 0, "state": photo.state, "areas": areas, "act": "show"}
    answer = desk.post(f"/reports/photos/{photo.pk}/", fields)
    assert answer.status_code == 422
    assert "draw it again" in answer.content.decode()
    photo.refresh_from_db()
    assert photo.state == PhotoState.WAITING


def test_only_the_authoritys_services_check(town: Authority) -> None:
    photo = developed(sent(taken()))
    elected = make_person("olga")
    make_membership(elected, town.organisation, Role.OFFICIAL, until=utc_now() + 900 * DAY)
    for stranger in (elected, make_member("charlie", make_authority("provins").organisation, Role.AGENT)):
        client = as_(stranger)
        for page in (CHECK, f"/reports/photos/{photo.pk}/", f"/reports/photos/{photo.pk}/original/"):
            assert client.get(page).status_code == 404
        fields = {"version": 0, "state": photo.state, "areas": "[]", "act": "show", "reason": "mending"}
        assert client.post(f"/reports/photos/{photo.pk}/", fields).status_code == 404
        assert client.post(f"/reports/photos/{photo.pk}/original/", fields).status_code == 404
        assert "to check" not in client.get("/").content.decode()


def test_originals_go_after_ninety_days_and_the_photo_stays(desk: Client, town: Authority, store: Path) -> None:
    photo, kept = developed(sent(taken())), KEPT["reports.originals"]
    decide(desk, photo, "show")
    assert destroy_due(kept=kept, authority=town.id, now=utc_now() + 89 * DAY, by=None) == 0
    assert destroy_due(kept=kept, authority=town.id, now=utc_now() + 91 * DAY, by=None) == 1
    assert files_in(store) == {"full-0", "thumb-0"}
    assert desk.get(f"/reports/photos/{photo.pk}/original/").status_code == 404
    assert Client().get(address(photo)).status_code == 200


def test_files_that_no_row_knows_are_destroyed(town: Authority, store: Path) -> None:
    now = utc_now()
    photo = developed(sent(taken()))
    gone, joined = developed(sent(taken())), developed(sent(taken()))
    merge_report(report=joined.report, into=gone.report, by=None, now=now)
    decline_report(report=gone.report, reason=Decline.NOTHING_FOUND, said=Said("Rien vu"), by=None, now=now)
    (store / str(town.id) / str(photo.pk) / "full-7").write_bytes(b"of an act that never came to be")
    assert destroy_reports(keys=[str(gone.report_id), str(joined.report_id)], now=now, by=None) == 2
    tidy(now)
    assert len(list(store.rglob("*-0"))) == 6, "an act may be about to take them"
    tidy(now + 2 * DAY)
    assert files_in(store) == {"original", "full-0", "thumb-0"}
    assert not (store / str(town.id) / str(gone.pk)).exists()
    assert list(STRAYS["reports.photos"]()) == []
