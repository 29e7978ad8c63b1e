"""What an administrator sets of reports: kinds of faults, their promises, teams, who receives what; nobody else sees it."""

import re
from datetime import time, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils.translation import override

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Authority, Organisation, OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Promise, Team, Way
from beffroi.systems.reports.rules import OpenTo, Priority

pytestmark = pytest.mark.usefixtures("own_database")
AT = "/settings/meaux/reports/"
FILLED = {
    "label": "Fontaine en panne",
    "group": "Eau",
    "what_next": "Le fontainier passe.",
    "icon": "water",
    "asset": "",
    "open_to": OpenTo.ANYBODY.value,
    "public": "on",
    "priority": "3",
    "hours": "72",
}


@pytest.fixture
def town(own_database: ConnectionInfo) -> Authority:
    return make_authority(slug="meaux", name="Meaux")


@pytest.fixture
def admin(town: Authority) -> Client:
    return as_(make_member("Ada", town.organisation, Role.ADMINISTRATOR))


@pytest.fixture
def police(town: Authority) -> Organisation:
    return create_organisation(name="Police de Meaux", kind=OrganisationKind.MUNICIPAL_POLICE, by=None, serves=town.id)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def text(client: Client, where: str = "", **asked: str) -> str:
    return client.get(f"{AT}{where}", asked).content.decode()


def changes() -> int:
    return Entry.objects.filter(kind="report.rules-changed").count()


def test_a_town_begins_with_the_usual_kinds_in_the_language_of_the_screen(admin: Client, town: Authority) -> None:
    assert "Add 16 usual kinds of faults" in text(admin)
    assert admin.post(f"{AT}begin/").status_code == 302
    assert admin.post(f"{AT}begin/").status_code == 302, "twice is once"
    assert Category.objects.filter(authority=town).count() == 16
    assert changes() == 16
    page = text(admin)
    assert "Pothole or damaged road" in page
    assert "Fibre cabinet open or damaged" in page
    assert "Add 16 usual" not in page
    other = make_authority(slug="provins")
    french = Client(headers={"accept-language": "fr"})
    french.force_login(make_member("Odile", other.organisation, Role.ADMINISTRATOR))
    french.post(f"/settings/{other.slug}/reports/begin/")
    assert Category.objects.filter(authority=other, label="Nid-de-poule ou chaussée abîmée").exists()


def test_a_kind_is_added_and_says_what_it_promises(admin: Client, town: Authority) -> None:
    sent = {**FILLED, "hours-1": "4", "hours-4": "40", "working-4": "on"}
    assert admin.post(f"{AT}categories/add/", sent)["Location"] == AT
    row = Category.objects.get(authority=town)
    assert (row.code, row.label, row.hours, row.working, row.public) == (
        "fontaine-en-panne",
        *("Fontaine en panne",),
        72,
        False,
        True,
    )
    kept = Promise.objects.filter(category=row).order_by("priority").values_list("priority", "hours", "working")
    assert list(kept) == [(1, 4, False), (4, 40, True)]
    page = text(admin, f"categories/{row.pk}/")
    words = re.findall(r'data-label="Handled within">([^<]+?)\s*<', page)
    assert words == ["4 hours", "3 days", "3 days", "40 working hours"]
    assert page.count("as usual</span>") == 2
    report = reported(row, priority=Priority.DANGER)
    assert (report.due_at - report.since).total_seconds() == 4 * 3600


def test_what_is_being_typed_is_said_before_it_is_kept(admin: Client, town: Authority) -> None:
    said = text(admin, "promise/", hours="96", **{"hours-2": "1"})
    assert "4 days" in said
    assert "1 hour" in said
    assert "Correct the hours" in text(admin, "promise/", hours="0")
    assert not Category.objects.filter(authority=town).exists()


