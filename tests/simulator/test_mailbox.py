"""The demonstration's mail server takes what the town's own sender brings, and shows it as text."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from beffroi.adapters.mail.letter import Letter
from beffroi.adapters.mail.sender import Sender
from beffroi.adapters.mail.server import MailServer as Address
from beffroi.lib.handover import HANDED_OVER, Handover
from beffroi.simulator.mailbox import Mailbox, MailServer
from beffroi.simulator.street.mail import mail_page

KARIM = "karim@fibre77.example"
TEXT = "Armoire restée ouverte\n.\n..deux points <script>"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with MailServer(0, Mailbox()) as found:
        found.start()
        yield found
        found.shutdown()


def letter(to: str) -> Letter:
    return Letter(to, "Armoire é <b>", TEXT, "<p>x</p>", "fr", "one", datetime(2026, 11, 22, tzinfo=UTC))


def test_letters_arrive_whole_and_are_shown_as_text(server: MailServer) -> None:
    async def send() -> list[Handover]:
        sender = Sender(
            Address.read(f"smtp://127.0.0.1:{server.server_address[1]}"), "town@meaux.example", "meaux.example"
        )
        try:
            return [await sender.send(letter(to)) for to in (KARIM, "ines@fibre77.example")]
        finally:
            await sender.close()

    assert asyncio.run(send()) == [HANDED_OVER, HANDED_OVER]
    count, letters = server.mailbox.standing()
    assert (count, [each.to for each in letters]) == (2, ["ines@fibre77.example", KARIM])
    assert letters[1].text.rstrip() == TEXT
    page = mail_page(server.mailbox, language="fr", to=KARIM)
    assert "2 sont arrivés" in page
    assert page.count("<details") == 1
    assert "Armoire é &lt;b&gt;" in page
    assert "<script>" not in page
