"""The two instruments of a form, as they work on the living page: a place by keyboard, thumb and fields; parts of a photo hidden.
And where a phone has them: a face is hidden before its photo leaves.
"""

import json
from io import BytesIO
from typing import Final

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, ViewportSize, expect

from beffroi.systems.reports import factories
from tests.journeys.browser import Chromium, Town, faults, log_in, until

WHERE: Final = "/office/design/instruments-of-a-form-a-place-a-photo/"
PHONE: Final = ViewportSize(width=320, height=844)
# What another part of a page says: a photo was taken in Paris.
PARIS: Final = """place => {
  place.addEventListener("beffroi:placed", ({ detail }) => { place.dataset.heard = `${detail.source} ${detail.outside}` });
  place.dispatchEvent(new CustomEvent("beffroi:place", { detail: { latitude: 48.8566, longitude: 2.3522, source: "photo" } }));
}"""
NO_MAP: Final = (
    "const get = HTMLCanvasElement.prototype.getContext;"
    "HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {"
    " return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest); };"
)

# How many colours the thumbnail has in each of these parts of it, in fractions; one while it isn't drawn.
COLOURS: Final = """(canvas, places) => places.map(([x, y]) => {
  const side = canvas.width / 20;
  const pen = Object.assign(document.createElement("canvas"), { width: side, height: side }).getContext("2d");
  pen.drawImage(canvas, -x * canvas.width, -y * canvas.height);
  const { data } = pen.getImageData(0, 0, side, side);
  return new Set(Array.from({ length: data.length / 4 }, (_, at) => data.slice(at * 4, at * 4 + 3).join())).size;
})"""


CORNER: Final = (0.2, 0.2)
MIDDLE: Final = (0.48, 0.48)
MANY: Final = 20
FEW: Final = 6


def colours(thumbnail: Locator) -> tuple[int, int]:
    """At the corner and in the middle, at one moment."""
    corner, middle = thumbnail.evaluate(COLOURS, [CORNER, MIDDLE])
    return corner, middle


