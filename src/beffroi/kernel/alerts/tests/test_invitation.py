"""Somebody is asked to be told on a device once they did something useful there, once, and never again after a no."""

from datetime import datetime
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from beffroi.adapters.push import identity
from beffroi.kernel.alerts.factories import FORCED, Watch, ring, with_phone
from beffroi.kernel.alerts.pages.invitation import LATER

pytestmark = pytest.mark.django_db
ENGLISH = {"accept-language": "en"}
ASKED = 'data-island="push"'


@pytest.fixture
def alert(here: Watch, now: datetime, settings: Settings, tmp_path: Path) -> str:
    settings.BEFFROI_HOME = tmp_path
    identity.furnish(tmp_path)
    return f"/alerts/{ring(here, kind=FORCED, now=now).pk}/"


@pytest.fixture
def opal(here: Watch) -> Client:
    client = Client(headers=ENGLISH)
    client.force_login(here.opal)
    return client


def page(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_only_after_something_useful_and_once(opal: Client, alert: str) -> None:
    assert ASKED not in page(opal, alert)
    assert opal.post(f"{alert}acknowledge/").status_code == 302
    assert ASKED in page(opal, alert)
    assert ASKED not in page(opal, alert)


def test_a_no_is_remembered_and_the_other_ways_are_shown(opal: Client, alert: str) -> None:
    answer = opal.post("/alerts/contacts/later/")
    assert answer["Location"] == "/alerts/contacts/#mail"
    assert opal.cookies[LATER].value == "1"
    assert "other ways to be told" in page(opal, "/alerts/contacts/")
    opal.post(f"{alert}acknowledge/")
    assert ASKED not in page(opal, alert)


def test_whoever_is_told_already_is_not_asked(opal: Client, here: Watch, alert: str, now: datetime) -> None:
    with_phone(here.opal, now)
    opal.post(f"{alert}acknowledge/")
    assert ASKED not in page(opal, alert)


def test_the_steps_for_an_iphone_are_drawn_in_the_page(opal: Client, alert: str) -> None:
    opal.post(f"{alert}acknowledge/")
    told = page(opal, alert)
    steps = told[told.index('data-reason="install"') :].split("</template>")[0]
    assert steps.count("<svg") == 5  # three pictures, and the icons of the two buttons
    assert "data:" not in steps
    assert "Add to Home Screen" in steps
