"""People and organisations through their pages: who sees whom, how a role begins, ends and goes on."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority, Membership, Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence import listing

pytestmark = pytest.mark.django_db


@dataclass
class Towns:
    """Meaux, its police and its partner; Provins beside."""

    meaux: Authority
    police: Organisation
    partner: Organisation
    admin: Person
    alice: Person
    officer: Person
    desk: Person
    tech: Person
    provins: Authority
    charlie: Person


@pytest.fixture
def towns() -> Towns:
    meaux, provins = make_authority("meaux"), make_authority("provins")
    police = create_organisation(name="Police", kind=OrganisationKind.MUNICIPAL_POLICE, serves=meaux.pk, by=None)
    partner = create_organisation(
        name="Fibre 77", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, steward=meaux.pk, by=None
    )
    return Towns(
        meaux,
        police,
        partner,
        make_member("Claire Moreau", meaux.organisation, Role.ADMINISTRATOR),
        make_member("Alice Lambert", meaux.organisation, Role.AGENT),
        make_member("Samir Haddad", police, Role.OPERATOR),
        make_member("Bob Girard", partner, Role.DISPATCHER),
        make_member("Theo Marchand", partner, Role.TECHNICIAN),
        provins,
        make_member("Charlie Nguyen", provins.organisation, Role.ADMINISTRATOR),
    )


def client_of(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def role_of(person: Person) -> Membership:
    return Membership.objects.get(person=person)


def test_an_administrator_sees_the_people_it_manages_and_no_others(towns: Towns) -> None:
    page = text(client_of(towns.admin), "/people/")
    for name in ("Claire Moreau", "Alice Lambert", "Samir Haddad", "Bob Girard"):
        assert name in page
    assert "Theo Marchand" not in page, "a firm's technicians are the firm's to name"
    assert "Charlie" not in page
    theirs = text(client_of(towns.charlie), "/people/")
    assert "Charlie Nguyen" in theirs
    assert "Moreau" not in theirs
    assert "Girard" not in theirs


def test_a_count_that_stopped_says_so(towns: Towns, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MOST", 3)
    page = text(client_of(towns.admin), "/people/")
    assert "more than 3 people" in page


def test_a_partner_s_page_counts_those_it_does_not_name(towns: Towns) -> None:
    page = text(client_of(towns.admin), f"/organisations/{towns.partner.pk}/")
    assert "Bob Girard" in page
    assert "technician (1)" in page
    assert "Theo" not in page


@pytest.mark.parametrize("who", ["charlie", "alice", "desk", "tech", "officer"])
def test_nobody_else_reads_or_changes_them(towns: Towns, who: str) -> None:
    client = client_of(getattr(towns, who))
    role = role_of(towns.officer)
    for address in (f"/people/{towns.officer.pk}/", f"/roles/{role.pk}/", f"/organisations/{towns.police.pk}/"):
        assert client.get(address).status_code == 404, address
    for address in (f"/roles/{role.pk}/stop/", f"/people/{towns.officer.pk}/log-out/", f"/roles/{role.pk}/resume/"):
        assert client.post(address).status_code == 404, address
    role.refresh_from_db()
    assert role.valid_until is None


def test_another_town_reads_a_firm_s_name_and_renames_nothing(towns: Towns) -> None:
    client = client_of(towns.charlie)
    page = text(client, f"/organisations/{towns.partner.pk}/")
    assert "Fibre 77" in page
    assert "Girard" not in page
    assert client.post(f"/organisations/{towns.partner.pk}/", {"name": "Mine"}).status_code == 404
    assert client.get(f"/organisations/{towns.partner.pk}/invite/").status_code == 404
    assert client.get(f"/organisations/{towns.police.pk}/").status_code == 404, "a service of another town"


def test_a_role_ends_at_once_and_the_end_is_taken_back(towns: Towns) -> None:
    client, role = client_of(towns.admin), role_of(towns.officer)
    answer = client.post(f"/roles/{role.pk}/stop/", follow=True)
    assert "Ended: operator, Police." in answer.content.decode()
    assert role_of(towns.officer).valid_until is not None
    assert client_of(towns.officer).get("/alerts/").status_code != 200
    client.post(f"/roles/{role.pk}/resume/", {"was": ""})
    assert role_of(towns.officer).valid_until is None
    assert list(Entry.objects.filter(kind__startswith="membership.").values_list("kind", flat=True))[-2:] == [
        "membership.ended",
        "membership.continued",
    ]


def test_stopping_twice_ends_it_once(towns: Towns) -> None:
    client, role = client_of(towns.admin), role_of(towns.officer)
    for _press in range(2):
        assert client.post(f"/roles/{role.pk}/stop/").status_code == 302
    assert Entry.objects.filter(kind="membership.ended").count() == 1


def test_a_role_s_last_day_is_included_and_said(towns: Towns) -> None:
    client, role = client_of(towns.admin), role_of(towns.alice)
    day = (utc_now() + timedelta(days=12)).astimezone().date()
    assert client.post(f"/roles/{role.pk}/", {"until": day.isoformat()}).status_code == 302
    page = text(client, "/people/")
    assert "in 12 days" in page
    assert "1 role ends within 30 days" in page
    wrong = client.post(f"/roles/{role.pk}/", {"until": "2020-01-01"})
    assert wrong.status_code == 422
    assert "2020-01-01" in wrong.content.decode(), "what was typed is kept"


def test_the_town_keeps_an_administrator(towns: Towns) -> None:
    client = client_of(towns.admin)
    own = role_of(towns.admin)
    assert "another administrator does it" in client.post(f"/roles/{own.pk}/stop/", follow=True).content.decode()
    second = make_member("Second", towns.meaux.organisation, Role.ADMINISTRATOR)
    make_membership(second, towns.partner, Role.DISPATCHER)
    client_of(second).post(f"/roles/{own.pk}/stop/")
    own.refresh_from_db()
    assert own.valid_until is not None


def test_roles_are_given_only_where_they_are_one_s_to_give(towns: Towns) -> None:
    client = client_of(towns.admin)

    def give(where: Organisation, role: Role, until: str = "") -> int:
        body = {"organisation": str(where.pk), "role": role.value, "until": until}
        return client.post(f"/people/{towns.alice.pk}/", body).status_code

    assert give(towns.police, Role.OPERATOR) == 302
    assert give(towns.partner, Role.TECHNICIAN) == 422, "a firm names its technicians itself"
    assert give(towns.provins.organisation, Role.AGENT) == 422
    assert give(towns.meaux.organisation, Role.OFFICIAL) == 422, "a mandate has an end"
    assert give(towns.meaux.organisation, Role.OFFICIAL, "2099-06-30") == 302
    assert give(towns.police, Role.OFFICIAL, "2099-06-30") == 422


def test_an_organisation_is_registered_once_and_is_the_town_s_to_open(towns: Towns) -> None:
    client = client_of(towns.admin)
    body = {"name": "Bailleur Sud", "kind": "subcontractor-1"}
    first, again = client.post("/organisations/add/", body), client.post("/organisations/add/", body)
    assert first.status_code == again.status_code == 302
    assert first["location"] == again["location"]
    row = Organisation.objects.get(name="Bailleur Sud")
    assert row.steward_id == towns.meaux.pk
    taken = client.post("/organisations/add/", {"name": "Provins", "kind": "subcontractor-1"})
    assert taken.status_code == 422
    renamed = client.post(f"/organisations/{row.pk}/", {"name": "Bailleur du Sud"})
    assert renamed.status_code == 302
    assert Entry.objects.filter(kind="organisation.changed").count() == 1
    reached = client.post(f"/organisations/{row.pk}/", {"name": "Bailleur du Sud", "phone": "01 60 00 00 77"})
    assert reached.status_code == 302
    assert "01 60 00 00 77" in text(client, f"/organisations/{row.pk}/")
    assert Entry.objects.filter(kind="organisation.changed").count() == 2, "its number, and not its name again"


@pytest.mark.parametrize("kind", ["landlord", "prefecture", "gendarmerie", "national-police"])
def test_whoever_signs_a_convention_of_video_is_registered_as_what_it_is(towns: Towns, kind: str) -> None:
    client = client_of(towns.admin)
    assert f'value="{kind}"' in text(client, "/organisations/add/")
    assert client.post("/organisations/add/", {"name": f"A {kind}", "kind": kind}).status_code == 302
    assert Organisation.objects.get(name=f"A {kind}").kind == kind


def test_lists_are_paged_and_searched(towns: Towns) -> None:
    for number in range(35):
        make_member(f"Agent-{number:02}", towns.meaux.organisation, Role.AGENT)
    make_organisation("Elsewhere")
    client = client_of(towns.admin)
    assert "Page 1 of 2" in text(client, "/people/")
    found = text(client, "/people/?q=agent-07")
    assert "Agent-07" in found
    assert "Agent-08" not in found
    assert "Elsewhere" in text(client, "/organisations/?q=where")


def test_another_s_sessions_are_ended_on_the_record(towns: Towns) -> None:
    other = make_member("Nina Roche", towns.police, Role.OPERATOR, password="correct horse battery belfry")
    theirs = Client(headers={"accept-language": "en"})
    theirs.post("/login/", {"login": other.email, "password": "correct horse battery belfry"})
    assert theirs.get("/account/").status_code == 200
    client = client_of(towns.admin)
    assert "Logged in in 1 place" in text(client, f"/people/{other.pk}/")
    assert "1 session was ended" in client.post(f"/people/{other.pk}/log-out/", follow=True).content.decode()
    assert theirs.get("/account/").status_code == 302
    assert Entry.objects.filter(kind="sessions.ended").count() == 1


def test_whoever_left_is_logged_out_by_those_they_left_no_more(towns: Towns) -> None:
    """Nina leaves Meaux's police for Provins: what she has open there is not Meaux's to end."""
    nina = make_member("Nina Roche", towns.police, Role.OPERATOR, password="correct horse battery belfry")
    client = client_of(towns.admin)
    client.post(f"/roles/{role_of(nina).pk}/stop/")
    make_membership(nina, towns.provins.organisation, Role.AGENT)
    theirs = Client(headers={"accept-language": "en"})
    theirs.post("/login/", {"login": nina.email, "password": "correct horse battery belfry"})
    page = text(client, f"/people/{nina.pk}/")
    assert "Nina Roche" in page, "those who left are still listed"
    assert "Open sessions" not in page
    assert client.post(f"/people/{nina.pk}/log-out/").status_code == 404
    assert theirs.get("/account/").status_code == 200
    assert client_of(towns.charlie).post(f"/people/{nina.pk}/log-out/").status_code == 302
    assert theirs.get("/account/").status_code == 302


def test_one_s_own_sessions_end_on_one_s_own_page(towns: Towns) -> None:
    client = client_of(towns.admin)
    assert client.post(f"/people/{towns.admin.pk}/log-out/").status_code == 404
    assert client.get("/account/").status_code == 200
