"""Whom to trust and what came in clear, as pages say it; the certificate, as an installation looks at it."""

from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from django.test import Client
from pypdf import PdfReader
from pytest_django import Settings

from beffroi.adapters.tls.files import Files
from beffroi.adapters.tls.local import LocalAuthority, fingerprint
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.checkup import State
from beffroi.persistence.guard import writing
from beffroi.web.https.certificate import look, look_at_domains
from tests.certifying import certified

HOST = "beffroi.meaux.example"
pytestmark = pytest.mark.django_db


@pytest.fixture
def town(settings: Settings) -> None:
    """An installation that people reach by HTTPS."""
    settings.BEFFROI_PUBLIC_URL = f"https://{HOST}"
    settings.BEFFROI_HOSTS = (HOST, "phone.localhost", "localhost", "127.0.0.1")


@pytest.fixture
def authority(town: None, settings: Settings, tmp_path: Path) -> LocalAuthority:
    """One that certifies by itself."""
    settings.BEFFROI_HOME, settings.BEFFROI_LOCAL_CA = tmp_path, True
    made = LocalAuthority(tmp_path / "keys")
    made.make([HOST], utc_now())
    made.keep([HOST], utc_now())
    settings.BEFFROI_TLS = made.files
    settings.BEFFROI_HTTP_PORT = 80
    return made


def asking(**more: str) -> Client:
    return Client(headers={"host": HOST, "accept-language": "fr"}, **more)  # type: ignore[arg-type]  # Django's own are wider


def test_how_to_trust_it_is_told_in_both_languages_to_whoever_has_nothing_yet(authority: LocalAuthority) -> None:
    for secure in (False, True):
        page = asking().get("/trust/", secure=secure).content.decode()
        assert "Faire confiance à ce serveur" in page
        assert "Trust this server" in page
        assert all(line in page for line in in_lines(fingerprint(authority.root())))
        assert page.count("/trust/beffroi.mobileconfig") == 2
        assert f"pour {HOST} et pour rien d’autre" in page
        assert "Ce que dit cette page ne prouve rien à lui seul" in page
        assert "La feuille à afficher" in page
        assert 'href="/trust/sheet/"' in page


def in_lines(pairs: str) -> list[str]:
    return [pairs[start : start + 23] for start in range(0, len(pairs), 24)]


def test_each_kind_of_device_gets_the_root_and_never_a_key(authority: LocalAuthority) -> None:
    kinds = {"crt": "application/x-x509-ca-cert", "pem": "application/x-pem-file"}
    for form, kind in (kinds | {"mobileconfig": "application/x-apple-aspen-config"}).items():
        answer = asking().get(f"/trust/beffroi.{form}")
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert b"PRIVATE" not in answer.content
    assert x509.load_der_x509_certificate(asking().get("/trust/beffroi.crt").content) == authority.root()
    assert x509.load_pem_x509_certificate(asking().get("/trust/beffroi.pem").content) == authority.root()


def test_the_sheet_leads_to_plain_http_which_is_answered_before_anything_is_trusted(
    authority: LocalAuthority, settings: Settings
) -> None:
    assert f"http://{HOST}/trust/" in asking().get("/trust/sheet/").content.decode()
    settings.BEFFROI_HTTP_PORT = 8080
    assert f"http://{HOST}:8080/trust/" in asking().get("/trust/sheet/").content.decode()
    settings.BEFFROI_HTTP_PORT = None
    assert f"https://{HOST}/trust/" in asking().get("/trust/sheet/").content.decode()


def test_the_sheet_bears_the_town_s_name_and_is_printed_from_its_page(authority: LocalAuthority) -> None:
    make_authority(name="Ville de Meaux")
    page = asking().get("/trust/sheet/").content.decode()
    assert "Ville de Meaux" in page
    assert "data-print" in page