def checked_photo() -> FilePayload:
    """Fine squares all over, so that a part without any was hidden."""
    squares = Image.effect_noise((1200, 900), 120).convert("RGB")
    file = BytesIO()
    squares.save(file, "JPEG", quality=92)
    return {"name": "rue.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def instruments(page: Page, town: Town) -> tuple[Locator, Locator]:
    """The place and the photo."""
    log_in(page, town.administrator)
    page.goto(WHERE)
    place = page.locator("[data-island=place]")
    place.scroll_into_view_if_needed()
    return place, page.locator("[data-island=hide]")


def held(place: Locator, name: str) -> str:
    """What a field of the form holds."""
    return place.locator(f"[name={name}]").input_value()


def test_a_place_by_keyboard_by_a_thing_and_from_elsewhere(town: Town, visitor: Page) -> None:
    place, _ = instruments(visitor, town)
    expect(place).to_have_attribute("data-map", "drawn")
    expect(place).to_have_attribute("data-state", "nowhere")
    assert held(place, "latitude") == ""

    place.get_by_text("Coordonnées, si vous les avez").click()
    place.get_by_label("Latitude").fill("48.9601")
    place.get_by_label("Longitude").fill("2.8788")
    place.get_by_label("Longitude").press("Tab")
    expect(place).to_have_attribute("data-state", "placed")
    lamp = place.get_by_role("button", name="RSV-13")
    lamp.click()
    expect(lamp).to_have_attribute("aria-pressed", "true")
    expect(place.get_by_text("Il s’agit de : RSV-13")).to_be_visible()
    assert (held(place, "asset_kind"), held(place, "latitude")) == ("lamp", "48.9604")

    place.locator("canvas").focus()
    visitor.keyboard.press("ArrowRight")
    until(visitor, lambda: float(held(place, "longitude")) > 2.8796, "the arrow moves the map under the pin")
    assert held(place, "asset_kind") == ""
    expect(place.get_by_text("Le repère est ici")).to_be_visible()

    place.evaluate(PARIS)
    expect(place.get_by_text("Le repère est hors du territoire")).to_be_visible()
    expect(place).to_have_attribute("data-heard", "photo true")
    assert held(place, "latitude") == "48.8566"
    assert faults(visitor) == []


def test_a_place_where_no_map_can_be_drawn(town: Town, chromium: Chromium) -> None:
    phone = chromium.visit(
        viewport=PHONE, permissions=["geolocation"], geolocation={"latitude": 48.9612, "longitude": 2.8771}
    )
    phone.add_init_script(NO_MAP)
    place, _ = instruments(phone, town)
    expect(place).to_have_attribute("data-map", "none")
    expect(place.get_by_label("Latitude")).to_be_visible()
    place.get_by_role("button", name="Là où je suis").click()
    expect(place.get_by_text("là où cet appareil vous situe")).to_be_visible()
    assert (held(place, "latitude"), held(place, "longitude")) == ("48.9612", "2.8771")
    phone.context.clear_permissions()
    place.get_by_role("button", name="Là où je suis").click()
    expect(place.get_by_text("n’a pas le droit de dire où vous êtes")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]


@pytest.mark.parametrize("width", [320, 1280])
def test_parts_of_a_photo_are_hidden_and_shown_again(town: Town, visitor: Page, width: int) -> None:
    visitor.set_viewport_size({"width": width, "height": 844})
    _, photo = instruments(visitor, town)
    expect(photo).to_have_attribute("data-state", "ready")
    board = photo.locator("[data-part=board]")
    board.scroll_into_view_if_needed()
    box = board.bounding_box()
    assert box is not None

    def areas() -> list[list[float]]:
        found: list[list[float]] = json.loads(photo.locator("[name=areas]").input_value())
        return found

    mouse = visitor.mouse
    mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    mouse.down()
    mouse.move(box["x"] + box["width"] * 0.75, box["y"] + box["height"] * 0.75, steps=4)
    mouse.up()
    (plate,) = areas()
    assert plate == pytest.approx([0.5, 0.5, 0.25, 0.25], abs=0.02)

    mouse.click(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.3)
    face = areas()[1]
    assert face[0] < 0.2 < face[0] + face[2]
    photo.get_by_role("button", name="Partie cachée 1").focus()
    for key in ("ArrowLeft", "ArrowLeft", "Shift+ArrowDown"):
        visitor.keyboard.press(key)
    assert areas()[0] == pytest.approx([plate[0] - 0.02, plate[1], plate[2], plate[3] + 0.01], abs=0.0002)
    photo.get_by_role("button", name="Agrandir").click()
    photo.get_by_role("button", name="Cacher une partie").click()
    assert len(areas()) == 3
    assert areas()[2][2] < face[2]
    expect(photo.get_by_role("button", name="Partie cachée 3")).to_be_focused()
    assert visitor.evaluate("document.documentElement.scrollWidth") == width
    assert faults(visitor) == []
    visitor.keyboard.press("Delete")
    visitor.keyboard.press("Delete")
    assert len(areas()) == 1
    for _ in range(7):  # drawn, pressed, moved, made higher, added, shown again twice
        visitor.keyboard.press("Control+z")
    assert areas() == []


def test_a_face_is_hidden_before_its_photo_leaves_the_phone(town: Town, chromium: Chromium) -> None:
    town.act(lambda: factories.switched_on(town.authority.pk))
    town.act(lambda: factories.make_category(town.authority.pk))
    phone = chromium.visit(viewport=PHONE, reduced_motion="reduce")
    phone.goto(f"/reports/{town.authority.slug}/new/")
    phone.locator("[name=photos]").set_input_files([checked_photo()])
    thumbnail = phone.locator(".picture canvas")
    until(phone, lambda: min(colours(thumbnail)) > MANY, "the photo isn't drawn")

    phone.get_by_role("button", name="Cacher un visage ou une plaque").click()
    dialog = phone.get_by_role("dialog")
    dialog.get_by_role("button", name="Cacher une partie").click()
    assert faults(phone) == []
    dialog.get_by_role("button", name="Garder ainsi").click()
    expect(dialog).to_be_hidden()

    def hidden() -> bool:
        corner, middle = colours(thumbnail)
        return corner > MANY and middle < FEW

    until(phone, hidden, "the middle, and nothing else, is hidden at no moment")
    expect(phone.get_by_role("button", name="Cacher un visage ou une plaque")).to_be_focused()
    assert phone.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