def test_a_kind_that_points_at_people_is_refused_in_words(admin: Client, town: Authority) -> None:
    for name, value in (("label", "Mendiants devant la gare"), ("keywords", "sdf, clochard"), ("group", "Individus")):
        answer = admin.post(f"{AT}categories/add/", {**FILLED, name: value})
        assert answer.status_code == 422
        assert "No kind of fault is about people" in answer.content.decode()
        assert value in answer.content.decode(), "what was typed is kept"
    assert not Category.objects.filter(authority=town).exists()
    ramp = {**FILLED, "label": "Rampe pour personnes à mobilité réduite abîmée"}
    assert admin.post(f"{AT}categories/add/", ramp).status_code == 302


def test_wrong_hours_are_said_and_what_was_typed_stays(admin: Client) -> None:
    for wrong in ({"hours": "0"}, {"hours": "8761"}, {"hours": ""}, {"hours-2": "0"}, {"icon": "skull"}, {"label": ""}):
        answer = admin.post(f"{AT}categories/add/", {**FILLED, **wrong})
        assert answer.status_code == 422, wrong
        assert "Le fontainier passe." in answer.content.decode()


def test_two_kinds_of_one_name_have_codes_of_their_own(admin: Client, town: Authority) -> None:
    for _again in range(2):
        admin.get(f"{AT}categories/add/")
        admin.post(f"{AT}categories/add/", FILLED)
    codes = Category.objects.filter(authority=town).values_list("code", flat=True)
    assert set(codes) == {"fontaine-en-panne", "fontaine-en-panne-2"}


def test_a_kind_takes_no_more_reports_and_takes_them_again(admin: Client, town: Authority) -> None:
    row = make_category(town.id)
    admin.post(f"{AT}categories/{row.pk}/retire/")
    row.refresh_from_db()
    assert row.retired_at is not None
    assert "No longer taken" in text(admin)
    admin.post(f"{AT}categories/{row.pk}/retire/", {"again": "1"})
    row.refresh_from_db()
    assert row.retired_at is None


def test_a_team_is_written_down_changed_and_given_up(admin: Client, town: Authority, police: Organisation) -> None:
    sent = {"name": "Voirie nord", "organisation": str(town.organisation_id), "email": "voirie@meaux.example"}
    assert admin.post(f"{AT}teams/", sent).status_code == 302
    again = admin.post(f"{AT}teams/", sent)
    assert again.status_code == 422
    assert "already has a team of that name" in again.content.decode()
    team = Team.objects.get(authority=town)
    changed = {**sent, "name": "Voirie sud", "organisation": str(police.pk)}
    assert admin.post(f"{AT}teams/{team.pk}/", changed).status_code == 302
    team.refresh_from_db()
    assert (team.name, team.organisation_id) == ("Voirie sud", police.pk)
    admin.post(f"{AT}teams/{team.pk}/retire/")
    assert "Given up" in text(admin, "teams/")
    admin.post(f"{AT}teams/{team.pk}/retire/", {"again": "1"})
    assert "Given up" not in text(admin, "teams/")
    stranger = make_organisation("Someone else’s firm", OrganisationKind.SUBCONTRACTOR_1)
    refused = admin.post(f"{AT}teams/", {**sent, "name": "Ailleurs", "organisation": str(stranger.pk)})
    assert refused.status_code == 422


def way(admin: Client, organisation: UUID, **fields: object) -> int:
    return admin.post(f"{AT}ways/add/", {"organisation": str(organisation), "order": "50", **fields}).status_code


def test_lines_say_in_words_who_receives_what_and_the_answer_agrees(
    admin: Client, town: Authority, police: Organisation
) -> None:
    hole, lamp = make_category(town.id, "Nid-de-poule"), make_category(town.id, "Lampadaire éteint")
    assert "Everything" in text(admin, "ways/")
    night = {"category": str(lamp.pk), "days": ["5", "6"], "starts": "18:00", "ends": "08:00"}
    assert way(admin, police.pk, **night) == 302
    page = text(admin, "ways/")
    assert "Lampadaire éteint, anywhere, at weekends, from 18:00 until 08:00" in page
    assert "Anything else" in page
    saturday, monday = "2026-11-21T21:00", "2026-11-23T21:00"
    asked = {"category": str(lamp.pk), "territory": ""}
    assert banner(text(admin, "ways/", at=saturday, **asked)) == "Police de Meaux"
    assert banner(text(admin, "ways/", at=monday, **asked)) == "Meaux"
    assert "No line takes it" in text(admin, "ways/", at=saturday, category=str(hole.pk), territory="")
    assert admin.get(f"{AT}ways/", {"at": "never", **asked}).status_code == 422
    row = Way.objects.get(authority=town)
    assert (row.days, row.starts, row.ends) == ("56", time(18), time(8))


