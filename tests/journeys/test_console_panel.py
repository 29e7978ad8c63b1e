"""What an operator needs to act without leaving the console: the rule as it runs, who was told, what stands around; then it is closed."""

import re
from datetime import timedelta

from playwright.sync_api import expect

from beffroi.kernel.alerts.actions.raising import escalate_unanswered
from beffroi.kernel.alerts.models import Alert
from beffroi.lib.clock import utc_now
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import LEFT_OPEN
from tests.journeys.browser import Chromium, Town, faults
from tests.journeys.station import FORCED, alarm, at_the_console, opened, operator, overflow, sit_down


def test_the_panel_says_the_rule_as_it_runs_and_closes_the_alert(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    alert = alarm(town, cabinets[0], FORCED)
    page.locator(f"#alert-{alert}").click()
    panel = page.get_by_role("region", name="Ce qui est choisi")
    expect(panel.get_by_role("heading", name="Si personne ne répond")).to_be_visible()
    expect(panel.locator(".countdown")).to_have_text(re.compile(r"^(1\smin|\d+\ss)$"))
    expect(panel).to_contain_text("les agents de la collectivité")
    expect(panel).to_contain_text("1 personne prévenue")
    expect(panel.get_by_role("link", name="17 police")).to_have_attribute("href", "tel:17")
    near = panel.get_by_role("list").filter(has_text="PM-77284-0002")
    expect(near).to_contain_text("223 m")
    assert faults(page) == []

    def escalated() -> None:
        row = Alert.objects.get(pk=alert)
        escalate_unanswered(authority=row.authority_id, notice=row.notice_id, now=utc_now())

    town.act(escalated)
    expect(panel).to_contain_text("Personne à prévenir parmi")
    panel.get_by_text("C’est terminé…").click()
    panel.get_by_label("Fausse alarme").check()
    panel.get_by_role("button", name="Clore cette alerte").click()
    expect(panel.get_by_text("Terminée : fausse alarme")).to_be_visible()
    assert town.act(lambda: Alert.objects.get(pk=alert).reason) == "false-alarm"


def test_a_thing_says_what_happens_to_it_by_itself(town: Town, chromium: Chromium, cabinets: list[Cabinet]) -> None:
    """A door that stands open: when somebody is told unless it is shut, ticking, from the promise that runs."""
    page = chromium.visit()
    page.clock.install()
    sit_down(page, operator(town, "Omar Diallo"))
    told = opened(town, cabinets[0], ago=LEFT_OPEN - timedelta(minutes=10)) + LEFT_OPEN
    page.get_by_role("region", name="À surveiller").get_by_role("button").filter(has_text="PM-77284-0001").click()
    panel = page.get_by_role("region", name="Ce qui est choisi")
    expect(panel).to_contain_text("Si elle n’est pas refermée")
    countdown = panel.locator(".countdown")
    for left in (3, 2):
        page.clock.set_fixed_time(told - timedelta(minutes=left, seconds=30))
        expect(countdown).to_have_text(f"{left} min")
    page.get_by_role("button", name="PM-77284-0002").click()
    expect(panel.get_by_role("heading", level=2)).to_contain_text("PM-77284-0002")


def test_a_session_that_is_over_leads_to_the_log_in_and_back(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    member = operator(town, "Omar Diallo")
    page = at_the_console(chromium, member)
    page.context.clear_cookies(name="beffroi_session")
    overflow(town)
    expect(page.get_by_label("Adresse électronique")).to_be_visible()
    page.get_by_label("Adresse électronique").fill(member.email)
    page.get_by_label("Mot de passe", exact=True).fill(member.password)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.locator("[data-island=console]")).to_have_attribute("data-state", "ready")
