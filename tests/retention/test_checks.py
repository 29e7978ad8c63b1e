"""The reconciler finds what disagrees on the disk, in the tables and in the register, says it, and stops saying it."""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import override_settings

from beffroi.adapters.mqtt import accounts, notes
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.actions import forget_people
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.models import Deadline
from beffroi.kernel.devices.queries.devices import broker_accounts
from beffroi.kernel.register.actions import erase
from beffroi.kernel.register.models import Payload
from beffroi.kernel.retention.actions.checks import check_authority
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.retention.models import Check
from beffroi.kernel.retention.queries import agreement
from beffroi.persistence.guard import writing
from beffroi.persistence.keeping import KEPT
from beffroi.protocol.register.entry import INSTALLATION
from tests.retention.town import A_YEAR, OpenedOnce, nights


@pytest.fixture
def town(opened_once: OpenedOnce, tmp_path: Path) -> Iterator[OpenedOnce]:
    """Its disk is the folder that its keys are in."""
    with override_settings(BEFFROI_HOME=tmp_path):
        yield opened_once


def found(here: OpenedOnce, now: datetime | None = None) -> dict[str, tuple[str, int]]:
    check = check_authority(authority=here.use.authority_id, now=now or here.at, by=None)
    return {each["code"]: (each["subject"], each["count"]) for each in check.findings}


def alert() -> Alert:
    return Alert.objects.filter(kind="retention.mismatch").latest("raised_at")


def test_a_town_in_order_agrees(town: OpenedOnce) -> None:
    assert found(town) == {}
    last = nights(town.at + A_YEAR, 3)
    assert found(town, last) == {}
    assert not Alert.objects.filter(kind="retention.mismatch").exists()


def test_values_that_vanish_without_an_erasure_are_told_until_they_are_back(town: OpenedOnce) -> None:
    log = str(town.use.authority_id)
    row = Payload.objects.get(entry=town.use.entry)
    with writing():
        Payload.objects.filter(entry=town.use.entry).delete()
    assert found(town) == {agreement.UNEXPLAINED: (log, 1)}
    assert alert().ended_at is None
    admin = town.client(town.street.administrator)
    assert "Values are missing from the register" in admin.get("/retention/of/meaux/checks/").content.decode()
    assert "See what differs" in admin.get("/retention/of/meaux/").content.decode()
    with writing():
        row.save(force_insert=True)
    assert found(town) == {}
    assert alert().ended_at is not None


def test_values_that_were_erased_and_come_back_are_told(town: OpenedOnce) -> None:
    row = Payload.objects.get(entry=town.use.entry)
    erase(entries=[town.use.entry], reason="request", by=None)
    assert found(town) == {}
    with writing():
        row.save(force_insert=True)
    assert found(town) == {agreement.RETURNED: (str(town.use.authority_id), 1)}


def test_things_that_nobody_destroyed_are_told_after_two_nights(town: OpenedOnce) -> None:
    late = town.at + A_YEAR + timedelta(days=1)
    assert agreement.OVERDUE not in found(town, late)
    check = check_authority(authority=town.use.authority_id, now=late + timedelta(days=3), by=None)
    overdue = {each["subject"] for each in check.findings if each["code"] == agreement.OVERDUE}
    assert {"cabinets.uses", "grants.rights", "register.traces"} <= overdue


def test_somebody_forgotten_who_still_has_an_address_is_told(town: OpenedOnce) -> None:
    person = make_person("Gaston")
    forget_people(keys=[str(person.id)], now=town.at, by=None)
    assert found(town) == {}
    EmailAddress.objects.create(user=person, email="gaston@meaux.example", verified=True, primary=True)
    assert found(town) == {agreement.NAMES: ("people", 1)}


def test_a_destruction_whose_row_is_gone_is_told(town: OpenedOnce, own_database: ConnectionInfo) -> None:
    last = nights(town.at + A_YEAR, 2)
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM retention_destruction WHERE rule = 'cabinets.uses'")
    assert found(town, last) == {agreement.ENTRIES: (str(town.use.authority_id), 1)}


def test_a_destruction_of_the_installations_things_whose_row_is_gone_is_told(
    town: OpenedOnce, own_database: ConnectionInfo
) -> None:
    town.client(town.street.bob)
    later = town.at + A_YEAR
    assert destroy_due(kept=KEPT["accounts.sessions"], authority=None, now=later, by=None) == 1
    assert agreement.ENTRIES not in found(town, later)
    with psycopg.connect(own_database.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM retention_destruction WHERE rule = 'accounts.sessions'")
    assert found(town, later)[agreement.ENTRIES] == (INSTALLATION, 1)


def test_the_application_can_neither_rewrite_nor_delete_a_destruction(town: OpenedOnce) -> None:
    nights(town.at + A_YEAR, 1)
    for statement in ("DELETE FROM retention_destruction", "UPDATE retention_destruction SET count = 0"):
        with pytest.raises(Exception, match="permission denied"), writing(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_files_of_no_authority_are_told(town: OpenedOnce, tmp_path: Path) -> None:
    stray = str(uuid.uuid4())
    (tmp_path / "keys" / stray).mkdir(parents=True)
    assert found(town) == {agreement.KEYS: (stray, 1)}
    (tmp_path / "register" / stray).mkdir(parents=True)
    assert found(town) == {agreement.KEYS: (stray, 1), agreement.LOGS: (stray, 1)}


def test_a_retired_devices_account_on_the_broker_is_told(town: OpenedOnce, tmp_path: Path) -> None:
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    notes.path_in(tmp_path).parent.mkdir()
    notes.write(tmp_path, notes.Notes.fresh(folder, 1883, 1884))
    stray = uuid.uuid4()
    accounts.write_devices(folder, {(town.use.authority_id, stray): accounts.hashed("word")})
    assert found(town) == {agreement.DISK: (f"broker {stray}", 1)}
    accounts.write_devices(folder, broker_accounts(town.at))
    assert found(town) == {}


def test_the_weekly_look_comes_by_its_deadline_and_sets_the_next(town: OpenedOnce) -> None:
    nights(town.at, 8)
    assert Check.objects.count() == 1
    waiting = Deadline.objects.get(kind="retention.reconciliation", state="waiting")
    assert timedelta(days=6) < waiting.due_at - Check.objects.get().at <= timedelta(days=8)


def test_the_button_compares_now(town: OpenedOnce) -> None:
    admin = town.client(town.street.administrator)
    assert "Everything agrees." in admin.post("/retention/of/meaux/checks/", follow=True).content.decode()
    assert Check.objects.count() == 1
