"""`beffroi organisation`: an operator's two thousand people in one command, a police that serves its town."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.cli.organisation import KINDS
from beffroi.kernel.accounts.queries import person_by_email
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.forms import KINDS as PAGES
from beffroi.kernel.territory.queries.organisations import organisation_named
from beffroi.kernel.territory.queries.posts import live_posts
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

Beffroi = Callable[..., "subprocess.CompletedProcess[str]"]
PEOPLE = 2_000
OWN = "a long enough phrase"


@pytest.fixture
def beffroi(own_database: ConnectionInfo, tmp_path: Path, settings: Settings) -> Beffroi:
    """`beffroi ARGUMENTS`, over this test's own database, with the secret of the pages that this test opens."""
    secret = tmp_path / "home" / "keys" / "web" / "secret"
    secret.parent.mkdir(parents=True)
    secret.write_text(settings.SECRET_KEY)
    where = {"BEFFROI_HOME": str(tmp_path / "home"), "DATABASE_URL": own_database.app_url}

    def run(*arguments: str | Path, given: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "beffroi", *map(str, arguments)],
            env=os.environ | where | {"BEFFROI_DATABASE_OWNER_URL": ""},
            input=given,
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


def code_in(said: str) -> str:
    found = re.search(r"/welcome/#(\S+)\n", said)
    assert found is not None, said
    return found[1]


def take(code: str) -> Client:
    """Whoever is invited opens the page, and chooses a password of their own."""
    browser = Client()
    assert browser.post("/welcome/", {"code": code}).status_code == 302
    wanted = {"name": "Karim Diallo", "language": "fr", "password": OWN}
    assert browser.post("/welcome/role/", wanted).status_code == 302
    return browser


def entries(kind: str) -> int:
    return Entry.objects.filter(kind=kind).count()


def test_a_kind_that_is_registered_by_hand_is_one_that_pages_offer() -> None:
    assert sorted(KINDS) == sorted(value for value, _words in PAGES)


def test_a_prefecture_that_only_signs_is_registered_and_nobody_is_invited(beffroi: Beffroi) -> None:
    before = entries("invitation.made")
    added = beffroi("organisation", "add", "--name", "Préfecture", "--kind", "prefecture")
    assert (added.returncode, added.stdout) == (0, "Préfecture is registered.\n"), added.stderr
    row = organisation_named("Préfecture")
    assert row is not None
    assert (row.kind, entries("invitation.made")) == ("prefecture", before)


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
    account = ("organisation", "account", "Police municipale", "--email", "julie@meaux.example", "--role", "operator")
    second = beffroi(*account)
    renewed = beffroi(*account)
    assert (second.stderr, renewed.stderr) == ("", "")
    assert Client().post("/welcome/", {"code": code_in(second.stdout)}).status_code == 422, (
        "another code voids the first"
    )
    for email, said in (("police@meaux.example", added.stdout), ("julie@meaux.example", renewed.stdout)):
        assert person_by_email(email) is None, "nobody makes an account for somebody else"
        take(code_in(said))
        officer = person_by_email(email)
        assert officer is not None
        posts = live_posts(person=officer.pk, as_of=utc_now())
        assert [(post.role, post.authority) for post in posts] == [(Role.OPERATOR, town.pk)]
        assert Client().login(username=email, password=OWN)
    again = beffroi(*account)
    assert (again.returncode, "already has an account" in again.stderr) == (2, True)


def test_a_password_is_taken_only_when_it_is_given(beffroi: Beffroi, firm: str) -> None:
    account = ("organisation", "account", firm, "--email", "karim@fibre77.example", "--role", "technician")
    weak = beffroi(*account, "--password-stdin", given="short\n")
    assert (weak.returncode, person_by_email("karim@fibre77.example")) == (2, None)
    done = beffroi(*account, "--password-stdin", given=f"{OWN}\n")
    assert done.returncode == 0, done.stderr
    assert OWN not in done.stdout
    assert Client().login(username="karim@fibre77.example", password=OWN)
    assert beffroi(*account, "--password-stdin", given=f"{OWN}\n").returncode == 2


def test_somebody_of_a_list_is_given_a_way_in(beffroi: Beffroi, firm: str, tmp_path: Path) -> None:
    """A member logs in, and reaches none of the pages of those who have a right."""

    listed = tmp_path / "people.csv"
    listed.write_text("name,email\nKarim Diallo,karim@fibre77.example\n", encoding="utf-8")
    beffroi("organisation", "people", firm, listed)
    given = beffroi("organisation", "account", firm, "--email", "karim@fibre77.example", "--role", "member")
    assert given.returncode == 0, given.stderr
    karim = person_by_email("karim@fibre77.example")
    assert karim is not None
    assert not karim.has_usable_password()
    browser = take(code_in(given.stdout))
    karim.refresh_from_db()
    assert (karim.name, karim.memberships.count()) == ("Karim Diallo", 1)
    assert browser.get("/").status_code == 200
    assert [browser.get(path).status_code for path in ("/conventions/", "/cabinets/", "/team/", "/phone/")] == [404] * 4


def test_a_partner_whom_no_authority_registered_gets_a_steward(beffroi: Beffroi, firm: str) -> None:
    meaux, provins = make_authority("meaux"), make_authority("provins")
    partner = organisation_named(firm)
    assert partner is not None
    invite = f"/organisations/{partner.pk}/invite/"
    desks = {}
    for town in (meaux, provins):
        desks[town.slug] = Client()
        desks[town.slug].force_login(make_member(f"Boss of {town.name}", town.organisation, Role.ADMINISTRATOR))
    assert {desk.get(invite).status_code for desk in desks.values()} == {404}
    assert f"{firm}  (desk: nobody)" in beffroi("organisation", "list").stdout

    for town, other in ((meaux, provins), (provins, meaux)):
        done = beffroi("organisation", "steward", firm, "--authority", town.slug)
        assert done.returncode == 0, done.stderr
        assert f"{town.slug} opens the desk of {firm} from now on" in done.stdout
        assert (desks[town.slug].get(invite).status_code, desks[other.slug].get(invite).status_code) == (200, 404)
    assert f"{firm}  (desk: provins)" in beffroi("organisation", "list").stdout
    assert "already" in beffroi("organisation", "steward", firm, "--authority", "provins").stdout
    assert entries("organisation.changed") == 2, "what changes nothing leaves none"

    refused = beffroi("organisation", "steward", meaux.organisation.name, "--authority", "provins")
    assert (refused.returncode, "no other steward" in refused.stderr) == (2, True)
    assert "no authority" in beffroi("organisation", "steward", firm, "--authority", "lagny").stderr
