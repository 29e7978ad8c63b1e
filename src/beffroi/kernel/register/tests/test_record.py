"""An act on the record: one entry of commitments in the act's own transaction, and values that open them."""

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection, transaction

from beffroi.kernel.register.actions import record
from beffroi.kernel.register.errors import BadField, OutsideTransaction, UnknownKind
from beffroi.kernel.register.factories import NOON, Town
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.register.queries.payloads import openings_of
from beffroi.protocol.register.entry import check_openings, parse_entry

THUMBPRINT = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_the_leaf_holds_commitments_only_and_its_payload_opens_them(town: Town) -> None:
    grant = uuid4()
    identifier = town.act(7, grant=grant, holder=THUMBPRINT)
    row = Entry.objects.get(pk=identifier)
    entry = parse_entry(bytes(row.body))
    assert (entry.kind, entry.log, entry.at) == ("test.act", str(town.authority), "2026-11-22T12:00Z")
    assert sorted(entry.fields) == ["grant", "holder", "number", "things"]
    assert row.at == NOON.replace(second=0)
    for told in (str(grant), THUMBPRINT, "cabinet-1", str(identifier)):
        assert told.encode() not in bytes(row.body)
    openings = openings_of([identifier])[identifier]
    check_openings(entry, openings)
    assert openings["number"].value == 7
    assert openings["things"].value == ["cabinet-1", "cabinet-2"]
    payload = Payload.objects.get(pk=identifier)
    assert (payload.grant, payload.holder) == (grant, THUMBPRINT)


def test_the_same_value_twice_has_two_commitments(town: Town) -> None:
    bodies = [parse_entry(bytes(Entry.objects.get(pk=town.act(1)).body)) for _ in range(2)]
    assert bodies[0].fields["number"] != bodies[1].fields["number"]


def test_an_act_that_fails_leaves_no_entry(town: Town) -> None:
    with transaction.atomic():
        record(kind="test.act", authority=None, by=None, fields={"number": 1, "things": []})
        transaction.set_rollback(True)
    assert not Entry.objects.exists()
    assert not Payload.objects.exists()


def test_a_record_without_its_acts_transaction_is_refused(town: Town) -> None:
    with pytest.raises(OutsideTransaction):
        record(kind="test.act", authority=None, by=None, fields={"number": 1, "things": []})


@pytest.mark.parametrize(
    "fields",
    [
        {"number": 1},
        {"number": 1, "things": [], "name": "Jeanne"},
        {"number": "1", "things": []},
        {"number": True, "things": []},
        {"number": 2**53, "things": []},
        {"number": 1, "things": "cabinet-1"},
        {"number": 1, "things": ["a person's name"]},
        {"number": 1, "things": ["x" * 65]},
        {"number": 1, "things": ["cabinet-1"] * 1001},
        {"number": datetime(2026, 1, 1, tzinfo=UTC), "things": []},
    ],
)
def test_what_is_no_identifier_of_its_kind_is_refused(town: Town, fields: dict[str, int]) -> None:
    with pytest.raises(BadField), transaction.atomic():
        record(kind="test.act", authority=None, by=None, fields=fields)
    assert not Entry.objects.exists()


def test_a_kind_that_nobody_registered_is_refused(town: Town) -> None:
    with pytest.raises(UnknownKind), transaction.atomic():
        record(kind="test.never", authority=None, by=None, fields={})


def test_the_database_refuses_a_finer_time_than_the_minute(town: Town) -> None:
    identifier = town.act()
    with connection.cursor() as cursor:
        cursor.execute("SELECT date_part('second', at) FROM register_entry WHERE id = %s", [identifier])
        assert cursor.fetchone() == (0,)


def test_a_payload_is_json_that_postgresql_can_search(town: Town) -> None:
    identifier = town.act(3)
    with connection.cursor() as cursor:
        cursor.execute("SELECT fields -> 'number' ->> 'value' FROM register_payload WHERE entry = %s", [identifier])
        assert json.loads(cursor.fetchone()[0]) == 3
