"""`discover` and `find`, typed as an engineer does, against cameras that speak ONVIF."""

import asyncio
import random
import subprocess
import sys
from datetime import timedelta

import pytest

from beffroi.edge.relay.faults import CameraFault, Cause
from beffroi.edge.relay.finding.asking import ask
from beffroi.lib.clock import utc_now
from beffroi.simulator.cameras.onvif import answers
from beffroi.simulator.cameras.onvif.habits import Habits, Ill
from tests.edge.relay.speaking import Terminal, cameras, street

CANT = 2


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(monkeypatch, capsys)


# Who is there


def test_the_cameras_of_a_network_are_listed_once_each_with_what_they_call_themselves(terminal: Terminal) -> None:
    with street(count=3) as there:
        said = terminal.discover(there)
        assert said.status == 0
        head, *rows = said.out.splitlines()
        assert head.split() == ["ADDRESS", "NAME", "MODEL", "PLACE"]
        assert [row.split("  ")[0] for row in rows] == [there.speaker.address(number) for number in (1, 2, 3)]
        assert [row.split(maxsplit=1)[1] for row in rows] == [f"Caméra {n}  Simulée  Hall" for n in (1, 2, 3)]
        assert [each["address"] for each in cameras(terminal.discover(there, "--json"))] == [
            row.split("  ")[0] for row in rows
        ]


def test_what_is_asked_of_everybody_is_heard_by_multicast(terminal: Terminal) -> None:
    try:
        with street(group=True) as there:
            said = terminal.type("discover", "--interface", "127.0.0.1", "--seconds", "2", "--json")
            assert there.speaker.address(1) in [each["address"] for each in cameras(said)]
    except OSError as fault:
        pytest.skip(f"this machine's loopback knows no multicast: {fault}")


def test_no_more_are_taken_than_were_wanted_and_that_is_said(terminal: Terminal) -> None:
    with street(count=5) as there:
        said = terminal.discover(there, "--most", "2", "--json")
        assert len(cameras(said)) == 2
        assert said.json["more"] is True
        assert "There may be others" in terminal.discover(there, "--most", "2").err


def test_where_nobody_answers_it_says_so(terminal: Terminal) -> None:
    with street() as there:
        there.speaker.ill = Ill.BOMB
        said = terminal.discover(there)
        assert (said.status, said.out) == (1, "")
        assert "No camera has answered" in said.err


# One of them


def test_the_picture_that_a_page_can_show_is_found_and_seen_to_play(terminal: Terminal) -> None:
    with street() as there:
        said = terminal.find(there)
        assert said.status == 0
        assert "Beffroi Simulée 1.0" in said.out
        assert "  large  H.265  3840x2160  25/s  Grande image" in said.out
        assert "* usual  H.264  320x240  25/s  Image usuelle" in said.out
        assert there.server.url(1) in said.out.splitlines()
        found = terminal.find(there, "--json").json
        assert (found["address"], found["chosen"], found["plays"]) == (there.server.url(1), "usual", True)


@pytest.mark.parametrize(
    "habits",
    [
        Habits(ahead=timedelta(days=-3_000)),
        Habits(ahead=timedelta(hours=7)),
        Habits(names_host="192.0.2.7"),
        Habits(names_account=True),
        Habits(old=True),
        Habits(by_http=True),
        Habits(modern=True),
    ],
    ids=[
        "a clock never set",
        "a clock ahead",
        "another host",
        "account in its address",
        "old",
        "Digest of HTTP",
        "Media 2",
    ],
)
def test_cameras_speak_differently_and_are_understood(terminal: Terminal, habits: Habits) -> None:
    with street(habits) as there:
        said = terminal.find(there, "--json")
        assert said.status == 0, said.err
        assert said.json["address"] == there.server.url(1)


