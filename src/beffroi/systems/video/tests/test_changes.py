"""What changes of a camera, its relay or the system while somebody has the right to look."""

from django.utils.timezone import localdate

from beffroi.kernel.grants.models import GrantState
from beffroi.lib.clock import utc_now
from beffroi.systems.video.tests.scene import Scene, client


def test_a_system_that_is_switched_off_ends_what_it_gave_and_says_so_before(scene: Scene) -> None:
    request = scene.ask()
    scene.mint()
    page = f"/systems/{scene.here.town.authority.slug}/video/"
    admin = client(scene.here.administrator)
    assert "the 1 right that is given now" in admin.get(page).content.decode()
    assert admin.post(page, {"aipd_on": localdate(utc_now()).isoformat()}).status_code == 302
    right = scene.right(request)
    assert (right.state, right.reason) == (GrantState.CLOSED, "system-off")
    assert "the town switched the system off" in scene.bob.get(f"/video/requests/{request.pk}/").content.decode()
    assert "given now" not in admin.get(page).content.decode()
