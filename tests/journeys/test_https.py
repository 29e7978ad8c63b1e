"""A town without a certificate, from `beffroi init --local-ca` to a photograph sent over HTTPS under its own name: the browser is told once
to trust the town's authority, as people are, and believes it for nothing else.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from playwright.sync_api import Page, expect, sync_playwright

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import free_port
from beffroi.adapters.tls import trust
from beffroi.adapters.tls.local import LocalAuthority, fingerprint
from beffroi.kernel.territory.factories import make_authority
from beffroi.kernel.territory.models import Authority
from beffroi.kernel.territory.queries.authorities import authority_at
from beffroi.persistence.guard import writing
from beffroi.systems.reports.factories import make_category, switched_on
from beffroi.systems.reports.models import Photo
from scripts.find_browser import find
from tests.journeys.browser import (
    FLAGS,
    PASSWORD,
    PATIENCE,
    Chromium,
    apart,
    authenticator,
    await_answer,
    await_silence,
    faults,
    send,
    until,
)
from tests.journeys.test_offline_report import HELD, photo

HOST, OTHER = "beffroi.meaux.example", "www.chelles.example"
EMAIL = "claire.martin@meaux.example"


@dataclass(frozen=True)
class Served:
    """The installation as its officer began it."""

    home: Path
    port: int
    plain: int
    said: str

    @property
    def address(self) -> str:
        return f"https://{HOST}:{self.port}"


@pytest.fixture
def served(own_database: ConnectionInfo, tmp_path: Path) -> Iterator[Served]:
    """`init --local-ca`, then `web`, with what init wrote and nothing else set of HTTPS."""
    home, port, plain = tmp_path / "home", free_port(), free_port()
    variables = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")} | {
        "BEFFROI_HOME": str(home),
        "BEFFROI_BIND": "127.0.0.1",
        "BEFFROI_WEB_PROCESSES": "1",
        "DATABASE_URL": own_database.app_url,
        "BEFFROI_DATABASE_OWNER_URL": own_database.owner_url,
    }
    asked = [
        *("init", "--local-ca", "--domain", f"{HOST}:{port}", "--local-ca-name", "chelles.example"),
        *("--authority-name", "Ville de Meaux", "--admin-email", EMAIL, "--admin-password-stdin"),
    ]
    begun = subprocess.run(
        [sys.executable, "-m", "beffroi", *asked],
        env=variables,
        input=f"{PASSWORD}\n",
        capture_output=True,
        text=True,
        timeout=PATIENCE * 5,
        check=False,
    )
    assert begun.returncode == 0, begun.stderr
    said = tmp_path / "web.log"
    with said.open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "beffroi", "web"],
            env=variables | {"BEFFROI_HTTP_PORT": str(plain)},  # `init` chose 8080, which somebody may have here
            stdout=log,
            stderr=log,
        )
    try:
        await_answer(port, server, said)
        yield Served(home, port, plain, begun.stdout)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(PATIENCE)
    await_silence(own_database.app_url.rpartition("/")[2])
    assert "Traceback" not in said.read_text(), said.read_text()


@pytest.fixture
def chromium(served: Served, tmp_path: Path) -> Iterator[Chromium]:
    """A browser of somebody who trusts the town's authority beside those that everybody trusts, on another machine as far as it knows."""
    path, certutil = find(), shutil.which("certutil")
    if path is None or certutil is None:
        pytest.skip("no Chromium, or no certutil: scripts/setup installs them")
    person = tmp_path / "person"
    kept = person / ".pki" / "nssdb"
    kept.mkdir(parents=True)
    root = served.home / "keys" / "installation" / "https" / "root.pem"
    subprocess.run([certutil, "-N", "-d", f"sql:{kept}", "--empty-password"], check=True)
    subprocess.run([certutil, "-A", "-d", f"sql:{kept}", "-t", "C,,", "-n", "Beffroi", "-i", str(root)], check=True)
    expect.set_options(timeout=PATIENCE * 1000)
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=path,
            args=[*FLAGS, "--host-resolver-rules=MAP *.example 127.0.0.1"],
            env={**os.environ, "HOME": str(person)},
        )
        opened = Chromium(browser, served.address)
        yield opened
        browser.close()
    # Of the pages that are read before anything is trusted, the browser says that some headers mean nothing in clear.
    opened.complaints[:] = [each for each in opened.complaints if "origin was untrustworthy" not in each]
    assert not opened.complaints, "the browser complained:\n" + "\n".join(opened.complaints)


