"""Public archives: proposed on a slip, answered by the archives, destroyed by the town, and never before. Through the pages."""

import csv
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from uuid import UUID

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from beffroi.kernel.grants.models import Convention, ConventionPurpose
from beffroi.kernel.register.models import Entry
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.kernel.retention.actions.durations import hold
from beffroi.kernel.retention.models import Destruction, Slip, SlipItem, SlipState
from beffroi.kernel.retention.rules import civil_day
from beffroi.kernel.territory.factories import make_organisation
from beffroi.persistence.guard import writing
from beffroi.persistence.keeping import KEPT
from beffroi.systems.cabinets.factories import make_convention
from tests.retention.town import OpenedOnce

YEAR = timedelta(days=366)
TODAY = date.today().isoformat()  # noqa: DTZ011 - what a browser's calendar would put


@pytest.fixture
def admin(opened_once: OpenedOnce) -> Client:
    return opened_once.client(opened_once.street.administrator)


@pytest.fixture
def old(opened_once: OpenedOnce) -> list[Convention]:
    """Two conventions that ended more than five years ago, in two different years, beside the one in force."""
    return [ended(opened_once, "Fibre d’hier", 6), ended(opened_once, "Fibre d’avant-hier", 8)]


def ended(here: OpenedOnce, firm: str, years: int) -> Convention:
    start = here.at - (years + 1) * YEAR
    return make_convention(
        here.street.town,
        make_organisation(firm),
        now=start,
        by=here.street.administrator,
        until=start + timedelta(days=300),
    )


def made(admin: Client) -> Slip:
    admin.post("/retention/of/meaux/slips/", {"service": "Direction des systèmes d’information"})
    return Slip.objects.get()


def sent(admin: Client) -> Slip:
    slip = made(admin)
    assert admin.post(f"/retention/slips/{slip.pk}/send/", {"sent_on": TODAY}).status_code == 302
    return Slip.objects.get()


def with_visa(admin: Client, **refused: str) -> Slip:
    slip = sent(admin)
    answer = {"visa_on": TODAY, "reference": "AD77-2026-118", "quality": "Directrice des Archives départementales"}
    assert admin.post(f"/retention/slips/{slip.pk}/visa/", {**answer, **refused}).status_code == 302
    return Slip.objects.get()


def destroy(admin: Client, slip: Slip) -> str:
    response = admin.post(f"/retention/slips/{slip.pk}/destroy/", follow=True)
    return response.content.decode()


def test_what_is_past_its_time_is_proposed_line_by_line(admin: Client, old: list[Convention]) -> None:
    slip = made(admin)
    page = admin.get(f"/retention/slips/{slip.pk}/").content.decode()
    assert f"Bordereau d’élimination nº\xa0{slip}" in page
    assert "Direction des systèmes d’information" in page
    for convention in old:
        assert convention.title in page
    assert "Code civil, 2224" in page
    assert [line.count for line in slip.lines.order_by("position")] == [1, 1]
    assert SlipItem.objects.count() == 2, "the convention in force is on no slip"


def test_from_the_slip_to_the_destruction(admin: Client, old: list[Convention]) -> None:
    slip = with_visa(admin)
    assert Convention.objects.count() == 3
    assert "Destroyed: 2." in destroy(admin, slip)
    assert Convention.objects.count() == 1
    assert ConventionPurpose.objects.count() == 1
    row = Destruction.objects.get()
    assert (row.rule, row.fate, row.slip, row.count) == ("grants.conventions", "visa", slip, 2)
    said = openings_of([row.entry])[row.entry]
    assert said["slip"].value == str(slip.pk)
    assert Slip.objects.get().state == SlipState.DONE
    moved = Entry.objects.filter(kind="retention.slip-moved").order_by("number").values_list("id", flat=True)
    opened = openings_of(moved)
    assert [opened[entry]["state"].value for entry in moved] == ["draft", "sent", "visa", "done"]
    listed = admin.get("/retention/of/meaux/destructions/").content.decode()
    assert f"slip {slip}" in listed


def test_a_line_that_the_archives_refuse_stays_and_is_proposed_no_more(admin: Client, old: list[Convention]) -> None:
    slip = with_visa(admin, line_1="Premiers raccordements : à verser")
    kept = SlipItem.objects.get(line__position=1)
    destroy(admin, slip)
    assert Convention.objects.filter(pk=kept.key).exists()
    assert Convention.objects.count() == 2
    assert "Premiers raccordements" in admin.get(f"/retention/slips/{slip.pk}/").content.decode()
    again = admin.post("/retention/of/meaux/slips/", {"service": "DSI"}, follow=True).content.decode()
    assert "Nothing waits for the archives today." in again
    assert Slip.objects.count() == 1


