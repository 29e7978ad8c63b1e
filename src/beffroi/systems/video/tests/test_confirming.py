"""A page says that a part is hidden once every relay that may show it holds a list that says so, and not before."""

from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.devices.actions.commissioning import BrokerAddress, commission, retire_device
from beffroi.kernel.devices.actions.intake import note_asked
from beffroi.kernel.devices.actions.sources import note_sealing_key
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.models import Head, Sources
from beffroi.kernel.grants.minter import mint_all
from beffroi.lib.clock import utc_now
from beffroi.persistence.guard import writing
from beffroi.persistence.live import read_since
from beffroi.protocol.v1.certificate import make_device_request
from beffroi.systems.video.actions.sites import add_relay, set_source
from beffroi.systems.video.factories import Residence, lend, residence
from beffroi.systems.video.models import Camera, Relay
from beffroi.systems.video.queries.sources import unsure_relays
from beffroi.systems.video.tests.test_masks import client, drawing, hide

BROKER = BrokerAddress("127.0.0.1", 1883)


@pytest.fixture
def here(own_database: ConnectionInfo, tmp_path: Path) -> Residence:
    return residence(tmp_path, now=utc_now())


def held(relay: Relay) -> None:
    """It says that it holds the list that is signed for it."""
    row = Sources.objects.get(device_id=relay.device_id)
    note_asked(device=relay.device_id, keyset=1, revocations=(0, 0), sources=(row.key_set, row.number), now=utc_now())


def test_nothing_is_said_to_be_hidden_before_the_relay_holds_it(here: Residence) -> None:
    lent, admin, camera = lend(here, now=utc_now()), client(here.administrator), here.cameras[0]
    page, device = f"/video/cameras/{camera.pk}/", lent.relay.device_id
    commission(device=device, broker=BROKER, hashed=str.upper, now=utc_now(), by=None)
    unsaid, hidden = "Relays that have not confirmed it yet", "Nobody sees what is hidden any more"

    def shown(areas: str) -> str:
        written = drawing(camera, areas=areas)
        return admin.post(f"{page}mask/", written, follow=True).content.decode()

    def told(held: tuple[int, int]) -> None:
        with writing():
            Head.objects.filter(device_id=device).update(sources_set=held[0], sources_number=held[1])

    one, two = "[[0, 0, 0.5, 0.5]]", "[[0, 0, 0.5, 0.6]]"
    assert unsaid in shown(one)  # it never asked for a list
    note_sealing_key(device=device, token=lent.device.sealing_key, kid="x" * 43)
    assert unsaid in admin.get(page).content.decode()
    mint_all(here.town.store, utc_now())
    assert unsaid in admin.get(page).content.decode()  # signed, and not held
    held = Sources.objects.get(device_id=device)
    told((held.key_set, held.number))
    assert unsaid not in admin.get(page).content.decode()
    said = shown(one)  # again, as it is: the relay holds it
    assert hidden in said
    assert unsaid not in said
    said = shown(two)
    assert unsaid in said
    assert hidden not in said
    mint_all(here.town.store, utc_now())
    held.refresh_from_db()
    told((held.key_set, held.number))
    assert unsaid not in admin.get(page).content.decode()
    # A list that can't be made leaves the one before, which shows it.
    with writing():
        Sources.objects.filter(device_id=device).update(fault="sources-unfit")
    assert unsaid in admin.get(page).content.decode()


def test_a_relay_that_had_the_camera_is_named_until_it_holds_a_list_without_it(here: Residence) -> None:
    """Its list may still show the camera as it was: that the present one confirmed doesn't say that nobody sees it."""
    lent, camera, now = lend(here, now=utc_now()), here.cameras[0], utc_now()
    admin, page = client(here.administrator), f"/video/cameras/{camera.pk}/"
    other = add_relay(
        authority=here.town.authority.pk,
        request=make_device_request(device=str(uuid4()), kind="relay", issued=None, key=Ed25519PrivateKey.generate()),
        name="Relais de la cave",
        address="https://cellar.example",
        by=None,
        now=now,
    )
    sign_certificates(here.town.store, now)
    for relay in (lent.relay, other):
        commission(device=relay.device_id, broker=BROKER, hashed=str.upper, now=now, by=None)
    note_sealing_key(device=lent.relay.device_id, token=lent.device.sealing_key, kid="x" * 43)
    mint_all(here.town.store, now)
    held(lent.relay)
    hide(camera, [(0, 0, 500, 500)])
    assert unsure_relays([camera]) == {camera.pk: [lent.relay]}
    set_source(camera=camera, relay=other, url=camera.source, sealed="", profile="", by=None, now=now)
    camera.refresh_from_db()
    own = here.cameras[1]
    assert unsure_relays([camera, own]) == {camera.pk: [other, lent.relay], own.pk: [lent.relay]}
    said = admin.get(page).content.decode()
    assert "Relays that have not confirmed it yet" in said
    assert said.index("Relais de la cave") < said.index("it had this camera before")
    mint_all(here.town.store, now)
    assert lent.relay in unsure_relays([camera])[camera.pk]
    held(lent.relay)
    assert unsure_relays([camera]) == {camera.pk: [other]}


def test_a_relay_that_was_retired_is_waited_for_by_nobody(here: Residence) -> None:
    lent, camera, now = lend(here, now=utc_now()), here.cameras[0], utc_now()
    device = lent.relay.device_id
    commission(device=device, broker=BROKER, hashed=str.upper, now=now, by=None)
    note_sealing_key(device=device, token=lent.device.sealing_key, kid="x" * 43)
    mint_all(here.town.store, now)
    held(lent.relay)
    with writing():
        Camera.objects.filter(pk=camera.pk).update(relay=None)
        Sources.objects.filter(device_id=device).update(stale=True)
    camera.refresh_from_db()
    assert unsure_relays([camera]) == {camera.pk: [lent.relay]}
    retire_device(device=device, reason="broken", now=now, by=None)
    assert unsure_relays([camera]) == {}


def test_screens_are_told_when_a_relay_holds_another_list_and_not_each_time_that_it_asks(here: Residence) -> None:
    relay = lend(here, now=utc_now()).relay
    place = read_since(None).place
    known = {change.id for change in read_since(place).changes}

    def told(number: int) -> int:
        """How many changes are new: while somebody else's transaction lasts, those of before are read again."""
        note_asked(device=relay.device_id, keyset=1, revocations=(0, 0), sources=(1, number), now=utc_now())
        of_it = {change.id for change in read_since(place).changes if change.subject == relay.device_id}
        new = len(of_it - known)
        known.update(of_it)
        return new

    assert [told(number) for number in (1, 1, 2)] == [1, 0, 1]


def test_inhabitants_are_told_that_a_part_is_hidden_once_it_is(here: Residence) -> None:
    lent, camera = lend(here, now=utc_now()), here.cameras[0]
    commission(device=lent.relay.device_id, broker=BROKER, hashed=str.upper, now=utc_now(), by=None)
    note_sealing_key(device=lent.relay.device_id, token=lent.device.sealing_key, kid="x" * 43)
    page, words = f"/video/at/{here.town.authority.slug}/", "a part of its image is hidden"

    def told() -> int:
        return Client(headers={"accept-language": "en"}).get(page).content.decode().count(words)

    hide(camera, [(0, 0, 500, 500)])
    assert told() == 0
    mint_all(here.town.store, utc_now())
    held(lent.relay)
    assert told() == 1
    hide(camera, [])
    assert told() == 0
