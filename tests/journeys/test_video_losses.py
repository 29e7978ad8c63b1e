"""What goes wrong while somebody looks: a right is withdrawn, a camera dies, a relay or the server's own parts are killed. What is seen
goes on or ends by its right, and the register says how either way.
"""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Page, Route, expect

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.models import Beat
from beffroi.kernel.register.models import Entry
from beffroi.lib.viewer import Role
from beffroi.systems.video.models import Camera, Viewing
from tests.islands.player.screen import tile
from tests.journeys.browser import Chromium, Member, apart, log_in, send, until
from tests.journeys.looking import EXPECTED, Wire, before, closed, identifier, in_four_acts, live, seated
from tests.journeys.residence import Site, designated, filmed, member

# Ended by a key: the relay sees the browser leave, or hears first that the right was closed.
BY_THE_OFFICER: Final = ("left", "revoked")


@pytest.fixture(scope="module")
def site(shared_database: ConnectionInfo) -> Iterator[Site]:
    """One for all: the first two entrances behind one relay, the third behind another."""
    with filmed(shared_database, shares=(2, 1)) as found:
        yield found


@pytest.fixture(scope="module")
def claire(site: Site) -> Member:
    """She administers the town."""
    return member("Claire Martin", site.here.town.authority.organisation, Role.ADMINISTRATOR)


@pytest.fixture(scope="module")
def chromium(claire: Member, site: Site) -> Iterator[Chromium]:
    with before(site) as browser:
        yield browser


@pytest.fixture(scope="module")
def desk(site: Site, chromium: Chromium) -> Page:
    """The officer's, all along."""
    return seated(chromium, site.officer)


@pytest.fixture(autouse=True)
def quiet(site: Site, desk: Page, chromium: Chromium) -> Iterator[None]:
    """Each begins with an officer who may ask, and ends with nobody looking and nothing to complain of."""
    apart(lambda: designated(site.convention, site.officer, site.here.police))
    yield
    desk.goto("about:blank")
    until(desk, site.silent, "a camera still sends")
    heard = [each for each in chromium.complaints if not EXPECTED.search(each)]
    assert heard == []


def test_an_officer_who_is_withdrawn_sees_no_byte_more(
    site: Site, chromium: Chromium, desk: Page, claire: Member
) -> None:
    wire = Wire(desk)
    request = in_four_acts(desk, f"camera:{site.hall.pk}")
    live(desk, site.hall)
    wire.carries()
    office = chromium.visit()
    log_in(office, claire)
    office.goto(f"/conventions/{site.convention.pk}/staff/")
    send(office.get_by_role("button", name="Retirer Nina Faure"))
    expect(office.get_by_text("ne demande plus au titre de cette convention")).to_be_visible()

    closed(desk, site, site.hall, "Votre habilitation a été retirée")
    wire.silent()
    received = wire.bytes
    assert ended(desk, request)[-1].cause == "revoked"
    left = apart(lambda: set(Entry.objects.values_list("kind", flat=True)))
    assert {"staff.withdrawn", "grant.closed", "video.viewing-ended"} <= left
    desk.goto("/video/ask/")
    assert wire.bytes == received
    expect(desk.get_by_role("heading", level=1)).to_be_visible()
    office.context.close()


def test_a_camera_that_dies_and_comes_back_is_seen_again_in_the_same_right(site: Site, desk: Page) -> None:
    request = in_four_acts(desk, f"camera:{site.hall.pk}")
    live(desk, site.hall)
    site.cameras.fault(1, "die")
    lost(desk, site.hall)
    site.cameras.fault(1, "none")
    live(desk, site.hall)
    desk.keyboard.press("e")
    closed(desk, site, site.hall, "Vous y avez mis fin.")
    assert ended(desk, request)[-1].cause in BY_THE_OFFICER


