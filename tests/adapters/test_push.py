"""Web Push: the published vector, an independent reader, and a push service that hangs, refuses, is busy or has lost somebody."""

import asyncio
import json
import os
import stat
from collections.abc import Callable, Coroutine, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key, generate_private_key
from hypothesis import given
from hypothesis import strategies as some

from beffroi.adapters.http.client import HUNG_IN_A_ROW, Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.push import identity
from beffroi.adapters.push.encryption import LONGEST, STEP, Receiver, UnreadableError, decrypt, encrypt, padded
from beffroi.adapters.push.fake import Browser, FakePushService, Mood, vouched
from beffroi.adapters.push.identity import Identity, PushKeyError
from beffroi.adapters.push.sender import Push, Sender, Urgency
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome
from beffroi.protocol.v1.members import decode_bytes, encode_bytes

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
NAMED = Reach(frozenset({"127.0.0.1"}))
T = TypeVar("T")

# RFC 8291, section 5 and appendix A.
PLAIN = b"When I grow up, I want to be a watermelon"
SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
BROWSER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def clock() -> datetime:
    return NOW


def octets(text: str) -> bytes:
    data = decode_bytes(text)
    assert data is not None
    return data


def key(text: str) -> Any:  # the library's own type is that of the functions it is given to
    return derive_private_key(int.from_bytes(octets(text), "big"), SECP256R1())


@pytest.fixture
def service() -> Iterator[FakePushService]:
    with FakePushService(clock).running() as running:
        yield running


def with_client(
    work: Callable[[Sender], Coroutine[object, object, T]], *, reach: Reach = NAMED, timeout: float = 10
) -> T:
    async def run() -> T:
        async with Client(reach, clock, timeout=timeout) as client:
            return await work(Sender(client, Identity(generate_private_key(SECP256R1()), "mailto:town@example.org")))

    return asyncio.run(run())


def push_to(browser: Browser, content: object = "hello", endpoint: str | None = None) -> Push:
    receiver = Receiver.read(browser.p256dh, browser.auth)
    message = padded(json.dumps(content).encode())
    return Push(endpoint or browser.endpoint, receiver, message, Urgency.HIGH, 3600, "topic")


def test_the_published_vector() -> None:
    receiver = Receiver.read(P256DH, AUTH)
    assert encode_bytes(encrypt(PLAIN, receiver, private=key(SENDER), salt=octets(SALT))) == BODY
    assert decrypt(octets(BODY), key(BROWSER), octets(AUTH)) == PLAIN


@given(some.binary(max_size=LONGEST))
def test_an_independent_reader_reads_what_we_encrypt(message: bytes) -> None:
    body = encrypt(message, Receiver.read(P256DH, AUTH))
    assert len(body) <= 4096
    assert http_ece.decrypt(body, private_key=key(BROWSER), auth_secret=octets(AUTH), version="aes128gcm") == message
    assert decrypt(body, key(BROWSER), octets(AUTH)) == message


def test_two_messages_share_nothing_and_lengths_say_little() -> None:
    receiver = Receiver.read(P256DH, AUTH)
    assert encrypt(PLAIN, receiver)[:86] != encrypt(PLAIN, receiver)[:86]
    assert {len(padded(b"x" * size)) for size in range(1, STEP + 1)} == {STEP}
    with pytest.raises(ValueError, match="at most"):
        encrypt(b"x" * (LONGEST + 1), receiver)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [("", AUTH), (P256DH, ""), (P256DH[:-4], AUTH), (encode_bytes(b"\x04" + b"\x01" * 64), AUTH), ("é" * 87, AUTH)],
)
def test_a_subscription_whose_keys_are_no_keys_is_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(UnreadableError):
        Receiver.read(p256dh, auth)


def test_a_body_that_was_touched_is_not_read() -> None:
    body = encrypt(PLAIN, Receiver.read(P256DH, AUTH))
    for broken in (body[:-1] + bytes([body[-1] ^ 1]), body[:40], b"", body[:21] + b"\0" * 65 + body[86:]):
        with pytest.raises(UnreadableError):
            decrypt(broken, key(BROWSER), octets(AUTH))


def test_a_message_reaches_the_browser_with_what_a_push_service_wants(service: FakePushService) -> None:
    browser = service.subscribe()
    content = {"title": "Armoire ouverte", "body": "rue de la Plage, depuis 30 min"}
    assert with_client(lambda sender: sender.send(push_to(browser, content))) == HANDED_OVER
    assert service.messages(browser) == [content]
    (received,) = service.received[browser.endpoint]
    assert (received.ttl, received.urgency, received.topic) == (3600, "high", "topic")
    assert b"Armoire" not in received.body


