"""A camera with a mask: what is decoded of what left the relay, and that nothing else ever leaves it."""

import asyncio
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.edge.relay.faults import CameraFault
from beffroi.edge.relay.h264 import Unit
from beffroi.edge.relay.masking import darkroom
from beffroi.edge.relay.masking.darkroom import Darkroom
from beffroi.edge.relay.masking.plates import PICTURE, Plate, PlateError, framed, plate_frame, plate_of
from beffroi.edge.relay.source import Source
from beffroi.protocol.v1.mask import Mask
from beffroi.simulator.cameras.recipe import Change
from beffroi.simulator.cameras.server import Plan, Server
from tests.edge.relay.cameras import CALM, PATIENT, SMALL, cameras
from tests.edge.relay.pixels import MASK, is_covered, masking_processes, outside, shots
from tests.edge.relay.scripted import SDP, Scripted, packet, scripted
from tests.edge.relay.watching import Eyes, Watching, played, until

TEN_O_CLOCK = 1_790_000_000


def masked(server: Server, mask: Mask = MASK, *, patient: bool = True) -> Source:
    """The first camera behind a mask."""
    made = partial(Darkroom, mask, lambda: TEN_O_CLOCK)
    account = server.account
    if patient:
        return Source(server.url(1), account.user, account.password, pace=CALM, patience=PATIENT, darkroom=made)
    return Source(server.url(1), account.user, account.password, darkroom=made)


def plain(server: Server) -> Source:
    """The same camera without it."""
    return Source(server.url(1), server.account.user, server.account.password, pace=CALM, patience=PATIENT)


def never_uncovered(eyes: Eyes) -> int:
    """How many pictures were seen; in each of them the zone was covered."""
    seen = [shot for film in eyes.films for shot in shots(film)]
    assert all(is_covered(shot) for shot in seen)
    return len(seen)


def test_every_picture_from_the_first_is_covered_and_the_scene_around_is_the_cameras() -> None:
    async def look() -> None:
        async with cameras() as server, Watching(plain(server)) as bare, Watching(masked(server)) as watching:
            await bare.frames(60)
            await watching.frames(60)
            assert never_uncovered(watching.eyes) == watching.eyes.frames
            bare_shots = {shot.number: shot for shot in shots(bare.eyes.films[0])}
            assert not any(is_covered(shot) for shot in bare_shots.values())
            seen = shots(watching.eyes.films[0])
            both = [(shot, bare_shots[shot.number]) for shot in seen if shot.number in bare_shots]
            assert len(both) >= 20
            for ours, theirs in both:
                assert abs(outside(ours) - outside(theirs)).mean() < 5

    played(look())


@pytest.mark.parametrize(
    "recipe",
    [replace(SMALL, b_frames=2), replace(SMALL, slices=4), replace(SMALL, change=Change.SIZE)],
    ids=["b-frames", "slices", "another size half-way"],
)
def test_however_the_stream_is_made(recipe: object) -> None:
    async def look() -> None:
        plan = Plan(recipe=recipe)  # type: ignore[arg-type]  # one of those above
        async with cameras(plan) as server, Watching(masked(server)) as watching:
            await watching.frames(110)
            assert never_uncovered(watching.eyes) >= 100
            sizes = {shot.light.shape for film in watching.eyes.films for shot in shots(film)}
            assert len(sizes) == (2 if plan.recipe.change is Change.SIZE else 1)

    played(look())


