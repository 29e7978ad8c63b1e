"""What an authority says of itself is what people see, at its own address."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from beffroi.kernel.register.models import Entry
from beffroi.kernel.townhall.factories import Desk, browser, picture

SETTINGS = "/settings/meaux/"
LOOK = {"name": "Meaux en Brie", "short_name": "Meaux", "colour": "#ffcc00"}


def settings_entries() -> int:
    return Entry.objects.filter(kind="authority.settings-changed").count()


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def logo(data: bytes, name: str = "logo.png") -> dict[str, object]:
    return {"logo": SimpleUploadedFile(name, data)}


def test_the_name_is_at_the_head_of_every_page_and_the_change_on_record(desk: Desk, admin: Client) -> None:
    assert admin.post(SETTINGS, LOOK).status_code == 302
    assert "Meaux en Brie" in text(browser(desk.alice), "/")
    assert settings_entries() == 1


def test_wrong_values_come_back_as_they_were_typed(admin: Client) -> None:
    answer = admin.post(SETTINGS, {**LOOK, "name": "", "colour": "yellow"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="Meaux"' in page
    assert "A colour is #rrggbb." in page
    assert settings_entries() == 0


def test_a_colour_that_cannot_be_read_is_said_to_be_darkened(admin: Client) -> None:
    page = text(admin, f"{SETTINGS}preview/?name=Meaux&short_name=&colour=%23ffcc00")
    assert "so that it can be read" in page
    assert "#ffcc00" not in text(admin, SETTINGS), "a preview saves nothing"


def test_a_drawing_is_made_again_from_its_points(desk: Desk, admin: Client) -> None:
    assert admin.post(f"{SETTINGS}logo/", logo(picture("JPEG"), "logo.jpg")).status_code == 302
    desk.authority.refresh_from_db()
    answer = Client().get(f"/logo/meaux/{desk.authority.logo}/wide.png")
    assert answer.status_code == 200
    assert "immutable" in answer["Cache-Control"]
    assert b"taken at home" not in answer.content
    assert Image.open(io.BytesIO(answer.content)).size == (288, 96)
    square = Client().get(f"/logo/meaux/{desk.authority.logo}/square.png")
    assert Image.open(io.BytesIO(square.content)).size == (512, 512)
    assert desk.authority.logo in text(Client(), "/legal/meaux/")


def test_the_name_stands_alone_again(desk: Desk, admin: Client) -> None:
    admin.post(f"{SETTINGS}logo/", logo(picture()))
    desk.authority.refresh_from_db()
    admin.post(f"{SETTINGS}logo/", {"remove": "1"})
    assert Client().get(f"/logo/meaux/{desk.authority.logo}/wide.png").status_code == 404
    assert settings_entries() == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', "An SVG may carry a program"),
        (b"not a picture", "can’t be read as a picture"),
        (b"\x89PNG" + b"0" * 2_000_001, "over 2 MB"),
        (picture(size=(5000, 4000)), "over 16 million points"),
    ],
    ids=["vector", "text", "heavy", "large"],
)
def test_what_is_no_small_raster_is_refused_with_words(admin: Client, data: bytes, words: str) -> None:
    answer = admin.post(f"{SETTINGS}logo/", logo(data))
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_a_domain_is_answered_to_at_once_and_shows_its_authority(admin: Client) -> None:
    strange = Client(headers={"host": "beffroi.meaux.example"})
    assert strange.get("/").status_code == 400
    assert admin.post(f"{SETTINGS}domain/", {"domain": "https://Beffroi.Meaux.example/"}).status_code == 302
    page = strange.get("/")
    assert page.status_code == 200
    assert "Ville de Meaux</title>" in page.content.decode()
    assert "Ville de Meaux</title>" not in text(Client(), "/"), (
        "two authorities: the installation's own address is nobody's"
    )


def test_a_name_that_is_nobodys_gets_no_answer_even_where_nothing_is_looked_up(db: None) -> None:
    assert Client(headers={"host": "elsewhere.example"}).get("/sw.js").status_code == 400


@pytest.mark.parametrize(
    ("typed", "words"),
    [("localhost", "installation’s own address"), ("not a name", "A domain looks like"), ("-x.example", "A domain")],
)
def test_what_is_no_domain_is_refused(admin: Client, typed: str, words: str) -> None:
    answer = admin.post(f"{SETTINGS}domain/", {"domain": typed})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert typed in answer.content.decode()


def test_two_authorities_never_have_one_domain(desk: Desk, admin: Client) -> None:
    admin.post(f"{SETTINGS}domain/", {"domain": "beffroi.meaux.example"})
    answer = browser(desk.charlie).post("/settings/provins/domain/", {"domain": "beffroi.meaux.example"})
    assert answer.status_code == 422
    assert "Another authority has this domain." in answer.content.decode()


def test_only_its_administrators_set_it(desk: Desk) -> None:
    for person in (desk.alice, desk.charlie, desk.dave):
        client = browser(person)
        assert client.get(SETTINGS).status_code == 404
        assert client.post(f"{SETTINGS}contact/", {"phone": "1"}).status_code == 404
        assert client.post(f"{SETTINGS}logo/", logo(picture())).status_code == 404
    assert settings_entries() == 0


def test_the_bare_address_leads_to_the_only_desk(desk: Desk, admin: Client) -> None:
    assert admin.get("/settings/").headers["Location"] == SETTINGS
    assert browser(desk.alice).get("/settings/").status_code == 404
