"""Each fault of the simulated cameras as the wire shows it, switched on while somebody watches, and off again."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest

from beffroi.simulator.cameras import packets
from beffroi.simulator.cameras.camera import BEHIND
from beffroi.simulator.cameras.control import Control
from beffroi.simulator.cameras.faults import NONE
from beffroi.simulator.cameras.recipe import Codec
from beffroi.simulator.cameras.server import Plan, Server, running
from tests.simulator.eye import LIBRARY, SHORT, opened, pictures
from tests.simulator.telephone import PATIENCE, Line, Packet, called

OPEN = Plan(count=2, recipe=SHORT, schemes=())
STEP = 90_000 // SHORT.rate
QUIET = 0.2
"""Seconds in which ten pictures would have come."""
Talk = Callable[[Server, Control, Line], Awaitable[None]]


def spoken(talk: Talk, plan: Plan = OPEN) -> None:
    """A conversation with the first camera, whose faults are at hand."""

    async def hold() -> None:
        async with running(plan, LIBRARY.get) as server, called(server.url(1)) as line:
            await talk(server, Control(server), line)

    asyncio.run(hold())


async def silent(line: Line) -> bool:
    """Whether no packet comes, once what was under way has come."""
    try:
        while True:
            await asyncio.wait_for(line.packet(), QUIET)
    except TimeoutError:
        return True


async def no_longer_packets(line: Line) -> None:
    """Wait for bytes that are neither a packet nor an answer."""
    with suppress(ValueError, IndexError, asyncio.LimitOverrunError):
        async with asyncio.timeout(PATIENCE):
            while (await line.packet()).content[:1] in (b"\x80", b"\x81"):
                pass


def is_key(picture: list[Packet]) -> bool:
    return picture[0].payload[0] & 0x1F == packets.H264_STAP_A


@pytest.mark.parametrize("fault", ["die", "reset"])
def test_a_camera_that_dies_closes_and_refuses_until_it_lives_again(fault: str) -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        await line.picture()
        async with called(server.url(2)) as neighbour:
            await neighbour.begin()
            await control.do({"camera": 1, "fault": fault})
            await ends(line)
            async with called(server.url(1)) as late:
                late.writer.write(f"OPTIONS {late.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
                await ends(late)
            await neighbour.picture()
        assert server.camera(1).resting.is_set()
        await control.do({"camera": 1, "fault": fault, "value": False})
        async with called(server.url(1)) as other:
            assert (await other.begin()).status == 200

    async def ends(line: Line) -> None:
        if fault == "die":
            await line.ended()
            return
        with pytest.raises(ConnectionResetError):
            await line.ended()

    spoken(talk)


def test_a_server_that_is_down_refuses_connections() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        await control.do({"server": "down"})
        await line.ended()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*server.address)
        await control.do({"server": "up"})
        async with called(server.url(1)) as other:
            await other.begin()
            await other.picture()

    spoken(talk)


def test_a_camera_that_hangs_takes_connections_and_says_nothing() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        await control.do({"camera": 1, "fault": "hang"})
        assert await silent(line)
        async with called(server.url(1)) as other:
            other.writer.write(f"OPTIONS {other.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(other.ended(), QUIET)

    spoken(talk)


def test_pictures_that_stop_come_back_with_a_key_frame() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        await control.do({"camera": 1, "fault": "freeze"})
        assert await silent(line)
        assert (await line.ask("GET_PARAMETER")).status == 200
        await control.do({"camera": 1, "fault": "freeze", "value": False})
        assert is_key(await line.picture())

    spoken(talk)


def test_a_password_that_was_changed_is_nobody_s() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await control.do({"camera": 1, "fault": "password"})
        refused = await line.ask("DESCRIBE")
        assert refused.status == 401
        assert refused.one("www-authenticate").startswith("Digest ")
        await control.do({"camera": 1, "fault": "none"})
        assert (await line.ask("DESCRIBE")).status == 200

    spoken(talk)


def test_a_slow_camera_answers_late() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await control.do({"camera": 1, "fault": "slow", "value": 0.2})
        before = asyncio.get_running_loop().time()
        await line.ask("OPTIONS")
        assert asyncio.get_running_loop().time() - before >= 0.2

    spoken(talk)


def test_whoever_comes_gets_no_key_frame_for_a_while() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await control.do({"camera": 1, "fault": "headless", "value": 1})
        before = asyncio.get_running_loop().time()
        await line.begin()
        keys = [is_key(await line.picture()) for _ in range(SHORT.group)]
        assert not any(keys)
        while not is_key(await line.picture()):
            pass
        assert asyncio.get_running_loop().time() - before >= 1

    spoken(talk)


@pytest.mark.parametrize("seconds", [3_600, -10, 0.25])
def test_timestamps_jump_and_go_on(seconds: float) -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        before = (await line.picture())[0].timestamp
        await control.do({"camera": 1, "fault": "jump", "value": seconds})
        times = [(await line.picture())[0].timestamp for _ in range(10)]
        steps = [(b - a) & 0xFFFFFFFF for a, b in pairwise([before, *times])]
        jump = int(seconds * 90_000) + STEP & 0xFFFFFFFF
        assert steps.count(jump) == 1
        assert steps.count(STEP) == len(steps) - 1

    spoken(talk)


def test_other_parameter_sets_come_with_a_key_frame() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        first = await line.picture()
        await control.do({"camera": 1, "fault": "sets"})
        clip = server.camera(1).clip
        assert (clip.recipe.width, clip.recipe.height) == (160, 80)
        small, large = clip.sets[0][0], LIBRARY.get(OPEN.recipe_of(1)).sets[0][0]
        assert large in first[0].payload
        picture = await line.picture()
        while small not in picture[0].payload:
            assert not (is_key(picture) and large not in picture[0].payload)
            picture = await line.picture()
        seen = await asyncio.to_thread(pictures, server.url(1), 3)
        assert {each.size for each in seen} == {(160, 80)}

    spoken(talk)


def test_a_camera_goes_over_to_h265_and_whoever_watched_is_cut() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        await control.do({"camera": 1, "fault": "h265"})
        await line.ended()

        def look() -> str:
            with opened(server.url(1)) as container:
                return container.streams.video[0].codec_context.name

        assert await asyncio.to_thread(look) == "hevc"
        await control.do({"camera": 1, "fault": "h265", "value": False})
        assert await asyncio.to_thread(look) == "h264"

    spoken(talk)


def test_a_sound_track_is_described_first_and_sent_to_whoever_sets_it_up() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await control.do({"camera": 1, "fault": "sound"})
        body = (await line.ask("DESCRIBE")).body
        assert 0 < body.index("m=audio") < body.index("m=video")
        sound = await line.ask("SETUP", f"{line.url}/trackID=2", Transport="RTP/AVP/TCP;interleaved=2-3")
        line.session = sound.one("session").partition(";")[0]
        assert (await line.ask("PLAY")).status == 455  # no picture was asked for
        await line.ask("SETUP", f"{line.url}/trackID=1", Transport="RTP/AVP/TCP;interleaved=0-1")
        await line.ask("PLAY")
        heard = [packet for packet in [await line.packet() for _ in range(40)] if packet.channel == 2]
        assert {(each.content[1], len(each.payload)) for each in heard} == {(0, 8_000 // SHORT.rate)}
        assert [each.timestamp - heard[0].timestamp for each in heard[:3]] == [0, 160, 320]
        seen = await asyncio.to_thread(pictures, server.url(1), 3)  # FFmpeg sets both up
        assert all(each.number is not None for each in seen)

    spoken(talk)


def test_packets_as_large_as_they_can_be() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await control.do({"camera": 1, "fault": "huge"})
        await line.begin()
        sizes = {len(packet.content) for _ in range(SHORT.group) for packet in await line.picture()}
        assert max(sizes) > 20_000

    spoken(talk, replace(OPEN, recipe=replace(SHORT, bit_rate=8_000_000)))


def test_one_packet_in_so_many_is_lost() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        await control.do({"camera": 1, "fault": "lost", "value": 4})
        seen = [packet.sequence for packet in [await line.packet() for _ in range(100)] if packet.channel == 0]
        gaps = [(after - before & 0xFFFF) - 1 for before, after in pairwise(seen)]
        assert set(gaps) == {0, 1}
        assert 20 <= sum(gaps) <= 34

    spoken(talk)


def test_garbage_stands_in_the_middle_of_a_picture_and_the_server_serves_on() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await line.begin()
        await control.do({"camera": 1, "fault": "garbage", "value": 500})
        await no_longer_packets(line)
        await control.do({"camera": 1, "fault": "none"})
        async with called(server.url(1)) as other:
            await other.begin()
            assert is_key(await other.picture())

    spoken(talk)


@pytest.mark.parametrize("codec", [Codec.H264, Codec.H265])
def test_a_picture_that_never_ends(codec: Codec) -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await control.do({"camera": 1, "fault": "endless", "value": 50_000})
        await line.begin()
        seen = [packet for packet in [await line.packet() for _ in range(200)] if packet.channel == 0]
        fragment = 1 if codec is Codec.H264 else 2
        assert seen[0].payload[fragment] & 0x80
        assert not any(each.payload[fragment] & 0xC0 for each in seen[1:])
        assert not any(each.marker for each in seen)
        assert len({each.timestamp for each in seen}) == 1
        await control.do({"camera": 1, "fault": NONE})
        while (await line.packet()).timestamp == seen[0].timestamp:
            pass

    spoken(talk, replace(OPEN, recipe=replace(SHORT, codec=codec)))


def test_a_viewer_that_reads_nothing_costs_no_memory_and_harms_no_other() -> None:
    async def talk(server: Server, control: Control, line: Line) -> None:
        await control.do({"camera": 1, "fault": "endless", "value": 400_000})
        await line.begin()
        (slow,) = server.camera(1).viewers
        async with called(server.url(1)) as other:
            await other.begin()
            while slow.transport.get_write_buffer_size() <= BEHIND:
                await other.packet()
            for _ in range(2_000):
                await other.packet()
                assert slow.transport.get_write_buffer_size() < BEHIND + 500_000

    spoken(talk)
