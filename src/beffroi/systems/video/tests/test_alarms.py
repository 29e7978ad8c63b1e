"""Alerts about requests end with what they are about, or when their time is over; owners are told who may answer."""

from datetime import timedelta

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.grants.models import ConventionParty
from beffroi.kernel.grants.rules import Capacity
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import system_action
from beffroi.persistence.keeping import KEPT
from beffroi.systems.video.models import Call, Request, Site
from beffroi.systems.video.rules import CALL_WAITS
from beffroi.systems.video.tests.scene import Scene, client, kinds

MINUTE = timedelta(minutes=1)


def live(kind: str) -> list[str]:
    """The organisations whose alerts of a kind are not over."""
    rows = Alert.objects.filter(kind=kind, ended_at__isnull=True)
    return sorted(rows.values_list("organisation__name", flat=True))


def press(scene: Scene) -> Call:
    client(scene.here.lea).post("/video/button/", {"where": f"site:{scene.here.site.pk}"})
    return Call.objects.latest("at")


def test_a_managers_alert_that_nobody_answers_is_over_and_the_next_press_is_news(scene: Scene) -> None:
    first = press(scene)
    scene.later(first.at + CALL_WAITS - MINUTE)
    assert live("video.call") == [scene.here.landlord.name]
    assert press(scene) == first, "the same alert"
    scene.later(first.at + CALL_WAITS)
    assert live("video.call") == []
    assert Alert.objects.get(kind="video.call").reason == "unanswered"
    assert kinds("video.call") == ["video.called", "video.call-unanswered"]
    second = press(scene)
    assert second != first
    assert live("video.call") == [scene.here.landlord.name]


def test_an_officer_who_comes_late_still_asks_from_that_alert(scene: Scene) -> None:
    call = press(scene)
    scene.later(call.at + CALL_WAITS)
    answer = scene.bob.post(f"/video/ask/?call={call.pk}", scene.answers())
    assert answer.status_code == 302
    assert Request.objects.get().call == call
    scene.later(call.at + 2 * CALL_WAITS)
    assert kinds("video.call") == ["video.called", "video.call-unanswered"], "said once"


def test_an_emergency_that_nobody_confirmed_is_told_to_nobody_any_more(scene: Scene) -> None:
    request = scene.ask(emergency="on")
    assert live("video.emergency") == [scene.here.police.name]
    scene.later(request.asked_at + 15 * MINUTE)
    assert live("video.emergency") == []
    assert Alert.objects.get(kind="video.emergency").reason == "not-confirmed"


def test_what_was_never_justified_is_asked_of_nobody_once_it_is_destroyed(scene: Scene) -> None:
    request = scene.ask(emergency="on")
    scene.later(request.asked_at + 15 * MINUTE)
    scene.later(request.asked_at + timedelta(hours=24, minutes=1))
    assert live("video.justification-due") == [scene.here.police.name]
    erase = KEPT["video.requests"].erase
    assert erase is not None
    system_action(lambda: erase(keys=[str(request.pk)], now=utc_now(), by=None))()
    assert live("video.justification-due") == []


def test_whoever_owns_under_the_convention_is_told_and_whoever_answers_ends_it_for_all(asked_first: Scene) -> None:
    scene = asked_first
    syndicate = make_organisation("Syndicat du Pont")
    day = scene.lent.convention.valid_from.date()
    manager = make_organisation("Gestionnaire du Pont")

    def bound() -> None:
        ConventionParty.objects.create(
            authority=scene.here.town.authority,
            convention=scene.lent.convention,
            organisation=syndicate,
            capacity=Capacity.OWNS.value,
            signed_on=day,
        )
        Site.objects.filter(pk=scene.here.site.pk).update(organisation=manager)

    system_action(bound)()
    request = scene.ask()
    assert live("video.approval") == sorted([scene.here.landlord.name, syndicate.name])
    desk = client(make_member("Desk", syndicate, Role.DISPATCHER))
    assert desk.post(f"/video/requests/{request.pk}/answer/", {"act": "approve"}).status_code == 302
    assert live("video.approval") == []


def test_a_request_that_ends_otherwise_is_asked_of_no_owner_any_more(asked_first: Scene) -> None:
    scene = asked_first
    scene.ask()
    end_convention(convention=scene.lent.convention, by=scene.here.administrator.pk, now=utc_now())
    assert live("video.approval") == []
    assert Alert.objects.get(kind="video.approval").reason == "ended"
