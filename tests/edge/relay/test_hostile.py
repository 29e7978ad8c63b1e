"""Cameras that lie, hang, flood and send us elsewhere: each has its cause, and none takes the relay with it."""

import re
from dataclasses import replace

import pytest

from beffroi.edge.relay.camera import Patience
from beffroi.edge.relay.faults import Cause
from beffroi.edge.relay.source import Pace, Source
from tests.edge.relay.scripted import SDP, Scripted, packet, reply, scripted
from tests.edge.relay.test_parameters import MEDIUM, encoded
from tests.edge.relay.watching import Watching, played, until
from tests.shape.tree import ROOT

SHORT = Patience(answer=0.3, hung=0.3)
QUICK = Pace(back_off=(0.01,), refused=0.5, look=0.05, wait_key=0.1, lost_key=0.3)
OTHER = "RTSP/1.0 302 Found\r\nCSeq: {}\r\nLocation: rtsp://192.0.2.1/\r\n\r\n"
SETS = MEDIUM, encoded(320, 240, options={"preset": "medium"})[1]
KEY, P = b"\x65\x88\x80", b"\x41\x9a\x80"


def film(count: int, *, key_every: int = 10, first: int = 0, sets: bool = True) -> bytes:
    """So many pictures of three bytes, which nobody decodes."""
    found, sequence = b"", first
    for index in range(count):
        key = key_every > 0 and index % key_every == 0
        for nal in (*(SETS if key and sets else ()), KEY if key else P):
            found += packet(nal, sequence, index * 3_600, marker=nal in (KEY, P))
            sequence += 1
    return found


def gives(camera: Scripted, cause: Cause | None, *, state: str = "waiting", patience: Patience = SHORT) -> Watching:
    """What is said of it to one who waits."""

    async def look() -> None:
        async with scripted(camera), Watching(Source(camera.url, "u", "p", pace=QUICK, patience=patience)) as watching:
            seen.append(watching)
            await watching.told(state, cause)
        await until(lambda: camera.connected == 0)

    seen: list[Watching] = []
    played(look())
    return seen[0]


def says(method: str, answer: bytes | None) -> Scripted:
    return Scripted(answers={method: lambda _: answer})


def endless(_: int) -> bytes:
    return b"RTSP/1.0 200 OK\r\n" + b"X-Endless: x\r\n" * 1_000


@pytest.mark.parametrize("method", ["DESCRIBE", "SETUP", "PLAY"])
class TestAnswers:
    """At any step of the conversation."""

    def test_that_never_come(self, method: str) -> None:
        gives(Scripted(answers={method: lambda _: None}), Cause.HUNG)

    def test_that_never_end(self, method: str) -> None:
        gives(Scripted(answers={method: endless}), Cause.LIMITS)

    def test_with_too_many_headers(self, method: str) -> None:
        gives(Scripted(answers={method: lambda number: reply(number, 200, *["X: x"] * 100)}), Cause.LIMITS)

    @pytest.mark.parametrize("size", ["-1", "1e3", "99999", "x", "1\r\nContent-Length: 2"])
    def test_with_a_wrong_length(self, method: str, size: str) -> None:
        expected = Cause.LIMITS if size == "99999" else Cause.GARBAGE
        gives(Scripted(answers={method: lambda number: reply(number, 200, f"Content-Length: {size}")}), expected)

    def test_that_send_us_elsewhere(self, method: str) -> None:
        gives(Scripted(answers={method: lambda number: OTHER.format(number).encode()}), Cause.REDIRECT)

    def test_that_are_none(self, method: str) -> None:
        gives(says(method, b"HTTP/1.1 200 OK\r\n\r\n"), Cause.GARBAGE)

    def test_of_noise(self, method: str) -> None:
        gives(says(method, bytes(range(128, 256)) * 100), Cause.GARBAGE)

    def test_that_are_no_text(self, method: str) -> None:
        gives(says(method, b"RTSP/1.0 200 \xff\r\n\r\n"), Cause.GARBAGE)

    def test_that_are_the_end(self, method: str) -> None:
        gives(Scripted(hangs_up_at=method), Cause.HUNG_UP)

    @pytest.mark.parametrize(
        ("status", "cause"),
        [
            (401, Cause.CREDENTIALS),
            (403, Cause.CREDENTIALS),
            (404, Cause.NOT_FOUND),
            (453, Cause.REFUSED),
            (500, Cause.REFUSED),
        ],
    )
    def test_that_refuse(self, method: str, status: int, cause: Cause) -> None:
        gives(Scripted(answers={method: lambda number: reply(number, status)}), cause)


