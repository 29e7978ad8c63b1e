"""Who else acts while an officer asks and looks: the owner who answers from the phone, whoever is on call, the building's manager; and
the officer who is asked whether they still intervene.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Locator, Page, expect

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.grants.models import Grant, GrantState
from beffroi.kernel.grants.rules import Approval
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.video.factories import STILL, agree
from beffroi.systems.video.models import Request
from beffroi.systems.video.rules import CONFIRMED_WITHIN, COUNTDOWN
from tests.islands.player.screen import tile
from tests.journeys.browser import Chromium, Member, apart, faults, log_in, send, until
from tests.journeys.looking import (
    EXPECTED,
    THEFT,
    asked,
    asked_at,
    before,
    closed,
    identifier,
    in_four_acts,
    live,
    seated,
    sent,
)
from tests.journeys.residence import Site, designated, filmed, member

PHONE = {"width": 390, "height": 844}
THUMB = 44  # pixels
ASKED_FIRST = "Images que le bailleur accorde une à une"
A_MOMENT = timedelta(seconds=1)
# How often a sound was begun: what is heard leaves nothing else on a page.
HEARD = """
const make = AudioContext.prototype.createOscillator;
window.notes = 0;
AudioContext.prototype.createOscillator = function () { window.notes += 1; return make.call(this); };
"""


@pytest.fixture(scope="module")
def site(shared_database: ConnectionInfo) -> Iterator[Site]:
    """One for all, with a second convention under which the landlord is asked first."""
    with filmed(shared_database) as found:
        here, now = found.here, utc_now()
        station = make_organisation("Commissariat de Charenton")
        convention = agree(here, ASKED_FIRST, receiving=station, now=now, approval=Approval.OWNER)
        designated(convention, found.officer, here.police)
        yield found


@pytest.fixture(scope="module")
def people(site: Site) -> dict[str, Member]:
    """Whoever else logs in: the landlord's desk, and an officer on call."""
    return {
        "solange": member("Solange Morel", site.here.landlord, Role.DISPATCHER),
        "omar": member("Omar Diallo", site.here.police, Role.OPERATOR),
    }


@pytest.fixture(scope="module")
def chromium(people: dict[str, Member], site: Site) -> Iterator[Chromium]:
    with before(site) as browser:
        yield browser


@pytest.fixture(scope="module")
def desk(site: Site, chromium: Chromium) -> Page:
    """The officer's, all along."""
    page = seated(chromium, site.officer)
    page.add_init_script(HEARD)
    return page


@pytest.fixture(scope="module")
def owner(people: dict[str, Member], chromium: Chromium) -> Page:
    """The phone of the landlord's desk."""
    return phone_of(chromium, people["solange"])


@pytest.fixture(autouse=True)
def quiet(site: Site, desk: Page, chromium: Chromium) -> Iterator[None]:
    """Each ends with nobody looking, and with nothing to complain of."""
    yield
    desk.goto("about:blank")
    until(desk, site.silent, "a camera still sends")
    assert [each for each in chromium.complaints if not EXPECTED.search(each)] == []


def test_the_owner_says_yes_from_the_phone_and_the_picture_begins_by_itself(
    site: Site, desk: Page, owner: Page
) -> None:
    request = in_four_acts(desk, f"camera:{site.hall.pk}", why=f"{THEFT} · {ASKED_FIRST}")
    expect(tile(desk, str(site.hall.pk))).to_contain_text("En attente du droit d’accès")
    assert site.uses() == []
    told(owner, request, "Images de Résidence du Pont demandées")
    yes = owner.get_by_role("button", name="Oui, dès maintenant")
    box = yes.bounding_box()
    assert box is not None
    assert box["height"] >= THUMB
    assert faults(owner) == []
    send(yes)
    expect(owner.get_by_text("Vous avez dit oui")).to_be_visible()

    live(desk, site.hall)  # nobody touched this page
    desk.keyboard.press("e")
    closed(desk, site, site.hall, "Vous y avez mis fin.")


