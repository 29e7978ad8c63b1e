"""RTSP of the simulated cameras, word by word: sessions, channels, packets, reports, and whatever isn't a request."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.simulator.cameras import nals, packets, requests, strip
from beffroi.simulator.cameras.nals import Stamp
from beffroi.simulator.cameras.recipe import Codec
from beffroi.simulator.cameras.requests import UnreadableError
from beffroi.simulator.cameras.server import Plan, Server, running
from tests.simulator.eye import LIBRARY, SHORT
from tests.simulator.telephone import Line, Packet, called

OPEN = Plan(count=2, recipe=SHORT, schemes=())
TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


def spoken(plan: Plan, talk: Callable[[Server, Line], Awaitable[None]]) -> None:
    """One conversation with the first camera."""

    async def hold() -> None:
        async with running(plan, LIBRARY.get) as server, called(server.url(1)) as line:
            await talk(server, line)

    asyncio.run(hold())


def pieced(pictures: list[Packet]) -> list[bytes]:
    """NAL units of a picture in H.264, put together again by RFC 6184 §5."""
    found, fragments = [], b""
    for payload in (packet.payload for packet in pictures):
        kind = payload[0] & 0x1F
        if kind == packets.H264_STAP_A:
            rest = payload[1:]
            while rest:
                length = int.from_bytes(rest[:2])
                found.append(rest[2 : 2 + length])
                rest = rest[2 + length :]
        elif kind == packets.H264_FU_A:
            head = bytes((payload[0] & 0xE0 | payload[1] & 0x1F,))
            fragments = (head if payload[1] & 0x80 else fragments) + payload[2:]
            if payload[1] & 0x40:
                found.append(fragments)
        else:
            found.append(payload)
    return found


def test_a_session_from_options_to_teardown() -> None:
    async def talk(server: Server, line: Line) -> None:
        assert "GET_PARAMETER" in (await line.ask("OPTIONS")).one("public")
        described = await line.ask("DESCRIBE", Accept="application/sdp")
        assert described.one("content-base") == server.url(1) + "/"
        sets = LIBRARY.get(OPEN.recipe_of(1)).sets[0]
        assert f"profile-level-id={sets[0][1:4].hex().upper()}" in described.body
        assert f"sprop-parameter-sets={','.join(b64encode(each).decode() for each in sets)}" in described.body
        assert "m=audio" not in described.body
        set_up = await line.ask("SETUP", f"{line.url}/trackID=1", Transport=TCP)
        assert set_up.one("transport").startswith(TCP)
        line.session, _, timeout = set_up.one("session").partition(";")
        assert timeout == "timeout=60"
        played = await line.ask("PLAY", Range="npt=0.000-")
        first = await line.packet()
        assert first.channel == 1  # a report comes first
        picture = await line.picture()
        assert f"seq={picture[0].sequence};rtptime={picture[0].timestamp}" in played.one("rtp-info")
        assert (await line.ask("GET_PARAMETER")).status == 200
        assert len(server.camera(1).viewers) == 1
        assert (await line.ask("TEARDOWN")).status == 200
        assert server.camera(1).resting.is_set()
        assert (await line.ask("PLAY")).status == 454

    spoken(OPEN, talk)


def test_packets_are_those_of_the_clip() -> None:
    """One of each kind: together, alone, in fragments; numbers without a hole; the time goes on when the clip begins again."""

    async def talk(server: Server, line: Line) -> None:
        await line.begin()
        clip = server.camera(1).clip
        seen = [await line.picture() for _ in range(SHORT.pictures + 5)]
        sent = [packet for picture in seen for packet in picture]
        assert [each.sequence - sent[0].sequence & 0xFFFF for each in sent] == list(range(len(sent)))
        kinds = {each.payload[0] & 0x1F for each in sent}
        assert {packets.H264_STAP_A, packets.H264_FU_A, 6, 1} <= kinds
        step, ordinals = 90_000 // SHORT.rate, list[int]()
        for index, picture in enumerate(seen):
            assert {each.timestamp for each in picture} == {(seen[0][0].timestamp + index * step) & 0xFFFFFFFF}
            unit = clip.units[index % SHORT.pictures]
            *small, stamp = pieced(picture)[: -len(unit.nals)]
            assert pieced(picture)[-len(unit.nals) :] == list(unit.nals)
            assert tuple(small) == (clip.sets[0] if unit.key else ())
            told = nals.stamp_in(stamp)
            assert told is not None
            ordinals.append(told.ordinal)
        assert ordinals == list(range(ordinals[0], ordinals[0] + len(seen)))
        assert max(len(each.payload) for each in sent) == OPEN.packaging.largest

    spoken(OPEN, talk)


def test_the_picture_says_when_it_left_and_a_report_which_moment_a_timestamp_is() -> None:
    async def talk(server: Server, line: Line) -> None:
        await line.begin()
        report, picture = await line.packet(), await line.picture()
        told = nals.stamp_in(picture[0].payload)
        assert told is not None
        assert 0 <= server.camera(1).now_ms() - told.left < 10_000
        seconds, part = int.from_bytes(report.content[8:12]), int.from_bytes(report.content[12:16])
        assert abs((seconds - 2_208_988_800) * 1_000 + part * 1_000 / (1 << 32) - told.left) < 1
        assert int.from_bytes(report.content[16:20]) == picture[0].timestamp
        assert report.content[1] == 200
        assert len(report.content) % 4 == 0

    spoken(OPEN, talk)


def test_whoever_comes_later_gets_the_same_packets_on_channels_of_their_own() -> None:
    async def talk(server: Server, line: Line) -> None:
        async with called(server.url(1)) as other:
            await line.begin()
            await line.picture()
            played = await other.begin(channels="255-7")
            assert "rtp-info" not in played.headers  # which picture comes next isn't known
            assert (await other.packet()).channel == 7
            theirs = await other.picture(255)
            ours = await line.picture()
            while ours[0].timestamp != theirs[0].timestamp:
                ours = await line.picture()
            assert [each.content for each in theirs] == [each.content for each in ours]
            assert (theirs[0].payload[0] & 0x1F) == packets.H264_STAP_A  # begins with a key frame

    spoken(OPEN, talk)


def test_what_a_camera_does_not_do_is_said() -> None:
    async def talk(server: Server, line: Line) -> None:
        track = f"{line.url}/trackID=1"
        assert (await line.ask("RECORD")).status == 405
        assert (await line.ask("PLAY")).status == 454
        assert (await line.ask("SETUP", track, Transport="RTP/AVP;unicast;client_port=5000-5001")).status == 461
        assert (await line.ask("SETUP", track, Transport="RTP/AVP/TCP;interleaved=999-1000")).status == 461
        assert (await line.ask("SETUP", line.url, Transport=TCP)).status == 459
        assert (await line.ask("SETUP", f"{line.url}/trackID=2", Transport=TCP)).status == 404
        assert (await line.ask("DESCRIBE", server.url(1).replace("/1", "/3"))).status == 404
        await line.begin()
        assert (await line.ask("SETUP", track, Transport=TCP)).status == 455
        assert (await line.ask("GET_PARAMETER", server.url(2))).status == 454  # another camera's session
        assert (await line.ask("GET_PARAMETER", Session="other")).status == 454

    spoken(OPEN, talk)


def test_a_session_ends_when_nobody_speaks_though_packets_come() -> None:
    async def talk(server: Server, line: Line) -> None:
        await line.begin()
        line.writer.write(b"$\x01\x00\x04abcd")
        await line.ended()
        assert server.camera(1).resting.is_set()

    spoken(replace(OPEN, patience=1.0), talk)


@pytest.mark.parametrize(
    "said",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS rtsp://x/camera/1 RTSP/1.0\r\n\r\n",
        b"OPTIONS rtsp://x/camera/1 RTSP/1.0\r\nCSeq: 1\r\nCSeq: 2\r\n\r\n",
        b"OPTIONS rtsp://x/camera/1 RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 99999\r\n\r\n",
        b"OPTIONS rtsp://x/camera/1 RTSP/1.0\r\nCSeq: \xd9\xa3\r\n\r\n",
        b"OPTIONS rtsp://x/camera/1 RTSP/1.0\r\nCSeq: 1\r\nX: " + b"y" * 9_000,
    ],
    ids=["tls", "http", "no-number", "two-numbers", "long-body", "other-digits", "no-end"],
)
def test_what_is_no_request_gets_400_and_the_end(said: bytes) -> None:
    async def talk(_server: Server, line: Line) -> None:
        line.writer.write(said)
        assert (await line.ended()).startswith(b"RTSP/1.0 400 ")

    spoken(OPEN, talk)


HEADS = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: f"OPTIONS {text} RTSP/1.0\r\nCSeq: 1".encode()),
    st.tuples(
        st.sampled_from(["Transport", "Session", "Authorization", "Content-Length", ""]), st.text(max_size=80)
    ).map(lambda pair: f"SETUP rtsp://x/camera/1/trackID=1 RTSP/1.0\r\nCSeq: 1\r\n{pair[0]}: {pair[1]}".encode()),
)


@given(HEADS)
@settings(max_examples=400, deadline=None)
def test_any_head_is_read_or_refused(head: bytes) -> None:
    try:
        request = requests.parsed(head)
    except UnreadableError:
        return
    number, track = request.camera()
    assert 0 <= number <= 9_999
    assert track in ("", "trackID=1", "trackID=2")
    channels = request.channels()
    assert channels is None or 0 <= min(channels) <= max(channels) <= 255
    assert requests.parsed(head).session == request.session


def test_a_server_that_heard_anything_at_all_still_serves() -> None:
    """Every kind of noise at once, on real connections, one of which is watching."""

    async def talk(server: Server, line: Line) -> None:
        await line.begin()

        async def noise(seed: int) -> None:
            async with called(server.url(1)) as other:
                mess = hashlib.shake_256(bytes([seed])).digest(3_000)
                other.writer.write(mess if seed % 2 else b"$" + mess)
                other.writer.write_eof()
                await other.ended()

        await asyncio.gather(*(noise(seed) for seed in range(40)))
        before = (await line.picture())[0].timestamp
        assert (await line.picture())[0].timestamp != before

    spoken(OPEN, talk)


@given(number=st.integers(0, 65_535), width=st.sampled_from([320, 640, 1_280]), flipped=st.integers(2, 18))
@settings(max_examples=50, deadline=None)
def test_a_strip_is_read_as_it_was_written_and_a_wrong_one_is_not(number: int, width: int, flipped: int) -> None:
    white = list(strip.cells(number))
    size = width, width * 9 // 16
    assert strip.read(lambda x, _y: 235 if white[x * 20 // width] else 16, size) == number
    white[flipped] = not white[flipped]
    assert strip.read(lambda x, _y: 235 if white[x * 20 // width] else 16, size) is None
    assert strip.read(lambda _x, _y: 128, size) is None


@given(left=st.integers(0, 10**14), ordinal=st.integers(0, 10**9), codec=st.sampled_from(Codec))
def test_the_camera_s_message_is_one_nal_unit_whatever_it_says(left: int, ordinal: int, codec: Codec) -> None:
    said = nals.message(codec, Stamp(left, ordinal))
    assert nals.split(b"\x00\x00\x00\x01" + said + b"\x00\x00\x01" + said) == [said, said]
    assert not nals.is_slice(codec, said)
    assert nals.stamp_in(said) == (left, ordinal)
