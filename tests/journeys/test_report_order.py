"""Of a report and a cabinet: the town asks the operator's desk for a work order, or raises the alarm, each by one act. By HTTP."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.models import Alert, Delivery
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.grants.actions.orders import end_membership
from beffroi.kernel.grants.models import Grant
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Membership
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.cabinets.factories import Street, street
from beffroi.systems.reports.actions.handling import Said, mend_report
from beffroi.systems.reports.actions.making import Told, make_report
from beffroi.systems.reports.factories import make_category, make_convention, switched_on
from beffroi.systems.reports.models import Category, Line, OrderAsked, Report
from beffroi.systems.reports.rules import Source

pytestmark = pytest.mark.usefixtures("own_database")


@dataclass(frozen=True)
class Scene:
    """An open cabinet that somebody reported."""

    here: Street
    report: Report

    @property
    def address(self) -> str:
        return f"/reports/{self.report.pk}/"

    def thread(self) -> list[str]:
        return list(Line.objects.filter(report=self.report).order_by("at", "id").values_list("kind", flat=True))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    cache.clear()
    here = street(tmp_path, now=utc_now())
    authority = here.town.authority.id
    switched_on(authority)
    category = make_category(authority, "Armoire ouverte")
    with writing():
        Category.objects.filter(pk=category.pk).update(asset="cabinet")
    where = Position(here.cabinet.latitude, here.cabinet.longitude)
    told = Told(
        category=category.pk, position=where, text="Elle bat au vent", asset_kind="cabinet", asset=here.cabinet.pk
    )
    report, _new = make_report(
        authority=authority,
        submission=here.cabinet.pk,
        told=told,
        photos=(),
        source=Source.POCKET,
        author=None,
        by=None,
        now=utc_now(),
    )
    return Scene(here, report)


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


def says(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def live(kind: str) -> int:
    return Alert.objects.filter(kind=kind, ended_at__isnull=True).count()


def ask(scene: Scene) -> None:
    firm = str(scene.here.operator.pk)
    assert (
        as_(scene.here.alice).post(f"{scene.address}order/", {"firm": firm, "text": "Serrure à revoir"}).status_code
        == 302
    )


def give(scene: Scene) -> None:
    now = utc_now()
    given = {
        "cabinet": str(scene.here.cabinet.pk),
        "technician": str(scene.here.technician.pk),
        "purpose": f"{scene.here.convention.pk}:repair",
        "starts": now.isoformat(),
        "ends": (now + timedelta(hours=2)).isoformat(),
    }
    assert as_(scene.here.bob).post("/orders/add/", given).status_code == 302


def test_the_desk_that_is_asked_gives_the_order_and_both_pages_lead_to_one_another(scene: Scene) -> None:
    alice, bob = as_(scene.here.alice), as_(scene.here.bob)
    assert "Ask for a work order" in says(alice, scene.address)
    ask(scene)
    ask(scene)
    assert OrderAsked.objects.count() == 1, "twice is once"
    assert live("reports.order") == 1
    assert Delivery.objects.filter(person=scene.here.bob).exists(), "the firm's desk is told"
    landed = bob.get(f"{scene.address}order/wanted/")
    assert landed["Location"] == f"/orders/add/?cabinet={scene.here.cabinet.pk}"
    page = says(bob, landed["Location"])
    assert "The town asks for it" in page
    assert f"{scene.report.reference}, Armoire ouverte" in page
    assert "Serrure à revoir" not in page, "what the services say stays between them"
    give(scene)
    grant = Grant.objects.get()
    order = says(alice, f"/orders/{grant.pk}/")
    assert scene.report.reference in order
    page = alice.get(scene.address).content.decode()
    assert f'href="/orders/{grant.pk}/"' in page
    assert live("reports.order") == 0
    assert scene.thread() == ["made", "order-asked", "ordered"]
    assert Entry.objects.filter(kind="report.ordered").count() == 1
    assert scene.report.reference not in says(bob, f"/orders/{grant.pk}/"), "the report itself isn't the firm's"


def test_the_thread_says_when_the_order_was_closed_and_the_stage_is_offered(scene: Scene) -> None:
    ask(scene)
    give(scene)
    alice, order = as_(scene.here.alice), Grant.objects.get()
    assert "The work order is over" not in says(alice, scene.address)
    assert as_(scene.here.bob).post(f"/orders/{order.pk}/close/").status_code == 302
    assert scene.thread() == ["made", "order-asked", "ordered", "order-closed"]
    page = says(alice, scene.address)
    assert f"The work order of {scene.here.operator.name} was closed" in page
    assert "The work order is over: say how far the report is" in page
    assert scene.here.operator.name not in says(Client(), f"/reports/meaux/{scene.report.reference}/")
    do_deadlines(lambda: utc_now() + timedelta(hours=3))
    assert scene.thread().count("order-over") == 0, "it is told once"
    ask(scene)
    assert "The work order is over" not in says(alice, scene.address), "another one is asked for"


def test_the_thread_says_when_the_time_of_the_order_has_passed(scene: Scene) -> None:
    ask(scene)
    give(scene)
    do_deadlines(lambda: utc_now() + timedelta(minutes=119))
    assert scene.thread()[-1] == "ordered"
    do_deadlines(lambda: utc_now() + timedelta(minutes=121))
    assert scene.thread()[-1] == "order-over"
    assert f"The work order of {scene.here.operator.name} is over" in says(as_(scene.here.alice), scene.address)


def test_an_order_that_is_cut_short_goes_on_until_its_new_end_and_a_closed_report_hears_no_more(scene: Scene) -> None:
    ask(scene)
    give(scene)
    now = utc_now()
    (role,) = Membership.objects.filter(person=scene.here.technician)
    end_membership(membership=role, ends=now + timedelta(hours=1), by=None, now=now)
    shorter = Grant.objects.get(replaces__isnull=False)
    assert scene.thread()[-1] == "ordered"
    assert f'href="/orders/{shorter.pk}/"' in as_(scene.here.alice).get(scene.address).content.decode()
    mend_report(report=scene.report, said=Said("Refermée"), by=scene.here.alice.pk, now=now)
    do_deadlines(lambda: now + timedelta(minutes=61))
    assert OrderAsked.objects.get().over_at is not None
    assert scene.thread()[-1] == "closed"


def test_an_order_is_asked_for_no_more_and_nobody_else_asks(scene: Scene) -> None:
    ask(scene)
    for person in (scene.here.bob, make_member("Charlie", make_authority("provins").organisation, Role.AGENT)):
        client = as_(person)
        assert client.post(f"{scene.address}order/", {"firm": str(scene.here.operator.pk)}).status_code == 404
        assert client.post(f"{scene.address}order/drop/").status_code == 404
        assert client.post(f"{scene.address}alarm/").status_code == 404
    assert as_(scene.here.alice).post(f"{scene.address}order/drop/").status_code == 302
    assert (OrderAsked.objects.count(), live("reports.order")) == (0, 0)
    assert as_(scene.here.bob).get(f"{scene.address}order/wanted/").status_code == 404


def test_a_firm_without_a_convention_over_the_thing_is_not_asked(scene: Scene) -> None:
    other = make_authority("provins").organisation
    answer = as_(scene.here.alice).post(f"{scene.address}order/", {"firm": str(other.pk)})
    assert answer.status_code == 422
    assert OrderAsked.objects.count() == 0


def test_the_alarm_is_raised_once_lowered_and_over_with_the_report(scene: Scene) -> None:
    alice = as_(scene.here.alice)
    for _twice in range(2):
        assert alice.post(f"{scene.address}alarm/").status_code == 302
    assert live("reports.situation") == 1
    assert "The alarm is raised" in says(alice, scene.address)
    assert alice.post(f"{scene.address}calm/").status_code == 302
    assert live("reports.situation") == 0
    assert alice.post(f"{scene.address}alarm/").status_code == 302
    mend_report(report=scene.report, said=Said("Refermée"), by=scene.here.alice.pk, now=utc_now())
    assert live("reports.situation") == 0
    assert scene.thread() == ["made", "alarmed", "calmed", "alarmed", "closed"]
    assert Entry.objects.filter(kind="report.alarm-set").count() == 3


def test_a_desk_that_handles_the_report_gives_the_order_itself(scene: Scene) -> None:
    authority = scene.here.town.authority.id
    make_convention(authority, scene.here.operator.id, [scene.report.category], until=utc_now() + timedelta(days=9))
    with writing():
        Report.objects.filter(pk=scene.report.pk).update(organisation=scene.here.operator)
    page = as_(scene.here.bob).get(scene.address).content.decode()
    assert f'href="/orders/add/?cabinet={scene.here.cabinet.pk}"' in page
    assert f'action="{scene.address}order/"' not in page


def test_the_cabinet_is_picked_from_the_map_and_shows_what_was_reported_of_it(scene: Scene) -> None:
    box = {"west": "2.87", "south": "48.955", "east": "2.89", "north": "48.97"}
    (feature,) = json.loads(Client().get("/reports/meaux/things/", box).content)["features"]
    assert feature["properties"] == {
        "id": str(scene.here.cabinet.pk),
        "kind": "cabinet",
        "label": scene.here.cabinet.reference,
    }
    page = says(as_(scene.here.alice), f"/cabinets/{scene.here.cabinet.pk}/")
    assert f"Armoire ouverte, {scene.report.reference}" in page
    assert scene.report.reference not in says(as_(scene.here.bob), f"/cabinets/{scene.here.cabinet.pk}/")


def test_an_order_given_once_the_report_is_closed_is_another_matter(scene: Scene) -> None:
    ask(scene)
    mend_report(report=scene.report, said=Said("Refermée"), by=scene.here.alice.pk, now=utc_now())
    give(scene)
    assert OrderAsked.objects.get().given_at is None
    assert scene.thread() == ["made", "order-asked", "closed"]
    assert not Entry.objects.filter(kind="report.ordered").exists()
    assert scene.report.reference not in says(as_(scene.here.alice), f"/orders/{Grant.objects.get().pk}/")
