"""Forty-eight hours of a report: warned at half and at three quarters, escalated at the end, mended with a photo, and opened again on its
first clock.

Time passes by what is written down lying further back, for the report and for the promises made of it; then the worker has its turn.
"""

import io
import re
from datetime import datetime, timedelta
from pathlib import Path

from django.db.models import F
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.guard import writing
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Report
from tests.journeys.browser import Chromium, Member, Town, enrolled, expect_logged_in, faults, log_in

REFERENCE = re.compile(r"\b\d\d-000001\b")
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def photo(name: str) -> FilePayload:
    """As a phone writes it, with where it was taken."""
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 57.0, 36.0), 3: "E", 4: (2.0, 52.0, 48.0)})
    file = io.BytesIO()
    Image.new("RGB", (640, 480), (40, 90, 120)).save(file, "JPEG", exif=exif)
    return {"name": name, "mimeType": "image/jpeg", "buffer": file.getvalue()}


def elected(town: Town) -> Member:
    """Somebody whom the town elected."""

    def settled() -> Member:
        row = enrolled("Paul Lenoir")
        begin_membership(
            person=row.id,
            organisation=town.authority.organisation,
            role=Role.OFFICIAL,
            valid_from=utc_now() - timedelta(days=1),
            valid_until=utc_now() + timedelta(days=600),
            by=None,
        )
        return row

    return town.act(settled)


def pass_time(town: Town, hours: int) -> None:
    """So many hours later, whoever looks at a clock: people by the pages, the worker by its turn."""

    def passed() -> None:
        by = timedelta(hours=hours)
        with writing():
            Report.objects.update(since=F("since") - by, due_at=F("due_at") - by, closed_at=F("closed_at") - by)
            waiting = Deadline.objects.filter(state=DeadlineState.WAITING, kind__startswith="reports.")
            waiting.update(since=F("since") - by, due_at=F("due_at") - by)
        do_deadlines()

    town.act(passed)


def promised(town: Town) -> datetime:
    return town.act(lambda: Report.objects.get().due_at)


def report_by_phone(page: Page, member: Member) -> None:
    """Photo first, where it was taken, what it is."""
    log_in(page, member)
    expect_logged_in(page, member)
    page.goto("/reports/meaux/new/")
    page.locator("[data-part=photos]").set_input_files([photo("trou.jpg")])
    expect(page.locator(".picture canvas:visible")).to_have_count(1)
    go_on = page.get_by_role("button", name="Continuer")
    go_on.click()
    expect(page.locator("[name=latitude]")).not_to_have_value("")
    go_on.click()
    page.get_by_text("Nid-de-poule").click()
    go_on.click()
    page.get_by_role("button", name="Envoyer le signalement").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Merci, il est arrivé")
    expect(page.get_by_role("main")).to_contain_text("sous 48 heures")


def acted(page: Page, act: str) -> Locator:
    """The form of an act, unfolded."""
    page.locator("summary", has_text=act).click()
    return page.locator("details[open]", has_text=act)


def test_forty_eight_hours_pass(town: Town, chromium: Chromium, tmp_path: Path) -> None:
    KeyStore(tmp_path / "keys").create_media_key()
    town.act(lambda: switched_on(town.authority.id))
    town.act(lambda: make_category(town.authority.id))
    pocket, desk = chromium.visit(**PHONE), chromium.visit()
    report_by_phone(pocket, elected(town))
    log_in(desk, town.administrator)
    expect_logged_in(desk, town.administrator)

    # Nobody is at work in that town: that nobody could be told rings as well, and is no matter here.
    ringing = desk.get_by_role("option").filter(has_text=REFERENCE)

    def seen(rings: str | None, left: str | re.Pattern[str]) -> None:
        """What the console rings with, and how long the queue says is left."""
        desk.goto("/console/")
        expect(desk.locator("[data-island=console]")).to_have_attribute("data-state", "ready")
        expect(ringing).to_have_count(0 if rings is None else 1)
        if rings is not None:
            expect(ringing).to_contain_text(rings)
        desk.goto("/reports/")
        expect(desk.get_by_role("table")).to_contain_text(left)

    seen(None, "Encore 47 h")
    pass_time(town, 24)
    seen("la moitié du délai est passée", "Encore 23 h")
    pass_time(town, 12)
    seen("les trois quarts du délai sont passés", "Encore 11 h")
    pass_time(town, 12)
    seen("en retard", re.compile(r"En retard de \d+ min"))  # however long the browser took

    promise = promised(town)
    desk.goto("/reports/")
    desk.get_by_role("table").get_by_role("link").first.click()
    mended = acted(desk, "C’est réparé")
    assert faults(desk) == []
    mended.locator("[type=file]").set_input_files([photo("rebouche.jpg")])
    mended.get_by_role("button", name="Clore : terminé").click()
    expect(desk.get_by_role("main")).to_contain_text("Trop tard")
    desk.goto("/console/")
    expect(desk.locator("[data-island=console]")).to_have_attribute("data-state", "ready")
    expect(ringing).to_have_count(0)

    pass_time(town, 5)
    pocket.get_by_role("link", name="Le suivre").click()
    again = acted(pocket, "Ce n’est pas réparé")
    assert faults(pocket) == []
    again.get_by_label("Ce qui ne va toujours pas").fill("Le trou est revenu")
    again.get_by_role("button", name="Le rouvrir").click()
    expect(pocket.get_by_role("main")).to_contain_text("En retard de 5 h")
    assert promised(town) == promise - timedelta(hours=5), "five hours later it is the same time"
    pass_time(town, 0)
    seen("en retard", "En retard de 5 h")