def test_one_process_a_camera_however_many_look_and_none_when_nobody_does() -> None:
    async def look() -> None:
        async with cameras() as server:
            one = masked(server)
            assert masking_processes(os.getpid()) == []
            async with Watching(one) as first:
                await first.frames(3)
                async with Watching(one) as second, Watching(one) as third:
                    await second.frames(3)
                    await third.frames(3)
                    assert len(masking_processes(os.getpid())) == 1
                    assert second.eyes.fragments[0].key
                    assert never_uncovered(second.eyes) >= 3
            await until(lambda: masking_processes(os.getpid()) == [])

    played(look())


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "stopped"])
def test_when_the_process_ends_or_hangs_nothing_is_shown_until_another_masks(end: signal.Signals) -> None:
    """Those who look stay, are told, and see the masked picture again; whoever comes meanwhile begins with it too."""

    async def look() -> None:
        async with cameras() as server:
            one = masked(server, patient=False)
            async with Watching(one) as watching:
                for turn in range(2):
                    await watching.frames(10 * (turn + 1))
                    (process,) = masking_processes(os.getpid())
                    os.kill(process, end)
                    await watching.told("lost", "masking")
                    gone = watching.eyes.frames
                    async with Watching(one) as late:
                        await watching.told("live")
                        await watching.frames(gone + 5)
                        await late.frames(5)
                        assert never_uncovered(late.eyes) >= 5
                assert never_uncovered(watching.eyes) == watching.eyes.frames

    played(look())


def test_a_process_that_gets_no_processor_leaves_pictures_out_instead_of_being_late() -> None:
    async def look() -> None:
        async with cameras() as server, Watching(plain(server)) as bare, Watching(masked(server)) as watching:
            await watching.frames(10)
            (process,) = masking_processes(os.getpid())
            os.kill(process, signal.SIGSTOP)
            seen = bare.eyes.frames
            await bare.frames(seen + 3 * 25)
            os.kill(process, signal.SIGCONT)
            await watching.frames(watching.eyes.frames + 50)
            assert masking_processes(os.getpid()) == [process]
            assert watching.eyes.frames <= bare.eyes.frames - 40
            assert never_uncovered(watching.eyes) == watching.eyes.frames

    played(look())


def test_a_camera_of_few_pictures_is_seen_though_each_comes_back_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    course = (
        "import sys; from beffroi.edge.relay.masking.plates import HEAD\n"
        "def plate():\n"
        "    size, kind = HEAD.unpack(sys.stdin.buffer.read(HEAD.size))\n"
        "    return HEAD.pack(size, kind) + sys.stdin.buffer.read(size - 1)\n"
        "plate(); held = plate()\n"
        "while True:\n"
        "    held, before = plate(), held\n"
        "    sys.stdout.buffer.write(before); sys.stdout.buffer.flush()\n"
    )
    monkeypatch.setattr(darkroom, "COMMAND", [sys.executable, "-I", "-c", course])
    seen: list[int] = []

    async def look() -> None:
        loop = asyncio.get_running_loop()
        real, passed = loop.time, 0.0
        monkeypatch.setattr(loop, "time", lambda: real() + passed)
        room = Darkroom(MASK, lambda: TEN_O_CLOCK, lambda _sets: None, lambda unit: seen.append(unit.timestamp))
        faults = list[CameraFault]()
        async with room.working(faults.append):
            for each in range(8):
                passed += 1.0  # one a second
                picture = b"\x00\x00\x00\x03\x65\x88\x84" if each == 0 else b"\x00\x00\x00\x03\x41\x9a\x02"
                room.take(Unit(each, each == 0, False, [picture], len(picture), ()))
                await until(partial(seen.__eq__, list(range(each))))
        assert faults == []

    played(look())


def test_what_is_no_picture_uncovers_nothing_and_ends_nothing() -> None:
    """Sets that are none and key pictures of noise: the process passes over them, or makes of them what it can, covered."""
    noise = random.Random(9)  # noqa: S311 - the same each time
    units = [b"\x65" + noise.randbytes(noise.randint(2, 1_200)) for _ in range(200)]
    stream = b"".join(packet(unit, at, 3_600 * at, marker=True) for at, unit in enumerate(units))
    sets = "sprop-parameter-sets=Z0LgHtoCgPaA,AA==,,/w==,aM4G4g=="
    camera = Scripted(SDP.replace("packetization-mode=1", f"packetization-mode=1; {sets}"), stream=stream)

    async def look() -> None:
        made = partial(Darkroom, MASK, lambda: TEN_O_CLOCK)
        async with scripted(camera), Watching(Source(camera.url, patience=PATIENT, darkroom=made)) as watching:
            await until(lambda: any(cause == "key-frame" for _, cause in watching.eyes.states))
            never_uncovered(watching.eyes)
            assert len(masking_processes(os.getpid())) == 1
            assert camera.connections == 1

    played(look())


