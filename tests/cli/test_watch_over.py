"""The second host: who is silent when, by a clock of the test's; what its door takes; what its file may say."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.webhook.signature import new_secret
from beffroi.cli.errors import CommandError
from beffroi.cli.monitor import living
from beffroi.cli.watchover import memory
from beffroi.cli.watchover.command import LOOK_EVERY
from beffroi.cli.watchover.hearing import Door
from beffroi.cli.watchover.settings import USUAL, read
from beffroi.cli.watchover.telling import tell, text
from beffroi.cli.watchover.vigil import Change, Known, Town, Verdict, Vigil
from beffroi.lib.clock import utc_now
from beffroi.protocol.beats import Beat, key_text, make

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
MEAUX = Town("Meaux", key_text(KEY.public_key()), USUAL)
WALL = 1_795_000_000_000


def heard(vigil: Vigil, seconds: float) -> Verdict:
    at = WALL + int(seconds * 1000)
    return vigil.hear(Beat(MEAUX.key, at), wall=at, now=seconds)


def test_a_town_that_falls_silent_is_missed_within_a_minute() -> None:
    vigil = Vigil([MEAUX], {}, 0.0)
    last = 0.0
    while last < 10 * living.EVERY:
        last += living.EVERY
        assert heard(vigil, last) is Verdict.HEARD
        assert vigil.changes(last + living.EVERY) == []
    now = last
    while not vigil.changes(now):
        now += LOOK_EVERY
    assert 3 * living.EVERY <= now - last < 60
    (change,) = vigil.changes(now)
    assert (change.town, change.silent, change.heard_at) == (MEAUX, True, WALL + int(last * 1000))


def test_people_are_told_until_somebody_was_and_once() -> None:
    vigil = Vigil([MEAUX], {}, 0.0)
    (change,) = vigil.changes(USUAL + 1)
    assert vigil.changes(USUAL + 2) == [change]
    vigil.told(change)
    assert vigil.changes(USUAL + 3) == []
    heard(vigil, USUAL + 4)
    (back,) = vigil.changes(USUAL + 5)
    assert back.silent is False


def test_a_new_start_remembers_who_is_silent_and_gives_the_others_their_time(tmp_path: Path) -> None:
    other = Town("Lagny", "x" * 43, USUAL)
    memory.write(tmp_path / "state.json", {MEAUX.key: Known(WALL, silent=True), other.key: Known(WALL, silent=False)})
    vigil = Vigil([MEAUX, other], memory.read(tmp_path / "state.json"), 1000.0)
    assert vigil.changes(1000.0) == []
    assert [change.town for change in vigil.changes(1000.0 + USUAL + 1)] == [other]
    assert heard(vigil, 2000.0) is Verdict.HEARD
    assert [change.silent for change in vigil.changes(2000.0) if change.town is MEAUX] == [False]


def test_a_line_is_heard_once_and_of_now() -> None:
    vigil = Vigil([MEAUX], {}, 0.0)
    assert heard(vigil, 10) is Verdict.HEARD
    assert heard(vigil, 10) is Verdict.AGAIN
    assert heard(vigil, 9) is Verdict.AGAIN
    assert vigil.hear(Beat(MEAUX.key, WALL + 999_999), wall=WALL + 20_000, now=20) is Verdict.CLOCK
    assert vigil.hear(Beat("y" * 43, WALL), wall=WALL, now=20) is Verdict.STRANGER
    assert vigil.changes(10 + USUAL + 1)  # none of these is a sign of life


def asked(door: Door, body: bytes, path: str = "/beats", method: str = "POST") -> int:
    """What the door answers to one request, in pieces as they come from the line."""
    sent: list[dict[str, Any]] = []
    pieces = [body[:100], body[100:]]

    async def receive() -> dict[str, Any]:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(door({"type": "http", "path": path, "method": method}, receive, send))
    return int(sent[0]["status"])


def test_the_door_takes_beats_of_towns_it_knows_and_nothing_else() -> None:
    kept: list[int] = []
    door = Door(Vigil([MEAUX], {}, 0.0), kept=lambda: kept.append(1), wall=lambda: WALL / 1000)
    line = make(KEY, WALL)
    assert asked(door, line) == 204
    assert asked(door, line) == 409
    assert asked(door, make(KEY, WALL + 3_600_000)) == 409
    assert asked(door, make(Ed25519PrivateKey.generate(), WALL + 1)) == 403
    assert asked(door, line[:-5] + b"AAAAA") == 403
    assert asked(door, b"{}") == 400
    assert asked(door, b"x" * 1000) == 400
    assert asked(door, line, path="/") == 404
    assert asked(door, line, method="GET") == 405
    assert kept == [1]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "towns.toml"
    path.touch(mode=0o600)
    return path


GOOD = f'state = "s"\ncommand = ["true"]\n[[town]]\nname = "Meaux"\nkey = "{MEAUX.key}"\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (GOOD + "colour = 1\n", "town.0.colour"),
        (GOOD.replace(MEAUX.key, "short"), "monitor --key"),
        (GOOD + "silent_after = 5\n", "silent_after"),
        (GOOD + GOOD.partition("]\n")[2], "twice"),
        (GOOD.replace('command = ["true"]\n', ""), "nobody to tell"),
        (GOOD + '[listen]\ncertificate = "c"\n', "go together"),
        (GOOD + '[webhook]\nurl = "https://x"\nsecret = "hush hush hush hush hush"\n', "webhook.secret"),
        (GOOD + '[mail]\nserver = "smtp://u:hush@"\nsender = "a@b"\nto = ["c@d"]\n', "mail.server"),
        ("v = ", "not TOML"),
    ],
)
def test_a_file_that_can_t_be_used_says_where_and_no_secret(file: Path, content: str, said: str) -> None:
    file.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError) as refused:
        read(file)
    assert said in str(refused.value)
    assert "hush" not in str(refused.value)


def test_a_file_that_others_read_is_refused(file: Path) -> None:
    file.write_text(GOOD, encoding="utf-8")
    assert read(file).towns == [MEAUX]
    file.chmod(0o644)
    with pytest.raises(CommandError, match="chmod 600"):
        read(file)


def test_each_way_says_whether_somebody_was_told(file: Path, tmp_path: Path) -> None:
    file.write_text(
        GOOD.replace('["true"]', '["/bin/sh", "-c", "test $EVENT = silent"]')
        + f'[webhook]\nurl = "https://127.0.0.1:1/x"\nsecret = "{new_secret()}"\n',
        encoding="utf-8",
    )
    settings = read(file)
    silent, back = (Change(MEAUX, silent=each, heard_at=WALL) for each in (True, False))
    assert asyncio.run(tell(silent, settings, utc_now)) == {"webhook": "private-address", "command": ""}
    assert asyncio.run(tell(back, settings, utc_now))["command"] == "exit 1"
    assert "2026-11-18 11:06:40 UTC" in text(silent)[1]
