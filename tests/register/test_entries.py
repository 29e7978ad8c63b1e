"""The register through its pages: read in words, searched, proven, taken away; by those who serve the authority alone."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client, override_settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.actions import erase
from beffroi.kernel.register.factories import HOST, NOON, Town, known_kind
from beffroi.kernel.register.queries.keys import create_checkpoint_key
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.register.receipt import parse_receipt, verify_receipt


@pytest.fixture
def here(own_database: ConnectionInfo, tmp_path: Path) -> Iterator[Town]:
    create_checkpoint_key(tmp_path / "keys")
    authority = make_authority("meaux", "Meaux")
    with override_settings(BEFFROI_HOME=tmp_path, BEFFROI_REGISTER_HOST=HOST), known_kind():
        yield Town(tmp_path, authority.id)


@pytest.fixture
def alice(here: Town) -> Person:
    return make_member("Alice", Authority.objects.get().organisation, Role.AGENT)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def words(content: bytes) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).split())


def test_it_is_read_in_words_paged_searched_and_taken_away(here: Town, alice: Person) -> None:
    here.acts(60)
    thing = uuid4()
    here.act(99, grant=thing)
    here.sequence()
    client = as_(alice)
    assert client.get("/entries/")["Location"] == f"/entries/of/{here.authority}/"
    path = f"/entries/of/{here.authority}/"
    page = words(client.get(path).content)
    assert "An act of the tests." in page
    assert "number: 99" in page
    assert "Page 1 of 2" in page
    day = NOON.date().isoformat()
    assert "1 entry found" in words(client.get(f"{path}?thing={thing}&since={day}").content)
    assert "61 entries found" in words(client.get(f"{path}?kind=test.act&since={day}&until={day}").content)
    later = (utc_now() + timedelta(days=2)).date().isoformat()
    assert "Nothing of the kind" in words(client.get(f"{path}?since={later}").content)
    wrong = client.get(f"{path}?since={later}&until={day}")
    assert wrong.status_code == 422
    assert "The end comes before the beginning." in wrong.content.decode()
    table = b"".join(client.get(f"{path}file/?format=csv&thing={thing}&since={day}")).decode()
    assert table.count("\r\n") == 2
    assert "An act of the tests." in table
    lines = b"".join(client.get(f"{path}file/?format=json")).decode().splitlines()
    numbers = [json.loads(line)["index"] for line in lines]
    assert numbers == sorted(numbers, reverse=True)
    assert len(numbers) >= 61


def test_an_entry_has_its_proof_its_bytes_and_says_when_its_values_went(here: Town, alice: Person) -> None:
    identifier = here.act(7)
    client = as_(alice)
    path = f"/entries/{identifier}/"
    assert "The entry is being numbered" in words(client.get(path).content)
    here.sequence()
    page = client.get(path).content.decode()
    assert "&quot;kind&quot;:&quot;test.act&quot;" in page, "the very bytes"
    receipt = parse_receipt(client.get(f"{path}receipt/").content)
    assert verify_receipt(receipt, here.vkeys()).index == receipt.index
    with transaction.atomic():
        erase(entries=[identifier], reason="retention", by=None)
    here.sequence()
    gone = words(client.get(path).content)
    assert "The values of this entry are no longer kept" in gone
    assert "The values of these entries were destroyed" in gone
    assert "Its values were destroyed." in words(client.get(f"/entries/of/{here.authority}/").content)


def test_a_log_says_its_last_checkpoint(here: Town, alice: Person) -> None:
    path = f"/entries/of/{here.authority}/checkpoint/"
    assert "Nothing is published yet" in words(as_(alice).get(path).content)
    here.act()
    here.sequence()
    page = as_(alice).get(path).content.decode()
    assert here.origin in page
    assert here.archive.checkpoint() is not None


def test_nobody_else_reads_it(here: Town) -> None:
    identifier = here.act()
    here.sequence()
    charlie = make_member("Charlie", make_authority("provins", "Provins").organisation, Role.ADMINISTRATOR)
    for path in (
        f"/entries/{identifier}/",
        f"/entries/{identifier}/receipt/",
        f"/entries/of/{here.authority}/",
        f"/entries/of/{here.authority}/file/",
        f"/entries/of/{here.authority}/checkpoint/",
    ):
        assert as_(charlie).get(path).status_code == 404
    assert as_(charlie).get("/entries/of/installation/").status_code == 200, "an administrator reads the installation's"
    assert Client().get("/entries/check/").status_code == 200, "whoever holds a receipt may check it"
