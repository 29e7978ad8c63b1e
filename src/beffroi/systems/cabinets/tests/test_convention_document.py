"""A convention about cabinets, as machines read it: the same form as any other's (docs/spec/convention.md)."""

import json
from pathlib import Path

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from beffroi.kernel.accounts.models import Person
from beffroi.lib.clock import utc_now
from beffroi.systems.cabinets.factories import street

SCHEMA = Path(__file__).resolve().parents[5] / "docs" / "spec" / "convention.schema.json"

pytestmark = pytest.mark.django_db


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_machines_read_a_convention_about_cabinets(tmp_path: Path) -> None:
    here = street(tmp_path, now=utc_now())
    path = f"/conventions/{here.convention.pk}.json"
    said = json.loads(browser(here.bob).get(path).content)
    judge = Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))
    assert [error.message for error in judge.iter_errors(said)] == []
    assert [each["id"] for each in said["covers"]] == [str(here.cabinet.lock_id)]
    assert {each["place_kind"] for each in said["covers"]} == {""}
    assert {tuple(each["kinds"]) for each in said["purposes"]} == {("work-order",)}
    assert (said["staff"], said["longest_seconds"], said["renewal_due"]) == (None, None, None)
    assert said["partner"]["id"] == str(here.operator.pk)
    assert browser(here.technician).get(path).status_code == 200
