"""What whoever is on the network may answer to the question who is there, and what a camera may call an address."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.finding.probe import LARGEST, MATCHES_LIMIT, Match, UnreadableError, answers, question
from beffroi.edge.relay.finding.profiles import Profile, choose, stream_address
from beffroi.simulator.cameras.onvif.answers import BOMB, ELSEWHERE, match

IDENTITY = "urn:uuid:5b1d6e3c-3a57-4f64-8e33-9a3cf1b0a7de"
SENDER = "10.1.2.3"
SCOPES = "onvif://www.onvif.org/name/Hall", "onvif://www.onvif.org/hardware/C%201"
ADDRESS = "http://10.1.2.3/onvif/device_service"


def answer(*, relates: str = IDENTITY, scopes: tuple[str, ...] = SCOPES, address: str = ADDRESS) -> bytes:
    return match(relates=relates, identity="urn:uuid:1", scopes=scopes, address=address)


def read(data: bytes) -> list[Match]:
    return answers(data, identity=IDENTITY, sender=SENDER)


def test_a_camera_that_answers() -> None:
    assert read(answer()) == [Match("http://10.1.2.3:80/onvif/device_service", "Hall", "C 1", "", "urn:uuid:1")]


def test_what_answers_another_question_is_nobody() -> None:
    assert read(answer(relates="urn:uuid:2")) == []
    assert read(question(IDENTITY)) == []


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("http://192.0.2.1/onvif", "http://10.1.2.3:80/onvif"),
        ("https://evil.example:8443/onvif", "https://10.1.2.3:8443/onvif"),
        ("http://[fe80::1]/onvif http://10.1.2.3:8080/onvif", "http://10.1.2.3:80/onvif"),
        ("ftp://10.1.2.3/x http://10.1.2.3:81/y", "http://10.1.2.3:81/y"),
        ("ftp://10.1.2.3:21/x http://10.1.2.3:81/y", "http://10.1.2.3:81/y"),
        ("http://[broken http://10.1.2.3:99999/x http://10.1.2.3", "http://10.1.2.3:80/"),
    ],
)
def test_it_says_where_its_own_service_is_and_nobody_elses(said: str, taken: str) -> None:
    assert [each.address for each in read(answer(address=said))] == [taken]


@pytest.mark.parametrize(
    "said",
    [
        "",
        "rtsp://10.1.2.3/",
        "rtsp://10.1.2.3:554/",
        "http://admin:x@10.1.2.3/onvif",
        "http://10.1.2.3/é",
        "file:///etc",
    ],
)
def test_one_without_an_address_that_can_be_asked_is_left_out(said: str) -> None:
    assert read(answer(address=said)) == []


def test_a_name_never_moves_the_terminal() -> None:
    scope = "onvif://www.onvif.org/name/%1B%5B2J%0AHall%E2%80%AE" + "x" * 500
    (found,) = read(answer(scopes=(scope,)))
    assert found.name.isprintable()
    assert "Hall" in found.name
    assert len(found.name) <= 64


HOSTILE = {
    "a bomb": BOMB,
    "an entity of elsewhere": ELSEWHERE,
    "no XML": b"\xff\xfe\x00<",
    "nothing": b"",
    "too large": b" " * (LARGEST + 1),
    "too deep": b"<a>" * 40 + b"</a>" * 40,
    "too many": b"<a>" + b"<b/>" * 1_000 + b"</a>",
    "too long": b"<a>" + b"x" * 20_000 + b"</a>",
    "another encoding": b'<?xml version="1.0" encoding="utf-7"?><a/>',
    "a document type behind": answer().replace(b"?>", b'?><!DOCTYPE s [<!ENTITY a "b">]>'),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=list(HOSTILE))
def test_what_could_hurt_is_not_read(data: bytes) -> None:
    with pytest.raises(UnreadableError):
        read(data)


def test_of_one_answer_so_many_cameras_are_taken() -> None:
    whole = answer()
    start, end = whole.index(b"<d:ProbeMatch>"), whole.index(b"</d:ProbeMatches>")
    assert len(read(whole[:start] + whole[start:end] * (MATCHES_LIMIT + 4) + whole[end:])) == MATCHES_LIMIT


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_an_answer_that_was_tampered_with_is_read_or_refused(data: st.DataObject) -> None:
    good = bytearray(answer())
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(good) - 1))
        good[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
    try:
        found = read(bytes(good))
    except UnreadableError:
        return
    assert all(
        each.address.startswith(("http://10.1.2.3:", "https://10.1.2.3:")) and each.name.isprintable() for each in found
    )


# Addresses of pictures


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ("rtsp://192.168.1.64:554/Streaming/Channels/102?transportmode=unicast", "rtsp://10.1.2.3:554/Streaming/Channels/102?transportmode=unicast"),
        ("rtsp://admin:12345@10.1.2.3/live", "rtsp://10.1.2.3/live"),
        ("  rtsp://0.0.0.0:8554/a#b ", "rtsp://10.1.2.3:8554/a"),
    ],
)  # fmt: skip
def test_a_picture_is_at_the_machine_that_was_asked_without_an_account(said: str, taken: str) -> None:
    assert stream_address(said, host=SENDER, password="12345") == taken


@pytest.mark.parametrize(
    "said",
    [
        "rtsp://10.1.2.3/user=admin_password=tlJwpbo6_channel=1",
        "rtsp://10.1.2.3/live?pwd=x",
        "rtsp://10.1.2.3/s3cret%21/live",
        "rtsps://10.1.2.3/live",
        "http://10.1.2.3/live",
        "rtsp://10.1.2.3:port/live",
        "rtsp://10.1.2.3/a b",
        "",
    ],
)
def test_an_address_with_a_secret_in_it_or_that_is_none_is_refused_and_not_repeated(said: str) -> None:
    with pytest.raises(CameraFault) as refused:
        stream_address(said, host=SENDER, password="s3cret!")
    assert refused.value.cause is Cause.ADDRESS
    assert "s3cret" not in str(refused.value)
    assert "tlJwpbo6" not in str(refused.value)


def sized(token: str, width: int, height: int, codec: str = "H.264") -> Profile:
    return Profile(token, token, codec, width, height, 25)


def test_the_largest_that_a_page_shows_four_of_is_chosen() -> None:
    large, full, small = sized("large", 3_840, 2_160), sized("full", 1_920, 1_080), sized("small", 640, 360)
    other = sized("other", 1_280, 720, "H.265")
    assert choose([large, small, full, other]) is full
    assert choose([sized("huge", 7_680, 4_320), large]) is large
    assert choose([large, small, full], "large") is large
    for none in ([], [other]):
        with pytest.raises(CameraFault, match="codec"):
            choose(none)
