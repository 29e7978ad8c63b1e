"""Staff log in by the town's identity provider, which somebody else wrote, and out of both; then the provider shuts them out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.directory.factories import make_group_rule
from beffroi.kernel.directory.rules import OIDC
from beffroi.kernel.territory.factories import make_authority
from tests.identity.certified import CLIENT, SECRET, Town, town
from tests.journeys.browser import browsing, faults, send, serving

NAME = "Compte Ville"


@pytest.fixture
def provider() -> Iterator[Town]:
    with town() as made:
        made.know(
            ada={"name": "Ada Vauban", "email": "ada@town.example", "email_verified": True, "groups": ["agents-police"]}
        )
        yield made


@pytest.fixture
def page(provider: Town, own_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A town that has this provider, whose group has a role."""
    make_group_rule(make_authority(), "agents-police", source=OIDC)
    told = {
        "BEFFROI_OIDC_ISSUER": provider.issuer,
        "BEFFROI_OIDC_NAME": NAME,
        "BEFFROI_OIDC_CLIENT_ID": CLIENT,
        "BEFFROI_OIDC_CLIENT_SECRET": SECRET,
        "BEFFROI_OIDC_CA": str(provider.folder / "ca.pem"),
    }
    with serving(own_database, tmp_path_factory.mktemp("town"), **told) as (where, _), browsing(where) as chromium:
        provider.start(where)
        yield chromium.visit(ignore_https_errors=True)


def log_in(page: Page) -> None:
    page.goto("/login/")
    assert faults(page) == []
    page.get_by_role("button", name=f"Se connecter avec {NAME}").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Who")).to_be_visible()


def test_staff_log_in_and_out_by_the_towns_provider_which_shuts_out_a_leaver(page: Page, provider: Town) -> None:
    log_in(page)
    page.get_by_label("Who").fill("ada")
    page.get_by_role("button", name="Go in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada Vauban")
    page.goto("/account/provider/")
    expect(page.get_by_text("Votre compte est rattaché")).to_be_visible()
    assert faults(page) == []
    page.locator("summary", has_text="Ada Vauban").click()
    page.get_by_role("button", name="Se déconnecter", exact=True).click()
    send(page.get_by_role("button", name="Leave the provider"))
    expect(page.get_by_text(f"Vous êtes déconnecté de {NAME} aussi.")).to_be_visible()

    log_in(page)
    page.get_by_role("button", name="Give up").click()
    expect(page.get_by_text("Le fournisseur d’identité n’a connecté personne.")).to_be_visible()
    log_in(page)
    page.get_by_label("Who").fill("ada")
    page.get_by_role("button", name="Go in").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada Vauban")
    page.goto(f"{provider.issuer}/session/end")
    page.get_by_role("button", name="Leave the provider").click()
    expect(page.get_by_text("Out of the provider")).to_be_visible()
    page.goto("/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Se connecter")
