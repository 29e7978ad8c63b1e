"""Somebody of the staff ties their account to the town's directory by the keyboard alone, and from then on logs in with its password."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.factories import PASSWORD, make_person
from beffroi.kernel.territory.factories import make_authority, make_membership
from beffroi.lib.viewer import Role
from tests.directory import BASE, GROUPS, READER, READER_PASSWORD, Directory, directory
from tests.directory import PASSWORD as KNOWN
from tests.journeys.browser import browsing, faults, send, serving


@pytest.fixture(scope="module")
def hall() -> Iterator[Directory]:
    with directory() as made:
        made.hire("ada", "Ada Vauban")
        yield made


@pytest.fixture(scope="module")
def page(hall: Directory, shared_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The log-in page of a town that has this directory."""
    town = make_authority()
    make_membership(
        make_person("Ada Vauban", email="a.vauban@town.example", password=PASSWORD), town.organisation, Role.AGENT
    )
    told = {
        "BEFFROI_LDAP_URL": f"ldaps://127.0.0.1:{hall.tls}",
        "BEFFROI_LDAP_KIND": "openldap",
        "BEFFROI_LDAP_CA": str(hall.ca),
        "BEFFROI_LDAP_BIND_DN": READER,
        "BEFFROI_LDAP_BIND_PASSWORD": READER_PASSWORD,
        "BEFFROI_LDAP_BASE": BASE,
        "BEFFROI_LDAP_GROUP_BASE": GROUPS,
    }
    with serving(shared_database, tmp_path_factory.mktemp("town"), **told) as (where, _), browsing(where) as chromium:
        yield chromium.visit(locale="fr-FR", reduced_motion="reduce")


def button(page: Page, name: str) -> None:
    send(page.get_by_role("button", name=name, exact=True))


def log_in(page: Page, email: str, password: str) -> None:
    page.goto("/login/")
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(password)
    button(page, "Se connecter")


def types(page: Page, text: str) -> None:
    """Into the field that has the focus, then on to the next."""
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def test_an_account_is_tied_by_the_keyboard_alone_and_logs_in_by_the_directory(page: Page) -> None:
    page.goto("/login/")
    expect(page.get_by_text("le mot de passe de votre ordinateur de travail")).to_be_visible()
    assert faults(page) == []
    log_in(page, "a.vauban@town.example", PASSWORD)
    page.goto("/account/directory/")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    button(page, "Confirmer")
    assert faults(page) == []
    page.get_by_label("Adresse ou identifiant dans l’annuaire").focus()
    types(page, "ada")
    expect(page.get_by_label("Mot de passe de l’annuaire")).to_be_focused()
    types(page, "pas le bon")
    expect(page.locator(".secret button")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Rattacher mon compte")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page.locator("[aria-invalid=true]")).to_be_focused()
    expect(page.get_by_label("Mot de passe de l’annuaire")).to_be_focused()
    assert faults(page) == []
    page.keyboard.type(KNOWN)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    expect(page).to_have_url(f"{page.url.split('/account')[0]}/account/")
    page.goto("/account/directory/")
    assert faults(page) == []