@pytest.mark.parametrize("until", ["draft", "sent"])
def test_nothing_is_destroyed_before_the_visa(admin: Client, old: list[Convention], until: str) -> None:
    slip = made(admin) if until == "draft" else sent(admin)
    assert "moved on" in destroy(admin, slip)
    assert Convention.objects.count() == 3
    assert not Destruction.objects.exists()


@pytest.mark.parametrize("state", ["none", "draft", "sent", "refused"])
def test_the_database_itself_refuses_to_delete_an_archive_without_visa(
    admin: Client, old: list[Convention], state: str
) -> None:
    steps: dict[str, Callable[[Client], Slip]] = {
        "draft": made,
        "sent": sent,
        "refused": lambda client: with_visa(client, line_1="À verser"),
    }
    if state in steps:
        steps[state](admin)
    key = str(old[1].pk)
    for table, column in (("grants_conventionpurpose", "convention_id"), ("grants_convention", "id")):
        with pytest.raises(IntegrityError, match="no visa of the archives"), writing(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table} WHERE {column} = %s", [key])


def test_the_database_refuses_a_destruction_of_archives_under_anothers_visa(
    admin: Client, old: list[Convention]
) -> None:
    slip = with_visa(admin)
    destroy(admin, slip)
    row = Destruction.objects.get()
    values: dict[str, UUID | date | None] = {"slip": slip.pk, "visa": date(2020, 1, 1), "authority": row.authority_id}
    with (
        pytest.raises(IntegrityError, match="destruction_slip_has_that_visa"),
        writing(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            """INSERT INTO retention_destruction (id, authority_id, rule, fate, slip_id, visa_on, count, first, last, digest,
                entry, at) VALUES (gen_random_uuid(), %(authority)s, 'grants.conventions', 'visa', %(slip)s, %(visa)s, 1,
                now(), now(), '', gen_random_uuid(), now())""",
            values,
        )


def test_a_visa_comes_after_the_slip_and_has_a_reference(admin: Client, old: list[Convention]) -> None:
    slip = sent(admin)
    address = f"/retention/slips/{slip.pk}/visa/"
    early = admin.post(address, {"visa_on": "2020-01-01", "reference": "X", "quality": "Y"})
    assert early.status_code == 422
    assert "The visa comes after the slip was sent." in early.content.decode()
    assert admin.post(address, {"visa_on": TODAY, "reference": "", "quality": ""}).status_code == 422
    ahead = admin.post(address, {"visa_on": "2099-01-01", "reference": "X", "quality": "Y"})
    assert "This day has not come yet." in ahead.content.decode()
    assert Slip.objects.get().state == SlipState.SENT


def test_an_abandoned_slip_frees_what_was_on_it(admin: Client, old: list[Convention]) -> None:
    first = sent(admin)
    admin.post(f"/retention/slips/{first.pk}/abandon/")
    admin.post("/retention/of/meaux/slips/", {"service": "DSI"})
    second = Slip.objects.exclude(pk=first.pk).get()
    assert (second.year, second.number) == (first.year, first.number + 1)
    assert SlipItem.objects.filter(live=True, line__slip=second).count() == 2
    assert "abandoned" in admin.get("/retention/of/meaux/slips/").content.decode()


def test_what_a_judge_holds_waits_and_the_slip_with_it(
    opened_once: OpenedOnce, admin: Client, old: list[Convention]
) -> None:
    slip = with_visa(admin)
    rule, authority = KEPT["grants.conventions"], opened_once.use.authority_id
    later = civil_day(opened_once.at) + timedelta(days=90)
    now: datetime = opened_once.at
    hold(
        kept=rule, authority=authority, keys=[str(old[0].pk)], reason="judicial-request", until=later, by=None, now=now
    )
    destroy(admin, slip)
    assert Convention.objects.filter(pk=old[0].pk).exists()
    assert Slip.objects.get().state == SlipState.VISA


def test_the_list_opens_in_a_spreadsheet_and_starts_no_formula(
    opened_once: OpenedOnce, admin: Client, old: list[Convention]
) -> None:
    with writing():
        Convention.objects.filter(pk=old[0].pk).update(title="=cmd|' /C calc'!A0")
    slip = made(admin)
    response = admin.get(f"/retention/slips/{slip.pk}/file/")
    rows = list(csv.reader(StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 3
    assert not any(cell.startswith("=") for row in rows for cell in row)


def test_slips_are_their_administrators_only(opened_once: OpenedOnce, admin: Client, old: list[Convention]) -> None:
    slip = made(admin)
    for person in (opened_once.street.alice, opened_once.street.bob, opened_once.street.technician):
        client = opened_once.client(person)
        for address in ("", "slips/", f"slips/{slip.pk}/", f"slips/{slip.pk}/file/", "destructions/", "checks/"):
            assert client.get(f"/retention/{address}").status_code == 404
        assert client.post(f"/retention/slips/{slip.pk}/abandon/").status_code == 404
