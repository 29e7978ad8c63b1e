"""What changes of a camera, its relay or the system while somebody has the right to look."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import pytest
from django.db import connections
from django.utils.timezone import localdate

from beffroi.adapters.mqtt import topics
from beffroi.adapters.mqtt.client import Message
from beffroi.adapters.mqtt.topics import Topic
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.devices.actions.commissioning import BrokerAddress, commission, retire_device
from beffroi.kernel.devices.actions.sources import note_sealing_key, sources_changed
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.devices.jobs import do_sinks, sign_certificates
from beffroi.kernel.devices.models import Sources
from beffroi.kernel.devices.registry import DeviceIdentity
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import GrantState
from beffroi.lib.clock import utc_now
from beffroi.persistence.acts import system_action
from beffroi.protocol.v1 import sources
from beffroi.protocol.v1.carriage import Events
from beffroi.protocol.v1.frames import encode_frame
from beffroi.systems.video.actions import sites
from beffroi.systems.video.actions.masks import mask_camera
from beffroi.systems.video.actions.sites import CameraFacts, SiteFacts, add_camera, add_relay, change_site
from beffroi.systems.video.factories import serve
from beffroi.systems.video.models import Camera, Request, Served, Viewing
from beffroi.systems.video.queries.sources import mask_version, served
from beffroi.systems.video.rules import ACCOUNTED_AFTER, Alarm, PlaceKind, Regime
from beffroi.systems.video.tests.scene import NONCE, Scene, client, kinds
from tests.holding import held


def alone(act: Callable[[], object]) -> object:
    """In a thread of its own, on a connection of its own."""
    try:
        return act()
    finally:
        connections.close_all()


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


def corrected(scene: Scene, camera: Camera, **changes: object) -> Camera:
    """The town's administrator corrects what is written of a camera."""
    written = {
        "number": camera.number,
        "name": camera.name,
        "place_kind": camera.place_kind,
        "regime": camera.regime,
        "entrance": camera.entrance_id or "",
        "order_number": camera.order_number,
        "order_on": camera.order_on or "",
        "other_routes": camera.other_routes,
    }
    answer = client(scene.here.administrator).post(f"/video/cameras/{camera.pk}/edit/", {**written, **changes})
    assert answer.status_code == 302, answer.content.decode()
    camera.refresh_from_db()
    return camera


def why(scene: Scene, request: Request) -> tuple[str, str]:
    right = scene.right(request)
    return right.state, right.reason


def told_of_cuts() -> list[tuple[UUID, str | None]]:
    """Requests whose end the town's watch was told of, and why that alert is over, if it is."""
    rows = Alert.objects.filter(kind=Alarm.CUT).order_by("since", "pk")
    return [(row.subject, row.reason if row.ended_at else None) for row in rows]


def test_a_camera_that_looks_elsewhere_ends_the_rights_whose_reason_is_not_for_there(scene: Scene) -> None:
    theft, occupation = scene.ask(), scene.ask(why=f"{scene.lent.convention.pk}:occupation")
    scene.mint()
    corrected(scene, scene.here.cameras[0], name="Hall, stairs")
    assert {why(scene, one)[0] for one in (theft, occupation)} == {GrantState.MINTED}
    corrected(scene, scene.here.cameras[0], place_kind="parking")
    assert why(scene, occupation) == (GrantState.CLOSED, "purpose-not-for-this-place")
    assert why(scene, theft)[0] == GrantState.MINTED
    assert kinds("grant.closed") == ["grant.closed"]
    assert told_of_cuts() == [(occupation.pk, None)]
    assert len(kinds("convention.place-changed")) == 1
    again = scene.bob.post("/video/ask/", scene.answers(why=f"{scene.lent.convention.pk}:occupation"))
    assert "does not admit this purpose for this kind of place" in again.content.decode()
    corrected(scene, scene.here.cameras[0], place_kind="hall")
    assert scene.right(scene.ask(why=f"{scene.lent.convention.pk}:occupation")).state == GrantState.ASKED


