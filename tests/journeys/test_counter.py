"""Claire serves Jeanne, who has no address and no telephone; afterwards nothing of Jeanne is left in the browser."""

import re
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from playwright.sync_api import Page, expect

from beffroi.kernel.counter.rules import ends_at
from beffroi.lib.clock import utc_now
from tests.journeys.browser import Town, faults, log_in, until

# Whatever a browser keeps for a site, as text.
KEPT = """async () => {
  const caches_ = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) caches_.push(request.url, await (await cache.match(request)).text());
  }
  const stores = (await indexedDB.databases()).map(({ name }) => name);
  return JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie, stores, caches_]);
}"""


# What an agent does for somebody ends with the day: none begins so shortly before that this test would outlast it.
ENOUGH: Final = timedelta(seconds=100)


def day_goes_on() -> bool:
    now = utc_now()
    return ends_at(now, ZoneInfo(settings.TIME_ZONE)) - now > ENOUGH


def test_somebody_is_served_and_nothing_of_them_stays(town: Town, visitor: Page) -> None:
    log_in(visitor, town.administrator)
    until(visitor, day_goes_on, "the day that is nearly over doesn't end")
    visitor.get_by_role("link", name="Guichet").first.click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Guichet")
    assert faults(visitor) == []
    visitor.get_by_label("Prénom et nom").fill("Jeanne Martin")
    visitor.get_by_role("button", name="Ouvrir un compte").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Jeanne Martin")
    visitor.get_by_label("demande faite en personne").check()
    visitor.get_by_label("Je l’ai vu").check()
    visitor.get_by_label("J’agis pour Jeanne Martin, à sa demande").check()
    assert faults(visitor) == []
    visitor.get_by_role("button", name="Agir pour cette personne").click()
    banner = visitor.get_by_role("complementary", name="Au guichet")
    expect(banner).to_contain_text("Vous agissez pour Jeanne Martin")
    expect(banner).to_contain_text(re.compile(r"\b[1-6]?\d min restantes"))  # until midnight at most
    assert faults(visitor) == []
    visitor.goto("/alerts/contacts/")
    expect(banner).to_be_visible()
    visitor.set_viewport_size({"width": 390, "height": 800})
    assert faults(visitor) == []
    banner.get_by_role("link", name="Ce qui a été fait").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Ce qui a été fait")
    assert faults(visitor) == []
    banner.get_by_role("button", name="Terminer").click()
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Guichet")
    expect(visitor.locator("body")).not_to_contain_text("Jeanne")
    for _step in range(4):
        visitor.go_back(wait_until="load")
        expect(banner).to_have_count(0)
        expect(visitor.locator("body")).not_to_contain_text("Vous agissez pour")
    assert "Jeanne" not in visitor.evaluate(KEPT)
    assert "Jeanne" not in visitor.title()
