"""Erasing is an act: values go, the entry and its proof stay, and a gap that no entry explains is found out."""

import io
import itertools
import threading
from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import connection, transaction
from psycopg.types.json import Jsonb

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.register.actions import erase
from beffroi.kernel.register.errors import ErasureRefused
from beffroi.kernel.register.factories import Town
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.register.queries import export
from beffroi.kernel.register.queries.export import export_lines
from beffroi.protocol.register.export import ExportWriter
from beffroi.protocol.register.verify import Verdict, Verifier


def exported(town: Town) -> bytes:
    file = io.BytesIO()
    writer = ExportWriter(file, made="2026-11-22T12:00Z")
    for line in export_lines(town.shelf, patience=0):
        writer.write(line)
    writer.finish()
    return file.getvalue()


def verified(town: Town, *generations: int) -> Verdict:
    return Verifier(town.vkeys(*generations)).verify(io.BytesIO(exported(town)))


def erased(*entries: UUID) -> list[UUID]:
    with transaction.atomic():
        return erase(entries=entries, reason="retention", by=uuid4())


def test_an_erased_entry_stays_proven_and_says_nothing_more(town: Town) -> None:
    first, second, third = town.acts(3)
    town.sequence()
    assert verified(town).sound
    (act,) = erased(first, third)
    town.sequence()
    verdict = verified(town)
    assert verdict.faults == []
    assert [(log.size, log.erased, log.lost) for log in verdict.logs] == [(4, 2, 0)]
    assert Entry.objects.get(pk=act).kind == "register.erased"
    assert set(Payload.objects.values_list("entry", flat=True)) == {second, act}


def test_erasing_before_the_entry_has_its_place(town: Town) -> None:
    (only,) = town.acts(1)
    erased(only)
    town.sequence()
    assert verified(town).logs[0].erased == 1


def test_values_gone_without_an_entry_are_found_and_named(town: Town, own_database: ConnectionInfo) -> None:
    identifiers = town.acts(5)
    town.sequence()
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("DELETE FROM register_payload WHERE entry = %s", [identifiers[3]])
    verdict = verified(town)
    assert [(fault.origin, fault.index) for fault in verdict.faults] == [(town.origin, 3)]
    assert "no entry says they were erased" in str(verdict.faults[0])


def test_values_changed_in_the_database_are_found_and_named(town: Town, own_database: ConnectionInfo) -> None:
    identifiers = town.acts(5)
    town.sequence()
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute(
            "UPDATE register_payload SET fields = jsonb_set(fields, '{number,value}', '99') WHERE entry = %s",
            [identifiers[2]],
        )
    assert [str(fault) for fault in verified(town).faults] == [
        f"{town.origin}: entry 2: number does not open its commitment"
    ]


def test_values_said_to_be_erased_and_still_there_are_found(town: Town, own_database: ConnectionInfo) -> None:
    (only,) = town.acts(1)
    kept = Payload.objects.get(pk=only)
    erased(only)
    with psycopg.connect(own_database.owner_url) as owner:
        fields = Jsonb(kept.fields)
        owner.execute("INSERT INTO register_payload (entry, log, fields) VALUES (%s, %s, %s)", [only, kept.log, fields])
    town.sequence()
    assert "were erased, and they are there" in str(verified(town).faults[0])


def test_erasing_twice_is_once(town: Town) -> None:
    (only,) = town.acts(1)
    assert len(erased(only)) == 1
    assert erased(only) == []


def test_what_explains_a_gap_cannot_be_erased(town: Town) -> None:
    (only,) = town.acts(1)
    (act,) = erased(only)
    with pytest.raises(ErasureRefused):
        erased(act)
    with pytest.raises(ErasureRefused):
        erased(uuid4())
    assert Payload.objects.filter(pk=act).exists()


def test_each_log_says_what_was_erased_from_it(town: Town) -> None:
    (mine,) = town.acts(1)
    town.authority, other = uuid4(), town.authority
    (theirs,) = town.acts(1)
    assert len(erased(mine, theirs)) == 2
    assert set(Entry.objects.filter(kind="register.erased").values_list("log", flat=True)) == {
        str(town.authority),
        str(other),
    }


def elsewhere(work: Callable[[], object]) -> None:
    """In another thread, as another process does: an export reads as of one moment."""

    def run() -> None:
        work()
        connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()


def sequenced(town: Town) -> None:
    sequencer = town.sequencer()
    while sequencer.look():
        pass


def test_an_export_made_while_values_are_erased_is_sound(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "_STEP", 50)
    identifiers = town.acts(200)
    sequenced(town)
    file = io.BytesIO()
    writer = ExportWriter(file, made="2026-11-22T12:00Z")
    for number, line in enumerate(export_lines(town.shelf)):
        writer.write(line)
        if number == 60:  # some of what is written already, and some in a part that was not read yet
            elsewhere(lambda: erased(identifiers[10], *identifiers[150:160]))
            elsewhere(lambda: sequenced(town))
    writer.finish()
    verdict = Verifier(town.vkeys()).verify(io.BytesIO(file.getvalue()))
    assert verdict.sound, verdict.faults
    assert [(log.size, log.erased) for log in verdict.logs] == [(200, 0)]
    assert [(log.size, log.erased) for log in verified(town).logs] == [(201, 11)]


def test_an_export_waits_for_what_was_erased_to_be_published(town: Town) -> None:
    identifiers = town.acts(5)
    sequenced(town)
    erased(identifiers[2])
    looks = itertools.count()

    def clock() -> float:
        look = next(looks)
        if look == 1:  # it found that it has to wait
            elsewhere(lambda: sequenced(town))
        return float(look)

    file = io.BytesIO()
    writer = ExportWriter(file, made="2026-11-22T12:00Z")
    for line in export_lines(town.shelf, clock=clock):
        writer.write(line)
    writer.finish()
    verdict = Verifier(town.vkeys()).verify(io.BytesIO(file.getvalue()))
    assert verdict.sound, verdict.faults
    assert [(log.size, log.erased) for log in verdict.logs] == [(6, 1)]