@pytest.mark.parametrize(("out", "said"), [(timedelta(hours=7), "ahead"), (timedelta(days=-3_000), "behind")])
def test_a_clock_that_is_out_is_followed_and_said(terminal: Terminal, out: timedelta, said: str) -> None:
    with street(Habits(ahead=out)) as there:
        told = terminal.find(there)
        assert told.status == 0
        assert f"{said}: set it" in told.err
        ahead = terminal.find(there, "--json").json["ahead"]
        assert isinstance(ahead, int)
        assert abs(ahead - out.total_seconds()) < 3600
    with street() as there:
        assert "clock" not in terminal.find(there).err


def test_no_password_is_proven_for_a_moment_that_is_long_to_come(terminal: Terminal) -> None:
    with street(Habits(ahead=timedelta(days=2))) as there:
        told = terminal.find(there)
        assert (told.status, told.err.split(":")[1].strip()) == (CANT, "clock")
        assert there.speaker.asked == ["GetSystemDateAndTime"]
        assert terminal.find(there, "--json").json["error"] == "clock"


@pytest.mark.parametrize("modern", [False, True])
def test_a_camera_of_h265_alone_says_so_plainly(terminal: Terminal, modern: bool) -> None:
    with street(Habits(modern=modern)) as there:
        there.fault("h265")
        said = terminal.find(there)
        assert (said.status, said.out) == (CANT, "")
        assert said.err == "relay: codec: only H.265\n"


def test_the_profile_that_was_named_is_taken_or_nothing(terminal: Terminal) -> None:
    with street() as there:
        assert terminal.find(there, "--profile", "usual").status == 0
        assert terminal.find(there, "--profile", "large").err == "relay: codec: only H.265\n"
        assert terminal.find(there, "--profile", "none").status == CANT


def test_a_profile_that_doesnt_play_is_said_with_its_cause(terminal: Terminal) -> None:
    with street() as there:
        there.fault("die")
        said = terminal.find(there, "--json")
        assert said.status == 1
        assert (said.json["plays"], said.json["cause"]) == (False, "hung-up")


def test_a_wrong_password_is_said_once_and_not_tried_again(terminal: Terminal) -> None:
    with street() as there:
        said = terminal.find(there, password="another one")
        assert (said.status, said.err.split(":")[1].strip()) == (CANT, "credentials")
        assert there.speaker.asked == ["GetSystemDateAndTime", "GetDeviceInformation"]
        there.speaker.ill = Ill.PASSWORD
        assert terminal.find(there, "--json").json["error"] == "credentials"


def test_without_an_account_nothing_is_proven_and_a_camera_that_wants_one_says_so(terminal: Terminal) -> None:
    with street() as there:
        said = terminal.type("find", there.speaker.address(1), "--json")
        assert (said.status, said.json["error"]) == (CANT, "credentials")


ILL = {
    Ill.GARBAGE: Cause.GARBAGE,
    Ill.BOMB: Cause.GARBAGE,
    Ill.ELSEWHERE: Cause.GARBAGE,
    Ill.ENDLESS: Cause.LIMITS,
    Ill.REDIRECT: Cause.REDIRECT,
    Ill.EMPTY: Cause.GARBAGE,
}


@pytest.mark.parametrize(("ill", "cause"), ILL.items(), ids=list(ILL))
def test_what_no_camera_should_say_is_refused(terminal: Terminal, ill: Ill, cause: Cause) -> None:
    with street() as there:
        there.speaker.ill = ill
        said = terminal.find(there, "--json")
        assert (said.status, said.json["error"]) == (CANT, cause)
        assert "/elsewhere" not in str(there.speaker.asked)


def test_a_camera_that_never_answers_isnt_waited_for(terminal: Terminal) -> None:
    with street() as there:
        there.speaker.ill = Ill.SILENT
        assert terminal.find(there, "--seconds", "0.5", "--json").json["error"] == "hung"


WORDLESS = "HTTP/1.1 200 OK\r\nContent-Type: multipart/related; boundary=x\r\nContent-Length: 4\r\n\r\nabcd"
MOVING = (
    'HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm="x", nonce="x", algorithm=\x1b[2J\r\nContent-Length: 0\r\n\r\n'
)


