"""A firm's desk lets technicians in by an invitation: it makes no password, and sees what became of each invitation."""

import re

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory import jobs
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership
from beffroi.kernel.territory.models import Invitation, Membership, Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.persistence.letters import Sealed

pytestmark = pytest.mark.django_db
OWN = "a long enough phrase"
CODE = re.compile(r"\b[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}\b")
THEO = {"name": "Théo Marchand", "email": "theo@fibre77.example", "language": "en", "until": ""}


@pytest.fixture(autouse=True)
def calm(settings: Settings) -> None:
    """Nobody has tried anything yet; and no secret is kept here, so that its hash may be quick."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()


@pytest.fixture
def firm() -> Organisation:
    town = make_authority("meaux")
    return create_organisation(name="Fibre 77", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, steward=town.pk, by=None)


@pytest.fixture
def desk(firm: Organisation) -> Client:
    return client_of(make_member("Bob", firm, Role.DISPATCHER))


def client_of(person: Person | None) -> Client:
    client = Client(headers={"accept-language": "en"})
    if person is not None:
        client.force_login(person)
    return client


def letter() -> Sealed:
    (found,) = jobs.claim(utc_now(), 10)
    return found


def team(desk: Client) -> str:
    return desk.get("/team/").content.decode()


def taken(text: str) -> None:
    """Whoever holds the code types it, and chooses a password of their own."""
    found = CODE.search(text)
    assert found is not None
    theirs = client_of(None)
    assert theirs.post("/welcome/", {"code": found[0]}).status_code == 302
    done = theirs.post("/welcome/role/", {"name": "Théo Marchand", "language": "en", "password": OWN})
    assert done.status_code == 302, done.content.decode()


def test_a_technician_takes_the_role_with_a_password_that_the_desk_never_saw(desk: Client) -> None:
    answer = desk.post("/team/add/", THEO, follow=True)
    assert answer.redirect_chain == [("/team/", 302)]
    assert not Person.objects.filter(email=THEO["email"]).exists(), "nobody makes an account for them"
    assert "The letter leaves" in answer.content.decode()
    sent = letter()
    jobs.note(sent, HANDED_OVER, utc_now())
    assert "Letter handed over" in team(desk)
    taken(sent.text)
    role = Membership.objects.get(role=Role.TECHNICIAN.value)
    assert role.person.check_password(OWN)
    page = team(desk)
    assert "Invitation accepted" in page
    assert "Invitations that wait" not in page
    given = desk.post(f"/team/{role.pk}/code/")
    assert given.status_code == 201, "the phone's code comes once they are in"
    assert "password" not in given.content.decode().lower()
    kinds = Entry.objects.filter(kind__startswith="invitation.").values_list("kind", flat=True)
    assert list(kinds) == ["invitation.made", "invitation.accepted"]


def test_somebody_without_an_address_takes_a_paper(desk: Client) -> None:
    desk.post("/team/add/", THEO | {"email": ""})
    row = Invitation.objects.get()
    assert "Code on paper" in team(desk)
    paper = desk.post(f"/invitations/{row.pk}/print/")
    assert paper.status_code == 201
    assert 'href="/team/"' in paper.content.decode()
    assert CODE.search(paper.content.decode()) is not None
    assert "<svg" in paper.content.decode()


def test_a_letter_that_failed_is_sent_again_or_withdrawn(desk: Client) -> None:
    desk.post("/team/add/", THEO)
    row = Invitation.objects.get()
    jobs.note(letter(), Handover(Outcome.REFUSED, "mail-not-configured"), utc_now())
    assert "The letter could not be sent" in team(desk)
    again = desk.post(f"/invitations/{row.pk}/send/")
    assert again["location"] == "/team/"
    assert "The letter leaves" in team(desk)
    gone = desk.post(f"/invitations/{row.pk}/withdraw/")
    assert gone["location"] == "/team/"
    assert "Théo Marchand" not in team(desk)
    assert jobs.claim(utc_now(), 10) == []


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(desk: Client, firm: Organisation) -> None:
    assert desk.post("/team/add/", THEO).status_code == 302
    twice = desk.post("/team/add/", THEO)
    assert twice.status_code == 422
    assert "already waits for this address" in twice.content.decode()
    assert "Théo Marchand" in twice.content.decode()
    here = make_member("Inès", firm, Role.TECHNICIAN)
    known = desk.post("/team/add/", THEO | {"email": here.email.upper()})
    assert known.status_code == 422
    assert "of your firm already" in known.content.decode()
    assert desk.post("/team/add/", THEO | {"until": "2001-01-01"}).status_code == 422
    assert Invitation.objects.count() == 1


def test_another_firm_s_desk_and_the_town_see_none_of_it(desk: Client, firm: Organisation) -> None:
    """The town opens the desk of a partner; who works there is the partner's to know."""
    desk.post("/team/add/", THEO)
    row = Invitation.objects.get()
    alice = client_of(make_member("Alice", make_authority_of(firm), Role.ADMINISTRATOR))
    assert "Théo Marchand" not in alice.get(f"/organisations/{firm.pk}/").content.decode()
    other = create_organisation(name="Voisin", kind=OrganisationKind.SUBCONTRACTOR_1, steward=firm.steward_id, by=None)
    charlie = client_of(make_member("Charlie", other, Role.DISPATCHER))
    assert "Théo Marchand" not in team(charlie)
    theo = client_of(make_member("Karim", firm, Role.TECHNICIAN))
    for who in (alice, charlie, theo):
        for act in ("send", "print", "withdraw"):
            assert who.post(f"/invitations/{row.pk}/{act}/").status_code == 404
    at_the_desk = Invitation.objects.filter(pk=row.pk).update
    with writing():
        at_the_desk(role=Role.DISPATCHER.value)
    assert desk.post(f"/invitations/{row.pk}/send/").status_code == 404, "only technicians are the desk's to invite"


