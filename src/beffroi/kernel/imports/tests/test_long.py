"""Lists that take a while: read and written by a worker, whose progress one sees, and whose death leaves nothing half done."""

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, override_settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.imports.jobs import do_next
from beffroi.kernel.imports.models import Import, ImportState
from beffroi.kernel.imports.rules import ROWS_AT_ONCE
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority, Invitation, Membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.imports import IMPORTERS, Before, Report
from beffroi.persistence.wake import listening_connection

NEW = "/imports/meaux/people/"
HEADINGS = "Nom;Courriel;Fonction;Remarques\r\n"
ROWS = ROWS_AT_ONCE + 1
PATIENCE = 120.0  # seconds, for a machine that does much else


@pytest.fixture
def meaux(own_database: ConnectionInfo, tmp_path: Path) -> Authority:
    with override_settings(BEFFROI_HOME=tmp_path):
        return make_authority("meaux", "Meaux")


@pytest.fixture
def admin(meaux: Authority) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Ada", meaux.organisation, Role.ADMINISTRATOR))
    return client


def long_list(remark: str = "") -> bytes:
    lines = (f"Agent {number};agent{number}@meaux.example;agent;{remark}" for number in range(ROWS))
    return (HEADINGS + "\r\n".join(lines)).encode()


def sent(browser: Client, content: bytes) -> str:
    """The address of the import that a file began."""
    answer = browser.post(NEW, {"file": SimpleUploadedFile("agents.csv", content)})
    assert answer.status_code == 302, answer.content.decode()
    return re.sub(r"columns/$", "", answer["Location"])


def asked(browser: Client) -> str:
    """The address of a long list that waits for a worker to write it."""
    address = sent(browser, long_list())
    assert "Write 1,001 rows" in words(browser, address)
    assert browser.post(f"{address}commit/").status_code == 302
    assert Import.objects.get().state == ImportState.WRITING
    return address


def words(browser: Client, address: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(address).content.decode()).split())


def writing_with(monkeypatch: pytest.MonkeyPatch, write: Callable[[Report], None]) -> None:
    """What the importer does instead of writing."""

    def instead(*, report: Report, **_given: object) -> Before:
        write(report)
        return []

    monkeypatch.setitem(IMPORTERS, "people", replace(IMPORTERS["people"], write=instead))


def test_a_long_list_is_written_by_a_worker_once(admin: Client) -> None:
    address = asked(admin)
    page = admin.get(address).content.decode()
    assert "The list is being written" in page
    assert 'hx-trigger="every 1s"' in page
    assert admin.get(f"{address}columns/")["Location"] == address
    again = admin.post(NEW, {"file": SimpleUploadedFile("b.csv", long_list())})
    assert again.status_code == 422
    assert "Your list before this one is still being written" in again.content.decode()
    for act in ("abandon", "commit"):
        admin.post(f"{address}{act}/")
    assert not Invitation.objects.exists()
    assert do_next()
    assert not do_next()
    assert Invitation.objects.count() == Entry.objects.filter(kind="invitation.made").count() == ROWS
    watching = admin.get(address, headers={"hx-request": "true"})
    assert watching["HX-Redirect"] == address
    assert "1,001 rows written" in words(admin, address)
    assert Import.objects.get().sheet == {}


def test_how_far_it_is_is_seen_while_nothing_else_is(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    address = asked(admin)
    seen: list[str] = []

    def slowly(report: Report) -> None:
        report(700)
        until = time.monotonic() + PATIENCE
        while Import.objects.get().rows_done != 700:
            assert time.monotonic() < until, "nobody was told"
            time.sleep(0.05)
        seen.append(words(admin, address))

    writing_with(monkeypatch, slowly)
    assert do_next()
    assert "700 of 1,001 rows written" in seen[0]


class Killed(BaseException):
    """The process ends here."""


def test_a_worker_that_dies_leaves_its_list_to_the_next(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(admin)
    real = IMPORTERS["people"].write

    def dying(**given: object) -> Before:
        real(**given)  # type: ignore[arg-type]  # whatever was given
        raise Killed

    with monkeypatch.context() as patched:
        patched.setitem(IMPORTERS, "people", replace(IMPORTERS["people"], write=dying))
        with pytest.raises(Killed):
            do_next()
    assert not Invitation.objects.exists()
    assert Import.objects.get().state == ImportState.WRITING
    assert do_next()
    assert Invitation.objects.count() == Entry.objects.filter(kind="invitation.made").count() == ROWS


def test_what_a_worker_is_at_no_other_takes_and_a_defect_gives_it_back(
    admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = asked(admin)
    key = f"import:{Import.objects.get().pk}"
    with listening_connection("somebody_else") as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [key])
        assert not do_next()
        other.execute("SELECT pg_advisory_unlock_all()")

    def failing(_report: Report) -> None:
        raise ZeroDivisionError

    writing_with(monkeypatch, failing)
    assert do_next()
    assert not do_next()
    page = words(admin, address)
    assert "Something failed on our side, and nothing was written." in page
    assert "Write 1,001 rows" in page
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)


def test_whose_role_ended_meanwhile_writes_nothing(admin: Client) -> None:
    asked(admin)
    end_membership(membership=Membership.objects.get(), ends=utc_now(), by=None)
    assert do_next()
    row = Import.objects.get()
    assert (row.state, row.fault) == (ImportState.DRAFT, "not-yours")
    assert not Invitation.objects.exists()


def test_a_large_file_is_read_by_a_worker_and_may_be_refused(admin: Client) -> None:
    address = sent(admin, long_list("x" * 300))
    assert admin.get(f"{address}columns/")["Location"] == address
    assert "The file is being read" in words(admin, address)
    assert do_next()
    assert admin.get(address, headers={"hx-request": "true"})["HX-Redirect"] == f"{address}columns/"
    assert "1,001 rows" in words(admin, f"{address}columns/")
    for content, said in (
        (b"%PDF-1.7 " + b"nothing of a list " * 20_000, "can’t be read as a list"),
        (b"a;b;c;d;e;f\r\n" * 20_100, "over 20,000 rows"),
    ):
        refused = sent(admin, content)
        assert do_next()
        page = words(admin, refused)
        assert "This file was not read." in page
        assert said in page
        assert admin.get(f"{refused}columns/").status_code == 404