def test_a_relay_that_is_killed_ends_its_looks_at_the_last_beat_and_corrects_them_when_it_is_back(
    site: Site, desk: Page
) -> None:
    request = in_four_acts(desk, f"camera:{site.hall.pk}")
    live(desk, site.hall)
    (use,) = looks(desk, site, 1)
    beats, told = Beat.objects.filter(uses__contains=[use]), Viewing.objects.filter(nonce=use, admitted=True)
    until(desk, lambda: apart(lambda: beats.exists() and told.exists()), "no beat names the look")
    site.relay.kill()
    lost(desk, site.hall)
    until(desk, lambda: apart(lambda: told.get().by_last_beat), "a relay that fell silent ends no look")
    at_beat = apart(told.get)
    assert at_beat.cause == "relay-silent"
    assert at_beat.ended is not None
    assert at_beat.ended >= at_beat.started

    site.relay.start()
    live(desk, site.hall)
    until(desk, lambda: apart(lambda: told.get().cause == "restarted"), "the relay's own record corrects nothing")
    assert not apart(told.get).by_last_beat
    assert apart(lambda: Entry.objects.filter(kind="video.viewing-corrected").exists())
    assert use not in site.relay.uses()
    desk.keyboard.press("e")
    closed(desk, site, site.hall, "Vous y avez mis fin.")
    assert len(ended(desk, request)) >= 2


@pytest.mark.parametrize("name", ["web", "worker", "ingest", "minter"])
def test_a_part_of_the_server_that_is_killed_takes_no_picture_and_no_entry_along(
    site: Site, desk: Page, name: str
) -> None:
    request = in_four_acts(desk, f"camera:{site.hall.pk}")
    live(desk, site.hall)
    site.parts[name].kill()
    live(desk, site.hall)
    if name == "web":
        desk.keyboard.press("e")
        expect(desk.get_by_text("le serveur ne le sait pas encore")).to_be_visible()
        site.parts[name].start()
        desk.keyboard.press("e")
        expect(desk.get_by_text("Terminé. Le registre en garde la trace.")).to_be_visible()
    else:
        desk.keyboard.press("e")
        expect(desk.get_by_text("Terminé. Le registre en garde la trace.")).to_be_visible()
        closed(desk, site, site.hall, "Vous y avez mis fin.")
        site.parts[name].start()
    closed(desk, site, site.hall, "Vous y avez mis fin.")
    assert ended(desk, request)[-1].cause in BY_THE_OFFICER


def test_two_relays_behind_one_server_neither_of_which_does_the_others_work(site: Site, desk: Page) -> None:
    first, second, third = site.here.cameras
    other = site.relays[1]
    in_four_acts(desk, f"site:{site.here.site.pk}")
    for camera in (first, second, third):
        live(desk, camera)
    until(desk, lambda: len(site.relay.uses()) == 2 and len(other.uses()) == 1, "not each relay has its own")
    other.kill()
    lost(desk, third)
    for camera in (first, second):
        live(desk, camera)
    other.start()
    live(desk, third)
    live(desk, first)

    desk.goto("about:blank")
    until(desk, site.silent, "a camera still sends")

    def led_astray(route: Route) -> None:
        route.continue_(url=route.request.url.replace(other.address, site.relay.address))

    desk.route(f"{other.address}/**", led_astray)
    in_four_acts(desk, f"camera:{third.pk}")
    refused = tile(desk, str(third.pk))
    expect(refused).to_have_attribute("data-state", "refused")
    expect(refused).to_contain_text("Ce relais ne dessert pas cette caméra.")
    assert site.uses() == []
    desk.unroute(f"{other.address}/**")


def lost(page: Page, camera: Camera) -> None:
    """The tile says since when nothing comes."""
    here = tile(page, str(camera.pk))
    expect(here).to_have_attribute("data-state", "lost")
    expect(here).to_contain_text("Image perdue depuis")


def looks(page: Page, site: Site, count: int) -> list[str]:
    """What the relays let be seen, once it is so many."""
    until(page, lambda: len(site.uses()) == count, f"there are not {count} looks")
    return site.uses()


def ended(page: Page, request: str) -> list[Viewing]:
    """The looks of a request in their order, once the relay's own word of the end of each has come."""
    rows = Viewing.objects.filter(request=identifier(request), admitted=True).order_by("started", "pk")

    def over() -> bool:
        return rows.exists() and all(each.ended and not each.by_last_beat for each in rows.all())

    until(page, lambda: apart(over), "an end is not registered")
    return apart(lambda: list(rows.all()))
