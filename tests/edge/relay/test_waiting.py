"""How somebody waits for a camera: how soon it is asked again, how often a password is said, and when nobody waits any longer."""

from dataclasses import replace

from beffroi.edge.relay.camera import Patience
from beffroi.edge.relay.source import Pace, Source
from tests.edge.relay.scripted import Scripted, reply, scripted
from tests.edge.relay.test_hostile import QUICK, film
from tests.edge.relay.watching import Watching, played, until


def refusing() -> Scripted:
    """A camera that doesn't want our password."""
    return Scripted(answers={"DESCRIBE": lambda number: reply(number, 401, 'WWW-Authenticate: Basic realm="r"')})


def test_while_somebody_waits_a_camera_is_asked_again_within_two_seconds_whatever_it_said() -> None:
    async def look() -> None:
        closed, failing = refusing(), Scripted(answers={"DESCRIBE": lambda number: reply(number, 500)})
        async with (
            scripted(closed),
            scripted(failing),
            Watching(Source(closed.url, "u", "p")) as refused,
            Watching(Source(failing.url, "u", "p")) as waiting,
        ):
            await refused.told("waiting", "credentials")
            await until(lambda: failing.connections == 4)
            await until(lambda: closed.connections == 2)
            del closed.answers["DESCRIBE"]  # its password was put right
            await until(lambda: "PLAY" in closed.methods())
            assert waiting.eyes.states == [("waiting", None), ("waiting", "refused")]

    assert max(*Pace().back_off, Pace().refused) == 2.0
    played(look())


def test_a_password_is_said_twice_a_connection_at_most_and_as_seldom_as_the_town_wants() -> None:
    """Many cameras lock an account after a few wrong ones."""

    async def look() -> None:
        async with scripted(refusing()) as closed, scripted(refusing()) as other:
            slow = Source(closed.url, "u", "p", pace=replace(QUICK, refused=3_600.0))
            async with Watching(slow) as watching, Watching(Source(other.url, "u", "p", pace=QUICK)) as quick:
                await watching.told("waiting", "credentials")
                await quick.told("waiting", "credentials")
                await until(lambda: other.connections == 4)
                assert closed.methods() == ["DESCRIBE", "DESCRIBE"]

    played(look())


def test_packets_that_never_make_a_picture_lead_to_a_new_connection() -> None:
    async def look() -> None:
        patience, stream = Patience(hung=60.0), film(300, key_every=0)
        async with scripted(Scripted(stream=stream)) as camera:
            source = Source(camera.url, pace=replace(QUICK, no_picture=0.3), patience=patience)
            async with Watching(source) as watching:
                await until(lambda: ("waiting", "no-picture") in watching.eyes.states)
                await until(lambda: camera.connections == 2)
                camera.stream = film(300)
                await watching.frames(300)

    played(look())


def test_nobody_waits_for_ever_for_a_camera_that_is_gone() -> None:
    async def look() -> None:
        async with scripted(Scripted(hangs_up_at="DESCRIBE")) as camera:
            source = Source(camera.url, pace=replace(QUICK, gone=0.3))
            async with Watching(source) as watching:
                assert await watching.cause() == "camera-gone"
            assert source.viewers == 0
            await until(lambda: camera.connected == 0)
            camera.hangs_up_at, camera.stream = "", film(300)
            async with Watching(source) as again:
                await again.frames(300)

    played(look())
