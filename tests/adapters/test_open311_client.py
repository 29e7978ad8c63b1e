"""Another town's Open311 server over real HTTP: what it is given, what it says, and what it may do to us, which is nothing."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

import pytest

from beffroi.adapters.http.client import Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.open311.client import (
    GONE,
    Failed,
    NewUpdate,
    Photograph,
    Report,
    Server,
    Town,
    discover,
    way_in,
)
from beffroi.adapters.open311.documents import (
    Attribute,
    Created,
    Datatype,
    Discovery,
    Endpoint,
    Format,
    ServiceDefinition,
    Stage,
    Status,
    UpdateCreated,
)
from beffroi.adapters.open311.fake import FakeTown, Whim
from beffroi.adapters.open311.reading import Found
from beffroi.lib.handover import Handover, Outcome

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
LAMP = Report("r1", "lamp", "Éteint depuis hier & avant-hier", lat=48.9601, long=-0.0000125, email="elue@meaux.example")
PHOTO = Photograph("1.jpg", "image/jpeg", b"\xff\xd8\xff\x00" * 1000)
T = TypeVar("T")
FORMATS = pytest.mark.parametrize("form", list(Format))


@pytest.fixture
def town() -> Iterator[FakeTown]:
    with FakeTown(lambda: NOW).running() as running:
        yield running


def ask(server: Server, question: Callable[[Town], Awaitable[T]], *, seconds: float = 10.0) -> T:
    async def run() -> T:
        client = Client(Reach(frozenset({"127.0.0.1"})), lambda: NOW, timeout=seconds, gone=GONE)
        async with client:
            return await question(Town(client, server))

    return asyncio.run(run())


def found_at(url: str) -> Discovery | Failed:
    async def run() -> Discovery | Failed:
        async with Client(Reach(frozenset({"127.0.0.1"})), lambda: NOW, gone=GONE) as client:
            return await discover(client, url)

    return asyncio.run(run())


@FORMATS
def test_a_report_goes_there_and_comes_back_mended(town: FakeTown, form: Format) -> None:
    server = replace(town.server, form=form)
    assert ask(server, lambda there: there.post(LAMP)) == Created("1", service_notice="Sous 48 heures")
    (taken,) = town.taken.values()
    assert taken.fields == {
        "service_code": "lamp",
        "lat": "48.9601000",
        "long": "-0.0000125",
        "email": "elue@meaux.example",
        "description": "Éteint depuis hier & avant-hier",
    }
    update = town.tell("1", Stage.FIXED, "Réparé", "https://voisine.example/2.jpg")
    told = ask(server, lambda there: there.updates(NOW - timedelta(days=1), NOW))
    assert told == Found((update,))
    seen = ask(server, lambda there: there.requests(["1", "9"]))
    assert isinstance(seen, Found)
    assert [(each.service_request_id, each.status) for each in seen.items] == [("1", Status.CLOSED)]


def test_photographs_and_answers_to_questions_go_along(town: FakeTown) -> None:
    asks = Attribute(True, "COULEUR", Datatype.MULTI, True)
    town.definitions["lamp"] = ServiceDefinition("lamp", (asks,))
    assert ask(town.server, lambda there: there.definition("lamp")) == town.definitions["lamp"]
    report = Report(
        "r2",
        "lamp",
        "Éteint",
        address_string="avenue Roosevelt",
        attributes={"COULEUR": ["jaune", "bleu"], "NUMERO": ["12"]},
        several=frozenset({"COULEUR"}),
        photographs=(PHOTO, PHOTO),
    )
    assert isinstance(ask(town.server, lambda there: there.post(report)), Created)
    taken = town.taken["r2"]
    assert taken.attributes == {"COULEUR": ["jaune", "bleu"], "NUMERO": ["12"]}
    assert taken.photographs == [PHOTO.content, PHOTO.content]
    assert taken.fields["address_string"] == "avenue Roosevelt"


def test_a_token_becomes_a_number_later(town: FakeTown) -> None:
    town.tokens = True
    created = ask(town.server, lambda there: there.post(LAMP))
    assert created == Created(token="t1")
    assert ask(town.server, lambda there: there.token("t1")) == Created(token="t1")
    town.number("t1")
    assert ask(town.server, lambda there: there.token("t1")) == Created("1", "t1")
    unknown = ask(town.server, lambda there: there.token("../../t9?x=1"))
    assert isinstance(unknown, Failed)
    assert unknown.handover == Handover(Outcome.REFUSED, "http-404")


def test_what_is_posted_again_is_taken_once_where_the_server_knows_its_key(town: FakeTown) -> None:
    town.whims = [Whim.BROKEN]
    first = ask(town.server, lambda there: there.post(LAMP))
    assert isinstance(first, Failed)
    assert first.handover.outcome is Outcome.REFUSED
    numbers = [ask(town.server, lambda there: there.post(LAMP)) for _ in range(2)]
    assert numbers[0] == numbers[1]
    assert list(town.taken) == ["r1"]


def test_what_we_know_is_said_there(town: FakeTown) -> None:
    ask(town.server, lambda there: there.post(LAMP))
    told = NewUpdate("b1", "1", Stage.IN_PROGRESS, NOW, "Une équipe est en route")
    assert ask(town.server, lambda there: there.post_update(told)) == UpdateCreated("b1")
    assert [(each.update_id, each.status) for each in town.updates] == [("b1", Stage.IN_PROGRESS)]


def test_the_key_stands_in_no_address(town: FakeTown) -> None:
    ask(town.server, lambda there: there.services())
    ask(town.server, lambda there: there.post(LAMP))
    ask(town.server, lambda there: there.updates(NOW, NOW))
    assert len(town.asked) == 3
    assert not [each for each in town.asked if town.key in each]
    assert town.key not in repr(town.server)


def test_several_jurisdictions_of_one_server(town: FakeTown) -> None:
    town.jurisdiction_id = "voisine.example"
    assert ask(town.server, lambda there: there.services()) == Found(tuple(town.services))
    stranger = Server(town.server.url, town.key, "ailleurs.example")
    refused = ask(stranger, lambda there: there.services())
    assert isinstance(refused, Failed)
    assert refused.handover.fault == "http-404"


@FORMATS
@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (HTTPStatus.BAD_REQUEST, Outcome.REFUSED),
        (HTTPStatus.NOT_FOUND, Outcome.REFUSED),
        (HTTPStatus.FORBIDDEN, Outcome.AGAIN),
        (HTTPStatus.TOO_MANY_REQUESTS, Outcome.AGAIN),
        (HTTPStatus.SERVICE_UNAVAILABLE, Outcome.AGAIN),
        (HTTPStatus.GONE, Outcome.GONE),
    ],
)
def test_errors_are_values_with_what_the_server_says(
    town: FakeTown, form: Format, status: HTTPStatus, outcome: Outcome
) -> None:
    town.whims = [status]
    failed = ask(replace(town.server, form=form), lambda there: there.post(LAMP))
    assert isinstance(failed, Failed)
    assert failed.handover == Handover(outcome, f"http-{status.value}")
    assert [each.code for each in failed.problems] == [str(status.value)]
    assert town.taken == {}


def test_a_wrong_key_may_be_put_right(town: FakeTown) -> None:
    failed = ask(Server(town.server.url, "another"), lambda there: there.post(LAMP))
    assert isinstance(failed, Failed)
    assert failed.handover == Handover(Outcome.AGAIN, "http-403")


@pytest.mark.parametrize(
    ("whim", "handover"),
    [
        (Whim.HANGS, Handover(Outcome.AGAIN, "time-out")),
        (Whim.BROKEN, Handover(Outcome.REFUSED, "unreadable-not-xml")),
        (Whim.BOMB, Handover(Outcome.REFUSED, "unreadable-document-type")),
        (Whim.ENDLESS, Handover(Outcome.REFUSED, "answer-too-large")),
        (Whim.BREAKS_OFF, Handover(Outcome.AGAIN, "broken-off")),
        (Whim.ELSEWHERE, Handover(Outcome.REFUSED, "http-307")),
    ],
)
def test_what_a_server_does_is_a_value(town: FakeTown, whim: Whim, handover: Handover) -> None:
    town.whims = [whim]
    failed = ask(town.server, lambda there: there.post(LAMP), seconds=0.3 if whim is Whim.HANGS else 30.0)
    assert failed == Failed(handover)
    assert len(town.asked) == 1


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://192.168.1.1/v2", "private-address"),
        ("http://voisine.example/v2", "not-https"),
        ("https://user:password@voisine.example/v2", "not-an-address"),
    ],
)
def test_no_report_goes_into_our_own_network(url: str, fault: str) -> None:
    failed = ask(Server(url), lambda there: there.post(LAMP))
    assert failed == Failed(Handover(Outcome.REFUSED, fault))


@pytest.mark.parametrize("formats", [(Format.XML, Format.JSON), (Format.JSON,), (Format.XML,)])
def test_discovery_says_where_reports_go(formats: tuple[Format, ...]) -> None:
    with FakeTown(lambda: NOW, formats=formats).running() as other:
        found = found_at(other.address)
        assert isinstance(found, Discovery)
        way = way_in(found)
        assert way is not None
        endpoint, form = way
        assert (endpoint.url, form) == (f"{other.address}/v2", formats[0])


def test_discovery_of_nothing_is_a_value(town: FakeTown) -> None:
    failed = found_at(f"{town.address}/nowhere")
    assert isinstance(failed, Failed)
    assert failed.handover == Handover(Outcome.REFUSED, "http-404")
    test = Endpoint("http://wiki.open311.org/GeoReport_v2", "https://x.example/v2", "", "test", ())
    other = Endpoint("http://wiki.open311.org/GeoReport_v3", "https://x.example/v3", "", "production", ())
    assert way_in(Discovery("", "", "", (test, other))) is None
