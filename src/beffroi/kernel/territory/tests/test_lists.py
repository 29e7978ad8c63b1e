"""A list of people, from a spreadsheet to invitations, by HTTP: looked at, offered without a letter, sent on demand, taken back."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.actions.invitations import accept
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership
from beffroi.kernel.territory.models import (
    Authority,
    Invitation,
    LetterState,
    Membership,
    Organisation,
    OrganisationKind,
)
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role

NEW = "/imports/meaux/people/"
HEADINGS = "Nom;Prénom;Courriel;Organisme;Fonction;Dernier jour\r\n"


@pytest.fixture
def meaux(own_database: ConnectionInfo, tmp_path: Path) -> Authority:
    with override_settings(BEFFROI_HOME=tmp_path):
        return make_authority("meaux", "Meaux")


@pytest.fixture
def police(meaux: Authority) -> Organisation:
    kind = OrganisationKind.MUNICIPAL_POLICE
    return create_organisation(name="Police municipale", kind=kind, by=None, serves=meaux.pk)


@pytest.fixture
def firm(meaux: Authority) -> Organisation:
    kind = OrganisationKind.INFRASTRUCTURE_OPERATOR
    return create_organisation(name="Fibre 77", kind=kind, by=None, steward=meaux.pk)


@pytest.fixture
def admin(meaux: Authority) -> Client:
    return as_(make_member("Ada", meaux.organisation, Role.ADMINISTRATOR))


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def looked_at(browser: Client, content: str, *, change: str = "leave") -> str:
    """The address of an import whose columns were taken as they were guessed."""
    answer = browser.post(NEW, {"file": SimpleUploadedFile("agents.csv", content.encode("cp1252"))})
    assert answer.status_code == 302, answer.content.decode()
    page = browser.get(answer["Location"]).content.decode()
    chosen = dict(
        re.findall(r'<select name="(\w+)"(?:(?!</select>).)*?<option value="(\d+)" selected>', page, re.DOTALL)
    )
    assert browser.post(answer["Location"], {**chosen, "change": change}).status_code == 302
    return re.sub(r"columns/$", "", answer["Location"])


def words(browser: Client, address: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", browser.get(address).content.decode()).split())


def test_roles_are_offered_and_letters_leave_only_when_one_says_so(
    admin: Client, meaux: Authority, police: Organisation, firm: Organisation
) -> None:
    address = looked_at(
        admin,
        HEADINGS
        + "Martin;Jeanne;Jeanne.Martin@Meaux.example;;agent;31/12/2099\r\n"
        + "Roche;Nina;nina@meaux.example;POLICE MUNICIPALE;opérateur;\r\n"
        + "Diop;Awa;;Fibre 77;dispatcher;2099-06-30\r\n",
    )
    assert "Write 3 rows" in words(admin, address)
    admin.post(f"{address}commit/")
    rows = {row.name: row for row in Invitation.objects.select_related("organisation")}
    jeanne, nina, awa = rows["Jeanne Martin"], rows["Nina Roche"], rows["Awa Diop"]
    assert (jeanne.email, jeanne.organisation, jeanne.role) == (
        "jeanne.martin@meaux.example",
        meaux.organisation,
        "agent",
    )
    assert jeanne.valid_until is not None
    assert jeanne.valid_until.isoformat() == "2099-12-31T23:00:00+00:00", "that day included, by the town's clock"
    assert (nina.organisation, nina.role, nina.valid_until) == (police, "operator", None)
    assert (awa.organisation, awa.role, awa.email) == (firm, "dispatcher", "")
    assert {row.letter for row in rows.values()} == {LetterState.NONE}
    assert not Membership.objects.filter(person__name="Jeanne Martin").exists()
    done = words(admin, address)
    assert "3 rows written" in done
    assert "Nothing was sent to anybody yet." in done
    assert "Send 2 invitations" in done
    answer = admin.post(f"{address}follow/", follow=True)
    assert "2 invitations leave." in answer.content.decode()
    assert set(Invitation.objects.values_list("name", "letter")) == {
        ("Jeanne Martin", LetterState.QUEUED),
        ("Nina Roche", LetterState.QUEUED),
        ("Awa Diop", LetterState.NONE),
    }
    assert "Send" not in words(admin, address).partition("3 rows written")[2].partition("See them")[0]
    assert admin.post(f"{address}follow/").status_code == 302
    assert Entry.objects.filter(kind="invitation.made").count() == 3
    register = "".join(map(str, Payload.objects.values_list("fields", flat=True))).lower()
    for secret in ("jeanne", "martin", "meaux.example", "awa diop"):  # three letters may be those of a salt
        assert secret not in register


def test_who_is_there_already_is_said_by_address(admin: Client, meaux: Authority) -> None:
    alice = make_member("Alice", meaux.organisation, Role.AGENT)
    old = looked_at(admin, HEADINGS + "Martin;Jeanne;jeanne@meaux.example;;agent;\r\n")
    admin.post(f"{old}commit/")
    address = looked_at(
        admin,
        HEADINGS
        + f"Perrin;Alice;{alice.email.upper()};;agent;\r\n"
        + "Martin;J.;jeanne@meaux.example;;agent;\r\n"
        + "Roche;Nina;nina@meaux.example;;agent;\r\n"
        + "Roche;N.;Nina@meaux.example;;agent;\r\n"
        + "Roche;N.;nina@meaux.example;;member;\r\n",
    )
    page = words(admin, address)
    assert "This address has this role there already: nothing is written." in page
    assert "An invitation to this role waits already: nothing is written." in page
    assert "Row 4 offers the same role to the same person: keep one of them." in page
    assert "Write 2 rows" in page
    admin.post(f"{address}commit/", {"doubtful": "1"})
    assert Invitation.objects.count() == 3
    assert Membership.objects.filter(person=alice).count() == 1


def test_rows_that_can_t_be_right_say_what_to_do(admin: Client, police: Organisation, firm: Organisation) -> None:
    theirs = make_authority("provins", "Provins")
    page = words(
        admin,
        looked_at(
            admin,
            HEADINGS
            + "A;A;nobody;;agent;\r\n"
            + f"B;B;b@x.example;{theirs.organisation.name};agent;\r\n"
            + "C;C;c@x.example;Fibre 77;technicien;\r\n"
            + "D;D;d@x.example;;maire;\r\n"
            + "E;E;e@x.example;;élu;\r\n"
            + "F;F;f@x.example;;agent;bientôt\r\n"
            + "G;G;g@x.example;;agent;01/02/2020\r\n"
            + ";;h@x.example;;agent;\r\n",
        ),
    )
    for said in (
        "This is no e-mail address.",
        f"There is no organisation “{theirs.organisation.name}” whose people you manage.",
        "Write one of the roles that you may give there: administrator, dispatcher.",
        "Write one of the roles that you may give there: administrator, agent, elected official, operator, member.",
        "This is no day: write 31/12/2027.",
        "This day is past.",
        "Nothing is written: fill it in.",
        "No row of this file would be written.",
    ):
        assert said in page, said


def test_last_days_are_changed_and_given_back_and_what_nobody_took_is_withdrawn(
    admin: Client, meaux: Authority
) -> None:
    alice = make_member("Alice", meaux.organisation, Role.AGENT)
    ada = Person.objects.get(name="Ada")
    content = (
        HEADINGS
        + f"Perrin;Alice;{alice.email};;agent;31/12/2099\r\n"
        + f"A;Ada;{ada.email};;administrateur;31/12/2099\r\n"
        + "Martin;Jeanne;jeanne@meaux.example;;agent;\r\n"
        + "Roche;Nina;nina@meaux.example;;agent;\r\n"
    )
    address = looked_at(admin, content, change="change")
    assert "an administrator’s last day is changed on their page" in words(admin, address)
    admin.post(f"{address}commit/", {"doubtful": "1"})
    assert Membership.objects.get(person=alice).valid_until is not None
    assert Membership.objects.get(person=ada).valid_until is None
    taken = Invitation.objects.get(name="Nina Roche")
    word = "quatre mots tout simples"
    assert accept(invitation=taken, round_=1, name="Nina Roche", language="fr", password=word, now=utc_now())
    admin.post(f"{address}undo/")
    assert Membership.objects.get(person=alice).valid_until is None
    assert list(Invitation.objects.filter(withdrawn_at=None).values_list("name", flat=True)) == ["Nina Roche"]
    assert Membership.objects.filter(person__email="nina@meaux.example").exists()
    assert Entry.objects.filter(kind="invitation.withdrawn").count() == 1
    page = words(admin, address)
    assert "This import was undone." in page
    assert "1 thing was used since: it stays." in page
    assert admin.post(f"{address}follow/").status_code == 404


def test_a_last_day_that_can_t_be_leaves_that_role_and_writes_the_rest(admin: Client, meaux: Authority) -> None:
    alice, now = make_member("Alice", meaux.organisation, Role.AGENT), utc_now()
    first = Membership.objects.get(person=alice)
    end_membership(membership=first, ends=now + timedelta(days=30), by=None)
    again = make_membership(alice, meaux.organisation, Role.AGENT, since=now + timedelta(days=60))
    content = (
        HEADINGS + f"Perrin;Alice;{alice.email};;agent;31/12/2099\r\nMartin;Jeanne;jeanne@meaux.example;;agent;\r\n"
    )
    address = looked_at(admin, content, change="change")
    admin.post(f"{address}commit/", {"doubtful": "1"})
    assert list(Invitation.objects.values_list("name", flat=True)) == ["Jeanne Martin"]
    first.refresh_from_db()
    assert first.valid_until == now + timedelta(days=30), "it would run into the next one"
    assert Membership.objects.get(pk=again.pk).valid_until is None


def test_a_firm_s_desk_imports_its_technicians_and_nobody_else(
    admin: Client, meaux: Authority, police: Organisation, firm: Organisation
) -> None:
    desk = as_(make_member("Bob", firm, Role.DISPATCHER))
    assert "People" in words(desk, "/imports/")
    assert desk.get("/imports/meaux/cabinets/").status_code == 404
    address = looked_at(
        desk,
        HEADINGS
        + "Tran;Théo;theo@fibre77.example;;;30/06/2099\r\n"
        + "X;X;x@fibre77.example;Fibre 77;dispatcher;\r\n"
        + "Y;Y;y@fibre77.example;Police municipale;operator;\r\n",
    )
    page = words(desk, address)
    assert "Write one of the roles that you may give there: technician." in page
    assert "There is no organisation “Police municipale” whose people you manage. Those you do: Fibre 77." in page
    desk.post(f"{address}commit/")
    row = Invitation.objects.get()
    assert (row.organisation, row.role, row.name) == (firm, "technician", "Théo Tran")
    assert admin.get(address).status_code == 404, "a file is its sender's alone"
    assert 'href="/team/"' in desk.get(address).content.decode()
    for stranger in (
        make_member("Alice", meaux.organisation, Role.AGENT),
        make_member("Tech", firm, Role.TECHNICIAN),
        make_member("Charlie", make_authority("provins", "Provins").organisation, Role.ADMINISTRATOR),
    ):
        assert as_(stranger).get(NEW).status_code == 404
    dave = make_member("Dave", police)
    make_membership(
        dave, firm, Role.DISPATCHER, since=utc_now() - timedelta(days=9), until=utc_now() - timedelta(minutes=1)
    )
    assert as_(dave).get(NEW).status_code == 404
