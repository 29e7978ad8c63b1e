"""The poster of a site: one sheet in French, whoever prints it, that says who is responsible, why, under which text, whom to write to."""

from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.grants.actions.conventions import end_convention, switch_system
from beffroi.lib.clock import utc_now
from beffroi.systems.video.actions.sites import CameraFacts, add_camera
from beffroi.systems.video.factories import CONTACT
from beffroi.systems.video.models import Site
from beffroi.systems.video.rules import SYSTEM, PlaceKind, Regime
from beffroi.systems.video.tests.scene import Scene, client
from beffroi.systems.video.tests.test_writing import sign
from beffroi.web.templatetags.shell import qr

MILLIMETRE = 72 / 25.4


def printed(person: Person, site: Site, query: str = "") -> tuple[str, list[tuple[int, int]]]:
    """The words of the PDF, and the sheets' sizes in millimetres."""
    answer = client(person).get(f"/video/sites/{site.pk}/poster/?format=pdf{query}")
    assert answer["Content-Type"] == "application/pdf", answer.content.decode()
    sheets = PdfReader(BytesIO(answer.content)).pages
    words = " ".join(" ".join(sheet.extract_text() for sheet in sheets).split())
    boxes = [(sheet.mediabox.width, sheet.mediabox.height) for sheet in sheets]
    return words, [(round(float(wide) / MILLIMETRE), round(float(high) / MILLIMETRE)) for wide, high in boxes]


@pytest.mark.parametrize(("query", "size"), [("", (210, 297)), ("&size=a3", (297, 420)), ("&size=a0", (210, 297))])
def test_one_sheet_in_french_says_all_that_the_law_wants_said(scene: Scene, query: str, size: tuple[int, int]) -> None:
    here = scene.here
    sign(scene, "charenton")
    street = CameraFacts(
        9, "Rue", PlaceKind.STREET, Regime.PUBLIC_ROAD, order_number="2024/77", order_on=date(2024, 3, 2)
    )
    add_camera(site=here.site, facts=street, by=None, now=utc_now())
    words, sheets = printed(here.lea, here.site, query)
    assert sheets == [size]
    for said in (
        "Lieu équipé de caméras",
        here.site.name,
        here.site.address,
        here.landlord.name,
        CONTACT,
        "Vols dans les parties communes",
        "Code de la sécurité intérieure, L272-2",
        "2024/77 du 2 mars 2024",
        "hall d’entrée (3)",
        "rue ou place (1)",
        "dans le mois",
        "CNIL",
        "L253-5",
        f"/video/at/{here.town.authority.slug}/{here.site.pk}/",
    ):
        assert said.casefold() in words.casefold(), said


def test_its_code_leads_to_the_public_page(scene: Scene, settings: Settings) -> None:
    site = scene.here.site
    page = client(scene.here.alice).get(f"/video/sites/{site.pk}/poster/").content.decode()
    address = f"/video/at/{scene.here.town.authority.slug}/{site.pk}/"
    assert (
        str(qr(f"{settings.BEFFROI_PUBLIC_URL}{address}", "Toutes les caméras du lieu, sur la page publique")) in page
    )
    assert client(None).get(address).status_code == 200
    assert (
        f"/video/sites/{site.pk}/poster/" in client(scene.here.alice).get(f"/video/sites/{site.pk}/").content.decode()
    )


def test_without_a_convention_it_says_that_nobody_may_look(scene: Scene) -> None:
    end_convention(convention=scene.lent.convention, by=None, now=utc_now())
    admin, site = scene.here.administrator, scene.here.site
    shown = client(admin).get(f"/video/sites/{site.pk}/poster/").content.decode()
    assert "No convention is in force over these cameras" in shown
    words, _sheets = printed(admin, site)
    assert "Pour aucun motif aujourd’hui" in words
    assert "Vols dans les parties communes" not in words


def test_whoever_does_not_see_the_site_has_no_poster_of_it(scene: Scene) -> None:
    here = scene.here
    path = f"/video/sites/{here.site.pk}/poster/"
    assert client(here.lea).get(path).status_code == 200
    end_convention(convention=scene.lent.convention, by=None, now=utc_now())
    assert client(here.lea).get(path).status_code == 404
    switch_system(authority=here.town.authority.pk, system=SYSTEM, on=False, by=here.administrator.pk, now=utc_now())
    assert client(here.alice).get(path).status_code == 404, "its code would lead nowhere"
    assert path not in client(here.alice).get(f"/video/sites/{here.site.pk}/").content.decode()
