"""When nothing can be written down the watch writes to administrators itself: once it lasts, once, and once more when it is over."""

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from pytest_django import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.kernel.alerts.tests.outside import Mailbox, mail_server
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.upkeep.jobs import watch
from beffroi.kernel.upkeep.models import Trouble
from beffroi.kernel.upkeep.post import FILE, Post
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.checkup import Checkup

# After everything that the tests make.
NOW = utc_now() + timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def home(tmp_path: Path, settings: Settings) -> Path:
    settings.BEFFROI_HOME, settings.BEFFROI_BROKER_URL = tmp_path, None
    return tmp_path


def test_a_database_that_is_away_is_told_by_letter_once_and_so_is_its_return(
    own_database: ConnectionInfo, home: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = make_authority()
    ada = make_member("Ada", town.organisation, Role.ADMINISTRATOR)
    make_member("Alice", town.organisation, Role.AGENT)
    box = Mailbox()
    with mail_server(box) as url:
        settings.BEFFROI_SMTP_URL = url
        post = Post(home)
        watch(post, lambda: NOW, Checkup())
        assert ada.email in (home / FILE).read_text()
        assert (home / FILE).stat().st_mode & 0o777 == 0o600
        port = connection.settings_dict["PORT"]
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "PORT", str(free_port()))
        newcomer = Post(home)  # a worker that starts while the database is away knows whom to write to
        watch(newcomer, lambda: NOW + MINUTE, Checkup())
        assert box.letters == [], "it may be a restart"
        for minutes in (2, 3, 20):
            watch(newcomer, lambda after=minutes: NOW + after * MINUTE, Checkup())
        (letter,) = box.letters
        assert letter["To"] == ada.email
        text = str(letter.get_body(("plain",)))
        assert "PostgreSQL" in text
        assert "password" not in text.lower()
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "PORT", port)
        for minutes in (21, 22):
            watch(newcomer, lambda after=minutes: NOW + after * MINUTE, Checkup())
    assert len(box.letters) == 2
    assert "va de nouveau bien" in str(box.letters[1]["Subject"]) or "well again" in str(box.letters[1]["Subject"])


def test_a_database_that_can_only_be_read_is_noted_as_such(
    own_database: ConnectionInfo, home: Path, settings: Settings
) -> None:
    make_authority()
    post = Post(home)
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        name = owner.info.dbname
        owner.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        connection.close()
        found = {each.code for each in Checkup().examine(NOW, only=("writing",))}
        assert found == {"writing.read-only"}
        watch(post, lambda: NOW, Checkup())
        owner.execute("SET default_transaction_read_only = off")
        owner.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    connection.close()
    assert not Trouble.objects.filter(code="writing.read-only").exists(), "nothing could be noted"
    watch(post, lambda: NOW + MINUTE, Checkup())
    assert {each.code for each in Checkup().examine(NOW, only=("writing",))} == {"writing"}
