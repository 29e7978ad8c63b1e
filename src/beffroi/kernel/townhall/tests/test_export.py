"""An authority takes everything that is its own away: whole, without a secret, within a day, on the record."""

import csv
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from django.test import Client, override_settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.deadlines.actions import claim_fired, fire_due, handle_fired
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.invitations import accept
from beffroi.kernel.territory.models import Invitation
from beffroi.kernel.townhall.factories import Desk, browser, desk
from beffroi.kernel.townhall.jobs import make_next
from beffroi.kernel.townhall.models import Export
from beffroi.kernel.townhall.queries.exports import file_of, progress_of, stray_files
from beffroi.lib.clock import utc_now

PAGE = "/export/meaux/"


@pytest.fixture
def there(own_database: ConnectionInfo, tmp_path: Path) -> Iterator[Desk]:
    """Everything is committed: the worker reads tables as of one moment, in a transaction of its own."""
    with override_settings(BEFFROI_HOME=tmp_path):
        yield desk()


def kinds() -> list[str]:
    found = Entry.objects.filter(kind__startswith="export.").order_by("number")
    return list(found.values_list("kind", flat=True))


def taken(admin: Client) -> zipfile.ZipFile:
    answer = admin.post(f"{PAGE}{Export.objects.get().id}/")
    assert answer.status_code == 200
    return zipfile.ZipFile(io.BytesIO(b"".join(answer)))


def table(archive: zipfile.ZipFile, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(archive.read(f"tables/{name}.csv").decode("utf-8-sig"))))


def test_everything_of_one_authority_and_nothing_of_another(there: Desk) -> None:
    admin = browser(there.administrator, confirmed=True)
    admin.post("/start/meaux/inventory/", {"kind": "lamps", "place": "Roosevelt", "count": "64", "connected": "none"})
    browser(there.charlie).post(
        "/start/provins/inventory/", {"kind": "lamps", "place": "Ramparts", "count": "9", "connected": "none"}
    )
    assert admin.post(PAGE).status_code == 302
    assert "it waits for the worker" in admin.get(PAGE).content.decode()
    assert make_next()
    archive = taken(admin)
    assert [line["place"] for line in table(archive, "townhall.Thing")] == ["Roosevelt"]
    assert {line["name"] for line in table(archive, "accounts.Person")} >= {"Ada Lemoine", "Alice Perrin"}
    assert "Charlie Nguyen" not in {line["name"] for line in table(archive, "accounts.Person")}
    assert [line["slug"] for line in table(archive, "territory.Authority")] == ["meaux"]
    whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Ramparts" not in whole
    assert there.administrator.password.encode() not in whole
    assert kinds() == ["export.asked", "export.taken"]


def test_each_column_is_explained_and_what_is_withheld_says_why(there: Desk) -> None:
    admin = browser(there.administrator, confirmed=True)
    admin.post(PAGE)
    make_next()
    archive = taken(admin)
    explained = list(csv.reader(io.StringIO(archive.read("columns.csv").decode("utf-8-sig"))))
    told = {(line[0], line[1]): line[3] for line in explained}
    for name in (name for name in archive.namelist() if name.startswith("tables/")):
        label = name.removeprefix("tables/").removesuffix(".csv")
        for column in archive.read(name).decode("utf-8-sig").splitlines()[0].split(","):
            assert (label, column) in told
    assert told["accounts.Person", "password"].startswith("—")


def test_asked_for_twice_it_is_made_once(there: Desk) -> None:
    admin = browser(there.administrator, confirmed=True)
    admin.post(PAGE)
    admin.post(PAGE)
    assert Export.objects.count() == 1
    assert make_next()
    assert not make_next()
    assert kinds() == ["export.asked"]


def test_two_workers_never_write_one_file_together(there: Desk, own_database: ConnectionInfo) -> None:
    browser(there.administrator, confirmed=True).post(PAGE)
    export = Export.objects.get()
    turns: list[Callable[[], bool]] = [make_next, lambda: make_next(lambda: utc_now() + timedelta(hours=1))]

    def work(turn: Callable[[], bool]) -> None:
        try:
            turn()
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(turn,)) for turn in turns]
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("LOCK TABLE townhall_thing IN ACCESS EXCLUSIVE MODE")
        threads[0].start()
        while (progress_of(export.id) or (0, 0))[0] < 2:  # it is in the middle of its work
            threads[0].join(timeout=0.05)
            assert threads[0].is_alive()
        threads[1].start()
        threads[1].join(timeout=2)
    for thread in threads:
        thread.join()
    export.refresh_from_db()
    assert export.state == "ready"
    assert hashlib.sha256(file_of(export.id).read_bytes()).hexdigest() == export.digest
    assert zipfile.ZipFile(file_of(export.id)).testzip() is None
    assert [path.name for path in file_of(export.id).parent.iterdir()] == [f"{export.id}.zip"]


