"""`beffroi organisation`: an operator's two thousand people in one command, a police that serves its town."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.queries import live_posts
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

Beffroi = Callable[..., "subprocess.CompletedProcess[str]"]
PEOPLE = 2_000


@pytest.fixture
def beffroi(own_database: ConnectionInfo) -> Beffroi:
    """`beffroi ARGUMENTS`, over this test's own database."""

    def run(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "beffroi", *map(str, arguments)],
            env=os.environ | {"DATABASE_URL": own_database.app_url, "BEFFROI_DATABASE_OWNER_URL": ""},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def firm(beffroi: Beffroi) -> str:
    added = beffroi(
        *("organisation", "add", "--name", "Fibre 77", "--kind", "infrastructure-operator"),
        *("--dispatcher-email", "desk@fibre77.example"),
    )
    assert added.returncode == 0, added.stderr
    return "Fibre 77"


def entries(kind: str) -> int:
    return Entry.objects.filter(kind=kind).count()


def test_two_thousand_people_join_at_once_and_none_of_them_twice(beffroi: Beffroi, firm: str, tmp_path: Path) -> None:
    rows = [f"Personne {number},p{number}@fibre77.example,," for number in range(PEOPLE - 1)]
    rows.append("Inès Roy,Ines@Fibre77.example,technician,en")
    listed = tmp_path / "people.csv"
    listed.write_text("name,email,role,language\n" + "\n".join(rows), encoding="utf-8")
    before = entries("person.created"), entries("membership.began")

    done = beffroi("organisation", "people", firm, listed)
    assert done.returncode == 0, done.stderr
    assert f"{PEOPLE} new accounts, {PEOPLE} joined, 0 belonged already" in done.stdout
    assert (entries("person.created"), entries("membership.began")) == tuple(count + PEOPLE for count in before)
    ines = person_by_email("ines@fibre77.example")
    assert ines is not None
    assert (ines.name, ines.language, ines.has_usable_password()) == ("Inès Roy", "en", False)
    assert [post.role for post in live_posts(person=ines.pk, as_of=utc_now())] == [Role.TECHNICIAN]

    listed.write_text(listed.read_text(encoding="utf-8") + "\nNouvelle,new@fibre77.example,,\n", encoding="utf-8")
    again = beffroi("organisation", "people", firm, listed)
    assert f"1 new accounts, 1 joined, {PEOPLE} belonged already" in again.stdout


def test_a_list_from_a_french_spreadsheet_is_read(beffroi: Beffroi, firm: str, tmp_path: Path) -> None:
    listed = tmp_path / "liste.csv"
    listed.write_bytes("Nom;Courriel;Rôle\r\nThéo Marchand;theo@fibre77.example;\r\n;;\r\n".encode("cp1252"))
    done = beffroi("organisation", "people", firm, listed)
    assert done.returncode == 0, done.stderr
    theo = person_by_email("theo@fibre77.example")
    assert theo is not None
    assert theo.name == "Théo Marchand"


def test_every_bad_line_is_said_and_nobody_is_added(beffroi: Beffroi, firm: str, tmp_path: Path) -> None:
    before = entries("person.created")
    listed = tmp_path / "people.csv"
    listed.write_text(
        "name,email,role,language\n"
        "Good,good@fibre77.example,,\n"
        ",nobody@fibre77.example,,\n"
        "Wrong,not an address,,\n"
        "Twice,GOOD@fibre77.example,,\n"
        "King,king@fibre77.example,administrator,\n"
        "Greek,greek@fibre77.example,,el\n",
        encoding="utf-8",
    )
    refused = beffroi("organisation", "people", firm, listed)
    assert refused.returncode == 2
    for said in (
        "line 3: a name of 1 to 120 characters is needed",
        "line 4: not an address is no e-mail address",
        "line 5: this address is on line 2 too",
        "line 6: administrator is no role",
        "line 7: el is no language",
    ):
        assert said in refused.stderr
    assert entries("person.created") == before

    listed.write_text("prénom,adresse\nA,B\n", encoding="utf-8")
    assert "line 1: the columns name, email are needed" in beffroi("organisation", "people", firm, listed).stderr
    assert "No such file" in beffroi("organisation", "people", firm, tmp_path / "missing.csv").stderr
    assert "no organisation is called Nobody" in beffroi("organisation", "people", "Nobody", listed).stderr


def test_a_municipal_police_serves_its_town_and_its_officers_log_in(
    beffroi: Beffroi, own_database: ConnectionInfo
) -> None:
    town = make_authority("meaux")
    alone = ("organisation", "add", "--name", "Police municipale", "--kind", "municipal-police")
    assert "go together" in beffroi(*alone, "--operator-email", "police@meaux.example").stderr
    added = beffroi(*alone, "--serves", "meaux", "--operator-email", "police@meaux.example", "--person", "Samir Adda")
    assert added.returncode == 0, added.stderr
    assert (
        "no authority has the short name nowhere"
        in beffroi(*alone, "--serves", "nowhere", "--operator-email", "x@meaux.example").stderr
    )
    second = beffroi(
        "organisation", "account", "Police municipale", "--email", "julie@meaux.example", "--role", "operator"
    )
    for email, said in (("police@meaux.example", added.stdout), ("julie@meaux.example", second.stdout)):
        officer = person_by_email(email)
        assert officer is not None
        posts = live_posts(person=officer.pk, as_of=utc_now())
        assert [(post.role, post.authority) for post in posts] == [(Role.OPERATOR, town.pk)]
        found = re.search(r"first password: (\S+)", said)
        assert found is not None
        assert Client().login(username=email, password=found[1])
    again = beffroi(
        "organisation", "account", "Police municipale", "--email", "julie@meaux.example", "--role", "operator"
    )
    assert (again.returncode, "already has an account" in again.stderr) == (2, True)


def test_somebody_of_a_list_is_given_a_way_in(beffroi: Beffroi, firm: str, tmp_path: Path) -> None:
    """A member logs in, and reaches none of the pages of those who have a right."""

    listed = tmp_path / "people.csv"
    listed.write_text("name,email\nKarim Diallo,karim@fibre77.example\n", encoding="utf-8")
    beffroi("organisation", "people", firm, listed)
    given = beffroi("organisation", "account", firm, "--email", "karim@fibre77.example", "--role", "member")
    assert given.returncode == 0, given.stderr
    karim = person_by_email("karim@fibre77.example")
    assert karim is not None
    assert (karim.name, karim.memberships.count()) == ("Karim Diallo", 1)
    browser = Client()
    browser.force_login(karim)
    assert browser.get("/").status_code == 200
    assert [browser.get(path).status_code for path in ("/conventions/", "/cabinets/", "/team/", "/phone/")] == [404] * 4
