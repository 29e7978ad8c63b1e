"""What nobody sees of a camera: drawn by whoever administers, kept as rectangles in the picture, told to its relay."""

import json
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.queries.devices import identity
from beffroi.kernel.register.models import Entry, Payload
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.mask import Mask
from beffroi.systems.video.actions.masks import mask_camera
from beffroi.systems.video.factories import Residence, lend, residence
from beffroi.systems.video.forms.masks import MaskForm, drawn_areas
from beffroi.systems.video.models import Camera
from beffroi.systems.video.queries.sources import mask_version, served
from beffroi.systems.video.rules import Zone, mask_of


@pytest.fixture
def here(own_database: ConnectionInfo, tmp_path: Path) -> Residence:
    return residence(tmp_path, now=utc_now())


def client(person: Person) -> Client:
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(person)
    return browser


def drawing(camera: Camera, **written: str) -> dict[str, str]:
    """What the page sends that begins with what is hidden now."""
    camera.refresh_from_db()
    return {"began": mask_version(camera), **written}


def hide(camera: Camera, zones: Sequence[Zone], by: UUID | None = None) -> None:
    camera.refresh_from_db()
    mask_camera(camera=camera, zones=zones, burned=True, began=mask_version(camera), by=by, now=utc_now())


def entries() -> int:
    return Entry.objects.filter(kind="video.camera-masked").count()


def test_parts_are_hidden_and_the_relay_is_told(here: Residence) -> None:
    lent, admin, camera = lend(here, now=utc_now()), client(here.administrator), here.cameras[0]
    page = f"/video/cameras/{camera.pk}/mask/"
    assert "No part of its image is hidden" in admin.get(f"/video/cameras/{camera.pk}/").content.decode()
    drawn = json.dumps([[0.1, 0.2, 0.3, 0.4], [0.5, 0, 0.5, 0.25]])
    answer = admin.post(page, drawing(camera, areas=drawn, burned="on"))
    assert (answer.status_code, entries()) == (302, 1)
    camera.refresh_from_db()
    assert camera.zones == [100, 200, 400, 600, 500, 0, 1000, 250]
    shown = {gate.gate: gate.mask for gate in served(identity(lent.relay.device))}
    mask = shown.pop(camera.pk)
    assert mask is not None
    assert mask.zones[0] == ((100, 200), (400, 200), (400, 600), (100, 600))
    assert mask.words.endswith(f"{camera.number} {camera.name}")
    assert set(shown.values()) == {None}
    said = admin.get(f"/video/cameras/{camera.pk}/").content.decode()
    assert "2 parts of its image are to be hidden" in said
    assert "the time are written on it" in said
    # What is kept is what the page begins with; saying it again is nothing new.
    assert json.loads(drawn_areas(camera.zones)) == [[0.1, 0.2, 0.3, 0.4], [0.5, 0.0, 0.5, 0.25]]
    assert admin.post(page, drawing(camera, areas=drawn, burned="on")).status_code == 302
    assert entries() == 1
    assert admin.post(page, drawing(camera, areas="[]")).status_code == 302
    assert entries() == 2
    assert {gate.mask for gate in served(identity(lent.relay.device))} == {None}


def test_a_form_that_says_nothing_of_parts_shows_none_of_them_again(here: Residence) -> None:
    admin, camera = client(here.administrator), here.cameras[0]
    hide(camera, [(100, 200, 400, 600)])
    answer = admin.post(f"/video/cameras/{camera.pk}/mask/", drawing(camera, burned="on"))
    assert answer.status_code == 422
    assert answer.context["drawn"] == drawn_areas([100, 200, 400, 600])
    camera.refresh_from_db()
    assert camera.zones == [100, 200, 400, 600]
    assert entries() == 1


def test_whoever_draws_a_mask_that_another_one_changed_meanwhile_is_shown_it_and_undoes_nothing(
    here: Residence,
) -> None:
    admin, camera = client(here.administrator), here.cameras[0]
    page = f"/video/cameras/{camera.pk}/mask/"
    began = admin.get(page).context["began"]
    assert f'name="began" value="{began}"' in admin.get(page).content.decode()
    hide(camera, [(100, 200, 400, 600)])
    mine = json.dumps([[0.5, 0.5, 0.1, 0.1]])
    for sent in ({"began": began}, {}):
        answer = admin.post(page, {"areas": mine, **sent})
        assert answer.status_code == 422
        assert "changed since this page was opened" in answer.content.decode()
        assert answer.context["drawn"] == drawn_areas([100, 200, 400, 600])
        assert answer.context["form"]["burned"].value() is True
        camera.refresh_from_db()
        assert (camera.zones, camera.burned, entries()) == ([100, 200, 400, 600], True, 1)
    # From what it is now, it goes.
    assert admin.post(page, {"areas": mine, "began": answer.context["began"]}).status_code == 302
    camera.refresh_from_db()
    assert (camera.zones, camera.burned, entries()) == ([500, 500, 600, 600], False, 2)