def banner(page: str) -> str:
    found = re.search(r'banner-title">([^<]+)<', page)
    return found.group(1) if found else ""


def test_a_line_given_up_is_written_again_by_one_press(admin: Client, town: Authority, police: Organisation) -> None:
    hole = make_category(town.id)
    assert way(admin, police.pk, category=str(hole.pk), days=["0", "1"]) == 302
    row = Way.objects.get(authority=town)
    page = admin.post(f"{AT}ways/{row.pk}/drop/", follow=True).content.decode()
    assert not Way.objects.filter(authority=town).exists()
    held = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page)
    sent: dict[str, list[str]] = {}
    for name, value in held:
        sent.setdefault(name, []).append(value)
    sent.pop("csrfmiddlewaretoken", None)
    assert admin.post(f"{AT}ways/add/", sent).status_code == 302
    back = Way.objects.get(authority=town)
    assert (back.category_id, back.organisation_id, back.days) == (hole.pk, police.pk, "01")


def test_a_line_that_says_half_an_hour_or_another_s_team_is_refused(
    admin: Client, town: Authority, police: Organisation
) -> None:
    admin.post(f"{AT}teams/", {"name": "Voirie", "organisation": str(town.organisation_id)})
    team = Team.objects.get(authority=town)
    assert way(admin, police.pk, starts="08:00") == 422
    assert way(admin, police.pk, starts="08:00", ends="08:00") == 422
    assert way(admin, police.pk, team=str(team.pk)) == 422
    assert way(admin, town.organisation_id, team=str(team.pk)) == 302
    charlie = make_authority(slug="provins")
    foreign = make_category(charlie.id)
    assert way(admin, police.pk, category=str(foreign.pk)) == 422, "another authority's kind is none"


def test_a_partner_whose_convention_covers_something_else_is_warned_about(admin: Client, town: Authority) -> None:
    hole, cable = make_category(town.id, "Nid-de-poule"), make_category(town.id, "Câble arraché")
    firm = make_organisation("Fibre 77", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    make_member("Bob", firm, Role.DISPATCHER)
    assert way(admin, firm.pk) == 422, "no convention binds it: it isn't one to choose"
    make_convention(town.id, firm.pk, [cable], until=utc_now() + timedelta(days=5))
    assert way(admin, firm.pk) == 302
    now = f"{utc_now():%Y-%m-%dT%H:%M}"
    warned = text(admin, "ways/", at=now, category=str(hole.pk), territory="")
    assert banner(warned) == town.organisation.name
    assert "A line gives it to Fibre 77, but no convention" in warned
    covered = text(admin, "ways/", at=now, category=str(cable.pk), territory="")
    assert banner(covered) == "Fibre 77"
    assert "but no convention" not in covered


def test_the_settings_are_nobody_else_s(admin: Client, town: Authority) -> None:
    row = make_category(town.id)
    charlie = make_authority(slug="provins")
    foreign = make_category(charlie.id)
    assert admin.get(f"{AT}categories/{foreign.pk}/").status_code == 404
    for person in (
        make_member("Alice", town.organisation, Role.AGENT),
        make_member("Charlie", charlie.organisation, Role.ADMINISTRATOR),
    ):
        for at in ("", "categories/add/", f"categories/{row.pk}/", "teams/", "ways/", "ways/add/", "promise/"):
            assert as_(person).get(f"{AT}{at}").status_code == 404


def test_first_steps_lead_to_the_settings_and_see_them_done(admin: Client, town: Authority) -> None:
    before = admin.get("/start/meaux/").content.decode()
    assert AT in before
    assert "nothing can be reported" in before
    switched_on(town.id)
    admin.post(f"{AT}begin/")
    with override("en"):
        assert "16 kinds of faults can be reported" in admin.get("/start/meaux/").content.decode()
