"""Teams: who is of one, said by those who lead its organisation; what that changes at the desk; links that a team's letters bear."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import hand_over
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.keeping import former_members
from beffroi.systems.reports.models import Category, Errand, Report, Team, TeamMember
from beffroi.systems.reports.queries.errands import errand_token

pytestmark = pytest.mark.usefixtures("own_database")
DAY = timedelta(days=1)


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    town = make_authority(slug="meaux", name="Meaux")
    switched_on(town.id)
    return town


@pytest.fixture
def hole(town: Authority) -> Category:
    return make_category(town.id)


def roads(town: Authority, *, email: str = "", name: str = "Voirie nord") -> Team:
    row = Team(authority_id=town.pk, organisation_id=town.organisation_id, name=name, email=email)
    keep_team(team=row, by=None, now=utc_now())
    return row


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def given(hole: Category, team: Team) -> Report:
    return hand_over(report=reported(hole), organisation=team.organisation_id, team=team.pk, by=None, now=utc_now())


def test_members_are_chosen_among_the_organisations_own_and_taken_out(town: Authority) -> None:
    team, ada = roads(town), make_member("Ada", town.organisation, Role.ADMINISTRATOR)
    rose = make_member("Rose", town.organisation, Role.TECHNICIAN)
    stranger = make_member("Charlie", make_organisation("Ailleurs"), Role.AGENT)
    client, page = as_(ada), f"/reports/teams/{team.pk}/"
    assert "Nobody is of this team yet" in text(client, page)
    assert client.post(page, {"person": str(stranger.pk)}).status_code == 422
    assert client.post(page, {"person": str(rose.pk)}).status_code == 302
    assert "Take out: Rose" in text(client, page)
    assert re.search(r'data-label="People">1<', text(client, "/reports/teams/"))
    assert client.post(f"{page}{rose.pk}/leave/").status_code == 302
    assert not TeamMember.objects.exists()


def test_a_partners_desk_says_who_is_of_its_teams_and_sees_no_other(town: Authority, hole: Category) -> None:
    firm = make_organisation("Câbles de Brie")
    make_convention(town.id, firm.pk, [hole], until=utc_now() + 10 * DAY)
    theirs = Team(authority_id=town.pk, organisation=firm, name="Équipe câbles")
    keep_team(team=theirs, by=None, now=utc_now())
    own = roads(town)
    bob, agent = make_member("Bob", firm, Role.DISPATCHER), make_member("Alice", town.organisation, Role.AGENT)
    charlie = make_member("Charlie", make_organisation("Ailleurs"), Role.DISPATCHER)
    assert "Équipe câbles" in text(as_(bob), "/reports/teams/")
    assert as_(bob).get(f"/reports/teams/{own.pk}/").status_code == 404
    ada = make_member("Ada", town.organisation, Role.ADMINISTRATOR)
    assert as_(ada).get(f"/reports/teams/{theirs.pk}/").status_code == 404, "its people are the firm's to know"
    for person in (agent, charlie):
        assert as_(person).get("/reports/teams/").status_code == 404
        assert as_(person).post(f"/reports/teams/{theirs.pk}/", {"person": str(bob.pk)}).status_code == 404


def test_a_members_queue_home_and_the_choice_of_who_sees_to_it(town: Authority, hole: Category) -> None:
    team, alice = roads(town), make_member("Alice", town.organisation, Role.AGENT)
    zoe = make_member("Zoé", town.organisation, Role.AGENT)
    report, other = given(hole, team), reported(hole)
    client = as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    client.post(f"/reports/teams/{team.pk}/", {"person": str(zoe.pk)})
    listed = text(as_(zoe), "/reports/?whose=team")
    assert report.reference in listed
    assert other.reference not in listed
    assert "1 report is for you or your team" in text(as_(zoe), "/")
    assert "for you or your team" not in text(as_(alice), "/")
    page = text(as_(alice), f"/reports/{report.pk}/")
    chosen = page.partition('<optgroup label="Voirie nord"')[2]
    assert chosen.index(">Zoé<") < chosen.index(">Alice<")


def test_whoever_leaves_the_organisation_is_of_the_team_no_more(town: Authority, hole: Category) -> None:
    team, dave = roads(town), make_person("Dave")
    role = make_membership(dave, town.organisation, Role.AGENT, until=utc_now() + DAY)
    ada = make_member("Ada", town.organisation, Role.ADMINISTRATOR)
    for person in (dave, ada):
        as_(ada).post(f"/reports/teams/{team.pk}/", {"person": str(person.pk)})
    given(hole, team)
    assert "Dave" in text(as_(ada), f"/reports/teams/{team.pk}/")
    end_membership(membership=role, ends=utc_now(), by=None)
    assert "Dave" not in text(as_(ada), f"/reports/teams/{team.pk}/").partition("Somebody more")[0]
    assert "for you or your team" not in text(as_(dave), "/")
    gone = former_members(town.pk).values_list("person", "kept_from")
    assert [person for person, since in gone if since <= utc_now()] == [dave.pk], "its row goes once the rule says so"


def test_links_end_with_the_address_or_when_somebody_says_so(town: Authority, hole: Category) -> None:
    team = roads(town, email="voirie@meaux.example")
    given(hole, team)
    ada = as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    first = f"/reports/desk/{errand_token(Errand.objects.get())}/"
    assert Client().get(first).status_code == 200
    settings = f"/settings/meaux/reports/teams/{team.pk}/"
    assert "1 link opens a report that is still to be mended" in text(ada, settings)
    filled = {"name": "Voirie nord", "email": "nord@meaux.example", "organisation": str(town.organisation_id)}
    assert ada.post(settings, filled).status_code == 302
    assert Client().get(first).status_code == 410
    given(hole, team)
    second = f"/reports/desk/{errand_token(Errand.objects.get(ended_at=None))}/"
    assert ada.post(f"{settings}links/").status_code == 302
    assert Client().get(second).status_code == 410


def test_one_team_of_an_organisation_receives_what_comes_without_one(town: Authority) -> None:
    ada = as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))
    filled = {"organisation": str(town.organisation_id), "general": "on"}
    teams = "/settings/meaux/reports/teams/"
    assert ada.post(teams, {**filled, "name": "Accueil"}).status_code == 422, "it is written to somewhere"
    assert ada.post(teams, {**filled, "name": "Accueil", "email": "a@meaux.example"}).status_code == 302
    refused = ada.post(teams, {**filled, "name": "Standard", "email": "b@meaux.example"})
    assert refused.status_code == 422
    assert "Another team of this organisation receives what comes without a team." in refused.content.decode()
    (row,) = Team.objects.all()
    assert ada.post(f"{teams}{row.pk}/retire/").status_code == 302
    assert ada.post(teams, {**filled, "name": "Standard", "email": "b@meaux.example"}).status_code == 302
    assert ada.post(f"{teams}{row.pk}/retire/", {"again": "1"}).status_code == 302