def test_the_owner_says_no_and_the_officer_reads_why(site: Site, desk: Page, owner: Page) -> None:
    request = in_four_acts(desk, f"camera:{site.hall.pk}", why=f"{THEFT} · {ASKED_FIRST}")
    expect(tile(desk, str(site.hall.pk))).to_contain_text("En attente du droit d’accès")
    owner.goto("/video/requests/")
    owner.get_by_role("region", name="On attend votre réponse").get_by_role("link").first.click()
    send(owner.get_by_role("button", name="Non", exact=True))
    expect(owner.get_by_text("Ce champ est obligatoire.")).to_be_visible()  # not without a reason
    owner.get_by_label("ce n’est pas le bon lieu").check()
    send(owner.get_by_role("button", name="Non", exact=True))
    expect(owner.get_by_text("Vous avez dit non")).to_be_visible()

    closed(desk, site, site.hall, "Le propriétaire a refusé")
    expect(tile(desk, str(site.hall.pk))).to_contain_text("ce n’est pas le bon lieu")
    desk.goto(request)
    expect(desk.locator("main")).to_contain_text("le propriétaire a dit non (ce n’est pas le bon lieu)")
    assert faults(desk) == []


def test_an_emergency_is_seen_at_once_and_confirmed_by_whoever_is_on_call(
    site: Site, desk: Page, chromium: Chromium, people: dict[str, Member]
) -> None:
    request = in_four_acts(desk, f"camera:{site.hall.pk}", why=at_once(site), emergency=True)
    live(desk, site.hall)
    phone = phone_of(chromium, people["omar"])
    told(phone, request, "Urgence, images de Résidence du Pont")
    send(phone.get_by_role("button", name="Je confirme"))
    expect(phone.get_by_text("L’urgence est confirmée.")).to_be_visible()
    phone.context.close()
    assert apart(lambda: Entry.objects.filter(kind="grant.confirmed").count()) == 1

    apart(lambda: do_deadlines(lambda: utc_now() + CONFIRMED_WITHIN + A_MOMENT))
    row = apart(lambda: Request.objects.get(pk=identifier(request)))
    assert row.unconfirmed_at is None
    live(desk, site.hall)


def test_an_emergency_that_nobody_confirms_stays_and_is_justified_in_writing(site: Site, desk: Page) -> None:
    request = in_four_acts(desk, f"camera:{site.hall.pk}", why=at_once(site), emergency=True)
    live(desk, site.hall)
    apart(lambda: do_deadlines(lambda: utc_now() + CONFIRMED_WITHIN + A_MOMENT))
    live(desk, site.hall)
    assert apart(lambda: Entry.objects.filter(kind="video.not-confirmed").exists())
    desk.goto("/")
    desk.get_by_role("link", name=re.compile("1 urgence à motiver par écrit")).click()
    desk.goto(request)
    expect(desk.get_by_text("Non confirmée")).to_be_visible()
    expect(desk.get_by_role("region", name="Motiver l’urgence")).to_contain_text("avant le")
    assert faults(desk) == []
    desk.get_by_label("Motivation écrite").fill("Une porte forcée sous nos yeux, personne n’a décroché.")
    send(desk.get_by_role("button", name="Noter"))
    expect(desk.get_by_text("La motivation est enregistrée.")).to_be_visible()
    assert apart(lambda: Entry.objects.filter(kind="video.request-justified").exists())