def test_a_camera_under_another_law_ends_every_right_over_it_and_no_other(scene: Scene) -> None:
    first, second = (scene.ask(where=f"entrance:{entrance.pk}") for entrance in scene.here.entrances[:2])
    corrected(scene, scene.here.cameras[0], regime="closed-premises")
    assert why(scene, first) == (GrantState.CLOSED, "regime-changed")
    assert why(scene, second) == (GrantState.ASKED, "")
    page = scene.bob.get(f"/video/requests/{first.pk}/").content.decode()
    assert "the camera is under another law now" in page
    assert told_of_cuts() == [(first.pk, None)]
    scene.later(scene.right(first).ends + ACCOUNTED_AFTER)
    assert told_of_cuts() == [(first.pk, "over")]


def test_a_camera_out_of_service_ends_the_rights_that_have_no_other(scene: Scene) -> None:
    one = scene.ask(where=f"entrance:{scene.here.entrances[0].pk}")
    every = scene.ask()
    admin = client(scene.here.administrator)
    for camera, still in zip(scene.here.cameras, (True, True, False), strict=True):
        assert admin.post(f"/video/cameras/{camera.pk}/service/", {"act": "out"}).status_code == 302
        assert why(scene, one) == (GrantState.CLOSED, "camera-out")
        assert len(told_of_cuts()) == (1 if still else 2)
        assert why(scene, every) == ((GrantState.ASKED, "") if still else (GrantState.CLOSED, "camera-out"))


def test_what_is_asked_while_a_camera_changes_comes_before_it_or_after(
    scene: Scene, own_database: ConnectionInfo
) -> None:
    """Whoever asks has read what the camera looks at, and waits; the change comes after, and finds that right."""
    convention = scene.lent.convention
    with ThreadPoolExecutor(max_workers=2) as threads:
        with held(own_database, "grants_convention", convention.pk) as waits:
            asking = threads.submit(alone, partial(scene.ask, why=f"{convention.pk}:occupation"))
            waits(1)
            changing = threads.submit(alone, partial(corrected, scene, scene.here.cameras[0], place_kind="parking"))
            waits(2, over=changing.done)
        request = asking.result()
        changing.result()
    assert isinstance(request, Request)
    assert why(scene, request) == (GrantState.CLOSED, "purpose-not-for-this-place")


def told(scene: Scene, device: FieldDevice, request: Request) -> None:
    """A relay says that bob looks at the first camera."""
    commission(device=device.id, broker=BrokerAddress("127.0.0.1", 1883), hashed=str.upper, now=utc_now(), by=None)
    event = device.write(
        "use-admitted",
        at=int(utc_now().timestamp()),
        action="view",
        grant=str(request.grant),
        holders=[scene.lent.browser.thumbprint],
        nonce=NONCE,
        purpose="theft",
        transport="network",
        marks=[],
        gate=str(scene.here.cameras[0].pk),
    )
    topic = Topic(scene.here.town.authority.id, device.id, topics.UP_EVENTS)
    scene.ingest.process([Message(topic, encode_frame(Events(event)), lambda: None)], utc_now())
    do_sinks()


def test_a_relay_is_believed_of_no_camera_that_it_was_never_given(scene: Scene) -> None:
    request, device = scene.ask(), FieldDevice(kind="relay")
    scene.mint()
    add_relay(
        authority=scene.here.town.authority.id,
        request=device.request,
        name="Autre relais",
        address="https://other.example:8443",
        by=None,
        now=utc_now(),
    )
    sign_certificates(scene.here.town.store, utc_now())
    told(scene, device, request)
    assert not Viewing.objects.exists()
    assert kinds("video.look") + kinds("video.viewing") == ["video.look-disbelieved"]


def test_a_relay_that_has_a_camera_no_more_is_believed_of_what_it_did(scene: Scene) -> None:
    request, device = scene.ask(), FieldDevice(kind="relay")
    scene.mint()
    another = add_relay(
        authority=scene.here.town.authority.id,
        request=device.request,
        name="Autre relais",
        address="https://other.example:8443",
        by=None,
        now=utc_now(),
    )
    sign_certificates(scene.here.town.store, utc_now())
    serve(scene.here.cameras[0], another, now=utc_now())
    scene.tell(scene.looks(request))
    told(scene, device, request)
    assert [row.device for row in Viewing.objects.order_by("started", "pk")].count(device.id) == 1
    assert Viewing.objects.count() == 2
    assert why(scene, request) == (GrantState.MINTED, "")


