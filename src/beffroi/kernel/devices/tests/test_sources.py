"""Where a relay finds its gates: typed once, sealed, opened by the minter alone, brought to the relay that it was sealed to."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.db import connection

from beffroi.adapters.keystore import KeyStore
from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.errors import CredentialsUnfit, NoBox
from beffroi.kernel.devices.factories import FieldDevice, in_service, town
from beffroi.kernel.devices.minter import make_boxes, sign_lists_of_sources
from beffroi.kernel.devices.models import Box, Sources
from beffroi.kernel.devices.queries.devices import trust_in_force
from beffroi.kernel.devices.queries.sources import seal_credentials, sources_state, sources_to_sign
from beffroi.kernel.devices.registry import LEASES, SOURCES, DeviceIdentity, GateSource
from beffroi.kernel.devices.tests.desk import NOW, Desk, refused
from beffroi.kernel.grants.actions.keys import prepare_keyset, take_keyset
from beffroi.kernel.grants.minter import mint_all
from beffroi.persistence.guard import writing
from beffroi.protocol.v1.carriage import Ask, BeatFrame
from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.keyset import Reading
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.sources import Source, SourceList, make_sealing_key, open_sources, verify_source_list

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
SECRET = "Ouvre-toi 12 h"


@dataclass
class Scene:
    """A desk, a relay, and the gates that its system says it serves."""

    desk: Desk
    relay: FieldDevice
    gates: list[GateSource] = field(default_factory=list)
    held: tuple[int, int] = (0, 0)

    @property
    def authority(self) -> UUID:
        return self.desk.town.authority.id

    def read(self, device: DeviceIdentity) -> Sequence[GateSource]:
        assert device.id == self.relay.id
        return self.gates

    def camera(self, name: str, url: str, user: str = "", password: str = "") -> GateSource:
        """Somebody types where a camera is and what opens it."""
        gate = uuid4()
        sealed = seal_credentials(authority=self.authority, gate=gate, url=url, user=user, password=password)
        self.gates.append(GateSource(gate, name, url, sealed))
        sources_changed(device=self.relay.id)
        return self.gates[-1]

    def mint(self) -> int:
        return sign_lists_of_sources(self.desk.town.store, NOW)

    def ask(self) -> list[str]:
        """The relay asks, as it does when it comes; the lists of sources that it is brought."""
        self.desk.sent.clear()
        ask = Ask(str(self.relay.id), 1, (0, 0), sources=self.held, sealing=self.relay.sealing_key)
        self.desk.ingest.process([self.desk.message(self.relay.id, "up/ask", ask)], NOW)
        return self.brought()

    def brought(self) -> list[str]:
        return [token for _channel, frame in self.desk.sent[self.relay.id] if (token := frame.get("sources"))]

    def take(self, token: str) -> tuple[Source, ...]:
        """What the relay finds in a list, verified and opened as it does."""
        trust = trust_in_force(self.authority)
        assert trust is not None
        at = Reading(int(NOW.timestamp()))
        taken = verify_source_list(token, keyset=trust.keyset, at=at, device=str(self.relay.id), held=self.held)
        assert isinstance(taken, SourceList)
        self.held = taken.order
        opened = open_sources(taken, sealing=self.relay.sealing)
        assert not isinstance(opened, Refused)
        return opened


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, db: None) -> Scene:
    desk = Desk(tmp_path)
    relay = in_service(desk.town, now=NOW, name="Relais", device=FieldDevice(kind="relay"))
    scene = Scene(desk, relay)
    monkeypatch.setitem(SOURCES, "relay", scene.read)
    make_boxes(desk.town.store, NOW)
    return scene


def test_what_is_typed_reaches_the_relay_and_nobody_else(scene: Scene) -> None:
    assert scene.ask() == []
    hall = scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET)
    street = scene.camera("Rue", "rtsp://10.0.0.13:8554/1")
    assert scene.mint() == 1
    (token,) = scene.ask()
    expected = {
        Source(str(hall.gate), "Hall", "rtsp://10.0.0.12/live", "csu", SECRET),
        Source(str(street.gate), "Rue", "rtsp://10.0.0.13:8554/1"),
    }
    assert set(scene.take(token)) == expected
    assert scene.ask() == []
    with connection.cursor() as cursor:
        for table in ("devices_sources", "devices_box"):
            cursor.execute(f"SELECT json_agg(t)::text FROM {table} t")
            (text,) = cursor.fetchone()
            assert SECRET not in text
            assert "csu" not in text


def test_the_list_is_signed_again_when_it_changes_and_only_then(scene: Scene) -> None:
    scene.ask()
    assert scene.mint() == 1
    assert scene.take(scene.ask()[0]) == ()
    assert scene.mint() == 0
    scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET)
    assert (scene.mint(), scene.mint()) == (1, 0)
    assert len(scene.take(scene.ask()[0])) == 1
    assert scene.held == (1, 2)
    sources_changed(device=scene.relay.id)
    assert scene.mint() == 0
    scene.gates.clear()
    sources_changed(device=scene.relay.id)
    assert scene.mint() == 1
    assert scene.take(scene.ask()[0]) == ()


def test_a_new_key_set_and_a_new_key_of_the_relay_have_it_signed_again(scene: Scene) -> None:
    scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET)
    scene.ask()
    scene.mint()
    scene.take(scene.ask()[0])
    place = scene.desk.town
    token = prepare_keyset(place.store, authority=place.authority.id, root=place.root, now=NOW)
    take_keyset(authority=place.authority.id, token=token, by=None, now=NOW)
    assert (scene.mint(), scene.mint()) == (1, 0)
    scene.desk.now += 3 * SECOND
    assert scene.take(scene.ask()[0])[0].password == SECRET
    assert scene.held == (2, 1)
    scene.relay.sealing = X25519PrivateKey.generate()
    assert scene.ask() == []
    assert (scene.mint(), scene.mint()) == (1, 0)
    assert scene.take(scene.ask()[0])[0].password == SECRET
    assert scene.held == (2, 2)


def test_a_sealed_text_moved_to_another_gate_or_another_place_opens_nothing(scene: Scene) -> None:
    hall = scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET)
    scene.gates = [
        replace(hall, url="rtsp://10.0.0.12:554/other-profile"),  # the same place
        replace(hall, gate=uuid4()),
        replace(hall, gate=uuid4(), url="rtsp://10.0.0.66/live"),
    ]
    moved = replace(hall, url="rtsp://10.0.0.66/live")
    scene.ask()
    scene.mint()
    found = {source.url: source.password for source in scene.take(scene.ask()[0])}
    assert found == {
        "rtsp://10.0.0.12:554/other-profile": SECRET,
        "rtsp://10.0.0.12/live": "",
        "rtsp://10.0.0.66/live": "",
    }
    scene.gates = [moved]
    sources_changed(device=scene.relay.id)
    scene.mint()
    (source,) = scene.take(scene.ask()[0])
    assert source.password == ""
    assert sources_state([scene.relay.id])[scene.relay.id].unreadable == {hall.gate}


def test_a_key_that_the_relay_did_not_sign_is_given_nothing(scene: Scene) -> None:
    scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET)
    thief = X25519PrivateKey.generate()
    forged = make_sealing_key(device=str(scene.relay.id), issued=None, sealing=thief, key=FieldDevice(kind="relay").key)
    ask = Ask(str(scene.relay.id), 1, (0, 0), sources=(0, 0), sealing=forged)
    scene.desk.ingest.process([scene.desk.message(scene.relay.id, "up/ask", ask)], NOW)
    assert sum(refused().values()) == 1
    assert not Sources.objects.exists()
    scene.ask()
    with writing():  # as somebody would who can write to the database
        Sources.objects.update(sealing=forged, sealing_kid="x" * 43)
    assert scene.mint() == 0
    assert sources_state([scene.relay.id])[scene.relay.id].fault == "sealing-key"


def test_locks_are_not_asked_for_a_key_and_get_no_list(scene: Scene) -> None:
    lock = in_service(scene.desk.town, now=NOW)
    ask = Ask(str(lock.id), 1, (0, 0), sources=(0, 0), sealing=lock.sealing_key)
    scene.desk.ingest.process([scene.desk.message(lock.id, "up/ask", ask)], NOW)
    assert not Sources.objects.filter(device_id=lock.id).exists()


def test_a_box_whose_key_is_lost_is_replaced_and_what_was_sealed_to_it_must_be_typed_again(
    scene: Scene, tmp_path: Path
) -> None:
    hall = scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET)
    for path in (scene.desk.town.store.folder / str(scene.authority) / "box").iterdir():
        path.unlink()
    scene.ask()
    scene.mint()
    assert scene.take(scene.ask()[0])[0].password == ""
    assert sources_state([scene.relay.id])[scene.relay.id].unreadable == {hall.gate}
    make_boxes(scene.desk.town.store, NOW + SECOND)
    make_boxes(scene.desk.town.store, NOW + SECOND)
    assert Box.objects.filter(authority_id=scene.authority).count() == 2
    scene.gates.clear()
    scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET)
    scene.mint()
    assert scene.take(scene.ask()[0])[0].password == SECRET
    assert sources_state([scene.relay.id])[scene.relay.id].unreadable == frozenset()


def test_what_does_not_fit_leaves_the_list_before_in_force_and_says_why(scene: Scene) -> None:
    scene.camera("Hall", "rtsp://10.0.0.12/live")
    scene.ask()
    scene.mint()
    scene.gates += [GateSource(uuid4(), f"C {n}", "rtsp://10.0.0.12/live") for n in range(256)]
    sources_changed(device=scene.relay.id)
    assert (scene.mint(), scene.mint()) == (0, 0)
    assert sources_state([scene.relay.id])[scene.relay.id].fault == "sources-unfit"
    assert len(scene.take(scene.ask()[0])) == 1
    place = scene.desk.town
    token = prepare_keyset(place.store, authority=place.authority.id, root=place.root, now=NOW)
    take_keyset(authority=place.authority.id, token=token, by=None, now=NOW)
    assert (len(sources_to_sign(5, NOW)), scene.mint(), sources_to_sign(5, NOW)) == (1, 0, [])
    del scene.gates[5:]
    sources_changed(device=scene.relay.id)
    assert scene.mint() == 1
    assert sources_state([scene.relay.id])[scene.relay.id].fault == ""


@pytest.mark.parametrize(
    ("url", "user", "password", "unfit"),
    [
        ("http://10.0.0.12/", "", "", "url"),
        ("rtsp://csu:secret@10.0.0.12/", "", "", "url"),
        ("rtsp://", "", "", "url"),
        ("rtsp://10.0.0.12:0/", "", "", "url"),
        ("rtsp://10.0.0.12:port/", "", "", "url"),
        ("rtsp://caméra/", "", "", "url"),
        ("rtsp://10.0.0.12/a b", "", "", "url"),
        ("rtsp://10.0.0.12/" + "a" * 512, "", "", "url"),
        ("rtsp://10.0.0.12/", "u" * 81, "", "user"),
        ("rtsp://10.0.0.12/", "csu", "two\nlines", "password"),
    ],
)
def test_what_a_relay_could_not_use_is_refused_when_it_is_typed(
    scene: Scene, url: str, user: str, password: str, unfit: str
) -> None:
    with pytest.raises(CredentialsUnfit) as refusal:
        seal_credentials(authority=scene.authority, gate=uuid4(), url=url, user=user, password=password)
    assert refusal.value.detail == unfit


def test_without_a_box_nothing_is_kept(tmp_path: Path) -> None:
    place = town(tmp_path, now=NOW, slug="nanteuil")
    with pytest.raises(NoBox):
        seal_credentials(authority=place.authority.id, gate=uuid4(), url="rtsp://a/", user="u", password="p")
    mint_all(place.store, NOW)
    assert seal_credentials(authority=place.authority.id, gate=uuid4(), url="rtsp://a/", user="u", password="p")
    box = Box.objects.get(authority=place.authority)
    assert "d" not in box.jwk
    kept = KeyStore(tmp_path).folder / str(place.authority.id) / "box" / f"{box.kid}.jwk"
    assert json.loads(kept.read_text())["x"] == box.jwk["x"]
    assert kept.stat().st_mode & 0o077 == 0


def test_a_relay_in_use_that_did_not_take_them_is_told_again_soon(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(LEASES, "relay", print)
    scene.ask()
    use = encode_bytes(bytes(16))
    scene.desk.ingest.process([scene.desk.message(scene.relay.id, "up/beat", BeatFrame(scene.relay.beat(use)))], NOW)
    assert scene.mint() == 1
    scene.desk.sent.clear()
    for second in range(6):
        scene.desk.ingest.round(NOW + timedelta(seconds=second))
    assert len(scene.brought()) == 3