def make_authority_of(firm: Organisation) -> Organisation:
    assert firm.steward is not None
    return firm.steward.organisation


def test_many_that_wait_are_cut_and_counted(desk: Client) -> None:
    for number in range(30):
        desk.post("/team/add/", THEO | {"email": f"t{number}@fibre77.example"})
    page = team(desk)
    assert page.count("/withdraw/") == 6
    assert "See all 30 invitations" in page
    rest = desk.get("/team/invitations/", {"page": "2"}).content.decode()
    assert rest.count("/withdraw/") == 6
    assert "30 in all" in rest


def test_the_desk_of_two_firms_says_of_which_the_technicians_are(firm: Organisation) -> None:
    other = create_organisation(
        name="Réseau Brie", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, steward=None, by=None
    )
    bob = make_member("Bob", firm, Role.DISPATCHER)
    make_membership(bob, other, Role.DISPATCHER)
    make_member("Théo Marchand", firm, Role.TECHNICIAN)
    nadia = make_member("Nadia Belkacem", other, Role.TECHNICIAN)
    desk = client_of(bob)
    first, second = (desk.get(f"/team/?firm={each.pk}").content.decode() for each in (firm, other))
    assert "Théo Marchand" in first
    assert "Nadia Belkacem" not in first
    assert "Nadia Belkacem" in second
    assert f'href="/team/?firm={firm.pk}"' in second
    role = Membership.objects.get(person=nadia)
    assert desk.post(f"/team/{role.pk}/code/").status_code == 201
    added = desk.post(f"/team/add/?firm={other.pk}", THEO)
    assert added["location"] == f"/team/?firm={other.pk}"
    row = Invitation.objects.get()
    assert row.organisation == other
    assert desk.post(f"/invitations/{row.pk}/send/")["location"] == f"/team/?firm={other.pk}"
    stranger = create_organisation(name="Autre", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, steward=None, by=None)
    assert "Théo Marchand" in desk.get(f"/team/?firm={stranger.pk}").content.decode(), (
        "one's own, as if it were not named"
    )
