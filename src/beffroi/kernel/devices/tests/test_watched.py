"""From a request for images to the last byte on the wire, through all that is real: rights, minter, broker, ingest, relay, camera."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from beffroi.edge.device import home
from beffroi.kernel.devices.actions.commissioning import register_device
from beffroi.kernel.devices.actions.service import put_in_service
from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.minter import make_boxes, sign_lists_of_sources
from beffroi.kernel.devices.models import Beat, DeviceEvent, Lapse
from beffroi.kernel.devices.queries.devices import trust_in_force
from beffroi.kernel.devices.queries.sources import seal_credentials
from beffroi.kernel.devices.registry import (
    DEVICE_KINDS,
    LEASES,
    SOURCES,
    DeviceIdentity,
    GateSource,
    LeaseEnded,
    register_device_kind,
)
from beffroi.kernel.devices.relay import broker_url
from beffroi.kernel.devices.tests.street import PATIENCE, Street, eventually
from beffroi.kernel.devices.worker import do_lapses
from beffroi.kernel.grants.actions.browsers import enrol_browser
from beffroi.kernel.grants.actions.orders import close_grant
from beffroi.kernel.grants.factories import Residence, residence
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import Grant, HolderKey
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.jwk import holder_key
from beffroi.simulator.phone import Phone
from beffroi.simulator.screen import Look, Place, Screen
from tests.edge.relay.site import ORIGIN, Cameras
from tests.edge.street import Hands, Process
from tests.steps import Steps

ACT_TO_LAST_BYTE = 2.0
# In the ingest process as well somebody follows the uses of relays.
BEFORE = """
from beffroi.kernel.devices import registry
registry.LEASES.setdefault("relay", print)
registry.SOURCES.setdefault("relay", lambda device: ())
"""


@dataclass
class Scene:
    """A residence whose hall is filmed, a relay that serves it, and an officer at a browser."""

    street: Street
    here: Residence
    key: EllipticCurvePrivateKey
    device: UUID
    folder: Path
    ended: list[LeaseEnded]
    process: Process | None = None
    hands: Hands | None = None
    port: int = 0

    def start(self) -> None:
        self.process = Process(
            *("--home", str(self.folder), "--listen", "127.0.0.1:0", "--origin", ORIGIN, "--hands", "0"),
            program="beffroi.edge.relay",
        )
        self.port = int(self.process.wait_for(r"watch on 127\.0\.0\.1:(\d+)")[1])
        self.hands = Hands(int(self.process.wait_for(r"hands on 127\.0\.0\.1:(\d+)")[1]))

    def ready(self) -> None:
        """It knows the time, a list and where its camera is."""
        assert self.hands is not None
        self.hands.until(lambda state: state["time"] != "unknown" and state["revocations"] != [0, 0])
        self.hands.until(lambda state: state["gates"] == [str(self.here.cameras["hall"])])

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()

    def close(self) -> None:
        if self.hands is not None:
            self.hands.close()
        if self.process is not None:
            self.process.end()

    def mint(self) -> None:
        """What the minting process does when it is woken."""
        mint_all(self.street.town.store, utc_now())
        sign_lists_of_sources(self.street.town.store, utc_now())

    def asked(self) -> Grant:
        """She asks to look at the hall, and it is given at once."""
        now = utc_now()
        right = replace(self.here, now=now).given()
        self.mint()
        right.refresh_from_db()
        return right

    def look(self, right: Grant) -> Look:
        """She looks, by the chain that was minted for her browser."""
        trust = trust_in_force(self.here.authority.id)
        assert trust is not None
        phone = Phone(self.key, right.token, trust.keyset, int(utc_now().timestamp()))
        place = Place(self.port, str(self.device), ORIGIN, patience=PATIENCE)
        look = Screen(phone, place).look(str(self.here.cameras["hall"]))
        assert not isinstance(look, Refused), look
        look.until(lambda picture: picture.frames >= 3)
        return look

    def events(self, kind: str) -> list[dict[str, object]]:
        found = DeviceEvent.objects.filter(device_id=self.device, kind=kind).order_by("sequence")
        return list(found.values_list("body", flat=True))


@pytest.fixture
def scene(street: Street, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    now, store, authority = utc_now(), street.town.store, street.town.authority
    if "relay" not in DEVICE_KINDS:
        register_device_kind("relay", "A relay.")
    gates: list[GateSource] = []

    def served(_device: DeviceIdentity) -> Sequence[GateSource]:
        return gates

    ended: list[LeaseEnded] = []
    monkeypatch.setitem(SOURCES, "relay", served)
    monkeypatch.setitem(LEASES, "relay", ended.append)
    make_boxes(store, now)
    key = generate_private_key(SECP256R1())
    here = residence(authority, now=now)
    browser = enrol_browser(person=here.alice.pk, key=holder_key(key), second_factor=True, now=now)
    assert isinstance(browser, HolderKey)
    device, folder = uuid4(), street.home / "relay"
    register_device(
        authority=authority.id, request=home.request(folder, "relay", str(device)), name="Relais", now=now, by=None
    )
    sign_certificates(store, now)
    document = put_in_service(device=device, home=street.home, broker_url=broker_url(), by=None, now=now)
    street.admit()
    (folder / "commissioning.json").write_text(json.dumps(document))
    street.ingest(BEFORE)
    cameras = Cameras(1)
    played = Scene(street, replace(here, browser=browser), key, device, folder, ended)
    try:
        hall = cameras.place(str(here.cameras["hall"]), 1)
        sealed = seal_credentials(
            authority=authority.id,
            gate=here.cameras["hall"],
            url=hall.url,
            user=hall.user,
            password=hall.password,
        )
        gates.append(GateSource(here.cameras["hall"], hall.name, hall.url, sealed))
        sources_changed(device=device)
        played.start()
        # Its key to seal to comes with its first question; the list is signed as soon as it is known.
        eventually(lambda: sign_lists_of_sources(store, utc_now()) > 0, "the list of its sources is signed")
        played.mint()
        played.ready()
        yield played
    finally:
        played.close()
        cameras.close()


def test_an_act_that_ends_a_right_ends_the_picture_within_two_seconds(scene: Scene) -> None:
    right = scene.asked()
    with Steps() as steps, scene.look(right) as look:
        eventually(lambda: Beat.objects.filter(uses=[look.nonce]).exists(), "its lease is kept")
        eventually(lambda: bool(scene.events("use-admitted")), "it is in the log")
        close_grant(grant=right, reason="ended-by-holder", by=None, now=utc_now())
        acted = monotonic()
        scene.mint()
        picture = look.rest()
    assert picture.cause == "revoked"
    assert steps.between(acted, picture.last) <= ACT_TO_LAST_BYTE
    eventually(lambda: bool(scene.events("use-ended")), "its end is in the log")
    admitted, ended = scene.events("use-admitted")[0], scene.events("use-ended")[0]
    assert (admitted["grant"], admitted["gate"]) == (str(right.pk), str(scene.here.cameras["hall"]))
    assert (ended["nonce"], ended["cause"]) == (look.nonce, "revoked")
    eventually(lambda: Beat.objects.filter(uses=[]).exists(), "nothing lives any more")
    do_lapses()
    assert scene.ended == []


def test_a_relay_that_dies_ends_at_its_last_beat_and_corrects_it_when_it_is_back(scene: Scene) -> None:
    with scene.look(scene.asked()) as look:
        eventually(lambda: Beat.objects.filter(uses=[look.nonce]).exists(), "its lease is kept")
        scene.kill()
    eventually(Lapse.objects.exists, "its lease has ended")
    do_lapses()
    assert [(each.device.id, each.uses) for each in scene.ended] == [(scene.device, (look.nonce,))]
    scene.close()
    scene.start()
    eventually(lambda: bool(scene.events("use-ended")), "its own word")
    ended = scene.events("use-ended")[0]
    assert (ended["nonce"], ended["cause"]) == (look.nonce, "restarted")
    assert scene.events("use-admitted")[0]["nonce"] == look.nonce
