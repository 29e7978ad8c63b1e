"""The second host tells people: by letter, over a real mail server; by webhook, to a program that checks signatures as the scheme asks."""

import asyncio
from pathlib import Path

import pytest

from beffroi.adapters.webhook.fake import FakeReceiver
from beffroi.adapters.webhook.signature import new_secret
from beffroi.cli.watchover.settings import Settings, read
from beffroi.cli.watchover.telling import tell
from beffroi.cli.watchover.vigil import Change, Town
from beffroi.kernel.alerts.tests.outside import Mailbox, mail_server
from beffroi.lib.clock import utc_now

MEAUX = Town("Saint-Cyr-l’École", "A" * 43, 45.0)
HEARD_AT = 1_795_000_000_000
SILENT, BACK = (Change(MEAUX, silent=each, heard_at=HEARD_AT) for each in (True, False))


def settings(folder: Path, *, mail: str, hook: str, secret: str) -> Settings:
    """As an officer writes them."""
    file = folder / "towns.toml"
    file.touch(mode=0o600)
    file.write_text(
        f'state = "{folder / "state.json"}"\n'
        f'[mail]\nserver = "{mail}"\nsender = "veille@voisine.example"\nto = ["astreinte@st-cyr.example", "dsi@st-cyr.example"]\n'
        f'[webhook]\nurl = "{hook}"\nsecret = "{secret}"\ninternal = true\n'
        f'[[town]]\nname = "{MEAUX.name}"\nkey = "{MEAUX.key}"\n',
        encoding="utf-8",
    )
    return read(file)


def test_people_get_a_letter_each_and_a_program_one_message_of_each_change(tmp_path: Path) -> None:
    box, secret = Mailbox(), new_secret()
    with mail_server(box) as server, FakeReceiver(secret, utc_now).running() as program:
        said = settings(tmp_path, mail=server, hook=program.address, secret=secret)
        for change in (SILENT, SILENT, BACK):  # the same again: the first time, somebody else was not told
            assert asyncio.run(tell(change, said, utc_now)) == {"mail": "", "webhook": ""}
    told = [(str(letter["To"]), str(letter["Subject"])) for letter in box.letters]
    assert [to for to, _subject in told] == ["astreinte@st-cyr.example", "dsi@st-cyr.example"] * 3
    assert told[0][1].startswith(f"{MEAUX.name} : le serveur Beffroi ne répond plus")
    assert told[-1][1].startswith(f"{MEAUX.name} : le serveur Beffroi répond de nouveau")
    body = box.letters[0].get_body(("plain",))
    assert body is not None
    assert "2026-11-18 11:06:40 UTC" in body.get_content()
    # A mailbox, and a program, keep one of what is told twice.
    assert len({str(letter["Message-ID"]) for letter in box.letters}) == 4
    assert [each["event"] for each in program.taken.values() if isinstance(each, dict)] == ["silent", "back"]
    assert len(program.attempts) == 3


@pytest.mark.parametrize(
    ("answer", "statuses", "told"),
    [
        ("550 5.1.1 nobody", [], {"webhook": ""}),
        ("250 OK", [500], {"mail": ""}),
        ("451 4.3.0 later", [503], {}),
    ],
)
def test_who_could_not_be_told_is_said(tmp_path: Path, answer: str, statuses: list[int], told: dict[str, str]) -> None:
    box, secret = Mailbox(), new_secret()
    box.answer = answer
    with mail_server(box) as server, FakeReceiver(secret, utc_now, answers=statuses).running() as program:
        faults = asyncio.run(
            tell(SILENT, settings(tmp_path, mail=server, hook=program.address, secret=secret), utc_now)
        )
    assert {way: fault for way, fault in faults.items() if not fault} == told


def test_a_message_signed_with_another_secret_is_told_to_nobody(tmp_path: Path) -> None:
    with mail_server(Mailbox()) as server, FakeReceiver(new_secret(), utc_now).running() as program:
        faults = asyncio.run(
            tell(SILENT, settings(tmp_path, mail=server, hook=program.address, secret=new_secret()), utc_now)
        )
    assert faults["webhook"]
    assert program.taken == {}
