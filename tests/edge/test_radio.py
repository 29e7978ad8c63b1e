"""The port that anybody near can reach: what is bounded, and what a stranger learns."""

import socket
from pathlib import Path

import pytest

from beffroi.protocol.v1.carriage import Ask, AskRequest
from beffroi.protocol.v1.frames import LENGTH_BYTES, Gate, Hello, RefusedFrame, enclose, encode_frame
from beffroi.simulator.phone import Connection, PhoneError, ask
from tests.edge.street import PATIENCE, Lock
from tests.edge.town import LOCK, NOW, Town, allow


def opens(lock: Lock, town: Town) -> bool:
    with lock.connect() as connection:
        return allow(town.technician().phone().open(connection.exchange, LOCK)).admitted


def test_whoever_sits_on_all_connections_keeps_nobody_out(lock: Lock, town: Town) -> None:
    sitting = [lock.connect() for _ in range(20)]
    for connection in sitting:
        connection.send(b"\x00")
    assert opens(lock, town)
    for connection in sitting:
        connection.close()


def test_a_frame_that_never_ends_is_hung_up_on(town: Town, tmp_path: Path) -> None:
    with Lock.build(town, tmp_path / "lock", "--frame-seconds", "0.2") as lock, lock.connect() as connection:
        connection.send((100).to_bytes(LENGTH_BYTES, "big") + b"{")
        with pytest.raises(PhoneError, match="hung up"):
            connection.receive()


def test_whoever_is_refused_too_often_is_hung_up_on(lock: Lock, town: Town) -> None:
    with lock.connect() as connection:
        for _ in range(8):
            assert isinstance(connection.exchange_bytes(b"null"), RefusedFrame)
        with pytest.raises((PhoneError, OSError)):
            connection.exchange_bytes(b"null")
    assert opens(lock, town)


def test_frames_may_come_in_pieces_and_together(lock: Lock) -> None:
    hello = enclose(encode_frame(Hello(1)))
    with lock.connect() as connection:
        for byte in hello:
            connection.send(bytes([byte]))
        assert isinstance(connection.receive(), Gate)
        connection.send(hello + enclose(encode_frame(AskRequest())))
        assert isinstance(connection.receive(), Gate)
        assert isinstance(connection.receive(), Ask)


def test_whoever_asks_often_can_not_void_a_stamp_on_its_way(lock: Lock, town: Town) -> None:
    """The nonce stays the same for a minute, so a stranger's questions don't race the server's answer."""
    with lock.connect() as connection:
        nonces = {allow(ask(connection.exchange)).nonce for _ in range(5)}
        lock.hands.do("advance", seconds=61)
        later = allow(ask(connection.exchange)).nonce
    assert len(nonces) == 1
    assert later not in nonces
    assert lock.bring(stamp=town.stamp(NOW + 3_600, nonce=nonces.pop())) == {"stamp": "stamp-nonce"}
    assert lock.bring(stamp=town.stamp(NOW + 3_600, nonce=later)) == {"stamp": "taken"}


def test_it_listens_on_loopback_only(lock: Lock) -> None:
    """The body's port is hands on the metal, and the radio's is a stand-in: neither is for a network."""
    others = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)} - {"127.0.0.1"}
    for address in others:
        with pytest.raises(OSError, match=r"refused|unreachable|timed out"):
            Connection(lock.port, host=str(address), patience=PATIENCE)
