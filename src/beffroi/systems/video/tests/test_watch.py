"""The page of images: what its player is told, and what its policy admits beyond that of other pages."""

import json
import re

from beffroi.systems.video.models import Relay
from beffroi.systems.video.queries.watching import facts as told
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
