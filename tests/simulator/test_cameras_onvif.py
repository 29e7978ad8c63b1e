"""The simulated cameras' ONVIF: it believes nobody who doesn't prove a password, and each proof once. That what it says is ONVIF is what
tests/edge/relay/test_finding.py shows, by a library that reads it by the published descriptions.
"""

import asyncio
import hashlib
import re
from base64 import b64encode
from datetime import datetime, timedelta

from aiohttp import ClientSession

from beffroi.lib.clock import utc_now
from beffroi.simulator.cameras.onvif.habits import Habits
from beffroi.simulator.cameras.onvif.speaker import Speaker, speaking
from beffroi.simulator.cameras.server import Plan, running
from tests.edge.relay.watching import played
from tests.simulator.eye import LIBRARY, SHORT

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"


def question(operation: str, *, password: str = "", nonce: bytes = b"", created: datetime | None = None) -> bytes:
    """By hand, after the text of the profile."""
    made = (created or utc_now()).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = b64encode(hashlib.sha1(nonce + made.encode() + password.encode(), usedforsecurity=False).digest()).decode()
    token = (
        f'<w:Security xmlns:w="{WSS}wssecurity-secext-1.0.xsd" xmlns:u="{WSS}wssecurity-utility-1.0.xsd"><w:UsernameToken>'
        f'<w:Username>viewer</w:Username><w:Password Type="{WSS}username-token-profile-1.0#PasswordDigest">{digest}</w:Password>'
        f"<w:Nonce>{b64encode(nonce).decode()}</w:Nonce><u:Created>{made}</u:Created></w:UsernameToken></w:Security>"
    )
    return (
        '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">'
        f"<s:Header>{token if password else ''}</s:Header>"
        f'<s:Body><{operation} xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>'
    ).encode()


async def asked(speaker: Speaker, data: bytes) -> tuple[int, str]:
    async with ClientSession() as session, session.post(speaker.address(1), data=data) as answer:
        return answer.status, await answer.text()


async def ask_all(habits: Habits, *questions: bytes) -> list[tuple[int, str]]:
    async with running(Plan(recipe=SHORT), LIBRARY.get) as server, speaking(server, habits) as speaker:
        return [await asked(speaker, each) for each in questions]


def test_the_time_is_told_to_everybody_and_nothing_else_is() -> None:
    async def look() -> None:
        time, other = await ask_all(Habits(), question("GetSystemDateAndTime"), question("GetDeviceInformation"))
        assert time[0] == 200
        assert re.search(r"<tt:Year>\d{4}</tt:Year>", time[1])
        assert other[0] == 400
        assert "ter:NotAuthorized" in other[1]

    played(look())


def test_a_proof_is_taken_once_and_only_while_it_is_new() -> None:
    async def look() -> None:
        good = question("GetDeviceInformation", password="a password", nonce=b"1" * 16)
        old = question(
            "GetDeviceInformation", password="a password", nonce=b"2" * 16, created=utc_now() - timedelta(minutes=5)
        )
        wrong = question("GetDeviceInformation", password="another", nonce=b"3" * 16)
        statuses = [status for status, _ in await ask_all(Habits(), good, good, old, wrong)]
        assert statuses == [200, 400, 400, 400]

    played(look())


def test_its_own_clock_is_what_counts() -> None:
    async def look() -> None:
        ahead = timedelta(hours=3)
        then = utc_now() + ahead
        good = question("GetDeviceInformation", password="a password", nonce=b"1" * 16, created=then)
        now = question("GetDeviceInformation", password="a password", nonce=b"2" * 16)
        statuses = [status for status, _ in await ask_all(Habits(ahead=ahead), good, now)]
        assert statuses == [200, 400]

    played(look())


def test_whoever_asks_nonsense_is_told_so() -> None:
    async def look() -> None:
        statuses = [status for status, _ in await ask_all(Habits(), b"<", b"<a/>", question("Reboot"))]
        assert statuses == [400, 400, 400]
        known = question("Reboot", password="a password", nonce=b"1" * 16)
        ((status, text),) = await ask_all(Habits(), known)
        assert status == 500
        assert "ter:ActionNotSupported" in text

    played(look())


def test_a_question_to_many_is_answered_by_each() -> None:
    async def look() -> None:
        async with running(Plan(count=2, recipe=SHORT), LIBRARY.get) as server, speaking(server) as speaker:
            heard: asyncio.Queue[bytes] = asyncio.Queue()

            class Ear(asyncio.DatagramProtocol):
                def datagram_received(self, data: bytes, _addr: object) -> None:
                    heard.put_nowait(data)

            mouth, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                Ear, remote_addr=("127.0.0.1", speaker.ear)
            )
            mouth.sendto(b"nonsense")
            mouth.sendto(
                b'<e xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/'
                b'discovery"><a:MessageID>urn:uuid:7</a:MessageID><d:Probe/></e>'
            )
            found = [await heard.get(), await heard.get()]
            assert all(b"<a:RelatesTo>urn:uuid:7</a:RelatesTo>" in each for each in found)
            assert [speaker.address(number).encode() in each for number, each in zip((1, 2), found, strict=True)] == [
                True,
                True,
            ]
            mouth.close()

    played(look())
