"""A town demands a second factor: what its agent sees before the day, and on it, in a browser of their own."""

from playwright.sync_api import Page, expect

from beffroi.kernel.factors.actions import demand_factor
from beffroi.kernel.factors.rules import Scope
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from tests.journeys.browser import Chromium, Member, Town, authenticator, expect_logged_in, faults, log_in, send


def agent(town: Town, name: str) -> Member:
    member = town.member(name)

    def begin() -> None:
        begin_membership(
            person=member.id,
            organisation=town.authority.organisation,
            role=Role.AGENT,
            valid_from=utc_now(),
            by=town.administrator.id,
        )

    town.act(begin)
    return member


def holds(town: Town) -> None:
    """From now on."""
    now = utc_now()
    said = demand_factor(authority=town.authority.pk, scope=Scope.OTHERS, begins=now, by=town.administrator.id, now=now)
    assert said is None


def confirm(page: Page, password: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmez que c’est bien vous")
    page.get_by_label("Mot de passe", exact=True).fill(password)
    send(page.get_by_role("button", name="Confirmer", exact=True))


def add_passkey(page: Page, password: str) -> None:
    confirm(page, password)
    page.get_by_label("Nom").fill("Mon poste")
    page.get_by_role("button", name="Ajouter cet appareil", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")


def test_a_town_demands_it_and_its_agent_adds_a_passkey(town: Town, visitor: Page, chromium: Chromium) -> None:
    claire, ahmed = town.administrator, agent(town, "Ahmed Benali")
    authenticator(visitor)
    log_in(visitor, claire)
    expect_logged_in(visitor, claire)
    visitor.goto("/account/passkeys/add/")
    add_passkey(visitor, claire.password)

    visitor.goto("/settings/meaux/")
    visitor.get_by_role("link", name="Double authentification").click()
    visitor.get_by_text("Quiconque voit ce qui concerne d’autres personnes :").click()
    send(visitor.get_by_role("button", name="Enregistrer", exact=True))
    expect(visitor.locator(".banner.info")).to_contain_text(
        "Quiconque voit ce qui concerne d’autres personnes, à partir du"
    )
    visitor.get_by_role("link", name="Voir qui").click()
    expect(visitor.get_by_role("main")).to_contain_text("Ahmed Benali")
    expect(visitor.get_by_role("main")).not_to_contain_text("Claire Martin")

    page = chromium.visit(locale="fr-FR", viewport={"width": 390, "height": 844})
    authenticator(page)
    log_in(page, ahmed)
    banner = page.get_by_role("complementary", name="Double authentification")
    expect(banner).to_contain_text("dans 14 jours, Ville de Meaux demandera un second facteur")
    banner.get_by_role("link", name="L’ajouter maintenant").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajouter un second facteur")

    town.act(lambda: holds(town))  # the day comes
    page.goto("/cabinets/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Ajoutez un second facteur pour continuer")
    assert faults(page) == []
    page.get_by_role("link", name="Ajouter une clé d’accès").click()
    add_passkey(page, ahmed.password)
    page.goto("/cabinets/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Armoires")
    visitor.goto("/people/?factor=none")
    expect(visitor.get_by_role("main")).to_contain_text("a un second facteur")
