"""Webhooks: signed as the scheme says, once by their id, tried again, never redirected."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from beffroi.adapters.http.client import Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.webhook.fake import FakeReceiver
from beffroi.adapters.webhook.sender import GONE, Hook, Sender
from beffroi.adapters.webhook.signature import check, headers_for, new_secret
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[FakeReceiver]:
    with FakeReceiver(SECRET, lambda: NOW).running() as running:
        yield running


def send(hook: Hook, *, times: int = 1) -> list[Handover]:
    async def run() -> list[Handover]:
        async with Client(Reach(frozenset({"127.0.0.1"})), lambda: NOW, gone=GONE) as client:
            return [await Sender(client).send(hook) for _ in range(times)]

    return asyncio.run(run())


def hook(receiver: FakeReceiver, identifier: str = "msg_1") -> Hook:
    return Hook(receiver.address, SECRET, identifier, {"kind": "cabinets.forced", "title": "Armoire forcée"})


def test_the_published_example_of_a_signature() -> None:
    told = headers_for(
        b'{"test": 2432232314}', secret=SECRET, identifier="msg_p5jXN8AQM9LWM0D4loKWxJek", moment=1614265330
    )
    assert told["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_takes_a_message_once_however_often_it_is_sent(receiver: FakeReceiver) -> None:
    assert send(hook(receiver), times=2) == [HANDED_OVER, HANDED_OVER]
    assert receiver.taken == {"msg_1": {"kind": "cabinets.forced", "title": "Armoire forcée"}}
    assert receiver.attempts == ["msg_1", "msg_1"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, Handover(Outcome.AGAIN, "http-500")),
        (404, Handover(Outcome.AGAIN, "http-404")),
        (400, Handover(Outcome.AGAIN, "http-400")),
        (410, Handover(Outcome.GONE, "http-410")),
        (302, Handover(Outcome.REFUSED, "http-302")),
        (307, Handover(Outcome.REFUSED, "http-307")),
    ],
)
def test_what_a_receiver_answers_is_a_value(receiver: FakeReceiver, status: int, outcome: Handover) -> None:
    receiver.answers = [status]
    assert send(hook(receiver)) == [outcome]
    assert receiver.taken == {}


def test_another_secret_another_body_or_another_day_is_not_believed() -> None:
    body, moment = b"{}", int(NOW.timestamp())
    told = headers_for(body, secret=SECRET, identifier="msg_1", moment=moment)

    def believed(body: bytes = body, secret: str = SECRET, identifier: str = "msg_1", now: datetime = NOW) -> bool:
        return check(
            body,
            secret=secret,
            identifier=identifier,
            moment=told["webhook-timestamp"],
            signature=told["webhook-signature"],
            now=now.timestamp(),
        )

    assert believed()
    assert not believed(body=b"[]")
    assert not believed(secret=new_secret())
    assert not believed(identifier="msg_2")
    assert not believed(now=NOW + timedelta(minutes=6))
    assert new_secret() != new_secret()
