"""The building's manager, who belongs to the landlord and has no other right there."""

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.territory.factories import make_member
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.video.models import Call
from beffroi.systems.video.tests.scene import Scene, client, kinds

BUTTON = "/video/button/"


def test_a_caretaker_gives_the_alert_while_a_convention_lasts_and_sees_nothing_else(scene: Scene) -> None:
    monique = make_member("Monique", scene.here.landlord, Role.MEMBER)
    desk = client(monique)
    assert BUTTON in desk.get("/").content.decode()
    assert desk.post(BUTTON, {"where": f"entrance:{scene.here.entrances[0].pk}"}).status_code == 302
    call = Call.objects.get()
    assert (call.person, call.organisation_id) == (monique.pk, scene.here.landlord.pk)
    assert Alert.objects.get(kind="video.call").subject == call.pk
    request = scene.ask()
    for page in ("/video/", f"/video/requests/{request.pk}/", f"/video/requests/{request.pk}/watch/"):
        assert desk.get(page).status_code == 404, page
    end_convention(convention=scene.lent.convention, by=None, now=utc_now())
    assert desk.get(BUTTON).status_code == 404
    assert kinds("video.called") == ["video.called"]


def test_a_member_of_another_house_has_no_button(scene: Scene) -> None:
    assert client(make_member("Karim", scene.here.police, Role.MEMBER)).get(BUTTON).status_code == 404
