"""The schedule, a rule, what was destroyed and its proof, as an administrator reads them."""

import csv
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from beffroi.kernel.register.factories import HOST
from beffroi.kernel.register.models import Entry
from beffroi.kernel.register.queries.keys import KeyRing, create_checkpoint_key
from beffroi.kernel.register.queries.published import Shelf
from beffroi.kernel.register.sequencer.loop import Sequencer
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.retention.models import Destruction, DurationSet
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.persistence.keeping import KEPT, Fate
from beffroi.protocol.register.receipt import parse_receipt, verify_receipt
from beffroi.systems.cabinets.models import Use
from tests.retention.town import A_YEAR, OpenedOnce


@pytest.fixture
def admin(opened_once: OpenedOnce) -> Client:
    return opened_once.client(opened_once.street.administrator)


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def test_the_schedule_says_what_how_long_why_and_what_then(admin: Client) -> None:
    page = text(admin, "/retention/of/meaux/")
    for kept in KEPT.values():
        assert f"/retention/of/meaux/rules/{kept.code}/" in page
    assert "CNIL, délibération n° 2021-122" in page
    assert "10 years" in page
    assert "Archives’ visa" in page


def test_the_schedule_goes_out_as_a_table_with_the_durations_in_force(admin: Client, opened_once: OpenedOnce) -> None:
    admin.post("/retention/of/meaux/rules/cabinets.uses/", {"length": "36"})
    answer = admin.get("/retention/of/meaux/schedule.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="retention-meaux.csv"'
    rows = {row["Rule"]: row for row in csv.DictReader(StringIO(answer.content.decode("utf-8-sig")), delimiter=";")}
    assert set(rows) == set(KEPT)
    assert (rows["cabinets.uses"]["How long"], rows["cabinets.uses"]["Set by the authority"]) == ("3 years", "yes")
    assert rows["cabinets.uses"]["At most"] == "3 years"
    assert "CNIL" in rows["cabinets.uses"]["Why so long"]
    assert {row["Set by the authority"] for code, row in rows.items() if code != "cabinets.uses"} == {"no"}
    assert {row["Whose"] for code, row in rows.items() if KEPT[code].installation} == {"Of the whole installation"}


def reads(client: Client, address: str) -> Counter[str]:
    """How often a page asks for durations, for holds, and at all."""
    with CaptureQueriesContext(connection) as asked:
        text(client, address)
    said = [str(query["sql"]) for query in asked.captured_queries]
    return Counter(
        {
            "durations": sum('FROM "retention_durationset"' in one for one in said),
            "holds": sum(one.startswith('SELECT "retention_hold"') for one in said),
            "all": len(said),
        }
    )


def test_the_schedule_reads_each_rule_once(admin: Client) -> None:
    archives = [kept for kept in KEPT.values() if kept.fate is Fate.VISA]
    schedule, slips = reads(admin, "/retention/of/meaux/"), reads(admin, "/retention/of/meaux/slips/")
    assert (schedule["durations"], slips["durations"]) == (2, 1), "the authority's, the installation's"
    assert (schedule["holds"], slips["holds"]) == (0, 0)
    assert schedule["all"] - slips["all"] < len(KEPT) - len(archives) + 6


def test_a_duration_is_set_within_the_rule_and_leaves_its_entry(admin: Client, opened_once: OpenedOnce) -> None:
    assert admin.post("/retention/of/meaux/rules/cabinets.uses/", {"length": "36"}).status_code == 302
    row = DurationSet.objects.get()
    assert (row.authority_id, row.length, row.unit) == (opened_once.use.authority_id, 36, "months")
    assert Entry.objects.filter(kind="retention.duration-set").count() == 1
    assert "3 years" in text(admin, "/retention/of/meaux/rules/cabinets.uses/")
    for length in ("5", "37", "", "twelve"):
        assert admin.post("/retention/of/meaux/rules/cabinets.uses/", {"length": length}).status_code == 422
    assert DurationSet.objects.get().length == 36


def test_what_a_shorter_duration_destroys_is_read_before(admin: Client, opened_once: OpenedOnce) -> None:
    old = opened_once.at - A_YEAR * 0.7
    with writing():
        Use.objects.filter(pk=opened_once.use.pk).update(at=old)
    refused = admin.post("/retention/of/meaux/rules/cabinets.uses/", {"length": "6"})
    assert refused.status_code == 422
    assert "1 thing will be past its time, and destroyed next night." in refused.content.decode()
    assert not DurationSet.objects.exists()
    assert admin.post("/retention/of/meaux/rules/cabinets.uses/", {"length": "6", "agreed": "on"}).status_code == 302
    assert DurationSet.objects.get().length == 6


def test_what_belongs_to_the_installation_is_not_an_authoritys_to_set(admin: Client) -> None:
    assert "beffroi retention set" in text(admin, "/retention/of/meaux/rules/territory.people/")
    assert admin.post("/retention/of/meaux/rules/territory.people/", {"length": "24"}).status_code == 404
    assert admin.get("/retention/of/meaux/rules/no.such/").status_code == 404


def test_a_destruction_is_proven_to_a_stranger(admin: Client, opened_once: OpenedOnce, tmp_path: Path) -> None:
    place = Shelf(home=tmp_path, host=HOST)
    create_checkpoint_key(place.key_folder)
    keys = KeyRing(place.key_folder)
    with override_settings(BEFFROI_HOME=tmp_path, BEFFROI_REGISTER_HOST=HOST):
        authority = opened_once.use.authority_id
        destroy_due(kept=KEPT["cabinets.uses"], authority=authority, now=opened_once.at + A_YEAR, by=None)
        row = Destruction.objects.get()
        address = f"/retention/destructions/{row.pk}/receipt/"
        assert address in text(admin, "/retention/of/meaux/destructions/")
        assert admin.get(address).status_code == 404, "not published yet"
        sequencer = Sequencer(place, keys)
        sequencer.begin()
        while sequencer.look():
            pass
        receipt = parse_receipt(admin.get(address).content)
    proven = verify_receipt(receipt, keys.of(str(authority)).verifiers_now(receipt.origin))
    assert proven.entry.kind == "retention.destroyed"
    assert proven.openings["rule"].value == "cabinets.uses"
    assert proven.openings["count"].value == 1
    assert proven.openings["digest"].value == row.digest


def test_another_authoritys_administrator_sees_their_own(opened_once: OpenedOnce) -> None:
    destroy_due(
        kept=KEPT["cabinets.uses"], authority=opened_once.use.authority_id, now=opened_once.at + A_YEAR, by=None
    )
    row = Destruction.objects.get()
    provins = make_authority("provins", "Provins")
    other = opened_once.client(make_member("Ada", provins.organisation, Role.ADMINISTRATOR))
    assert "Nothing was destroyed yet." in text(other, "/retention/of/provins/destructions/")
    assert other.get(f"/retention/destructions/{row.pk}/receipt/").status_code == 404
    assert other.post("/retention/of/provins/rules/cabinets.uses/", {"length": "36"}).status_code == 302
    assert DurationSet.objects.get().authority_id == provins.id
