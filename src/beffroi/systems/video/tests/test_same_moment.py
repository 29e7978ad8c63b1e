"""Two things in the same moment, and a name that changes: nothing outlasts its camera, no relay misses what is to be told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

from django.db import transaction

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.actions.sources import note_sealing_key, sources_changed
from beffroi.kernel.devices.models import Sources
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import GrantState
from beffroi.kernel.grants.rules import Refusal, RefusalCode
from beffroi.kernel.territory.actions.settings import Part, change_settings
from beffroi.lib.clock import utc_now
from beffroi.systems.video.actions.masks import mask_camera
from beffroi.systems.video.actions.requests import Wanted, ask_images
from beffroi.systems.video.actions.sites import set_service
from beffroi.systems.video.models import Camera, Request
from beffroi.systems.video.queries.sources import burned_words, mask_version
from beffroi.systems.video.tests.scene import Scene
from beffroi.systems.video.tests.test_changes import alone, why
from tests.holding import held


def test_what_is_asked_while_its_only_camera_is_taken_out_of_service_does_not_outlast_it(
    scene: Scene, own_database: ConnectionInfo
) -> None:
    """Whichever waits first: the right is closed with the camera, or isn't given any more."""
    convention, (camera, other, _third) = scene.lent.convention, scene.here.cameras

    def out(which: Camera) -> object:
        return set_service(camera=which, working=False, by=None, now=utc_now())

    with ThreadPoolExecutor(max_workers=2) as threads:
        with held(own_database, "grants_convention", convention.pk) as waits:
            asking = threads.submit(alone, partial(asked_by_action, scene, camera))
            waits(1)
            leaving = threads.submit(alone, partial(out, camera))
            waits(2, over=leaving.done)
        request = asking.result()
        leaving.result()
    assert isinstance(request, Request)
    assert why(scene, request) == (GrantState.CLOSED, "camera-out")
    with ThreadPoolExecutor(max_workers=2) as threads:
        with held(own_database, "grants_convention", convention.pk) as waits:
            leaving = threads.submit(alone, partial(out, other))
            waits(1, over=leaving.done)
            asking = threads.submit(alone, partial(asked_by_action, scene, other))
            waits(2, over=asking.done)
        leaving.result()
        assert asking.result() == Refusal(RefusalCode.OUT_OF_SERVICE)


def asked_by_action(scene: Scene, camera: Camera) -> object:
    """What a page that was read before asks."""
    wanted = Wanted(
        site=scene.here.site,
        entrance=camera.entrance_id,
        cameras=[camera.pk],
        convention=scene.lent.convention.pk,
        purpose="theft",
        lasting=timedelta(hours=2),
        organisation=scene.here.police.pk,
        key=scene.lent.browser.pk,
    )
    return ask_images(wanted=wanted, by=scene.here.bob.pk, now=utc_now())


def test_a_relays_first_ask_waits_for_a_change_of_its_cameras(scene: Scene, own_database: ConnectionInfo) -> None:
    """A list that is made once it has asked holds the change: none is made of what is about to be another."""
    device = scene.lent.device.id
    asks = partial(note_sealing_key, device=device, token=scene.lent.device.sealing_key, kid="x" * 43)
    with ThreadPoolExecutor(max_workers=1) as threads:
        with held(own_database, "grants_convention", scene.lent.convention.pk) as waits, transaction.atomic():
            sources_changed(device=device)
            noting = threads.submit(alone, asks)
            waits(1, over=noting.done)
            assert not noting.done()
        noting.result()
    assert Sources.objects.get(device_id=device).stale


def test_an_authority_that_is_renamed_has_its_name_written_on_its_pictures(scene: Scene) -> None:
    here, device, authority = scene.here, scene.lent.device.id, scene.here.town.authority
    note_sealing_key(device=device, token=scene.lent.device.sealing_key, kid="x" * 43)
    camera = here.cameras[0]
    mask_camera(camera=camera, zones=[], burned=True, began=mask_version(camera), by=None, now=utc_now())
    mint_all(here.town.store, utc_now())

    def signed_after(name: str, colour: str) -> int:
        identity = {"name": name, "short_name": authority.short_name, "colour": colour}
        change_settings(authority=authority.pk, part=Part.IDENTITY, values=identity, by=None, now=utc_now())
        mint_all(here.town.store, utc_now())
        return Sources.objects.get(device_id=device).number

    before = Sources.objects.get(device_id=device).number
    assert signed_after(authority.name, "#005588") == before, "nothing is told of what is not written there"
    assert signed_after("Charenton-le-Vieux", "#005588") == before + 1
    assert burned_words(Camera.objects.get(pk=camera.pk)).startswith("Charenton-le-Vieux · ")
