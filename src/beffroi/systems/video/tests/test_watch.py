"""The page of images: what its player is told, and what its policy admits beyond that of other pages."""

import json
import re

from beffroi.kernel.grants.actions.conventions import cover_resources
from beffroi.lib.clock import utc_now
from beffroi.systems.video.actions.sites import CameraFacts, add_camera
from beffroi.systems.video.factories import serve
from beffroi.systems.video.models import Camera, Relay
from beffroi.systems.video.queries.watching import facts as told
from beffroi.systems.video.rules import PlaceKind, Regime
from beffroi.systems.video.tests.scene import Scene


def test_the_player_is_told_of_each_camera_and_may_speak_with_their_relay_alone(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    page = scene.bob.get(f"/video/requests/{request.pk}/watch/")
    assert page.status_code == 200
    policy = dict(part.strip().split(" ", 1) for part in page["Content-Security-Policy"].split(";"))
    relay = Relay.objects.get()
    assert policy["connect-src"] == f"'self' {relay.address}"
    assert policy["media-src"] == "blob:"
    assert policy["script-src"] == "'self'"
    elsewhere = scene.bob.get("/video/ask/")["Content-Security-Policy"]
    assert relay.address not in elsewhere
    assert "blob:" not in elsewhere

    written = re.search(r'<script type="application/json">(.*?)</script>', page.content.decode())
    assert written is not None
    facts = json.loads(written[1])
    assert (facts["state"], facts["thumbprint"]) == ("open", scene.lent.browser.thumbprint)
    assert [tile["gate"] for tile in facts["tiles"]] == [str(one.pk) for one in scene.here.cameras][
        : len(facts["tiles"])
    ]
    assert {tile["relay"]["address"] for tile in facts["tiles"]} == {relay.address}
    assert all(tile["chain"] for tile in facts["tiles"])
    state = scene.bob.get(f"/video/requests/{request.pk}/watch/state/").json()
    assert {**state, "now": ""} == {**facts, "now": ""}


def test_a_right_whose_time_is_over_says_so_though_nobody_closed_it(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    right = scene.right(request)
    said = told(request, right, wanted=[], now=right.ends)
    assert (said["state"], said["reason"]) == ("over", "expired")
    assert told(request, right, wanted=[], now=right.starts)["reason"] == ""


def more_cameras(scene: Scene) -> list[Camera]:
    """Three more, in the car park, under the same convention and behind the same relay."""
    now = utc_now()
    added = [
        add_camera(
            site=scene.here.site,
            facts=CameraFacts(number, "Parking", PlaceKind.PARKING, Regime.COMMON_PARTS),
            by=None,
            now=now,
        )
        for number in (4, 5, 6)
    ]
    places = {camera.pk: camera.place_kind for camera in added}
    cover_resources(convention=scene.lent.convention, resources=list(places), places=places, by=None, now=now)
    for camera in added:
        serve(camera, scene.lent.relay, now=now)
    return [*scene.here.cameras, *added]


def test_of_more_than_four_cameras_the_others_are_one_page_away_or_picked(scene: Scene) -> None:
    cameras = more_cameras(scene)
    request = scene.ask()
    scene.mint()
    address = f"/video/requests/{request.pk}/watch/"

    def tiles(query: str) -> list[int]:
        page = scene.bob.get(address + query).content.decode()
        gates = re.findall(r'data-tile="([0-9a-f-]+)"', page)
        return [camera.number for gate in gates for camera in cameras if str(camera.pk) == gate]

    def following(query: str) -> str:
        found = re.search(r'href="([^"]+)" data-next', scene.bob.get(address + query).content.decode())
        assert found is not None
        return found[1].replace("&amp;", "&")

    assert tiles("") == [1, 2, 3, 4]
    second = following("")
    assert tiles(second) == [5, 6]
    assert tiles(following(second)) == [1, 2, 3, 4], "and round again"
    picked = f"?camera={cameras[1].pk}&camera={cameras[5].pk}"
    assert tiles(picked) == [2, 6]
    page = scene.bob.get(address + picked).content.decode()
    assert page.count(" checked>") == 2 + page.count('data-part="single-keys" checked')
    assert 'data-act="next"' in page


def test_a_page_that_shows_them_all_leads_nowhere_else(scene: Scene) -> None:
    request = scene.ask()
    page = scene.bob.get(f"/video/requests/{request.pk}/watch/").content.decode()
    assert ("data-next" in page, 'data-act="next"' in page) == (False, False)
