"""Text messages: one message's length and alphabet, once by their key, in the words of whichever gateway the town has."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.http.client import Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.sms.fake import FakeGateway, Taken
from beffroi.adapters.sms.gateway import Gateway, GatewayFileError
from beffroi.adapters.sms.number import dialled, international, veiled
from beffroi.adapters.sms.report import Fate, Report, Wording
from beffroi.adapters.sms.sender import GONE, Sender, Text
from beffroi.adapters.sms.text import LONGEST, fitted, length, spoken
from beffroi.lib.handover import HANDED_OVER, Handover, Outcome

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
NUMBER = "+33612345678"
WORDS = "Armoire PM-77284-0142 forcée avenue Roosevelt"


@pytest.fixture
def gateway() -> Iterator[FakeGateway]:
    with FakeGateway().running() as running:
        yield running


def send(gateway: Gateway, text: Text, *, times: int = 1) -> list[Handover]:
    async def run() -> list[Handover]:
        async with Client(Reach(frozenset({"127.0.0.1"})), lambda: NOW, gone=GONE) as client:
            return [await Sender(client, gateway).send(text) for _ in range(times)]

    return asyncio.run(run())


def test_a_message_is_taken_once_however_often_it_is_sent(gateway: FakeGateway) -> None:
    assert send(gateway.gateway, Text(NUMBER, WORDS, "m1"), times=2) == [HANDED_OVER, HANDED_OVER]
    assert gateway.taken == {"m1": Taken(NUMBER, WORDS, "BEFFROI", "m1")}
    assert gateway.attempts == ["m1", "m1"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, Handover(Outcome.AGAIN, "http-500")),
        (429, Handover(Outcome.AGAIN, "http-429")),
        (402, Handover(Outcome.AGAIN, "http-402")),
        (404, Handover(Outcome.AGAIN, "http-404")),
        (410, Handover(Outcome.GONE, "http-410")),
        (422, Handover(Outcome.REFUSED, "http-422")),
        (302, Handover(Outcome.REFUSED, "http-302")),
    ],
)
def test_what_the_gateway_answers_is_a_value(gateway: FakeGateway, status: int, outcome: Handover) -> None:
    gateway.answers.append(status)
    assert send(gateway.gateway, Text(NUMBER, WORDS, "m1")) == [outcome]
    assert gateway.taken == {}


def test_a_wrong_key_may_be_put_right_and_a_number_of_nobody_is_gone(gateway: FakeGateway) -> None:
    stranger = Gateway(url=gateway.address, headers={"Authorization": "Bearer another"})
    assert send(stranger, Text(NUMBER, WORDS, "m1")) == [Handover(Outcome.AGAIN, "http-401")]
    gateway.nobody.add(NUMBER)
    assert send(gateway.gateway, Text(NUMBER, WORDS, "m1")) == [Handover(Outcome.GONE, "http-410")]


def test_what_is_no_number_or_no_single_message_never_leaves(gateway: FakeGateway) -> None:
    assert send(gateway.gateway, Text("0612345678", WORDS, "m1")) == [Handover(Outcome.REFUSED, "not-a-number")]
    assert send(gateway.gateway, Text(NUMBER, "x" * 161, "m1")) == [Handover(Outcome.REFUSED, "too-long")]
    assert gateway.attempts == []


def described(folder: Path, told: object) -> Path:
    path = folder / "sms.json"
    path.write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")
    return path


def test_another_gateway_s_words_are_said_in_the_file(tmp_path: Path) -> None:
    octopush = {
        "url": "https://api.octopush.example/v1/public/sms-campaign/send",
        "headers": {"api-login": "mairie@meaux.example", "api-key": "s3cret"},
        "body": {
            "recipients": [{"phone_number": "{to}"}],
            "text": "{text}",
            "type": "sms_premium",
            "sender": "{sender}",
        },
        "sender": "MEAUX",
    }
    gateway = Gateway.read(described(tmp_path, octopush))
    assert json.loads(gateway.content(to=NUMBER, text='Il dit "{to}"', reference="m1")) == {
        "recipients": [{"phone_number": NUMBER}],
        "text": 'Il dit "{to}"',
        "type": "sms_premium",
        "sender": "MEAUX",
    }
    assert "s3cret" not in repr(gateway)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ("not json", "is not JSON"),
        ({}, "names no url"),
        ({"url": "https://x.example", "boddy": {}}, "boddy"),
        ({"url": "https://x.example", "headers": {"a b": "c"}}, "headers"),
        ({"url": "https://x.example", "headers": {"a": "b\r\nc: d"}}, "headers"),
        ({"url": "https://x.example", "body": {"text": "{text}"}}, "neither whom"),
        ({"url": "https://x.example", "sender": "Ville de Meaux"}, "sender"),
        ("x" * 20_000, "too large"),
    ],
)
def test_a_file_that_can_t_be_used_says_why_and_no_secret(tmp_path: Path, told: object, why: str) -> None:
    with pytest.raises(GatewayFileError, match=why):
        Gateway.read(described(tmp_path, told))
    with pytest.raises(GatewayFileError, match="can't be read"):
        Gateway.read(tmp_path / "nowhere.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Où êtes-vous ? Forcée à Noël", "Où etes-vous ? Forcée à Noel"),
        ("« J’y vais » – ça va…", '" J\'y vais " - ca va...'),
        ("Œuvre du cœur", "OEuvre du coeur"),
        ("10 € l’unité", "10 € l'unité"),
        ("北 🔔", "? ?"),
    ],
)
def test_a_text_is_said_in_the_letters_of_telephones(text: str, said: str) -> None:
    assert spoken(text) == said


def test_a_long_text_is_cut_between_two_words_and_its_address_never() -> None:
    address = "https://beffroi.meaux.example/n/0123456789012345678901"
    said = fitted(" ".join(["Armoire"] * 40), address=address)
    assert said.endswith(f"Armoire... {address}")
    assert LONGEST - len("Armoire ") <= length(said) <= LONGEST
    assert fitted("Armoire forcée", address=address) == f"Armoire forcée {address}"


@given(st.text(max_size=400))
def test_whatever_is_said_fits_one_message(text: str) -> None:
    said = fitted(text, address="https://beffroi.meaux.example/n/0123456789012345678901")
    assert length(said) <= LONGEST
    assert said == spoken(said)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("06 12 34 56 78", "+33612345678"),
        ("07.12.34.56.78", "+33712345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("0690 12 34 56", "+590690123456"),
        ("+262 692 12 34 56", "+262692123456"),
        ("+32 470 12 34 56", "+32470123456"),
        ("01 60 09 97 00", None),
        ("+33 1 60 09 97 00", None),
        ("06 12 34", None),
        ("٠٦١٢٣٤٥٦٧٨", None),
        ("", None),
        ("17", None),
    ],
)
def test_numbers_are_read_as_people_type_them(typed: str, number: str | None) -> None:
    assert international(typed) == number


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (NUMBER, "06 12 34 56 78"),
        ("+590690123456", "06 90 12 34 56"),
        ("+262639123456", "06 39 12 34 56"),
        ("+32470123456", "+32470123456"),
        ("+3361234567", "+3361234567"),
    ],
)
def test_a_number_is_printed_as_people_dial_it(number: str, said: str) -> None:
    assert dialled(number).replace("\N{NO-BREAK SPACE}", " ") == said


def test_a_page_shows_no_more_of_a_number_than_its_owner_needs() -> None:
    assert veiled(NUMBER) == "+336 … 78"


KEY = "a-key-of-twenty-four-letters"
SMSMODE = {
    "key": KEY,
    "reference": "refClient",
    "state": "status.value",
    "arrived": ["DELIVERED"],
    "failed": ["EXPIRED"],
}


@pytest.mark.parametrize(
    ("told", "reports"),
    [
        ({"refClient": "m1", "status": {"value": "DELIVERED"}}, [Report("m1", Fate.ARRIVED)]),
        ({"refClient": "m1", "status": {"value": "EXPIRED"}}, [Report("m1", Fate.FAILED)]),
        ({"refClient": "m1", "status": {"value": "SENT"}}, []),
        ({"refClient": 7, "status": {"value": "EXPIRED"}}, []),
        ({"refClient": "m1", "status": "EXPIRED"}, []),
        (
            [{"refClient": name, "status": {"value": "EXPIRED"}} for name in ("m1", "m2")],
            [Report("m1", Fate.FAILED), Report("m2", Fate.FAILED)],
        ),
        ([], []),
        ([1], None),
        ("text", None),
        ([{}] * 101, None),
    ],
)
def test_a_report_is_read_in_its_gateway_s_words(told: object, reports: list[Report] | None) -> None:
    wording = Wording.described(SMSMODE)
    assert wording is not None
    assert wording.read(json.dumps(told).encode(), {}) == reports


def test_a_report_may_be_a_form() -> None:
    said = {"reference": "m1", "state": "failed", "other": "x"}
    assert Wording(KEY).read(b"reference=m1", said) == [Report("m1", Fate.FAILED)]


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode) | st.just(b"[" * 20_000))
def test_no_call_breaks_it(body: bytes) -> None:
    found = Wording(KEY, "a.0.b", "a.1").read(body, {})
    assert found is None or found == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0"]), inner, max_size=3)
        ),
        max_leaves=12,
    ),
    st.sampled_from(["a", "a.0", "a.b.0", "0.a", "b.9999999999999"]),
)
def test_whatever_the_shape_a_report_has_a_text_for_its_name(told: object, path: str) -> None:
    wording = Wording(KEY, path, "b", frozenset({"0"}), frozenset({""}))
    found = wording.read(json.dumps(told).encode(), {})
    assert all(isinstance(report.reference, str) for report in found or [])


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"key": "short"},
        {"key": f"{KEY}/x"},
        {"key": KEY, "reference": "a..b"},
        {"key": KEY, "arrived": "DELIVERED"},
        {"key": KEY, "arrived": []},
        {"key": KEY, "arrived": ["failed"]},
        {"key": KEY, "secret": "x"},
        "reports",
    ],
)
def test_a_wording_that_can_t_be_is_refused_without_its_key(tmp_path: Path, wrong: object) -> None:
    file = tmp_path / "sms.json"
    file.write_text(json.dumps({"url": "https://gateway.example/", "reports": wrong}))
    with pytest.raises(GatewayFileError) as refusal:
        Gateway.read(file)
    assert KEY not in str(refusal.value)


def test_a_gateway_that_reports_is_told_the_reference(tmp_path: Path) -> None:
    file = tmp_path / "sms.json"
    told = {"url": "https://gateway.example/", "reports": {"key": KEY}, "body": {"to": "{to}", "text": "{text}"}}
    file.write_text(json.dumps(told))
    with pytest.raises(GatewayFileError, match="reference"):
        Gateway.read(file)
    file.write_text(json.dumps({"url": "https://gateway.example/", "reports": SMSMODE}))
    assert Gateway.read(file).reports == Wording.described(SMSMODE)
    assert KEY not in repr(Gateway.read(file))
