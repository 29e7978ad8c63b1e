"""A town brings its own map: `beffroi map import`, and the console draws it, by parts, from our own server."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.viewer import Role
from beffroi.web.console.basemap import HEADER, MOST_BYTES, TilesUnusable, examine, import_tiles, tiles_file
from tests.journeys.browser import Town, log_in, until
from tests.journeys.tiles import only_pixel, picture_file, vector_file

ENGLISH = {"accept-language": "en"}
WATER = (0xC5, 0xDA, 0xEC)
ORCHID = (200, 60, 180)


def command(home: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BEFFROI_")}
    return subprocess.run(
        [sys.executable, "-m", "beffroi", "map", *arguments],
        env=environment | {"BEFFROI_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def expect_drawn(page: Page, town: Town, colour: tuple[int, int, int]) -> None:
    """The console draws the map, and its ground has that colour, at once or as a picture grows out of the page's own."""
    page.set_viewport_size({"width": 1280, "height": 900})
    log_in(page, town.administrator)
    page.wait_for_url("**/")
    with page.expect_response(lambda answer: "/console/tiles/" in answer.url and answer.status == 206):
        page.goto("/console/")
    expect(page.locator("[data-island=console]")).to_have_attribute("data-map", "drawn")
    expect(page.get_by_text("Fond de plan dessiné à la main")).to_have_count(0)
    box = page.locator(".map canvas").bounding_box()
    assert box
    place = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2, "width": 1.0, "height": 1.0}
    seen = (0, 0, 0)

    def there() -> bool:
        nonlocal seen
        seen = only_pixel(page.screenshot(clip=place))  # type: ignore[arg-type]  # a FloatRect
        return seen == colour

    until(page, there, f"the ground is {colour} at no moment")


def test_vector_tiles_of_the_town_s_own(town: Town, visitor: Page, tmp_path: Path) -> None:
    done = command(tmp_path, "import", str(vector_file(tmp_path / "meaux.pmtiles")))
    assert done.returncode == 0, done.stderr
    assert "vector tiles, zoom 0 to 14, from 2.700 48.900 to 3.000 49.050" in done.stdout
    expect_drawn(visitor, town, WATER)


def test_pictures_of_the_town_s_own(town: Town, visitor: Page, tmp_path: Path) -> None:
    done = command(tmp_path, "import", str(picture_file(tmp_path / "meaux.pmtiles", ORCHID)))
    assert done.returncode == 0, done.stderr
    assert "PNG tiles" in done.stdout
    expect_drawn(visitor, town, ORCHID)
    assert command(tmp_path, "remove").stdout == "The console shows its own drawing again.\n"
    assert command(tmp_path, "remove").stdout == "No tiles were imported.\n"
    visitor.reload()
    expect(visitor.get_by_text("Fond de plan dessiné à la main")).to_be_visible()


def changed(path: Path, field: int, value: int) -> Path:
    """The file with one field of its header changed."""
    data = bytearray(path.read_bytes())
    fields = list(HEADER.unpack(bytes(data[: HEADER.size])))
    fields[field] = value
    data[: HEADER.size] = HEADER.pack(*fields)
    path.write_bytes(data)
    return path


def test_what_is_no_map_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    good = vector_file(tmp_path / "good.pmtiles")
    import_tiles(good, home=tmp_path)
    kept = tiles_file(tmp_path).read_bytes()
    (tmp_path / "text").write_text("PMTiles are fine files")
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "cut").write_bytes(good.read_bytes()[:-20])
    bad = {
        "no PMTiles": [tmp_path / "text", tmp_path / "empty"],
        "cut short": [tmp_path / "cut"],
        "version 2": [changed(vector_file(tmp_path / "old"), 1, 2)],
        "browsers don't undo": [
            changed(vector_file(tmp_path / "zstd"), 15, 4),
            changed(vector_file(tmp_path / "br"), 14, 3),
        ],
        "neither vector": [changed(vector_file(tmp_path / "kind"), 16, 0)],
        "impossible place": [changed(vector_file(tmp_path / "west"), 19, 1_810_000_000)],
    }
    for words, files in bad.items():
        for file in files:
            with pytest.raises(TilesUnusable, match=words):
                examine(file)
            refused = command(tmp_path, "import", str(file))
            assert (refused.returncode, words in refused.stderr) == (2, True), refused.stderr
    absent = command(tmp_path, "import", str(tmp_path / "nowhere"))
    assert absent.returncode == 2
    assert absent.stderr.startswith("beffroi: ")
    assert tiles_file(tmp_path).read_bytes() == kept


@pytest.fixture
def operator(db: None) -> Person:
    authority = make_authority()
    return make_member("Omar Diallo", authority.organisation, Role.OPERATOR)


@pytest.fixture
def screen(operator: Person, tmp_path: Path, settings: "object") -> Client:
    settings.BEFFROI_HOME = tmp_path  # type: ignore[attr-defined]  # pytest-django's fixture of settings
    client = Client(headers=ENGLISH)
    client.force_login(operator)
    return client


def test_a_part_is_served_as_it_is_asked_for(screen: Client, tmp_path: Path) -> None:
    assert screen.get("/console/tiles/").status_code == 404
    import_tiles(vector_file(tmp_path / "meaux.pmtiles"), home=tmp_path)
    whole = tiles_file(tmp_path).read_bytes()
    asked = {
        "bytes=0-126": whole[:127],
        "bytes=100-199": whole[100:200],
        f"bytes={len(whole) - 5}-": whole[-5:],
        f"bytes=0-{len(whole) + 1000}": whole,
    }
    for header, expected in asked.items():
        answer = screen.get("/console/tiles/", headers={"range": header})
        assert (answer.status_code, answer.content) == (206, expected), header
        assert answer["Content-Range"].endswith(f"/{len(whole)}")
    for header in ("", "bytes=-5", "bytes=9-3", f"bytes={len(whole)}-", "items=0-1", "bytes=0-1,4-5", "bytes=x-y"):
        answer = screen.get("/console/tiles/", headers={"range": header})
        assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(whole)}"), header


def test_nobody_is_served_more_than_a_browser_needs(screen: Client, tmp_path: Path) -> None:
    import_tiles(vector_file(tmp_path / "meaux.pmtiles"), home=tmp_path)
    with tiles_file(tmp_path).open("ab") as file:
        file.write(bytes(MOST_BYTES))
    answer = screen.get("/console/tiles/", headers={"range": "bytes=0-"})
    assert len(answer.content) == MOST_BYTES
    assert struct.unpack_from("<7sB", answer.content) == (b"PMTiles", 3)


def test_another_file_is_known_by_its_tag(screen: Client, tmp_path: Path) -> None:
    tags = set()
    for colour in (ORCHID, (1, 2, 3)):
        import_tiles(picture_file(tmp_path / "meaux.pmtiles", colour), home=tmp_path)
        tags.add(screen.get("/console/tiles/", headers={"range": "bytes=0-1"})["ETag"])
    assert len(tags) == 2
