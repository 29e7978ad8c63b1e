"""Where browsers find a relay: said by whoever administers, over https."""

import pytest

from beffroi.kernel.register.models import Entry
from beffroi.systems.video.tests.scene import Scene, client


def moved() -> int:
    return Entry.objects.filter(kind="video.relay-moved").count()


def test_a_relay_is_found_elsewhere_from_now_on(scene: Scene) -> None:
    admin, relay = client(scene.here.administrator), scene.lent.relay
    path = f"/video/relays/{relay.pk}/address/"
    assert path in admin.get("/video/relays/").content.decode()
    assert relay.address in admin.get(path).content.decode()
    assert admin.post(path, {"address": " https://quais.example:9443/ "}).status_code == 302
    relay.refresh_from_db()
    assert (relay.address, moved()) == ("https://quais.example:9443", 1)
    assert admin.post(path, {"address": "https://quais.example:9443"}).status_code == 302
    assert moved() == 1, "it was there already"
    scene.mint()
    request = scene.ask()
    scene.mint()
    shown = scene.bob.get(f"/video/requests/{request.pk}/watch/")
    assert "https://quais.example:9443" in shown.content.decode()
    assert "https://quais.example:9443" in shown["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("", "This field is required."),
        ("relay.example", "with nothing after it"),
        ("ftp://relay.example", "with nothing after it"),
        ("https://relay.example/cameras", "with nothing after it"),
        ("https://relay.example?key=1", "with nothing after it"),
        ("https://viewer:secret@relay.example", "with nothing after it"),
        ("https://relay.example; default-src *", "with nothing after it"),
        ("http://relay.example:8080", "over https"),
        ("http://localhost.example", "over https"),
        (f"https://{'a' * 200}.example", "200"),
    ],
)
def test_what_is_no_address_of_a_relay_is_refused_in_words(scene: Scene, address: str, words: str) -> None:
    relay = scene.lent.relay
    answer = client(scene.here.administrator).post(f"/video/relays/{relay.pk}/address/", {"address": address})
    assert answer.status_code == 422
    assert words in answer.content.decode()
    before = relay.address
    relay.refresh_from_db()
    assert (relay.address, moved()) == (before, 0)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8443", "http://localhost:8443", "http://[::1]:8443"])
def test_on_this_very_machine_http_is_as_good(scene: Scene, address: str) -> None:
    path = f"/video/relays/{scene.lent.relay.pk}/address/"
    assert client(scene.here.administrator).post(path, {"address": address}).status_code == 302
    scene.lent.relay.refresh_from_db()
    assert scene.lent.relay.address == address


def test_nobody_else_moves_a_relay(scene: Scene) -> None:
    path = f"/video/relays/{scene.lent.relay.pk}/address/"
    for person in (scene.here.alice, scene.here.bob, scene.here.lea):
        assert client(person).get(path).status_code == 404
        assert client(person).post(path, {"address": "https://mine.example"}).status_code == 404
    assert moved() == 0
