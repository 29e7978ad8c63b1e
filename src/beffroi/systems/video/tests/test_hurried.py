"""A demonstration's town hurries; whoever answers a question doesn't."""

from datetime import datetime, timedelta

from pytest_django.fixtures import Settings

from beffroi.kernel.grants.models import GrantState
from beffroi.systems.video.factories import STILL
from beffroi.systems.video.models import Request
from beffroi.systems.video.rules import COUNTDOWN
from beffroi.systems.video.tests.scene import Scene

PACE = 60


def test_still_intervening_is_asked_sooner_and_leaves_as_long_to_answer(scene: Scene, settings: Settings) -> None:
    settings.BEFFROI_PACE = PACE
    request = scene.ask()
    scene.mint()
    asked = request.asked_at + STILL / PACE
    scene.later(asked)
    since = Request.objects.get().still_since
    assert since is not None
    closes = scene.bob.get(f"/video/requests/{request.pk}/watch/state/").json()["closes"]
    assert datetime.fromisoformat(closes) == since + COUNTDOWN
    scene.later(since + COUNTDOWN - timedelta(seconds=1))
    assert scene.right(request).state == GrantState.MINTED
    scene.later(since + COUNTDOWN)
    right = scene.right(request)
    assert (right.state, right.reason) == (GrantState.CLOSED, "unanswered")