def test_one_header_an_origin_until_near_its_end() -> None:
    ours = Identity(generate_private_key(SECP256R1()), "mailto:town@example.org")
    first = ours.authorization("https://push.example", NOW)
    assert ours.authorization("https://push.example", NOW + timedelta(hours=10)) == first
    assert ours.authorization("https://push.example", NOW + timedelta(hours=11)) != first
    other = ours.authorization("https://other.example", NOW)
    assert vouched(first, "https://push.example", clock)
    assert not vouched(other, "https://push.example", clock)
    assert not vouched(first, "https://push.example", lambda: NOW + timedelta(hours=13))
    assert not vouched(first.replace("t=ey", "t=ez"), "https://push.example", clock)


@pytest.mark.parametrize(
    ("mood", "outcome"),
    [
        (Mood.GONE, Handover(Outcome.GONE, "http-410")),
        (Mood.BUSY, Handover(Outcome.AGAIN, "http-429", 7)),
        (Mood.BROKEN, Handover(Outcome.AGAIN, "http-502", 7)),
        (Mood.REFUSE, Handover(Outcome.REFUSED, "http-403")),
    ],
)
def test_what_a_push_service_answers_is_a_value(service: FakePushService, mood: Mood, outcome: Handover) -> None:
    browser = service.subscribe()
    service.wait = 7
    service.behave(browser, mood)
    assert with_client(lambda sender: sender.send(push_to(browser))) == outcome


def test_an_endpoint_that_hangs_ends_by_its_time_out(service: FakePushService) -> None:
    browser = service.subscribe()
    service.behave(browser, Mood.HANG)
    assert with_client(lambda sender: sender.send(push_to(browser)), timeout=0.2) == Handover(Outcome.AGAIN, "time-out")


def test_a_server_that_hangs_rests_and_holds_nobody_else_up(service: FakePushService) -> None:
    hung = [service.subscribe() for _ in range(HUNG_IN_A_ROW)]
    for browser in hung:
        service.behave(browser, Mood.HANG)
    with FakePushService(clock).running() as other:
        well = other.subscribe()

        async def work(sender: Sender) -> tuple[list[Handover], Handover, Handover]:
            slow = await asyncio.gather(*(sender.send(push_to(browser)) for browser in hung))
            return slow, await sender.send(push_to(hung[0])), await sender.send(push_to(well))

        slow, next_one, elsewhere = with_client(work, timeout=8)  # long enough for the one that answers, on any machine
    assert {each.fault for each in slow} == {"time-out"}
    assert (next_one.outcome, next_one.fault) == (Outcome.AGAIN, "server-hangs")
    assert next_one.wait
    assert service.asked[hung[0].endpoint] == 1
    assert elsewhere == HANDED_OVER


def test_an_endpoint_nobody_may_be_sent_to_is_refused_without_asking(service: FakePushService) -> None:
    browser = service.subscribe()
    sent = with_client(lambda sender: sender.send(push_to(browser)), reach=Reach())
    assert sent == Handover(Outcome.REFUSED, "not-https")
    assert not service.asked


def test_a_name_that_leads_to_this_machine_is_refused_when_it_is_resolved() -> None:
    browser = Browser("https://localhost/push", generate_private_key(SECP256R1()), os.urandom(16))
    sent = with_client(lambda sender: sender.send(push_to(browser)), reach=Reach())
    assert sent == Handover(Outcome.REFUSED, "private-address")


def test_the_key_is_made_once_for_us_alone(tmp_path: Path) -> None:
    assert identity.public_key(tmp_path) is None
    identity.furnish(tmp_path)
    first = identity.public_key(tmp_path)
    identity.furnish(tmp_path)
    assert identity.public_key(tmp_path) == first
    assert len(octets(first or "")) == 65
    folder = tmp_path / "keys" / "push"
    assert sorted(path.name for path in folder.iterdir()) == ["private.pem", "public"]
    assert stat.S_IMODE((folder / "private.pem").stat().st_mode) == 0o600
    (folder / "private.pem").write_text("nonsense")
    with pytest.raises(PushKeyError, match="put its copy back"):
        identity.private_key(tmp_path)