def believed(port: int, host: str, root: x509.Certificate) -> bool:
    """Whether the server shows that name a certificate that whoever trusts the town's authority believes."""
    trusting = ssl.create_default_context(cadata=trust.pem(root).decode())
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as line:
        try:
            trusting.wrap_socket(line, server_hostname=host).close()
        except ssl.SSLCertVerificationError:
            return False
    return True


def test_a_town_without_a_certificate_serves_over_https_what_phones_keep_for_it(
    served: Served, chromium: Chromium
) -> None:
    page = chromium.visit(viewport={"width": 390, "height": 844}, has_touch=True)
    told_how_to_trust(served, page)
    logs_in_and_adds_a_passkey(served, page)
    sends_a_photograph(served, page)
    another_domain_follows(served, page)


def told_how_to_trust(served: Served, page: Page) -> None:
    """Over plain HTTP, before anything is trusted: the page, and the very certificate whose fingerprint init printed."""
    root = LocalAuthority(served.home / "keys").root()
    assert fingerprint(root)[:23] in served.said
    page.goto(f"http://{HOST}:{served.plain}/trust/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Faire confiance à ce serveur")
    expect(page.get_by_text(fingerprint(root)[:23]).first).to_be_visible()
    assert faults(page) == []
    got = page.request.get(f"http://127.0.0.1:{served.plain}/trust/beffroi.crt", headers={"Host": HOST})
    assert x509.load_der_x509_certificate(got.body()) == root
    page.goto(f"http://{HOST}:{served.plain}/trust/sheet/")
    assert faults(page) == []
    page.goto(f"http://{HOST}:{served.plain}/login/")
    expect(page).to_have_url(f"{served.address}/login/")
    assert page.evaluate("isSecureContext && 'serviceWorker' in navigator && 'subtle' in crypto")


def logs_in_and_adds_a_passkey(served: Served, page: Page) -> None:
    """By password, then by the passkey, which is bound to the town's name."""
    authenticator(page)
    page.get_by_label("Adresse électronique").fill(EMAIL)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    send(page.get_by_role("button", name="Se connecter", exact=True))
    page.goto("/account/passkeys/add/")
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    send(page.get_by_role("button", name="Confirmer", exact=True))
    page.get_by_label("Nom").fill("Mon téléphone")
    page.get_by_role("button", name="Ajouter cet appareil").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Codes de secours")
    assert all(cookie["secure"] for cookie in page.context.cookies(served.address))


def sends_a_photograph(served: Served, page: Page) -> None:
    """With the service worker in charge, which only a secure page has."""

    def begun() -> None:
        meaux = authority_at("meaux")
        assert meaux is not None
        switched_on(meaux.pk)
        make_category(meaux.pk)

    apart(begun)
    assert KeyStore(served.home / "keys").media_keys()
    page.goto("/reports/meaux/new/")
    page.wait_for_function(HELD)
    page.locator("[data-part=photos]").set_input_files([photo(1)])
    expect(page.locator(".picture canvas:visible")).to_have_count(1)
    go_on = page.get_by_role("button", name="Continuer")
    for _step in range(3):
        go_on.click()
    page.get_by_text("Nid-de-poule").click()
    go_on.click()
    page.locator("[name=text]").fill("Un trou devant l’école")
    page.get_by_role("button", name="Envoyer le signalement").click()
    until(page, lambda: apart(Photo.objects.count) == 1, "the photograph arrives")


def another_domain_follows(served: Served, page: Page) -> None:
    """An authority that is given its own domain is served there over HTTPS, without a restart."""

    def given() -> None:
        chelles = make_authority("chelles", "Ville de Chelles")
        with writing():
            Authority.objects.filter(pk=chelles.pk).update(domain=OTHER)

    root = LocalAuthority(served.home / "keys").root()
    assert not believed(served.port, OTHER, root)
    apart(given)
    until(page, lambda: believed(served.port, OTHER, root), "its domain is certified")
    page.goto(f"https://{OTHER}:{served.port}/login/")
    expect(page.locator(".masthead")).to_contain_text("Ville de Chelles")
    assert page.evaluate("isSecureContext")
