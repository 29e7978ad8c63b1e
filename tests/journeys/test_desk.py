"""The desk of reports: several chosen by keyboard and by the map, one act for all of them, and its way back."""

import re

import pytest
from playwright.sync_api import Page, expect

from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role
from beffroi.systems.reports.factories import HERE, make_category, reported, switched_on
from beffroi.systems.reports.models import Report
from beffroi.systems.reports.rules import Stage
from tests.journeys.browser import Chromium, Member, Town, enrolled, expect_logged_in, faults, log_in

BESIDE = Position(HERE.latitude + 0.004, HERE.longitude + 0.006)


@pytest.fixture
def agent(town: Town) -> Member:
    """Somebody of the town's services."""

    def hired() -> Member:
        member = enrolled("Alice Lambert")
        organisation = town.authority.organisation
        begin_membership(person=member.id, organisation=organisation, role=Role.AGENT, valid_from=utc_now(), by=None)
        return member

    return town.act(hired)


@pytest.fixture
def reports(town: Town) -> list[Report]:
    """Three faults, the first of which is late first."""

    def made() -> list[Report]:
        switched_on(town.authority.pk)
        hole, lamp = make_category(town.authority.pk), make_category(town.authority.pk, "Lampadaire", hours=72)
        return [reported(hole), reported(hole, position=BESIDE), reported(lamp)]

    return town.act(made)


def stages(town: Town, reports: list[Report]) -> list[str]:
    def read() -> list[str]:
        return [Report.objects.get(pk=one.pk).stage for one in reports]

    return town.act(read)


def choose_act(page: Page, name: str) -> None:
    page.get_by_role("region", name=re.compile("Avec ceux que vous avez cochés")).get_by_role(
        "button", name=name
    ).click()


def test_several_are_chosen_by_keys_then_on_the_map(
    town: Town, chromium: Chromium, agent: Member, reports: list[Report]
) -> None:
    page = chromium.visit(reduced_motion="reduce")
    log_in(page, agent)
    expect_logged_in(page, agent)
    page.goto("/reports/")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-part=count]")).to_have_text("2 choisis")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Touches de la liste")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Prendre en compte")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("C’est fait pour 2 signalements.")).to_be_visible()
    assert stages(town, reports) == [Stage.ACKNOWLEDGED, Stage.ACKNOWLEDGED, Stage.RECEIVED]
    page.get_by_role("button", name="Annuler").click()
    expect(page.get_by_text("Tous sont comme avant.")).to_be_visible()
    assert stages(town, reports) == [Stage.RECEIVED] * 3

    page.goto("/reports/queue/map/")
    expect(page.locator("[data-island=points]")).to_have_attribute("data-map", "drawn")
    expect(page.locator("[data-part=said]")).to_contain_text(
        "3 signalements dans cette partie de la carte", use_inner_text=True
    )
    page.get_by_role("button", name=re.compile(reports[1].reference)).click()
    expect(page.get_by_role("article")).to_contain_text(reports[1].reference)
    expect(page.get_by_role("checkbox", name=f"Choisir {reports[1].reference}")).to_be_checked()
    assert faults(page) == []
    choose_act(page, "Écarter")
    page.get_by_role("radio", name="rien n’a été trouvé sur place").check()
    page.get_by_label("Ce que vous dites").fill("Rien vu pour {reference}.")
    page.get_by_role("button", name=re.compile("Le faire pour 1 signalement")).click()
    expect(page.get_by_text("C’est fait pour 1 signalement.")).to_be_visible()
    assert stages(town, reports) == [Stage.RECEIVED, Stage.DECLINED, Stage.RECEIVED]
