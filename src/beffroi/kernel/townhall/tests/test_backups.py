"""What is said of backups: to the check-up, which administrators are told of, and on the page of first steps."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import override_settings
from django.utils.translation import override

from beffroi.adapters.archive import noted
from beffroi.adapters.archive.noted import Noted
from beffroi.kernel.townhall.queries import facts
from beffroi.kernel.townhall.queries.backups import look
from beffroi.persistence.checkup import State

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NIGHT = NOW - timedelta(hours=6)
GOOD = Noted(name="2026-11-23T030000Z", folder="/proc", at=int(NIGHT.timestamp()), bytes=5)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    secret = tmp_path / "keys" / "web" / "secret"
    secret.parent.mkdir(parents=True)
    secret.touch()
    begin(tmp_path, NOW - timedelta(days=2))
    with override_settings(BEFFROI_HOME=tmp_path, BEFFROI_DEMO=False):
        yield tmp_path


def begin(home: Path, moment: datetime) -> None:
    os.utime(home / "keys" / "web" / "secret", (moment.timestamp(), moment.timestamp()))


def found(home: Path, known: Noted | None = None) -> dict[str, State]:
    if known is not None:
        noted.write(home, known)
    return {finding.code: finding.state for finding in look(NOW)}


def test_a_fresh_backup_elsewhere_is_well(home: Path) -> None:
    assert found(home, GOOD) == {"backup": State.WELL}
    (finding,) = look(NOW)
    assert finding.values == {"age_seconds": 6 * 3600.0, "bytes": 5.0}


def test_an_installation_of_yesterday_waits_for_its_night_and_one_of_last_week_has_none(home: Path) -> None:
    assert found(home) == {"backup": State.WARNING}
    begin(home, NOW - timedelta(hours=30))
    assert found(home) == {"backup": State.WELL}


@pytest.mark.parametrize(
    ("known", "code"),
    [
        (replace(GOOD, at=int((NOW - timedelta(hours=37)).timestamp())), "backup"),
        (GOOD.after_failure(reason="the disk is full", at=NOW), "backup.failed"),
    ],
)
def test_what_is_old_or_failed_is_told(home: Path, known: Noted, code: str) -> None:
    assert found(home, known)[code] is State.WARNING


def test_a_backup_on_its_own_disk_is_told(home: Path) -> None:
    assert found(home, replace(GOOD, folder=str(home)))["backup.same-disk"] is State.WARNING


def test_the_trial_is_asked_for_after_a_month_and_again_after_a_year(home: Path) -> None:
    begin(home, NOW - timedelta(days=40))
    assert found(home, GOOD)["backup.trial"] is State.WARNING
    tried = GOOD.after_trial(name=GOOD.name, at=NOW - timedelta(days=360), seconds=60)
    assert "backup.trial" not in found(home, tried)
    long_ago = GOOD.after_trial(name=GOOD.name, at=NOW - timedelta(days=400), seconds=60)
    assert found(home, long_ago)["backup.trial"] is State.WARNING


def test_a_demonstration_says_nothing_of_backups(home: Path) -> None:
    with override_settings(BEFFROI_DEMO=True):
        assert list(look(NOW)) == []


@override("en")
def test_first_steps_read_the_backup_and_its_trial(home: Path) -> None:
    assert not facts.backup(uuid4(), NOW).done
    noted.write(home, GOOD)
    assert "none was restored on trial" in str(facts.backup(uuid4(), NOW).words)
    noted.write(home, GOOD.after_trial(name=GOOD.name, at=NOW, seconds=60))
    assert facts.backup(uuid4(), NOW).done
    assert not facts.backup(uuid4(), NOW + timedelta(days=3)).done
