"""The console as an operator has it: what happens comes by itself, what is taken is taken by name, and what is old says so."""

import os
import signal
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.models import Membership
from beffroi.lib.clock import utc_now
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import LEFT_OPEN
from tests.journeys.browser import Chromium, Town, faults, until
from tests.journeys.station import FORCED, OPEN, alarm, at_the_console, opened, operator


def test_an_alarm_comes_by_itself_is_taken_by_key_and_given_back(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    """Two operators look: what one does the other sees, by name."""
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    other = at_the_console(chromium, operator(town, "Nina Roche"))
    expect(page.get_by_text("Aucune alerte.")).to_be_visible()
    alarm(town, cabinets[0], OPEN, minutes=31)
    alarm(town, cabinets[1], FORCED)
    options = page.get_by_role("option").filter(has_text="PM-77284")
    expect(options).to_have_count(2)
    expect(options.first).to_contain_text("PM-77284-0002")
    page.keyboard.press("ArrowDown")
    panel = page.get_by_role("region", name="Ce qui est choisi")
    expect(panel.get_by_role("heading", level=2)).to_contain_text("PM-77284-0002")
    expect(panel).to_contain_text("Personne encore")
    page.keyboard.press("Enter")
    expect(panel).to_contain_text("Vous")
    theirs = other.get_by_role("option").filter(has_text="PM-77284-0002")
    expect(theirs).to_contain_text("Omar Diallo")
    theirs.click()
    expect(other.get_by_role("region", name="Ce qui est choisi").get_by_role("button", name="J’y vais")).to_be_hidden()
    assert faults(page) == []
    page.get_by_role("button", name="Annuler").click()
    expect(panel).to_contain_text("Personne encore")
    expect(theirs).not_to_contain_text("Omar Diallo")
    assert faults(other) == []


def test_what_is_over_leaves_the_queue_and_stays_in_what_happened(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    alert = alarm(town, cabinets[0], OPEN, minutes=45)
    page = at_the_console(chromium, operator(town, "Omar Diallo"), timezone_id="America/Guadeloupe")
    line = page.get_by_role("option").filter(has_text="PM-77284-0001")
    expect(line).to_contain_text("45")

    def over() -> None:
        row = Alert.objects.get(pk=alert)
        end_alert(authority=row.authority_id, kind=OPEN, subject=row.subject, reason="closed", now=utc_now())

    town.act(over)
    expect(line).to_have_count(0)
    expect(page.locator("[data-part=feed]")).to_contain_text("Terminée")
    time = page.locator("[data-part=feed] time").first
    moment = datetime.fromisoformat(time.get_attribute("datetime") or "").astimezone(ZoneInfo("Europe/Paris"))
    assert time.inner_text().endswith(f"{moment:%H:%M}"), "the town's time, whatever the screen's own"


def test_one_s_right_ends_and_the_screen_closes(town: Town, chromium: Chromium, cabinets: list[Cabinet]) -> None:
    """Within thirty seconds: the screen is read again, and there is no such page any more."""
    member = operator(town, "Omar Diallo")
    page = at_the_console(chromium, member)

    def leave() -> None:
        row = Membership.objects.get(person_id=member.id)
        end_membership(membership=row, ends=utc_now(), by=town.administrator.id)

    town.act(leave)
    expect(page.locator("[data-island=console]")).to_have_count(0)


def test_a_map_shows_each_thing_and_the_list_says_the_same(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    """What asks for somebody is in both, from the moment that it does: a door is amber once its half hour is past."""
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    root, watched = page.locator("[data-island=console]"), page.get_by_role("region", name="À surveiller")
    expect(root).to_have_attribute("data-map", "drawn")
    expect(watched).to_contain_text("Tout est en ordre.")
    opened(town, cabinets[0], ago=LEFT_OPEN - timedelta(seconds=2))
    line = watched.get_by_role("button").filter(has_text="PM-77284-0001")
    expect(line).to_contain_text("ouverte")
    until(page, lambda: bool(town.act(do_deadlines)), "no deadline falls due")
    expect(line.locator(".pill.warn")).to_be_visible()
    expect(watched.get_by_role("button")).to_have_count(1)
    expect(page.get_by_text("Fond de plan dessiné à la main, non contractuel")).to_be_visible()
    expect(page.get_by_role("region", name="Carte de ce qui est surveillé")).to_be_visible()
    assert faults(page) == []


def test_on_a_phone_the_list_comes_before_the_map(town: Town, chromium: Chromium, cabinets: list[Cabinet]) -> None:
    alarm(town, cabinets[0], FORCED)
    page = at_the_console(
        chromium, operator(town, "Omar Diallo"), viewport={"width": 390, "height": 844}, color_scheme="dark"
    )
    line = page.get_by_role("option").filter(has_text="PM-77284-0001")
    line.click()
    panel = page.get_by_role("region", name="Ce qui est choisi")
    take = panel.get_by_role("button", name="J’y vais")
    expect(take).to_be_visible()
    tops = [part.bounding_box() for part in (line, panel, page.locator(".watch-map"))]
    heights = [box["y"] for box in tops if box]
    assert heights == sorted(heights)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert faults(page) == []
    take.click()
    expect(panel).to_contain_text("Vous")


def test_what_is_old_says_so_and_freezes_until_it_is_new_again(
    town: Town, chromium: Chromium, cabinets: list[Cabinet]
) -> None:
    alarm(town, cabinets[0], FORCED)
    page = at_the_console(chromium, operator(town, "Omar Diallo"))
    page.get_by_role("option").filter(has_text="PM-77284-0001").click()
    take = page.get_by_role("button", name="J’y vais")
    expect(take).to_be_enabled()
    chromium.complaints.clear()
    # The server stops answering, as behind a cable that was pulled: a connection to it stays open and says nothing.
    os.kill(town.process, signal.SIGSTOP)
    try:
        expect(page.get_by_text("Ce que vous voyez n’est plus à jour")).to_be_visible()
        expect(take).to_be_disabled()
        page.keyboard.press("Enter")
        assert faults(page) == []
    finally:
        os.kill(town.process, signal.SIGCONT)
    expect(page.get_by_text("Ce que vous voyez n’est plus à jour")).to_be_hidden()
    expect(take).to_be_enabled()
    expect(page.get_by_role("region", name="Ce qui est choisi")).to_contain_text("Personne encore")
    second = alarm(town, cabinets[1], FORCED)
    expect(page.locator(f"#alert-{second}")).to_be_visible()
    chromium.complaints[:] = [one for one in chromium.complaints if "net::" not in one]