@pytest.mark.parametrize(
    ("described", "cause"),
    [
        (SDP.replace("H264", "H265"), Cause.CODEC),
        (SDP.replace("a=rtpmap:96 H264/90000\n", "").replace(" 96", " 26"), Cause.CODEC),
        (SDP.partition("m=video")[0], Cause.CODEC),
        ("x", Cause.CODEC),
        (SDP.replace("90000", "8000"), Cause.GARBAGE),
        (SDP.replace("picture", "rtsp://192.0.2.1/a b"), Cause.GARBAGE),
        (SDP.replace("picture", "x" * 2_000), Cause.GARBAGE),
        ("a=x\n" * 2_000, Cause.LIMITS),
    ],
    ids=["h265", "jpeg", "sound only", "nothing", "clock", "no address", "long address", "lines"],
)
def test_a_description_that_offers_nothing(described: str, cause: Cause) -> None:
    gives(Scripted(described=described), cause)


@pytest.mark.parametrize(
    ("stream", "state", "cause"),
    [
        (b"", "waiting", Cause.HUNG),
        (film(30, key_every=0), "waiting", Cause.HUNG),
        (film(30)[:-1], "lost", Cause.HUNG),
        (b"REDIRECT rtsp://192.0.2.1/ RTSP/1.0\r\nCSeq: 1\r\n\r\n", "waiting", Cause.REDIRECT),
        (film(3) + b"\x00\x01\x02\x03", "lost", Cause.GARBAGE),
        (film(3) + b"GARBAGE\r\n\r\n", "lost", Cause.GARBAGE),
        (b"A" * 10_000, "waiting", Cause.LIMITS),
        (b"\r\n" * 50_000, "waiting", Cause.LIMITS),
        (film(3) + b"\r\n" * 50_000, "lost", Cause.LIMITS),
        (b"$\x01\x00\x00" * 50_000, "waiting", Cause.LIMITS),
        (b"".join(packet(KEY + bytes(60_000), number, 0) for number in range(80)), "waiting", Cause.LIMITS),
        (packet(b"\x67" + bytes(20), 0, 0) + packet(KEY, 1, 0, marker=True), "waiting", Cause.GARBAGE),
    ],
    ids=[
        "nothing",
        "no key",
        "cut short",
        "redirect",
        "noise",
        "words",
        "endless",
        "empty lines",
        "empty lines for ever",
        "empty packets",
        "one picture",
        "false sets",
    ],
)
def test_a_picture_that_is_none(stream: bytes, state: str, cause: Cause) -> None:
    gives(Scripted(stream=stream), cause, state=state)


def test_empty_lines_before_an_answer() -> None:
    gives(Scripted(answers={"DESCRIBE": lambda _number: b"\r\n" * 50_000}), Cause.LIMITS)


def test_a_flood() -> None:
    flood = b"".join(packet(P + bytes(50_000), number, number * 3_600, marker=True) for number in range(100))
    gives(Scripted(stream=flood), Cause.LIMITS, patience=replace(SHORT, rate=1_000_000))


def test_a_camera_without_a_key_picture_keeps_its_viewers_waiting() -> None:
    async def look() -> None:
        patience, stream = Patience(hung=60.0), film(300, key_every=0)
        async with (
            scripted(Scripted(stream=stream)) as camera,
            Watching(Source(camera.url, pace=QUICK, patience=patience)) as watching,
        ):
            await watching.told("waiting", "key-frame")
            assert watching.eyes.frames == 0
            assert camera.connections == 1

    played(look())


