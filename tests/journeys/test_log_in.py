"""How a person gets in, protects their account and gets out, in a real browser through the front door."""

import time

import pytest
from playwright.sync_api import Page, expect

from beffroi.kernel.accounts.models import Person
from beffroi.persistence.guard import writing
from tests.journeys.browser import (
    Chromium,
    Town,
    authenticator,
    expect_logged_in,
    faults,
    log_in,
    one_time_code,
    send,
)

PUBLIC = ["/", "/login/", "/login/help/", "/login/inactive/", "/no-such-page/"]
MINE = [
    "/",
    "/account/",
    "/account/password/",
    "/account/totp/add/",
    "/account/passkeys/",
    "/account/passkeys/add/",
    "/account/recovery-codes/renew/",
    "/account/sessions/",
    "/no-such-page/",
    "/logout/",
]


def button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def link(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).click()


def log_out(page: Page, name: str) -> None:
    page.locator("summary", has_text=name).click()
    button(page, "Se déconnecter")
    expect(page.get_by_text("Vous êtes déconnecté.")).to_be_visible()


def confirm_password(page: Page, password: str) -> None:
    """The password once more, asked before something that matters."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmez que c’est bien vous")
    page.get_by_label("Mot de passe", exact=True).fill(password)
    button(page, "Confirmer")


def type_code(page: Page, secret: str, submit: str) -> None:
    """The app's code, typed again when it changed under the person's fingers or was used already, as anybody would."""
    where = page.url
    for _ in range(5):
        step = int(time.time()) // 30
        page.get_by_role("textbox", name="Code").fill(one_time_code(secret, time.time()))
        send(page.get_by_role("button", name=submit, exact=True))
        if page.url != where:
            return
        expect(page.get_by_text("Ce code n’est pas le bon")).to_be_visible()
        page.wait_for_function("step => Math.floor(Date.now() / 30000) > step", arg=step)
    pytest.fail("no code was taken")


def add_app(page: Page, password: str) -> str:
    """Add an authenticator app; returns its key."""
    page.goto("/account/totp/add/")
    confirm_password(page, password)
    secret = page.locator("dd.code").inner_text()
    type_code(page, secret, "Ajouter cette application")
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    return secret


def add_passkey(page: Page, password: str, name: str) -> None:
    page.goto("/account/passkeys/add/")
    confirm_password(page, password)
    page.get_by_label("Nom").fill(name)
    button(page, "Ajouter cet appareil")


def test_password_opens_and_the_menu_closes(town: Town, visitor: Page) -> None:
    log_in(visitor, town.administrator)
    expect_logged_in(visitor, town.administrator)
    log_out(visitor, town.administrator.name)
    visitor.goto("/account/")
    expect(visitor).to_have_url(f"{town.address}/login/?next=/account/")


def test_after_log_in_one_arrives_where_one_was_going(town: Town, visitor: Page) -> None:
    visitor.goto("/account/sessions/")
    visitor.get_by_label("Adresse électronique").fill(town.administrator.email)
    visitor.get_by_label("Mot de passe", exact=True).fill(town.administrator.password)
    button(visitor, "Se connecter")
    expect(visitor).to_have_url(f"{town.address}/account/sessions/")


def test_wrong_password_says_so_and_five_say_to_wait(town: Town, visitor: Page) -> None:
    visitor.goto("/login/")
    for _ in range(5):
        visitor.get_by_label("Adresse électronique").fill(town.administrator.email)
        visitor.get_by_label("Mot de passe", exact=True).fill("pas le bon")
        button(visitor, "Se connecter")
        summary = visitor.locator(".error-summary")
        expect(summary).to_contain_text("L’adresse ou le mot de passe est inexact")
        expect(summary).to_be_focused()
        expect(visitor).to_have_title("À corriger : Se connecter · Ville de Meaux")
    log_in(visitor, town.administrator)
    expect(visitor.locator(".error-summary")).to_contain_text(
        "Trop de tentatives pour ce compte. Patientez cinq minutes"
    )
    # Another account is not held back by the first one's guesses.
    other = town.member("Ahmed Benali")
    log_in(visitor, other)
    expect_logged_in(visitor, other)


def test_an_error_stands_beside_its_field_and_takes_the_focus(visitor: Page) -> None:
    visitor.goto("/login/")
    address = visitor.get_by_label("Adresse électronique")
    address.fill("claire")
    visitor.get_by_label("Mot de passe", exact=True).fill("quelque chose")
    button(visitor, "Se connecter")
    expect(address).to_be_focused()
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(address).to_have_value("claire")
    expect(address).to_have_accessible_description("Saisissez une adresse de courriel valide.")


def test_several_errors_are_gathered_in_a_summary_that_leads_to_each(visitor: Page) -> None:
    visitor.goto("/login/")
    button(visitor, "Se connecter")
    summary = visitor.locator(".error-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").last.click()
    expect(visitor.get_by_label("Mot de passe", exact=True)).to_be_focused()


def test_a_closed_account_says_who_can_open_it(town: Town, visitor: Page) -> None:
    member = town.member("Ahmed Benali")

    def close() -> None:
        with writing():
            Person.objects.filter(pk=member.id).update(is_active=False)

    town.act(close)
    log_in(visitor, member)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Ce compte est fermé")


def test_app_is_added_then_asked_for(town: Town, visitor: Page) -> None:
    claire = town.administrator
    log_in(visitor, claire)
    secret = add_app(visitor, claire.password)
    log_out(visitor, claire.name)
    log_in(visitor, claire)
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Seconde étape")
    visitor.get_by_role("textbox", name="Code").fill("000000")
    button(visitor, "Se connecter")
    expect(visitor.get_by_text("Ce code n’est pas le bon")).to_be_visible()
    expect(visitor.get_by_role("textbox", name="Code")).to_be_focused()
    type_code(visitor, secret, "Se connecter")
    expect_logged_in(visitor, claire)


def test_recovery_code_works_once_and_the_list_says_how_many_are_left(town: Town, visitor: Page) -> None:
    claire = town.administrator
    log_in(visitor, claire)
    add_app(visitor, claire.password)
    codes = visitor.locator("ol.codes li").all_inner_texts()
    assert len(codes) == 10
    with visitor.expect_download() as file:
        link(visitor, "Enregistrer dans un fichier")
    saved = file.value.path().read_text()
    assert all(code in saved for code in codes)
    log_out(visitor, claire.name)

    log_in(visitor, claire)
    visitor.get_by_role("textbox", name="Code").fill(codes[0])
    button(visitor, "Se connecter")
    expect_logged_in(visitor, claire)
    visitor.goto("/account/")
    expect(visitor.get_by_text("9 restants")).to_be_visible()
    log_out(visitor, claire.name)

    log_in(visitor, claire)
    visitor.get_by_role("textbox", name="Code").fill(codes[0])
    button(visitor, "Se connecter")
    expect(visitor.get_by_text("Ce code n’est pas le bon")).to_be_visible()


def test_app_is_removed(town: Town, visitor: Page) -> None:
    claire = town.administrator
    log_in(visitor, claire)
    add_app(visitor, claire.password)
    visitor.goto("/account/")
    link(visitor, "Retirer l’application")
    button(visitor, "Retirer l’application")
    expect(visitor.get_by_text("L’application est retirée.")).to_be_visible()
    log_out(visitor, claire.name)
    log_in(visitor, claire)
    expect_logged_in(visitor, claire)


def test_passkey_opens_alone(town: Town, visitor: Page) -> None:
    claire = town.administrator
    authenticator(visitor)
    log_in(visitor, claire)
    add_passkey(visitor, claire.password, "Mon poste")
    expect(visitor.get_by_text("La clé d’accès est ajoutée.")).to_be_visible()
    log_out(visitor, claire.name)
    visitor.goto("/login/")
    button(visitor, "Se connecter avec une clé d’accès")
    expect_logged_in(visitor, claire)

    visitor.goto("/account/passkeys/")
    row = visitor.get_by_role("row").filter(has_text="Mon poste")
    expect(row).to_contain_text("Suffit seule")
    row.get_by_role("link", name="Renommer").click()
    confirm_with_passkey(visitor)
    visitor.get_by_label("Nom").fill("Mon ordinateur")
    button(visitor, "Enregistrer")
    visitor.get_by_role("row").filter(has_text="Mon ordinateur").get_by_role("link", name="Retirer").click()
    expect(visitor.get_by_role("heading", level=1)).to_contain_text("Mon ordinateur")
    button(visitor, "La retirer")
    expect(visitor.get_by_text("La clé d’accès est retirée.")).to_be_visible()


def confirm_with_passkey(page: Page) -> None:
    """Where the password is asked first, the passkey is one click away."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Confirmez que c’est bien vous")
    link(page, "Une clé d’accès")
    button(page, "Confirmer avec une clé d’accès")


