"""A kind of fault that is not public: who reads its reports, at every address that could tell of one, by HTTP."""

from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils.timezone import localdate
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.actions.conventions import switch_system
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.factories import make_authority, make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.actions.handling import Said, hand_over, rate_report, stage_report
from beffroi.systems.reports.actions.photos import decide_photo
from beffroi.systems.reports.actions.rounds import Plan, make_round
from beffroi.systems.reports.factories import HERE, make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Category, Photo, Report
from beffroi.systems.reports.rules import SYSTEM, OpenTo, Priority, Stage
from beffroi.systems.reports.tests.darkroom import address, developed, sent, store_in, taken

KIND, TEXT, WORDS = "Chambre de tirage ouverte", "Trappe forcée derrière le local", "Un cadenas est commandé"
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Scene:
    """A private report with a photo that staff showed, in the hands of a partner; and a public one, so that no page is empty."""

    town: Authority
    private: Category
    report: Report
    photo: Photo
    people: dict[str, Person]

    def client(self, role: str) -> Client:
        client = Client(headers={"accept-language": "en"})
        if role != "anonymous":
            client.force_login(self.people[role])
        return client

    def addresses(self) -> dict[str, str]:
        """Where this very report is."""
        reference, public = self.report.reference, f"/reports/meaux/{self.report.reference}/"
        return {
            "desk": f"/reports/{self.report.pk}/",
            "desk's card": f"/reports/{self.report.pk}/card/",
            "photo": address(self.photo),
            "public page": public,
            "public card": f"{public}card/",
            "told": f"{public}tell/",
            "program": f"/open311/meaux/v2/requests/{reference}.json",
        }


@pytest.fixture
def scene(own_database: None, settings: Settings, tmp_path: Path) -> Scene:
    store_in(tmp_path, settings)
    now, town = utc_now(), make_authority("meaux")
    switched_on(town.id)
    firm, former = make_organisation("Fibre 77"), make_organisation("Câbles de Brie")
    private = make_category(town.id, KIND)
    photo = developed(sent(taken()))
    report = Report.objects.get()
    people = {
        "alice": make_member("Alice", town.organisation, Role.AGENT),
        "official": make_person("Paul Lenoir"),
        "author": make_person("Odile Auteur"),
        "bob": make_member("Bob", firm, Role.DISPATCHER),
        "tech": make_member("Tech", firm, Role.TECHNICIAN),
        "dave": make_member("Dave", former, Role.DISPATCHER),
        "charlie": make_member("Charlie", make_authority("provins").organisation, Role.AGENT),
        "inhabitant": make_person("Ines Habitante"),
    }
    make_membership(people["official"], town.organisation, Role.OFFICIAL, until=now + 600 * DAY)
    make_membership(people["charlie"], make_organisation("Voirie de Provins"), Role.DISPATCHER)
    with writing():
        Report.objects.update(text=TEXT, shown=TEXT, held=False, author=people["author"])
        Category.objects.update(public=False, open_to=OpenTo.ACCOUNTS.value)
    make_convention(town.pk, firm.pk, [private], until=now + DAY)
    make_convention(town.pk, former.pk, [private], until=now - timedelta(minutes=1))
    assert decide_photo(photo=photo, shown=True, areas=(), made=None, by=people["alice"].pk, now=now)
    given = hand_over(report=Report.objects.get(), organisation=firm.pk, team=None, by=None, now=now)
    stage_report(report=given, stage=Stage.PLANNED, said=Said(WORDS), by=None, now=now)
    photo.refresh_from_db()
    reported(make_category(town.id, "Nid-de-poule"), text="Un trou ordinaire")
    return Scene(town, private, Report.objects.get(pk=report.pk), photo, people)


LISTS = (
    "/reports/meaux/",
    "/reports/meaux/?stage=all",
    "/reports/meaux/map/",
    "/reports/meaux/points.json",
    "/reports/meaux/feed.atom",
    "/reports/meaux/delays/",
    "/reports/",
    "/reports/?stage=all",
    "/reports/queue/points.json",
    "/open311/meaux/v2/services.json",
    "/open311/meaux/v2/requests.json",
    "/open311/meaux/v2/requests.xml",
    "/open311/meaux/v2/servicerequestupdates.json",
)
READERS = ("alice", "official", "author", "bob")
STRANGERS = ("anonymous", "inhabitant", "tech", "dave", "charlie")


