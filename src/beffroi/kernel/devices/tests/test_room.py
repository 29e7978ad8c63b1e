"""How many gates a relay's list holds: what is said to have room for can be signed, whatever its letters."""

import pytest

from beffroi.kernel.devices.queries.sources import has_room, sources_state
from beffroi.kernel.devices.tests import test_sources
from beffroi.kernel.devices.tests.test_sources import Scene

pytestmark = pytest.mark.django_db
scene = test_sources.scene


def of_length(scene: Scene, many: int, *, name: str, url: str, word: str) -> None:
    """So many cameras, as somebody types them."""
    for number in range(many):
        place = f"rtsp://10.20.{number // 250}.{number % 250}:554/{url}"
        scene.camera(f"{number} {name}"[:80], place, word, word)


def test_a_relay_has_room_for_as_many_cameras_as_it_may_serve(scene: Scene) -> None:
    of_length(
        scene,
        256,
        name="Hall d’entrée, côté cour, vers les boîtes",
        url="Streaming/Channels/101",
        word="csu-viewer-2026",
    )
    scene.ask()
    assert has_room(scene.relay.id)
    assert scene.mint() == 1
    assert len(scene.take(scene.ask()[0])) == 256
    scene.camera("One too many", "rtsp://10.0.0.9/")
    assert not has_room(scene.relay.id)


@pytest.mark.parametrize(
    ("name", "word"), [("é" * 80, "é" * 80), ("n" * 80, '"' * 80), ("🔒" * 80, ""), ("n" * 80, "🔒" * 40)]
)
def test_what_is_said_to_have_room_can_be_signed_whatever_its_letters(scene: Scene, name: str, word: str) -> None:
    """With the longest names and addresses not all of them fit: up to the last that has room, the list is made."""
    scene.ask()
    of_length(scene, 256, name=name, url="a" * 280, word=word)
    every = list(scene.gates)
    assert not has_room(scene.relay.id)
    fitting, beyond = 0, len(every)
    while beyond - fitting > 1:
        middle = (fitting + beyond) // 2
        scene.gates[:] = every[:middle]
        fitting, beyond = (middle, beyond) if has_room(scene.relay.id) else (fitting, middle)
    assert fitting > 50
    scene.gates[:] = every[:fitting]
    assert scene.mint() == 1
    assert sources_state([scene.relay.id])[scene.relay.id].fault == ""
    assert len(scene.take(scene.ask()[0])) == fitting