def test_passkey_is_a_second_step_too(town: Town, visitor: Page) -> None:
    claire = town.administrator
    authenticator(visitor)
    log_in(visitor, claire)
    add_passkey(visitor, claire.password, "Mon poste")
    expect(visitor.get_by_text("La clé d’accès est ajoutée.")).to_be_visible()
    log_out(visitor, claire.name)
    log_in(visitor, claire)
    button(visitor, "Utiliser une clé d’accès ou une clé de sécurité")
    expect_logged_in(visitor, claire)


def test_passkey_that_does_not_recognise_its_owner_says_what_to_do(visitor: Page) -> None:
    authenticator(visitor, verifies=False)
    visitor.goto("/login/")
    button(visitor, "Se connecter avec une clé d’accès")
    expect(visitor.get_by_role("alert")).to_contain_text("Rien n’a été confirmé.")
    expect(visitor.get_by_role("button", name="Se connecter avec une clé d’accès")).not_to_have_attribute(
        "aria-busy", "true"
    )


def test_language_changes_without_a_script_and_is_kept(town: Town, chromium: Chromium) -> None:
    page = chromium.visit(java_script_enabled=False)
    page.goto("/login/?next=/account/")
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    page.get_by_role("button", name="English").click()
    expect(page).to_have_url(f"{town.address}/login/?next=/account/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    # And one gets in with no script at all.
    page.goto("/login/")
    page.get_by_label("E-mail address").fill(town.administrator.email)
    page.get_by_label("Password", exact=True).fill(town.administrator.password)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect_logged_in(page, town.administrator)


def test_theme_is_chosen_and_kept(visitor: Page) -> None:
    visitor.goto("/")
    visitor.get_by_label("Clair ou sombre").click()
    button(visitor, "Sombre")
    expect(visitor.locator("html")).to_have_attribute("data-theme", "dark")
    visitor.goto("/login/")
    expect(visitor.locator("html")).to_have_attribute("data-theme", "dark")


def test_other_places_are_listed_and_closed(town: Town, visitor: Page, chromium: Chromium) -> None:
    claire = town.administrator
    lost = chromium.visit(
        user_agent="Mozilla/5.0 (Linux; Android 12) AppleWebKit/537.36 Chrome/100.0.0.0 Mobile Safari/537.36"
    )
    for page in (lost, visitor):
        log_in(page, claire)
        expect_logged_in(page, claire)
    visitor.goto("/account/sessions/")
    expect(visitor.get_by_role("row").filter(has_text="Chrome, Android")).to_be_visible()
    expect(visitor.get_by_role("row").filter(has_text="Ici")).to_have_count(1)
    button(visitor, "Se déconnecter partout ailleurs")
    expect(visitor.get_by_text("1 session a été fermée.")).to_be_visible()
    expect(visitor.get_by_role("row").filter(has_text="Android")).to_have_count(0)
    lost.goto("/account/")
    expect(lost).to_have_url(f"{town.address}/login/?next=/account/")


def test_password_is_changed_and_the_old_one_is_void(town: Town, visitor: Page) -> None:
    claire = town.administrator
    log_in(visitor, claire)
    visitor.goto("/account/password/")
    visitor.get_by_label("Mot de passe actuel").fill(claire.password)
    visitor.get_by_label("Nouveau mot de passe", exact=True).fill("court")
    visitor.get_by_label("Nouveau mot de passe, une seconde fois").fill("court")
    button(visitor, "Changer mon mot de passe")
    expect(visitor.get_by_label("Nouveau mot de passe", exact=True)).to_be_focused()
    new = "quatre mots bout à bout"
    visitor.get_by_label("Mot de passe actuel").fill(claire.password)
    visitor.get_by_label("Nouveau mot de passe", exact=True).fill(new)
    visitor.get_by_label("Nouveau mot de passe, une seconde fois").fill(new)
    button(visitor, "Changer mon mot de passe")
    expect(visitor.get_by_text("Votre mot de passe est changé.")).to_be_visible()
    log_in(visitor, claire)
    expect(visitor.locator(".error-summary")).to_be_visible()
    visitor.get_by_label("Mot de passe", exact=True).fill(new)
    button(visitor, "Se connecter")
    expect_logged_in(visitor, claire)


def test_password_can_be_seen_while_it_is_typed(visitor: Page) -> None:
    visitor.goto("/login/")
    password = visitor.get_by_label("Mot de passe", exact=True)
    expect(password).to_have_attribute("type", "password")
    button(visitor, "Afficher Mot de passe")
    expect(password).to_have_attribute("type", "text")


def test_keyboard_alone_is_enough(town: Town, visitor: Page) -> None:
    visitor.goto("/login/")
    visitor.keyboard.press("Tab")
    expect(visitor.get_by_role("link", name="Aller au contenu")).to_be_focused()
    visitor.keyboard.press("Enter")
    reach(visitor, "id_login")
    visitor.keyboard.type(town.administrator.email)
    visitor.keyboard.press("Tab")
    visitor.keyboard.type(town.administrator.password)
    visitor.keyboard.press("Enter")
    expect_logged_in(visitor, town.administrator)
    visitor.keyboard.press("Tab")
    visitor.keyboard.press("Enter")
    expect(visitor.locator("#main")).to_be_focused()


def reach(page: Page, field: str) -> None:
    """Tab to a field; what has the focus on the way is visible."""
    for _ in range(20):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
        if page.evaluate("document.activeElement.id") == field:
            return
    pytest.fail(f"{field} is out of the keyboard's reach")


def test_every_page_passes_axe_and_fits_a_small_phone(town: Town, chromium: Chromium) -> None:
    """In one way: tests/faces looks at them in the others, but not with an app, recovery codes or mistakes in them."""
    page = chromium.visit(locale="fr-FR", color_scheme="dark", viewport={"width": 320, "height": 640})
    wrong = [fault for path in PUBLIC for fault in seen(page, path)]
    page.goto("/login/")
    send(page.locator("form.form button[type=submit]"))
    wrong += faults(page)
    page.locator("#id_login").fill(town.administrator.email)
    page.locator("#id_password").fill(town.administrator.password)
    page.locator("form.form button[type=submit]").click()
    expect_logged_in(page, town.administrator)
    page.goto("/account/totp/add/")
    wrong += faults(page)
    page.locator("#id_password").fill(town.administrator.password)
    page.locator("form.form button[type=submit]").click()
    page.wait_for_url("**/totp/add/")
    secret = page.locator("dd.code").inner_text()
    type_code(page, secret, "Ajouter cette application")
    wrong += [
        fault for path in ["/account/recovery-codes/", "/account/totp/remove/", *MINE] for fault in seen(page, path)
    ]
    send(page.locator("form[action='/logout/'] button").last)
    page.goto("/login/")
    page.locator("#id_login").fill(town.administrator.email)
    page.locator("#id_password").fill(town.administrator.password)
    page.locator("form.form button[type=submit]").click()
    page.wait_for_url("**/login/factor/")
    wrong += faults(page)
    assert wrong == []


def seen(page: Page, path: str) -> list[str]:
    """Open a page: it is in the language asked, has one title, and fits; then axe's findings."""
    page.goto(path)
    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*([f"{path} is {wide} pixels wide"] if wide > 320 else []), *faults(page)]