def test_a_camera_that_asks_something_is_answered_and_goes_on() -> None:
    asked = b"OPTIONS rtsp://relay/ RTSP/1.0\r\nCSeq: 9\r\n\r\n"

    async def look() -> None:
        stream = film(5) + asked + b"\r\n" + film(15, first=9)
        async with scripted(Scripted(stream=stream)) as camera, Watching(Source(camera.url)) as watching:
            await watching.frames(15)
            await until(lambda: ("", "RTSP/1.0 501 Not Implemented\r\nCSeq: 9\r\n\r\n") in camera.heard)
            assert camera.methods()[:3] == ["DESCRIBE", "SETUP", "PLAY"]

    played(look())


def test_sound_is_never_asked_for_and_other_packets_are_passed_over() -> None:
    """Another channel, another kind, another version, an extension that is longer than its packet, a padding of nothing."""
    other = packet(KEY, 0, 0, channel=1) + packet(KEY, 0, 0, kind=8) + packet(b"", 0, 0)
    whole = packet(KEY + b"xxxx", 0, 0)
    lies = b"".join(whole[:4] + bytes((first,)) + whole[5:] for first in (0x00, 0x9F, 0xC0)) + packet(
        KEY + b"\x00", 0, 0
    ).replace(b"\x80\x60", b"\xa0\x60", 1)

    async def look() -> None:
        async with (
            scripted(Scripted(stream=other + lies + film(10))) as camera,
            Watching(Source(camera.url)) as watching,
        ):
            await watching.frames(10)
            assert [url for method, url in camera.heard if method == "SETUP"] == [f"{camera.url}/picture"]

    played(look())


def test_heads_with_an_extension_sources_and_padding_are_read() -> None:
    async def look() -> None:
        body = packet(b"S" * 4 + b"\xbe\xde\x00\x01" + b"eeee" + KEY + b"\x00\x00\x03", 0, 0, marker=True)
        stream = b"".join(packet(nal, number - 2, 0) for number, nal in enumerate(SETS)) + body[:4] + b"\xb1" + body[5:]
        async with scripted(Scripted(stream=stream)) as camera, Watching(Source(camera.url)) as watching:
            await watching.frames(1)
            assert watching.eyes.fragments[0].data == b"\x00\x00\x00\x03" + KEY

    played(look())


@pytest.mark.parametrize(
    ("control", "track"),
    [("picture", "{}/picture"), ("rtsp://10.9.8.7/cam/3/picture", "rtsp://10.9.8.7/cam/3/picture")],
)
def test_a_channel_of_a_recorder_is_a_source_like_another(control: str, track: str) -> None:
    """A query says which channel; one behind a gateway names itself by another host, which is only ever said to it."""

    async def look() -> None:
        described = SDP.replace("a=control:picture", f"a=control:{control}")
        async with scripted(Scripted(described=described, stream=film(30))) as recorder:
            channel = f"{recorder.url}?channel=3&subtype=1"
            async with Watching(Source(channel, "u", "p", pace=QUICK, patience=SHORT)) as watching:
                await watching.frames(5)
            heard = dict(recorder.heard)
            assert (heard["DESCRIBE"], heard["SETUP"]) == (channel, track.format(channel))

    played(look())


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/", "rtsp://u:p@127.0.0.1/", "rtsp:///live", "rtsp://127.0.0.1:0/", "rtsp://127.0.0.1:99999/", "rtsp://a b/",
     "rtsp://127.0.0.1/\r\nX: y", "rtsp://[::1/", "rtsp://127.0.0.1/" + "x" * 2_000, ""],
)  # fmt: skip
def test_an_address_that_is_none(url: str) -> None:
    async def look() -> None:
        async with Watching(Source(url, pace=QUICK)) as watching:
            await watching.told("waiting", "address")

    played(look())


def test_every_cause_is_written_down() -> None:
    """docs/spec/relay-media.md section 6 has a line for each, and for nothing else."""
    causes = (ROOT / "docs/spec/relay-media.md").read_text().partition("Causes of")[2].partition("## 7")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", causes, re.MULTILINE)) == set(Cause)