@pytest.mark.parametrize(
    ("said", "cause"), [(WORDLESS, Cause.GARBAGE), (MOVING, Cause.UNREACHABLE)], ids=["parts", "escape"]
)
def test_whatever_is_said_below_soap_is_a_fault_that_a_terminal_can_show(said: str, cause: Cause) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said.encode())
        await writer.drain()
        writer.close()

    async def asked() -> CameraFault:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            host, port = server.sockets[0].getsockname()
            with pytest.raises(CameraFault) as refused:
                await ask(f"http://{host}:{port}/", user="u", password="typed", profile="", seconds=30)
            return refused.value

    fault = asyncio.run(asked())
    assert fault.cause is cause
    assert fault.detail.isprintable()


def spoiled(good: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, doubled or left out."""
    bad = bytearray(good)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(bad))
        new = chance.choice([b"", b"<", b">", b"9" * 30, b"-", b"&#0;", b"\xff", bytes(bad[at : at + 80])])
        bad[at : at + chance.randint(0, 9)] = new
    return bytes(bad)


@pytest.mark.parametrize("modern", [False, True])
def test_an_answer_that_was_tampered_with_is_a_fault_or_a_picture_and_nothing_else(
    terminal: Terminal, modern: bool
) -> None:
    """Forty of each, always the same ones."""
    chance = random.Random(6)  # noqa: S311 - which byte is wrong is no secret
    with street(Habits(modern=modern)) as there:
        address, picture = there.speaker.address(1, "media2" if modern else "media"), there.server.url(1)
        media, profiles, uri = (
            (answers.MEDIA2, answers.profiles2, answers.stream_uri2)
            if modern
            else (answers.MEDIA, answers.profiles, answers.stream_uri)
        )
        good = {
            "GetSystemDateAndTime": answers.clock(utc_now()),
            "GetDeviceInformation": answers.information("Beffroi", "Simulée", "1.0", "1"),
            "GetServices": answers.services({answers.DEVICE: there.speaker.address(1), media: address}),
            "GetProfiles": profiles(there.speaker.streams(1)),
            "GetStreamUri": uri(picture),
        }
        seen = set()
        for operation, answer in good.items():
            for _ in range(40):
                there.speaker.said = {operation: spoiled(answer, chance)}
                found = terminal.find(there, "--seconds", "2", "--json").json
                assert str(found.get("address", picture)).startswith("rtsp://127.0.0.1")
                seen.add(found.get("error"))
        assert seen <= {None, *Cause}
        assert {None, Cause.GARBAGE} <= seen


def test_an_account_is_never_an_argument(terminal: Terminal) -> None:
    said = terminal.type("find", "http://admin:a-secret@192.0.2.1/onvif/device_service")
    assert (said.status, said.err.split(":")[1].strip()) == (CANT, "address")
    assert "a-secret" not in said.out + said.err


def test_without_the_extra_the_relay_runs_and_says_what_is_missing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in ("asking", "soap"):
        monkeypatch.delitem(sys.modules, f"beffroi.edge.relay.finding.{each}", raising=False)
    monkeypatch.delattr("beffroi.edge.relay.finding.asking", raising=False)
    monkeypatch.setitem(sys.modules, "onvif", None)
    said = terminal.type("find", "192.0.2.1")
    assert (said.status, said.err.split(":")[1].strip()) == (CANT, "onvif-missing")
    assert "beffroi[relay]" in said.err


def test_as_a_program_it_takes_the_password_from_a_pipe() -> None:
    with street() as there:
        account = there.server.account
        command = [sys.executable, "-m", "beffroi.edge.relay", "find", there.speaker.address(1), "--user", account.user]
        done = subprocess.run(command, input=f"{account.password}\n", capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert there.server.url(1) in done.stdout.splitlines()
        assert done.stderr == ""