def test_its_file_goes_after_a_day(there: Desk) -> None:
    admin = browser(there.administrator, confirmed=True)
    admin.post(PAGE)
    make_next()
    export = Export.objects.get()
    assert file_of(export.id).stat().st_mode & 0o077 == 0, "nobody else on the machine reads it"
    later = utc_now() + timedelta(hours=24, minutes=1)
    fire_due(now=later)
    for identifier, attempt in claim_fired(now=later):
        handle_fired(deadline=identifier, attempt=attempt)
    assert not file_of(export.id).exists()
    assert admin.post(f"{PAGE}{export.id}/").status_code == 404
    assert kinds() == ["export.asked", "export.erased"]
    assert list(stray_files()) == []


def test_a_file_that_nothing_knows_is_found(there: Desk) -> None:
    file_of(there.authority.id).write_bytes(b"left by a crash")
    assert list(stray_files()) == [f"exports/{there.authority.id}.zip"]


def test_a_full_disk_leaves_it_waiting(there: Desk, tmp_path: Path) -> None:
    browser(there.administrator, confirmed=True).post(PAGE)
    (tmp_path / "exports").symlink_to(tmp_path / "nowhere" / "deeper")
    assert make_next()
    assert Export.objects.get().state == "waiting"
    assert not make_next(), "its lease keeps it from being tried without rest"


def test_how_far_it_is_can_be_asked_for_as_long_as_it_takes(desk: Desk, admin: Client) -> None:
    admin.post(PAGE)
    later = browser(desk.administrator)  # whose proof has grown old
    answer = later.get(PAGE, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert answer.content.decode().strip().startswith('<div id="exports"')
    assert "it waits for the worker" in answer.content.decode()


def test_whoever_takes_everything_proves_again_who_they_are(desk: Desk) -> None:
    admin = browser(desk.administrator)
    assert "/login/confirm" in admin.get(PAGE).headers["Location"]
    assert admin.post(PAGE).headers["Location"] == PAGE
    assert Export.objects.count() == 0


def test_it_is_the_administrators_alone(desk: Desk, admin: Client) -> None:
    admin.post(PAGE)
    for person in (desk.alice, desk.charlie, desk.dave):
        client = browser(person, confirmed=True)
        assert client.get(PAGE).status_code == 404
        assert client.post(PAGE).status_code == 404
        assert client.post(f"{PAGE}{Export.objects.get().id}/").status_code == 404


def test_a_person_takes_what_names_them_and_nobody_else(desk: Desk, admin: Client) -> None:
    admin.post("/start/meaux/steps/witness/")
    own = json.loads(admin.get("/account/data/file/").content)
    tables = own["tables"]
    assert [row["name"] for row in tables["accounts.Person"]] == ["Ada Lemoine"]
    assert [row["step"] for row in tables["townhall.Tick"]] == ["witness"]
    assert tables["territory.Membership"][0]["role"] == "administrator"
    assert any(row["kind"] == "membership.began" and row["named_as"] == ["person"] for row in tables["register.Entry"])
    text = json.dumps(own)
    assert str(desk.alice.id) not in text
    assert "password" not in tables["accounts.Person"][0]
    assert "My data" in admin.get("/account/data/").content.decode()
    others = json.loads(browser(desk.alice).get("/account/data/file/").content)
    assert "townhall.Tick" not in others["tables"]


def test_nobody_takes_the_names_and_addresses_of_those_they_invited(desk: Desk, admin: Client) -> None:
    page = f"/organisations/{desk.authority.organisation_id}/invite/"
    invited = {"name": "Nina Roche", "email": "nina@meaux.example", "language": "en", "role": "agent", "until": ""}
    assert admin.post(page, invited).status_code == 302
    taken = admin.get("/account/data/file/").content.decode()
    assert "territory.Invitation" in taken
    assert "Nina" not in taken
    assert "nina@" not in taken
    row = Invitation.objects.get()
    nina = accept(
        invitation=row, round_=row.round, name="Nina Roche", language="en", password="a long phrase", now=utc_now()
    )
    assert nina is not None
    own = json.loads(browser(nina).get("/account/data/file/").content)["tables"]["territory.Invitation"]
    assert [row["email"] for row in own] == ["nina@meaux.example"]
    assert str(desk.administrator.id) not in json.dumps(own)
