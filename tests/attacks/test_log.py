"""A log that was forged, shortened or put in another order, by a phone on its way or by whoever has the lock's own key."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1.event import Event
from beffroi.protocol.v1.events import Batch, Head, follow, make_batch, verify_batch
from beffroi.protocol.v1.members import decode_bytes, encode_bytes
from tests.attacks.scene import Scene
from tests.edge.town import LOCK, Town, allow


def whole(batches: list[Batch]) -> tuple[Event, ...]:
    return tuple(event for batch in batches for event in batch.events)


def signed(events: tuple[Event, ...], key: Ed25519PrivateKey, *, first: int = 1, previous: str = "A" * 43) -> str:
    return make_batch(device=LOCK, boot=1, first=first, previous=previous, events=events, key=key)


@pytest.fixture
def events(scene: Scene, town: Town) -> tuple[Event, ...]:
    """What the lock wrote while it was used twice; the server reads it, then the lock is switched off."""
    scene.opens(town.technician())
    scene.opens(town.technician())
    return whole(scene.lock.log().batches)


@pytest.fixture
def head(scene: Scene, events: tuple[Event, ...]) -> Head:
    return scene.lock.log().head


@pytest.fixture
def stolen(scene: Scene, head: Head) -> Ed25519PrivateKey:
    """The lock's own private key."""
    assert scene.lock.process.stop() == 0
    return scene.lock.key()


def test_an_event_is_changed_on_the_way(scene: Scene, events: tuple[Event, ...]) -> None:
    token = scene.lock.log().batches[0].token
    header, payload, signature = token.split(".")
    forged = (decode_bytes(payload) or b"").replace(b'"use-admitted"', b'"use-admitteD"').replace(b'"open"', b'"shut"')
    refused = verify_batch(f"{header}.{encode_bytes(forged)}.{signature}", certificate=scene.lock.certificate)
    scene.disbelieved("forged log", "one event changed in a signed batch", "token-signature", refused)
    assert allow(verify_batch(token, certificate=scene.lock.certificate)).events == events


def test_a_batch_by_another_key(scene: Scene, events: tuple[Event, ...]) -> None:
    refused = verify_batch(signed(events, Ed25519PrivateKey.generate()), certificate=scene.lock.certificate)
    scene.disbelieved("forged batch", "the same events under another key", "token-signature", refused)


def test_an_event_is_dropped(scene: Scene, events: tuple[Event, ...], head: Head, stolen: Ed25519PrivateKey) -> None:
    """Even the lock's own key can't take back what the server has: the events after it no longer follow."""
    kept = events[:-1] + (events[-1],) * 2
    later = allow(verify_batch(signed(kept[-1:], stolen, first=head.sequence + 1), certificate=scene.lock.certificate))
    refused = follow(head, later)
    scene.disbelieved("dropped log", "goes on after an event that was taken out", "events-chain", refused)


def test_events_are_reordered(scene: Scene, events: tuple[Event, ...], head: Head, stolen: Ed25519PrivateKey) -> None:
    swapped = (*events[:-2], events[-1], events[-2])
    batch = allow(verify_batch(signed(swapped, stolen), certificate=scene.lock.certificate))
    scene.disbelieved(
        "reordered log", "two events swapped, signed with the stolen key", "events-forked", follow(head, batch)
    )


def test_an_event_is_rewritten(scene: Scene, events: tuple[Event, ...], head: Head, stolen: Ed25519PrivateKey) -> None:
    rewritten = tuple(event for event in events if event.kind != "use-admitted")
    rewritten += (events[0],) * (len(events) - len(rewritten))
    batch = allow(verify_batch(signed(rewritten, stolen), certificate=scene.lock.certificate))
    scene.disbelieved(
        "rewritten log", "the openings taken out, signed with the stolen key", "events-forked", follow(head, batch)
    )