def test_the_sheet_is_had_as_a_pdf_with_what_is_to_be_compared(authority: LocalAuthority) -> None:
    make_authority(name="Ville de Meaux")
    assert 'href="?format=pdf"' in asking().get("/trust/sheet/").content.decode()
    answer = asking().get("/trust/sheet/", {"format": "pdf"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    (sheet,) = PdfReader(BytesIO(answer.content)).pages
    words = " ".join(sheet.extract_text().split())
    assert f"http://{HOST}/trust/" in words
    assert all(line in words for line in in_lines(fingerprint(authority.root())))
    assert "PDF" not in words, "a button is not for paper"


def test_before_its_first_start_the_certificate_is_not_missed(authority: LocalAuthority) -> None:
    authority.files.certificate.unlink()
    (finding,) = look(utc_now())
    assert (finding.state, "Notre propre autorité fait le certificat" in str(finding.seen)) == (State.WELL, True)


def test_where_there_is_no_such_authority_there_is_no_such_page(authority: LocalAuthority, settings: Settings) -> None:
    (authority.folder / "root.pem").unlink()
    assert asking().get("/trust/").status_code == asking().get("/trust/beffroi.crt").status_code == 404
    settings.BEFFROI_LOCAL_CA = False
    assert asking().get("/trust/sheet/").status_code == 404


WARNING = "anybody on the way can read what you type"
AVERTISSEMENT = "quiconque se trouve sur le chemin peut lire ce que vous saisissez"


@pytest.mark.parametrize(
    ("address", "more", "warned"),
    [
        (HOST, {"REMOTE_ADDR": "192.0.2.7"}, True),
        (HOST, {"HTTP_X_FORWARDED_FOR": "192.0.2.7"}, True),  # a proxy that says nothing of HTTPS
        (HOST, {}, False),  # this machine asks itself
        ("localhost", {"REMOTE_ADDR": "192.0.2.7"}, False),  # as browsers have it: a secure context
        ("phone.localhost:8000", {"REMOTE_ADDR": "192.0.2.7"}, False),
    ],
    ids=str,
)
def test_a_page_that_came_in_clear_says_so_in_ones_language(
    town: None, address: str, more: dict[str, str], warned: bool
) -> None:
    for language, words in (("fr", AVERTISSEMENT), ("en", WARNING)):
        client = Client(headers={"host": address, "accept-language": language}, **more)  # type: ignore[arg-type]  # as above
        assert (words in client.get("/login/").content.decode()) is warned
        assert words not in client.get("/login/", secure=True).content.decode()


def test_it_says_what_to_do_to_whom_it_concerns(town: None, settings: Settings) -> None:
    meaux = make_authority()
    ada = make_member("Ada", meaux.organisation, Role.ADMINISTRATOR)
    stranger, administrator = asking(REMOTE_ADDR="192.0.2.7"), asking(REMOTE_ADDR="192.0.2.7")
    administrator.force_login(ada)
    told = stranger.get("/login/?next=/console/").content.decode()
    assert f'href="https://{HOST}/login/?next=/console/"' in told
    assert "Vous ne pouvez pas vous connecter ici" in told
    assert "BEFFROI_TRUSTED_PROXIES" not in told
    assert "BEFFROI_TRUSTED_PROXIES" in administrator.get("/").content.decode()
    settings.BEFFROI_PUBLIC_URL = f"http://{HOST}"
    told = stranger.get("/login/").content.decode()
    assert "Demandez à votre administrateur" in told
    assert "Vous ne pouvez pas vous connecter ici" not in told
    assert "--local-ca" in administrator.get("/").content.decode()


def codes() -> dict[str, State]:
    return {finding.code: finding.state for finding in look(utc_now())}


def test_a_certificate_is_looked_at_where_we_serve_one(town: None, settings: Settings, tmp_path: Path) -> None:
    assert codes() == {}
    root = certified("Autorité de test")
    settings.BEFFROI_TLS = root.certify(HOST, [HOST], life=timedelta(days=20)).written(tmp_path / "a")
    assert codes() == {"certificate.incomplete": State.WARNING}
    settings.BEFFROI_TLS = root.certify("x", ["a.example"], life=timedelta(hours=1)).written(tmp_path / "b")
    assert codes() == {
        "certificate.ended": State.BAD,
        "certificate.name": State.BAD,
        "certificate.incomplete": State.WARNING,
    }
    settings.BEFFROI_TLS = Files(tmp_path / "absent", tmp_path / "absent")
    assert codes() == {"certificate.unreadable": State.BAD}


def test_one_of_our_own_authority_is_well(authority: LocalAuthority) -> None:
    assert codes() == {"certificate": State.WELL}


def test_the_domain_of_an_authority_is_its_own_affair(authority: LocalAuthority) -> None:
    meaux, chelles = make_authority(), make_authority("chelles", "Ville de Chelles")
    with writing():
        type(meaux).objects.filter(pk=meaux.pk).update(domain=f"meaux.{HOST}")
        type(meaux).objects.filter(pk=chelles.pk).update(domain="www.chelles.example")
    authority.keep([HOST, f"meaux.{HOST}"], utc_now())
    found = {finding.authority: finding for finding in look_at_domains(utc_now())}
    assert found[meaux.pk].state is State.WELL
    assert found[chelles.pk].state is State.BAD
    assert "--local-ca-name www.chelles.example" in str(found[chelles.pk].todo)
