"""E-mail to a real SMTP server: what a letter says of itself, and what becomes of it when the server says no."""

import asyncio
import socket
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from beffroi.adapters.mail.letter import Letter
from beffroi.adapters.mail.sender import Sender
from beffroi.adapters.mail.server import MailServer, MailSettingError
from beffroi.adapters.process.places import free_port
from beffroi.lib.handover import HANDED_OVER, LATE, Handover, Outcome

PATIENCE = 60.0  # seconds; a slow machine is not a failing one
LETTER = Letter(
    to="agent@meaux.example",
    subject="Armoire ouverte\r\nBcc: all@meaux.example",
    text="Rue de la Plage, depuis 30 min.\nhttps://beffroi.example/alerts/1/",
    html="<p>Rue de la Plage, depuis 30 min.</p>",
    language="fr",
    identifier="0b7c.1",
    date=datetime(2026, 11, 22, 8, 0, tzinfo=UTC),
    settings="https://beffroi.example/contacts/",
)


@dataclass
class Mailbox:
    """What the server's handler keeps, and what it answers."""

    refuse: dict[str, str] = field(default_factory=dict)
    at_the_end: str = "250 OK"
    hangs: bool = False
    kept: list[EmailMessage] = field(default_factory=list)
    sessions: set[int] = field(default_factory=set)

    async def handle_RCPT(  # noqa: N802 - the name that the library calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - as above
        self.sessions.add(id(session))
        if self.hangs:
            await asyncio.Event().wait()
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.kept.append(message)
        return self.at_the_end


@dataclass
class Server:
    """A server that runs, and where."""

    box: Mailbox
    url: str


@pytest.fixture
def server() -> Iterator[Server]:
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=PATIENCE)
    controller.start()
    yield Server(box, f"smtp://127.0.0.1:{port}")
    controller.stop()


def send(url: str, *letters: Letter, seconds: float = PATIENCE, longest: float = 2 * PATIENCE) -> list[Handover]:
    async def run() -> list[Handover]:
        sender = Sender(MailServer.read(url), "alerts@beffroi.example", "beffroi.example", seconds, longest)
        sent = [await sender.send(letter) for letter in letters]
        await sender.close()
        return sent

    return asyncio.run(run())


def test_a_letter_says_what_it_is(server: Server) -> None:
    assert send(server.url, LETTER, replace(LETTER, identifier="0b7c.2", thread="0b7c.1")) == [HANDED_OVER] * 2
    first, second = server.box.kept
    assert (first["To"], first["From"]) == ("agent@meaux.example", "alerts@beffroi.example")
    assert first["Subject"] == "Armoire ouverte Bcc: all@meaux.example"
    assert first["Bcc"] is None
    assert first["Message-ID"] == "<0b7c.1@beffroi.example>"
    assert first["In-Reply-To"] is None
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["List-Id"] == "<alerts.beffroi.example>"
    assert first["List-Unsubscribe"] == "<https://beffroi.example/contacts/>"
    assert first["Content-Language"] == "fr"
    assert [part.get_content_type() for part in first.iter_parts()] == ["text/plain", "text/html"]
    assert (second["Message-ID"], second["In-Reply-To"]) == ("<0b7c.2@beffroi.example>", "<0b7c.1@beffroi.example>")
    assert len(server.box.sessions) == 1, "one connection serves"


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("550 no such person", Handover(Outcome.REFUSED, "smtp-550")),
        ("451 try later", Handover(Outcome.AGAIN, "smtp-451")),
    ],
)
def test_what_the_server_says_of_the_recipient_is_a_value(server: Server, answer: str, outcome: Handover) -> None:
    server.box.refuse = {LETTER.to: answer}
    other = replace(LETTER, to="another@meaux.example")
    assert send(server.url, LETTER, other) == [outcome, HANDED_OVER]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("554 spam", Handover(Outcome.REFUSED, "smtp-554")),
        ("452 full", Handover(Outcome.AGAIN, "smtp-452")),
    ],
)
def test_what_the_server_says_of_the_letter_is_a_value(server: Server, answer: str, outcome: Handover) -> None:
    server.box.at_the_end = answer
    assert send(server.url, LETTER) == [outcome]


def test_a_server_that_is_away_or_answers_nothing_is_tried_again(server: Server) -> None:
    assert send(f"smtp://127.0.0.1:{free_port()}", LETTER) == [Handover(Outcome.AGAIN, "no-connection")]

    with socket.create_server(("127.0.0.1", 0)) as deaf:  # takes the connection and says nothing
        url = f"smtp://127.0.0.1:{deaf.getsockname()[1]}"
        assert send(url, LETTER, seconds=0.2) == [Handover(Outcome.AGAIN, "no-connection")]


def test_a_server_that_takes_its_time_at_each_answer_has_so_long_for_all_of_them(server: Server) -> None:
    server.box.hangs = True
    assert send(server.url, LETTER, seconds=600, longest=0.5) == [Handover(Outcome.AGAIN, "no-connection")]
    server.box.hangs = False
    assert send(server.url, LETTER) == [HANDED_OVER]


def test_a_letter_whose_turn_comes_too_late_reaches_no_server(server: Server) -> None:
    async def run() -> Handover:
        sender = Sender(MailServer.read(server.url), "alerts@beffroi.example", "beffroi.example")
        return await sender.send(LETTER, timely=lambda: False)

    assert asyncio.run(run()) == LATE
    assert server.box.kept == []


def test_an_address_that_is_none_reaches_no_server(server: Server) -> None:
    wrong = ["nobody", "a@b@c", "a\r\nRCPT TO:<x@y>@b.example", "é@meaux.example", ""]
    sent = send(server.url, *(replace(LETTER, to=address) for address in wrong))
    assert sent == [Handover(Outcome.REFUSED, "not-an-address")] * len(wrong)
    assert server.box.kept == []


def test_where_letters_go() -> None:
    relay = MailServer.read("smtps://beffroi:a%40b@mail.example")
    assert (relay.port, relay.tls, relay.password, relay.must_encrypt) == (465, True, "a@b", False)
    assert MailServer.read("smtp://beffroi:word@mail.example").must_encrypt is True
    assert MailServer.read("smtp://mail.example:25").must_encrypt is None


@pytest.mark.parametrize(
    "wrong",
    [
        "mail.example",
        "http://mail.example",
        "smtp://",
        "smtp://mail.example:no",
        "smtp://mail.example:99999",
        "smtp://[::1",
        "smtp://user:Secret#7@mail.example",
        "smtp://user:7#Secret@mail.example",
        "smtp://user:Secret/7@mail.example",
        "smtp://user:7/Secret@mail.example",
        "smtp://user:7?Secret@mail.example",
        "smtp://user:Secret[7@mail.example",
    ],
)
def test_what_names_no_server_is_refused_and_not_repeated(wrong: str) -> None:
    with pytest.raises(MailSettingError) as refused:
        MailServer.read(wrong)
    assert "Secret" not in "".join(traceback.format_exception(refused.value))