def test_the_entry_says_how_many_and_not_where(here: Residence) -> None:
    hide(here.cameras[0], [(1, 2, 3, 4)], by=here.administrator.pk)
    fields = Payload.objects.get(entry=Entry.objects.get(kind="video.camera-masked").pk).fields
    assert {name: fields[name]["value"] for name in ("hidden", "burned")} == {"hidden": 1, "burned": 1}
    assert set(fields) == {"camera", "hidden", "burned", "by"}


@pytest.mark.parametrize(
    "areas",
    [
        "{}",
        "[1]",
        "[[0, 0, 1]]",
        "[[0, 0, 1, 1, 1]]",
        '[["0", 0, 1, 1]]',
        "[[true, 0, 1, 1]]",
        "[null]",
        "[" * 3_000,
        json.dumps([[0, 0, 0.1, 0.1]] * 21),
        "not json",
        "",
        "[[NaN, 0, 1, 1]]",
        "[[0, 0, 1e999, 1]]",
    ],
)
def test_what_isnt_drawn_by_the_board_is_refused(areas: str) -> None:
    form = MaskForm({"areas": areas})
    assert not form.is_valid()
    assert form.non_field_errors()


def test_what_lies_outside_is_nothing_and_what_goes_over_the_edge_is_cut() -> None:
    form = MaskForm({"areas": json.dumps([[1.5, 0, 1, 1], [-1, -1, 1.5, 1.5], [0.9999, 0.9999, 5, 5]])})
    assert form.is_valid()
    assert form.cleaned_data["zones"] == [(0, 0, 500, 500), (999, 999, 1000, 1000)]


sides = st.floats(0, 1)


@given(st.lists(st.tuples(sides, sides, st.floats(0.01, 1), st.floats(0.01, 1)), max_size=20))
def test_what_was_drawn_is_covered_and_comes_back_as_it_was_kept(
    areas: list[tuple[float, float, float, float]],
) -> None:
    form = MaskForm({"areas": json.dumps(areas)})
    assert form.is_valid()
    zones = form.cleaned_data["zones"]
    for (left, top, width, height), zone in zip(
        [area for area in areas if area[0] < 1 and area[1] < 1], zones, strict=True
    ):
        assert all(0 <= side <= 1000 for side in zone)
        assert zone[0] <= left * 1000 + 0.2
        assert zone[1] <= top * 1000 + 0.2
        assert zone[2] >= min(left + width, 1) * 1000 - 0.2
        assert zone[3] >= min(top + height, 1) * 1000 - 0.2
    flat = [side for zone in zones for side in zone]
    again = MaskForm({"areas": drawn_areas(flat)})
    assert again.is_valid()
    assert again.cleaned_data["zones"] == zones


@pytest.mark.parametrize("zones", [[(0, 0, 1001, 10)], [(-1, 0, 10, 10)], [(0, 0, 10, 10)] * 21, [(0, 0, 10)]], ids=str)
def test_the_database_keeps_what_isnt_in_the_picture_out(
    here: Residence, zones: list[tuple[int, int, int, int]]
) -> None:
    with pytest.raises(ValidationError):
        hide(here.cameras[0], zones)
    assert entries() == 0


def test_only_whoever_administers_hides(here: Residence) -> None:
    lend(here, now=utc_now())
    page = f"/video/cameras/{here.cameras[0].pk}/mask/"
    for person in (here.alice, here.bob, here.lea):
        assert client(person).get(page).status_code == 404
        assert client(person).post(page, {"areas": "[]", "burned": "on"}).status_code == 404
    assert entries() == 0


def test_words_alone_are_a_mask_and_nothing_is_none() -> None:
    assert mask_of([], "") is None
    assert mask_of([], "W" * 90) == Mask((), "W" * 80)
