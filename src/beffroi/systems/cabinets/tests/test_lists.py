"""A town's list of cabinets, from its spreadsheet to the street, by HTTP: looked at, written in one act, taken back."""

import re
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.imports.keeping import files
from beffroi.kernel.imports.models import Import
from beffroi.kernel.imports.queries.imports import own_imports
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.systems.cabinets.actions.cabinets import install_lock
from beffroi.systems.cabinets.factories import Street, street
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.tests.scene import client

NEW = "/imports/meaux/cabinets/"
GOOD = (
    "Liste des armoires de la ville;;;;\r\n"
    "N° du PM;Adresse complète;Y (Lambert 93);X (Lambert 93);Opérateur\r\n"
    "PM-77284-0002;3 rue du Grand-Cerf;6 873 345,07;691 212,63;operator of MEAUX\r\n"
    ";;;;\r\n"
    "PM-77284-0003;Place de l’Europe;48,9571°;2,8935;Operator of meaux\r\n"
)


@pytest.fixture
def here(own_database: ConnectionInfo, tmp_path: Path) -> Street:
    return street(tmp_path, now=utc_now())


def send(browser: Client, content: bytes, name: str = "armoires.csv") -> str:
    """The address of the import that a file began."""
    answer = browser.post(NEW, {"file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return re.sub(r"columns/$", "", answer["Location"])


def looked_at(browser: Client, content: str, *, change: str = "leave", encoding: str = "utf-8") -> str:
    """The address of an import whose columns were taken as they were guessed."""
    address = send(browser, content.encode(encoding))
    page = browser.get(f"{address}columns/").content.decode()
    chosen = dict(re.findall(r'<select name="(\w+)".*?<option value="(\d+)" selected>', page, re.DOTALL))
    answer = browser.post(f"{address}columns/", {**chosen, "change": change})
    assert answer.status_code == 302, answer.content.decode()
    return address


def words(browser: Client, address: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(address).content.decode()).split())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_list_as_french_spreadsheets_write_it(here: Street, encoding: str) -> None:
    admin = client(here.administrator)
    address = looked_at(admin, GOOD, encoding=encoding)
    assert Cabinet.objects.count() == 1
    assert "Write 2 rows" in words(admin, address)
    for _twice in range(2):
        assert admin.post(f"{address}commit/").status_code == 302
    rows = {row.reference: row for row in Cabinet.objects.exclude(imported=None)}
    assert set(rows) == {"PM-77284-0002", "PM-77284-0003"}
    assert (round(rows["PM-77284-0002"].latitude, 5), round(rows["PM-77284-0002"].longitude, 5)) == (48.96, 2.88)
    assert rows["PM-77284-0003"].address == "Place de l’Europe"
    assert rows["PM-77284-0003"].ladder == "observe"
    assert Entry.objects.filter(kind="cabinet.imported").count() == 1
    assert Import.objects.get().sheet == {}
    assert "2 rows written" in words(admin, address)


def test_rows_that_can_t_be_right_say_what_to_do(here: Street) -> None:
    admin = client(here.administrator)
    address = looked_at(
        admin,
        "ref,adresse,latitude,longitude,operateur\n"
        'A1,rue A,"48,96","2,88",Operator of meaux\n'
        "A1,rue A,48.96,2.88,Operator of meaux\n"
        "A2,rue B,2.88,48.96,Operator of meaux\n"
        "A3,rue C,12.0,12.0,Operator of meaux\n"
        "A4,rue D,48.96,2.88,Nobody\n"
        ",rue E,48.96,2.88,Operator of meaux\n"
        "A6,rue F,here,2.88,Operator of meaux\n"
        f"{'A7' * 30},rue G,48.96,2.88,Operator of meaux\n",
    )
    page = words(admin, address)
    for said in (
        "Row 2 has the same reference: keep one of them.",
        "stand in each other’s place",
        "This is no place in France",
        "No organisation is called “Nobody”. Those registered: Operator of meaux.",
        "Nothing is written: fill it in.",
        "This is not a number: write figures only.",
        "Too long: 40 characters at most.",
        "Write 1 row",
    ):
        assert said in page, said
    wrong = admin.get(f"{address}wrong/").content.decode("utf-8-sig").splitlines()
    assert len(wrong) == 8
    assert wrong[0].endswith(";To correct")
    assert wrong[2].startswith("A2;rue B;2.88;48.96;Operator of meaux;Latitude")


def test_what_stands_far_from_the_others_waits_for_a_look(here: Street) -> None:
    admin = client(here.administrator)
    near = "".join(f"B{n},rue {n},48.96{n},2.88,Operator of meaux\n" for n in range(5))
    address = looked_at(admin, f"ref,adresse,lat,lon,oi\n{near}B9,rue 9,46.96,2.88,Operator of meaux\n")
    assert "It stands far from all the others" in words(admin, address)
    admin.post(f"{address}commit/")
    assert Cabinet.objects.filter(reference__startswith="B").count() == 5
    again = looked_at(admin, f"ref,adresse,lat,lon,oi\n{near}B9,rue 9,46.96,2.88,Operator of meaux\n")
    admin.post(f"{again}commit/", {"doubtful": "1"})
    assert Cabinet.objects.filter(reference="B9").exists()


def test_what_is_there_already_is_left_or_changed_then_put_back(here: Street) -> None:
    admin, was = client(here.administrator), here.cabinet
    row = f"ref;adresse;lat;lon;oi\n{was.reference.lower()};14 rue Neuve;48,9701;2,8801;Operator of meaux\n"
    left = looked_at(admin, row)
    assert "No row of this file would be written" in words(admin, left)
    admin.post(f"{left}commit/")
    assert Cabinet.objects.get().address == was.address
    address = looked_at(admin, row, change="change")
    admin.post(f"{address}commit/")
    moved = Cabinet.objects.get()
    assert (moved.address, moved.latitude, moved.lock_id) == ("14 rue Neuve", 48.9701, was.lock_id)
    admin.post(f"{address}undo/")
    assert (Cabinet.objects.get().address, Cabinet.objects.get().latitude) == (was.address, was.latitude)
    assert "This import was undone" in words(admin, address)


def test_undoing_takes_back_what_nobody_used_within_a_day(here: Street) -> None:
    admin = client(here.administrator)
    address = looked_at(admin, GOOD)
    admin.post(f"{address}commit/")
    used = Cabinet.objects.get(reference="PM-77284-0003")
    install_lock(cabinet=used, request=FieldDevice().request, conventions=[], by=None, now=utc_now())
    admin.post(f"{address}undo/")
    assert set(Cabinet.objects.values_list("reference", flat=True)) == {here.cabinet.reference, used.reference}
    assert "1 thing was used since: it stays." in words(admin, address)
    assert Entry.objects.filter(kind="cabinet.import-undone").count() == 1
    admin.post(f"{address}undo/")
    assert Entry.objects.filter(kind="cabinet.import-undone").count() == 1


def test_it_can_be_undone_for_a_day_however_long_the_file_waited(here: Street) -> None:
    admin = client(here.administrator)
    with patch("beffroi.kernel.imports.pages.lists.utc_now", return_value=utc_now() - timedelta(hours=23)):
        address = looked_at(admin, GOOD)
    admin.post(f"{address}commit/")
    kept = files(here.town.authority.pk).values_list("kept_from", flat=True)
    assert list(kept) == [Import.objects.get().done_at]
    with patch("beffroi.web.middleware.utc_now", return_value=utc_now() + timedelta(hours=22)):
        assert "Undo this import" in words(admin, address)
        admin.post(f"{address}undo/")
    assert Import.objects.get().state == "undone"
    assert Cabinet.objects.count() == 1


def test_headings_are_learnt_once(here: Street) -> None:
    admin = client(here.administrator)
    odd = b"Truc,Machin,Bidule,Chose,Zut\nC1,rue A,48.96,2.88,Operator of meaux\n"
    address = send(admin, odd)
    assert admin.get(address).status_code == 302
    wrong = {"reference": "0", "address": "0", "north": "2", "east": "3", "operator": "4", "change": "leave"}
    refused = admin.post(f"{address}columns/", wrong)
    assert refused.status_code == 422
    assert "This column is chosen twice" in refused.content.decode()
    admin.post(f"{address}columns/", {**wrong, "address": "1"})
    admin.post(f"{address}abandon/")
    assert not Import.objects.exists()
    assert "Write 1 row" in words(admin, send(admin, odd))


def test_a_file_is_its_sender_s_alone_and_only_for_a_day(here: Street) -> None:
    address = looked_at(client(here.administrator), GOOD)
    other = make_member("Other administrator", here.town.authority.organisation, Role.ADMINISTRATOR)
    for person in (other, here.alice, here.bob):
        browser = client(person)
        assert [browser.get(f"{address}{page}").status_code for page in ("", "columns/", "wrong/")] == [404] * 3
        assert [browser.post(f"{address}{act}/").status_code for act in ("commit", "undo", "abandon")] == [404] * 3
    assert client(here.alice).get(NEW).status_code == 404
    assert client(here.administrator).get("/imports/elsewhere/cabinets/").status_code == 404
    row = Import.objects.get()
    assert row.sheet["rows"]
    post = Post(here.town.authority.organisation.pk, Role.ADMINISTRATOR, here.town.authority.pk)
    later = Viewer(here.administrator.pk, (post,), frozenset(), row.sent_at + timedelta(hours=24))
    assert not own_imports(later).exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 nothing of a list", "can’t be read as a list"),
        (b"PK\x03\x04 broken", "can’t be read as a list"),
        (b"ref;adresse\r\n", "nothing under the headings"),
        (b"a;b\r\n" * 20_100, "over 20,000 rows"),
    ],
)
def test_what_is_no_list_is_said_so(here: Street, content: bytes, said: str) -> None:
    answer = client(here.administrator).post(NEW, {"file": SimpleUploadedFile("a.csv", content)})
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_the_empty_list_is_read_back(here: Street) -> None:
    admin = client(here.administrator)
    model = admin.get(f"{NEW}model/").content
    address = send(admin, model)
    assert "No organisation is called “Fibre 77”" in words(admin, address)