def test_whoever_has_nothing_to_do_with_it_finds_no_such_page_and_no_word_of_it(scene: Scene) -> None:
    for role in STRANGERS:
        client = scene.client(role)
        for what, where in scene.addresses().items():
            asked = client.post(where) if what == "told" else client.get(where)
            unknown = where.replace(str(scene.report.pk), str(scene.town.pk))
            unknown = unknown.replace(scene.report.reference, "26-999999")
            other = (client.post(unknown) if what == "told" else client.get(unknown)).status_code
            assert asked.status_code in (404, 302), (role, what, asked.status_code)
            assert what == "photo" or asked.status_code == other, f"{what} tells {role} that there is one"
        for where in LISTS:
            answer = client.get(where)
            assert answer.status_code in (200, 302, 404), (role, where, answer.status_code)
            said = answer.content.decode()
            found = [word for word in (scene.report.reference, TEXT, WORDS, KIND) if word in said]
            assert not found, (role, where, found)


def test_whoever_handles_it_or_sent_it_reads_it_and_a_partner_as_long_as_the_convention_lasts(scene: Scene) -> None:
    where = scene.addresses()
    for role in READERS:
        client = scene.client(role)
        page = client.get(where["desk"])
        assert (page.status_code, client.get(where["photo"]).status_code) == (200, 200), role
        assert TEXT in page.content.decode(), role
        assert WORDS in page.content.decode(), role
    with writing():
        Convention.objects.filter(authority=scene.town).update(valid_until=utc_now() - timedelta(minutes=1))
    bob = scene.client("bob")
    assert {bob.get(where[what]).status_code for what in ("desk", "photo", "public page")} == {404}


def test_what_stands_close_by_tells_nothing_and_nobody_is_offered_what_they_may_not_report(scene: Scene) -> None:
    near = {"latitude": str(HERE.latitude), "longitude": str(HERE.longitude), "category": str(scene.private.pk)}
    for role in ("anonymous", "inhabitant", "charlie"):
        assert scene.client(role).get("/reports/meaux/similar/", near).status_code == 204, role
    assert KIND not in scene.client("anonymous").get("/reports/meaux/new/").content.decode()
    assert KIND in scene.client("inhabitant").get("/reports/meaux/new/").content.decode()


def test_whoever_goes_there_sees_its_photo_as_long_as_the_convention_covers_the_kind(scene: Scene) -> None:
    now, where, tech = utc_now(), address(scene.photo), scene.client("tech")
    plan = Plan(
        authority=scene.town.pk,
        organisation=scene.report.organisation_id,
        day=localdate(now),
        starts=time(8),
        start=HERE,
        person=scene.people["tech"].pk,
    )
    make_round(plan=plan, reports=[scene.report.pk], by=None, now=now)
    assert tech.get(where).status_code == 200
    other = make_category(scene.town.id, "Caméra arrachée", public=False)
    rate_report(report=scene.report, category=other, priority=Priority.URGENT, by=None, now=now)
    assert tech.get(where).status_code == 404, "another convention's, or nobody's"


def test_a_photo_that_was_refused_is_for_those_who_decide_and_who_sent_it(scene: Scene) -> None:
    seen = {role: scene.client(role).get(address(scene.photo)).status_code for role in READERS}
    assert set(seen.values()) == {200}
    assert decide_photo(photo=scene.photo, shown=False, areas=(), made=None, by=scene.people["alice"].pk, now=utc_now())
    seen = {role: scene.client(role).get(address(scene.photo)).status_code for role in READERS}
    assert seen == {"alice": 200, "official": 404, "author": 200, "bob": 404}


def test_where_reports_are_switched_off_no_photo_is_shown_to_anybody(scene: Scene) -> None:
    with writing():
        Category.objects.update(public=True)
    assert {scene.client(role).get(address(scene.photo)).status_code for role in ("anonymous", *READERS)} == {200}
    switch_system(authority=scene.town.pk, system=SYSTEM, on=False, by=None, now=utc_now())
    assert {scene.client(role).get(address(scene.photo)).status_code for role in ("anonymous", *READERS)} == {404}
