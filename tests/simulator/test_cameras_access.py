"""Who may look at a simulated camera: Digest by the book, Basic, and what is refused."""

import asyncio
import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from beffroi.simulator.cameras.access import Scheme
from beffroi.simulator.cameras.server import Plan, Server, running
from tests.simulator.eye import LIBRARY, SHORT
from tests.simulator.telephone import Line, called, digest

OPEN = Plan(count=2, recipe=SHORT, schemes=())


def spoken(plan: Plan, talk: Callable[[Server, Line], Awaitable[None]]) -> None:
    """One conversation with the first camera."""

    async def hold() -> None:
        async with running(plan, LIBRARY.get) as server, called(server.url(1)) as line:
            await talk(server, line)

    asyncio.run(hold())


@pytest.mark.parametrize("scheme", [Scheme.MD5, Scheme.SHA256])
def test_digest_by_the_book(scheme: Scheme) -> None:
    """The challenge, its answer; the same answer again; an old nonce with the right password, and with a wrong one."""
    hashed = hashlib.md5 if scheme is Scheme.MD5 else hashlib.sha256

    async def talk(server: Server, line: Line) -> None:
        user, right = server.account.user, server.account.password

        async def tried(challenge: str, password: str, count: int = 1, target: str = line.url) -> tuple[int, str]:
            said = digest("DESCRIBE", target, challenge, hashed=hashed, user=user, password=password, count=count)
            answer = await line.ask("DESCRIBE", Authorization=said)
            return answer.status, answer.headers.get("www-authenticate", [""])[0]

        asked = await line.ask("DESCRIBE")
        assert asked.status == 401
        challenge = asked.one("www-authenticate")
        assert f"algorithm={scheme.value.upper()}" in challenge
        assert "stale" not in challenge
        assert await tried(challenge, right) == (200, "")
        assert await tried(challenge, right, count=2) == (200, "")
        status, again = await tried(challenge, right, count=2)  # the count didn't grow
        assert status == 401
        assert "stale=true" in again
        status, again = await tried(again, "wrong")
        assert status == 401
        assert "stale" not in again
        assert (await tried(again, right, target=server.url(2)))[0] == 401  # meant for another address
        assert (await tried(again.replace('nonce="', 'nonce="0'), right))[0] == 401  # no nonce of ours
        assert (await tried(again, right))[0] == 200

    spoken(replace(OPEN, schemes=(scheme,)), talk)


def test_an_old_nonce_is_stale() -> None:
    async def talk(server: Server, line: Line) -> None:
        challenge = (await line.ask("DESCRIBE")).one("www-authenticate")
        user, password = server.account.user, server.account.password
        said = digest("DESCRIBE", line.url, challenge, hashed=hashlib.md5, user=user, password=password)
        assert "stale=true" in (await line.ask("DESCRIBE", Authorization=said)).one("www-authenticate")

    spoken(replace(OPEN, schemes=(Scheme.MD5,), nonce_life=-1), talk)


def test_the_digest_of_these_tests_is_that_of_the_rfc() -> None:
    """RFC 7616 §3.9.1: Mufasa's example."""
    nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
    for hashed, name, response in (
        (hashlib.md5, "MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (hashlib.sha256, "SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ):
        challenge = f'Digest realm="http-auth@example.org", qop="auth", algorithm={name}, nonce="{nonce}"'
        said = digest("GET", "/dir/index.html", challenge, hashed=hashed, user="Mufasa", password="Circle of Life")
        assert f'response="{response}"' in said


def test_several_schemes_are_offered_and_any_will_do() -> None:
    async def talk(server: Server, line: Line) -> None:
        offered = (await line.ask("DESCRIBE")).headers["www-authenticate"]
        assert [each.partition(" ")[0] for each in offered] == ["Digest", "Digest", "Basic"]
        account = f"{server.account.user}:{server.account.password}".encode()
        for said, status in ((b64encode(account).decode(), 200), (b64encode(account + b"x").decode(), 401), ("é", 401)):
            assert (await line.ask("DESCRIBE", Authorization=f"Basic {said}")).status == status

    spoken(replace(OPEN, schemes=(Scheme.SHA256, Scheme.MD5, Scheme.BASIC)), talk)
