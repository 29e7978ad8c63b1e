"""An alert on the screens of those who were told: one of them takes it, and the others see it without lifting a finger."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from playwright.sync_api import Page, expect

from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience
from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.alerts.actions.rosters import draw_up_roster
from beffroi.kernel.alerts.factories import make_convention
from beffroi.kernel.alerts.models import Delivery
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.models import OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.rules import Alarm
from tests.journeys.browser import Chromium, Member, Town, enrolled, faults, log_in, until

PHONE = {"width": 390, "height": 844}
AGAIN = 10_000  # milliseconds: so often the page of an alert is asked for again


@dataclass(frozen=True)
class Scene:
    """Somebody of the police and a technician of the operator, both told of a cabinet."""

    officer: Member
    technician: Member
    forced: UUID
    left_open: UUID
    roster: UUID
    audience: UUID


def scene(town: Town) -> Scene:
    """Made as a town makes it."""

    def made() -> Scene:
        now, authority = utc_now(), town.authority
        police = create_organisation(
            name="Police municipale", kind=OrganisationKind.MUNICIPAL_POLICE, serves=authority.pk, by=None
        )
        operator = create_organisation(name="Fibre 77", kind=OrganisationKind.INFRASTRUCTURE_OPERATOR, by=None)
        convention = make_convention(authority, operator, now=now)
        officer, technician = enrolled("Olivia Petit"), enrolled("Tom Vasseur")
        for person, organisation, role in (
            (officer, police, Role.OPERATOR),
            (technician, operator, Role.TECHNICIAN),
        ):
            begin_membership(
                person=person.id, organisation=organisation, role=role, valid_from=now - timedelta(hours=1), by=None
            )
        audience = draw_up_audience(
            authority=authority.pk, name="Mobilisés", convention=convention.pk, now=now, by=None
        )
        add_to_audience(audience=audience, organisation=operator.pk, now=now, by=None)
        roster = draw_up_roster(
            authority=authority.pk, name="Astreinte", continuous=True, holidays_apart=False, now=now, by=None
        )
        raised = [
            raise_alert(
                authority=authority.pk,
                kind=kind,
                subject=uuid4(),
                resource=None,
                where=Where("PM-77284-0142, avenue Roosevelt"),
                since=now,
                organisation=operator.pk,
                convention=convention.pk,
                facts={"reference": "PM-77284-0142"},
                now=now,
            )
            for kind in (Alarm.FORCED, Alarm.OPEN)
        ]
        return Scene(officer, technician, raised[0], raised[1], roster.pk, audience.pk)

    return town.act(made)


def entered(chromium: Chromium, member: Member, *, phone: bool = False) -> Page:
    """A page of theirs, logged in."""
    page = chromium.visit(viewport=PHONE) if phone else chromium.visit()
    log_in(page, member)
    expect(page.get_by_role("heading", level=1)).to_contain_text(member.name)
    return page


def test_one_takes_it_and_the_other_sees_it(town: Town, chromium: Chromium) -> None:
    here = scene(town)
    officer, claire = entered(chromium, here.officer), entered(chromium, town.administrator)
    claire.clock.install()
    for page in (officer, claire):
        page.goto("/alerts/")
        page.locator(f"a[href='/alerts/{here.forced}/']").click()
        expect(page.get_by_text("Personne n’y va").first).to_be_visible()
    officer.get_by_role("button", name="J’y vais").click()
    expect(officer.get_by_text("Vous y allez. Les autres sont prévenus.")).to_be_visible()
    claire.clock.run_for(AGAIN)
    expect(claire.get_by_text("Olivia Petit y va").first).to_be_visible()  # nobody touched this page
    expect(claire.get_by_role("button", name="J’y vais")).to_have_count(0)
    officer.get_by_role("button", name="Finalement, je n’y vais pas").click()
    expect(officer.get_by_role("button", name="J’y vais")).to_be_visible()
    claire.clock.run_for(AGAIN)
    expect(claire.get_by_role("button", name="J’y vais")).to_be_visible()
    shown = Delivery.objects.filter(person=here.officer.id, shown_at__isnull=False)
    until(officer, lambda: town.act(shown.count) == 1, "the page doesn't say that it was seen")


def test_a_technician_goes_with_one_thumb(town: Town, chromium: Chromium) -> None:
    here = scene(town)
    phone = entered(chromium, here.technician, phone=True)
    phone.get_by_role("navigation", name="Principale").get_by_role("link", name="Alertes").click()
    phone.locator(f"a[href='/alerts/{here.left_open}/']").click()
    button = phone.get_by_role("button", name="J’y vais")
    expect(button).to_be_visible()
    assert faults(phone) == []
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 56
    button.click()
    expect(phone.get_by_text("Vous y allez : les autres le savent.")).to_be_visible()
    assert faults(phone) == []


def test_the_pages_of_alerts_are_for_everybody(town: Town, chromium: Chromium) -> None:
    here = scene(town)
    claire = entered(chromium, town.administrator)
    paths = (
        "/alerts/",
        f"/alerts/{here.forced}/",
        "/alerts/preferences/",
        "/told/",
        f"/told/of/meaux/kinds/{Alarm.FORCED}/",
        "/told/audiences/",
        f"/told/audiences/{here.audience}/",
        "/told/rosters/",
        f"/told/rosters/{here.roster}/",
    )
    # In two of the ways by turns: tests/faces looks at every page, and `make axe` at each in all of them.
    for turn, (theme, size) in enumerate((("light", {"width": 1280, "height": 900}), ("dark", PHONE))):
        claire.context.add_cookies([{"name": "theme", "value": theme, "url": town.address}])
        claire.set_viewport_size(size)  # type: ignore[arg-type]  # Playwright's own shape of a size
        for path in paths[turn::2]:
            claire.goto(path)
            assert faults(claire) == []
            assert claire.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