def test_the_managers_alert_reaches_the_console_and_one_act_leads_to_the_request(
    site: Site, desk: Page, owner: Page
) -> None:
    desk.goto("/console/")
    expect(desk.locator("[data-island=console]")).to_have_attribute("data-state", "ready")
    owner.goto("/video/button/")
    owner.get_by_label("Où").select_option(f"entrance:{site.hall.entrance_id}")
    owner.get_by_label("Ce qui se passe").fill("On force la porte du local à vélos.")
    send(owner.get_by_role("button", name="Donner l’alerte"))
    expect(owner.get_by_text("Les agents sont prévenus.")).to_be_visible()
    assert faults(owner) == []

    desk.locator("[id^=alert-]").filter(has_text="Entrée 1").click()  # it came by itself
    desk.get_by_role("region", name="Ce qui est choisi").get_by_role("link", name="La fiche").click()
    expect(desk.get_by_text("On force la porte du local à vélos.")).to_be_visible()
    expect(desk.get_by_label("Où")).to_have_value(f"entrance:{site.hall.entrance_id}")
    asked(desk, why=at_once(site))
    live(desk, site.hall)
    owner.goto("/alerts/?state=all")
    desk.keyboard.press("e")
    closed(desk, site, site.hall, "Vous y avez mis fin.")


def test_still_intervening_is_seen_and_heard_and_any_act_renews_it(site: Site, desk: Page) -> None:
    question = asked_half_an_hour_ago(site, desk)
    expect(question).to_contain_text(re.compile(r"[0-2]:\d\d"))
    desk.wait_for_function("() => window.notes > 0")
    answered = apart(lambda: Entry.objects.filter(kind="video.still-answered").count())
    desk.keyboard.press("e")  # any act: this one ends nothing
    expect(question).to_be_hidden()
    live(desk, site.hall)
    assert apart(lambda: Entry.objects.filter(kind="video.still-answered").count()) == answered + 1
    desk.keyboard.press("e")
    closed(desk, site, site.hall, "Vous y avez mis fin.")


def test_nobody_answers_the_image_closes_and_one_key_asks_again(site: Site, desk: Page) -> None:
    question = asked_half_an_hour_ago(site, desk)
    live(desk, site.hall)  # one that had not begun would be refused, not closed
    apart(lambda: do_deadlines(lambda: utc_now() + COUNTDOWN + A_MOMENT))
    closed(desk, site, site.hall, "Personne n’a répondu")
    expect(question).to_be_hidden()
    desk.keyboard.press("r")
    desk.wait_for_url("**/video/ask/**")
    sent(desk)  # all is chosen already
    live(desk, site.hall)


def at_once(site: Site) -> str:
    """The reason under the convention that asks no owner."""
    return f"{THEFT} · {site.convention.title}"


def asked_half_an_hour_ago(site: Site, desk: Page) -> Locator:
    """A picture that is looked at when the question comes: a request of half an hour ago, from the browser whose key is there."""
    in_four_acts(desk, f"camera:{site.hall.pk}", why=at_once(site))  # its browser has a key now
    expect(desk.get_by_role("button", name="Terminer")).to_be_enabled()
    desk.keyboard.press("e")
    closed(desk, site, site.hall, "Vous y avez mis fin.")
    request = apart(lambda: asked_at(site, utc_now() - STILL))
    until(desk, lambda: apart(lambda: minted(request)), "the right is not signed")
    desk.goto(f"/video/requests/{request}/")
    desk.get_by_role("link", name="Regarder", exact=True).click()
    question = desk.get_by_role("dialog", name="Toujours en intervention ?")
    expect(question).to_be_visible()
    return question


def minted(request: UUID) -> bool:
    """The right behind a request is signed."""
    return Grant.objects.filter(pk=Request.objects.get(pk=request).grant, state=GrantState.MINTED).exists()


def phone_of(chromium: Chromium, somebody: Member) -> Page:
    """Somebody's phone, logged in."""
    page = chromium.visit(viewport=PHONE, has_touch=True)
    log_in(page, somebody)
    expect(page.get_by_role("heading", level=1)).to_contain_text(somebody.name)
    return page


def told(page: Page, request: str, title: str) -> None:
    """The alert is among theirs, and leads to what it is about."""
    alert = apart(lambda: Alert.objects.get(resource=identifier(request)))
    page.goto("/alerts/")
    page.locator(f"a[href='/alerts/{alert.pk}/']").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    page.get_by_role("link", name="Voir ce qu’elle concerne").click()
