"""A year typed wrong is said beside its field, on every page that asks for a day; nothing that was kept of it can't be opened again."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from beffroi.kernel.alerts.actions.rosters import draw_up_roster
from beffroi.kernel.grants.models import ConventionDraft
from beffroi.lib.clock import utc_now
from beffroi.systems.cabinets.factories import Street, street
from beffroi.systems.cabinets.rules import Alarm

pytestmark = pytest.mark.django_db
SAID = "Check the year"


@pytest.fixture
def here(tmp_path: Path) -> Street:
    return street(tmp_path, now=utc_now())


@pytest.fixture
def admin(here: Street) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(here.administrator)
    return client


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_addresses_with_a_year_too_far_say_so(here: Street, admin: Client, day: str) -> None:
    town = here.town.authority
    for path, asked in (
        (reverse("entries-of", args=[town.pk]), {"since": day, "until": day}),
        (reverse("alert-foresight", args=[town.pk, Alarm.FORCED]), {"at": f"{day}T23:30"}),
        (reverse("cabinet-figures", args=[town.slug]), {"first": day, "last": day}),
    ):
        answer = admin.get(path, asked)
        assert answer.status_code in (200, 422), path
        assert SAID in answer.content.decode(), path


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_roster_shows_this_week_then(here: Street, admin: Client, day: str) -> None:
    roster = draw_up_roster(
        authority=here.town.authority.pk, name="On call", continuous=True, holidays_apart=False, now=utc_now(), by=None
    )
    page = reverse("roster", args=[roster.pk])
    shown = admin.get(page, {"week": day}).content.decode()
    assert f"{utc_now():%Y}" in shown


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_draft_is_kept_as_typed_opened_again_and_not_signed(here: Street, admin: Client, day: str) -> None:
    path = admin.post("/conventions/add/", {"beginning": "cabinets:"})["Location"]
    given = {"title": "Far away", "valid_from": day, "valid_until": day, "rows": "0"}
    assert admin.post(path, given, headers={"hx-request": "true"}).status_code == 200
    assert ConventionDraft.objects.get().content["valid_until"] == day
    assert day in admin.get(path).content.decode()
    answer = admin.post(path, {**given, "act": "sign"})
    assert answer.status_code == 422
    assert SAID in answer.content.decode()


def test_a_role_ends_within_reach(here: Street, admin: Client) -> None:
    whole = {"name": "Nina", "email": "nina@meaux.example", "language": "en", "role": "agent", "until": "9999-12-31"}
    answer = admin.post(f"/organisations/{here.town.authority.organisation_id}/invite/", whole)
    assert answer.status_code == 422
    assert SAID in answer.content.decode()