def test_without_a_decoder_such_a_camera_is_refused_by_its_own_cause(monkeypatch: pytest.MonkeyPatch) -> None:
    course = (
        "import sys; sys.modules['av'] = None; from beffroi.edge.relay.masking.__main__ import main; sys.exit(main())"
    )
    monkeypatch.setattr(darkroom, "COMMAND", [sys.executable, "-I", "-c", course])

    async def look() -> None:
        async with cameras() as server, Watching(masked(server)) as watching, Watching(plain(server)) as other:
            await watching.told("waiting", "mask-missing")
            await other.frames(30)
            assert watching.eyes.frames == 0

    played(look())


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\xff" * 64,
        framed(PICTURE),
        framed(7, b"\x00" * 13),
        plate_frame(Plate(0, 0, True, ())),
        plate_frame(Plate(0, 0, True, (b"\x06message",))),
        plate_frame(Plate(0, 0, True, (b"\x65picture",) + (b"\x68set",) * 33)),
        plate_frame(Plate(0, 0, True, (b"\x67" + b"\xff" * 2_000, b"\x68s", b"\x65picture"))),
    ],
    ids=["nothing", "noise", "no picture", "another kind", "no slice", "messages only", "many sets", "a long set"],
)
def test_what_a_hostile_process_answers_is_nothing_that_is_shown(
    answer: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever broke out of the decoder holds a process that can only answer."""
    course = f"import sys; sys.stdout.buffer.write({answer!r})"
    monkeypatch.setattr(darkroom, "COMMAND", [sys.executable, "-I", "-c", course])

    async def look() -> None:
        async with cameras() as server, Watching(masked(server)) as watching:
            await until(lambda: any(cause for _, cause in watching.eyes.states))
            assert watching.eyes.frames == 0
            assert {state for state, _ in watching.eyes.states} == {"waiting"}

    played(look())


def test_words_and_the_relays_time_are_burned_in_and_change_nothing_else() -> None:
    async def look() -> None:
        async with cameras() as server, Watching(masked(server, Mask(words="Tournebride, 3 Hall"))) as watching:
            await watching.frames(10)
            for shot in shots(watching.eyes.films[0]):
                assert not is_covered(shot)
                corner = shot.light[-10:-4, -100:-4]
                assert corner.max() > 150
                assert corner.min() < 60

    played(look())


def test_once_it_has_begun_it_opens_nothing() -> None:
    """Tried in a process that confines itself in the same way: a file, a connection, another process."""
    course = """
import socket, subprocess, sys
from beffroi.edge.relay.masking.__main__ import confine
confine()
tries = [lambda: open("/etc/hostname"), socket.socket, lambda: bytearray(2 * 1024**3)]
for each in tries:
    try:
        each()
    except (OSError, MemoryError):
        continue
    sys.exit(9)
"""
    assert subprocess.run([sys.executable, "-I", "-c", course], check=False).returncode == 0


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_what_isnt_a_plate_is_refused_and_what_is_comes_back(data: bytes) -> None:
    try:
        plate = plate_of(data)
    except PlateError:
        return
    again = plate_of(plate_frame(plate)[5:])
    assert again == plate


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**63),
    st.booleans(),
    st.lists(st.binary(min_size=1, max_size=40), max_size=8),
)
def test_a_plate_comes_out_as_it_went_in(timestamp: int, time: int, key: bool, nals: list[bytes]) -> None:
    plate = Plate(timestamp, time, key, tuple(nals))
    assert plate_of(plate_frame(plate)[5:]) == plate