def test_a_relay_is_believed_of_the_camera_that_it_serves_though_the_former_version_gave_it(scene: Scene) -> None:
    """Which kept no list of what was given to whom."""
    request = scene.ask()
    scene.mint()
    system_action(lambda: Served.objects.all().delete())()
    scene.tell(scene.looks(request))
    assert Viewing.objects.count() == 1
    assert kinds("video.look") + kinds("video.viewing") == ["video.viewing-started"]


def test_nobody_asks_for_a_camera_whose_relay_was_retired_until_another_serves_it(scene: Scene) -> None:
    retire_device(device=scene.lent.device.id, reason="replaced", now=utc_now(), by=None)
    asked = scene.answers(where=f"camera:{scene.here.cameras[0].pk}")
    assert scene.bob.post("/video/ask/", asked).status_code == 422
    another = add_relay(
        authority=scene.here.town.authority.id,
        request=FieldDevice(kind="relay").request,
        name="Autre relais",
        address="https://other.example:8443",
        by=None,
        now=utc_now(),
    )
    serve(scene.here.cameras[0], another, now=utc_now())
    assert scene.bob.post("/video/ask/", asked).status_code == 302


def test_a_relay_that_has_no_room_is_given_nothing_more_and_keeps_what_it_has(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MAX_GATES", len(scene.here.cameras))
    admin, authority = client(scene.here.administrator), scene.here.town.authority.id
    facts = CameraFacts(4, "n" * 80, PlaceKind.HALL, Regime.COMMON_PARTS)
    fourth = add_camera(site=scene.here.site, facts=facts, by=None, now=utc_now())
    typed = {"relay": str(scene.lent.relay.pk), "url": "rtsp://10.0.0.4/main"}
    answer = admin.post(f"/video/cameras/{fourth.pk}/source/", typed)
    assert answer.status_code == 422
    assert "This relay has no room for it" in answer.content.decode()
    fourth.refresh_from_db()
    assert (fourth.relay, fourth.source, fourth.served.count()) == (None, "", 0)
    assert len(served(DeviceIdentity(scene.lent.device.id, authority, "relay", "Relais"))) == 3
    first = scene.here.cameras[0]
    admin.post(f"/video/cameras/{first.pk}/service/", {"act": "out"})
    assert admin.post(f"/video/cameras/{fourth.pk}/source/", typed).status_code == 302
    page = admin.post(f"/video/cameras/{first.pk}/service/", {"act": "back"}, follow=True)
    assert "This relay has no room for it" in page.content.decode()
    first.refresh_from_db()
    assert first.out_since is not None


def test_cameras_that_change_relays_against_each_other_do_not_wait_for_each_other(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each takes the two relays' lists in the same order, whichever it leaves."""
    here, now = scene.here, utc_now()
    request = FieldDevice(kind="relay").request
    address = "https://another.example:8443"
    another = add_relay(
        authority=here.town.authority.pk, request=request, name="Relais 2", address=address, by=None, now=now
    )
    taken = list[UUID]()

    def take(*, device: UUID) -> None:
        taken.append(device)
        sources_changed(device=device)

    monkeypatch.setattr(sites, "sources_changed", take)
    both = sorted([scene.lent.relay.device_id, another.device_id])
    for relay in (another, scene.lent.relay):
        serve(here.cameras[0], relay, now=now)
    assert taken == [*both, *both]
    serve(here.cameras[0], scene.lent.relay, now=now)
    assert taken[4:] == [scene.lent.relay.device_id]


def test_a_site_that_is_renamed_has_its_name_written_on_its_pictures(scene: Scene) -> None:
    here, device = scene.here, scene.lent.device.id
    note_sealing_key(device=device, token=scene.lent.device.sealing_key, kid="x" * 43)
    camera = here.cameras[0]
    mask_camera(camera=camera, zones=[], burned=True, began=mask_version(camera), by=None, now=utc_now())
    mint_all(here.town.store, utc_now())
    before = Sources.objects.get(device_id=device).number
    facts = SiteFacts(here.landlord.pk, "Résidence du Parc", here.site.address, 48.82, 2.41, here.site.contact)
    change_site(site=here.site, facts=facts, by=None, now=utc_now())
    mint_all(here.town.store, utc_now())
    assert Sources.objects.get(device_id=device).number == before + 1
