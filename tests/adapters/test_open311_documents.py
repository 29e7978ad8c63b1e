"""Open311's documents: the specification's own examples, what servers do differently, and what nobody may do to a reader."""

import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.adapters.open311 import reading
from beffroi.adapters.open311.documents import (
    Attribute,
    Created,
    Datatype,
    Discovery,
    Endpoint,
    Extended,
    Format,
    Problem,
    Service,
    ServiceDefinition,
    ServiceRequest,
    ServiceType,
    Stage,
    Status,
    Update,
    UpdateCreated,
    Value,
)
from beffroi.adapters.open311.errors import UnreadableError
from beffroi.adapters.open311.reading import read_moment
from beffroi.adapters.open311.trees import DEEPEST, LARGEST, MOST
from beffroi.adapters.open311.writing import Root, write_definition, write_discovery, write_list

MOMENT = datetime(2026, 11, 22, 8, 5, 9, tzinfo=UTC)
LAMP = Service("lamp", "Lampadaire éteint", "Rue & place <éclairées>", True, ServiceType.BATCH, "nuit, rue", "voirie")
QUESTIONS = ServiceDefinition(
    "lamp",
    (
        Attribute(
            True, "COLOUR", Datatype.MULTI, True, None, 1, "Quelle couleur ?", (Value("1", "Jaune"), Value("2", "Bleu"))
        ),
        Attribute(False, "NOTE", Datatype.TEXT, False, order=2),
    ),
)
REQUEST = ServiceRequest(
    "638344",
    Status.CLOSED,
    None,
    "Lampadaire éteint",
    "lamp",
    "Éteint\ndepuis hier",
    "Syndicat d’éclairage",
    None,
    MOMENT,
    MOMENT + timedelta(hours=1),
    None,
    "avenue Roosevelt, Meaux",
    None,
    "77100",
    48.9601,
    -0.0000125,
    "https://beffroi.meaux.example/m/1.jpg",
)
UPDATE = Update("u1", "638344", Stage.ACTION_SCHEDULED, MOMENT, "Prévu lundi", None)
DISCOVERY = Discovery(
    "2026-11-22 08:05",
    "01 60 09 97 00",
    "Mairie",
    (Endpoint("http://wiki.open311.org/GeoReport_v2", "https://x.example/v2", "1", "production", ("text/xml",)),),
)
FORMATS = pytest.mark.parametrize("form", list(Format))


def test_a_request_in_xml_has_the_specification_s_names_in_its_order() -> None:
    assert write_list(Root.REQUESTS, [REQUEST], Format.XML).decode() == (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        "<service_requests><request><service_request_id>638344</service_request_id><status>closed</status><status_notes/>"
        "<service_name>Lampadaire éteint</service_name><service_code>lamp</service_code>"
        "<description>Éteint\ndepuis hier</description>"
        "<agency_responsible>Syndicat d’éclairage</agency_responsible><service_notice/>"
        "<requested_datetime>2026-11-22T08:05:09Z</requested_datetime>"
        "<updated_datetime>2026-11-22T09:05:09Z</updated_datetime><expected_datetime/>"
        "<address>avenue Roosevelt, Meaux</address><address_id/><zipcode>77100</zipcode><lat>48.9601</lat>"
        "<long>-0.0000125</long><media_url>https://beffroi.meaux.example/m/1.jpg</media_url></request></service_requests>"
    )


def test_errors_are_an_array_of_code_and_description() -> None:
    told = [Problem("403", "Clé <inconnue>"), Problem("no-place", "Où ?")]
    assert json.loads(write_list(Root.ERRORS, told, Format.JSON)) == [
        {"code": 403, "description": "Clé <inconnue>"},
        {"code": "no-place", "description": "Où ?"},
    ]
    assert b"<errors><error><code>403</code><description>Cl\xc3\xa9 &lt;inconnue&gt;</description></error>" in (
        write_list(Root.ERRORS, told, Format.XML)
    )


def test_a_token_stands_without_a_number_and_a_number_without_a_token() -> None:
    assert json.loads(write_list(Root.REQUESTS, [Created(token="t1")], Format.JSON)) == [{"token": "t1"}]
    assert b"token" not in write_list(Root.REQUESTS, [Created("7", service_notice="Merci")], Format.XML)


@FORMATS
def test_what_is_written_is_read_the_same(form: Format) -> None:
    assert reading.read_services(write_list(Root.SERVICES, [LAMP], form), form).items == (LAMP,)
    assert reading.read_definition(write_definition(QUESTIONS, form), form) == QUESTIONS
    assert reading.read_requests(write_list(Root.REQUESTS, [REQUEST], form), form).items == (REQUEST,)
    assert reading.read_updates(write_list(Root.UPDATES, [UPDATE], form), form).items == (UPDATE,)
    assert reading.read_created(write_list(Root.REQUESTS, [Created("7")], form), form) == Created("7")
    told = UpdateCreated("u1")
    assert reading.read_update_created(write_list(Root.UPDATES, [told], form), form) == told
    problem = Problem("403", "Clé inconnue")
    assert reading.read_problems(write_list(Root.ERRORS, [problem], form), form).items == (problem,)
    assert reading.read_discovery(write_discovery(DISCOVERY, form), form) == DISCOVERY
    assert reading.read_requests(write_list(Root.REQUESTS, [], form), form).items == ()


def test_extensions_are_there_only_when_asked() -> None:
    assert b"extended" not in write_list(Root.REQUESTS, [REQUEST], Format.XML)
    more = Extended(detailed_status="PLANNED", media_urls=("https://x.example/1.jpg",))
    asked = Created("7")
    assert more.media_urls[0].encode() in write_list(Root.REQUESTS, [_with(more)], Format.XML)
    assert b"media_urls" not in write_list(Root.REQUESTS, [asked], Format.XML)


def _with(more: Extended) -> ServiceRequest:
    return ServiceRequest("1", Status.OPEN, None, None, "x", None, None, None, MOMENT, extended_attributes=more)


def test_texts_that_xml_cannot_hold_are_said_without_it() -> None:
    service = Service("a", "b", "b\x00\x1b]]>\ud800\r\nc\ufffe")
    for form in Format:
        assert reading.read_services(write_list(Root.SERVICES, [service], form), form).items[0].description == "b]]>\nc"


def test_a_moment_without_a_zone_is_never_written() -> None:
    with pytest.raises(ValueError, match="zone"):
        write_list(Root.UPDATES, [Update("1", "2", Stage.OPEN, MOMENT.replace(tzinfo=None))], Format.JSON)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1994-11-05T08:15:30-05:00", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("1994-11-05T13:15:30Z", datetime(1994, 11, 5, 13, 15, 30, tzinfo=UTC)),
        ("1994-11-05T13:15:30.250Z", datetime(1994, 11, 5, 13, 15, 30, 250_000, tzinfo=UTC)),
        ("1994-11-05T13:15+0100", datetime(1994, 11, 5, 12, 15, tzinfo=UTC)),
        ("1994-11-05T13:15:30", None),
        ("1994-11-05", None),
        ("1994-13-05T13:15:30Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("١٩٩٤-11-05T13:15:30Z", None),
        ("yesterday", None),
    ],
)
def test_moments_carry_a_zone(text: str, moment: datetime | None) -> None:
    assert read_moment(text) == moment


def test_what_servers_do_differently_is_understood() -> None:
    # a list called "requests", a state in capitals, a blank around a link, a number for an identifier, no zone
    xml = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
    <requests xmlns="http://wiki.open311.org/GeoReport_v2"><service_request><service_request_id>638344</service_request_id>
    <status>OPEN</status><status_notes></status_notes><service_code>006</service_code>
    <description>Trottoir ab\xeem\xe9</description><requested_datetime>2010-04-14 06:37:38</requested_datetime>
    <lat>95</lat><long>NaN</long><media_url>http://city.example/638344.jpg </media_url></service_request></requests>"""
    (found,) = reading.read_requests(xml, Format.XML).items
    assert (found.service_request_id, found.status, found.description) == ("638344", Status.OPEN, "Trottoir abîmé")
    assert (found.lat, found.long, found.status_notes) == (None, None, None)
    assert found.requested_datetime == datetime(2010, 4, 14, 6, 37, 38, tzinfo=UTC)
    assert found.media_url == "http://city.example/638344.jpg"
    wrapped = {"service_requests": [{"service_request_id": 293944, "service_notice": None, "account_id": None}]}
    assert reading.read_created(json.dumps(wrapped).encode(), Format.JSON) == Created("293944")
    alone = {"code": 400, "description": "no"}
    assert reading.read_problems(json.dumps(alone).encode(), Format.JSON).items == (Problem("400", "no"),)


def test_one_bad_item_costs_none_of_the_others() -> None:
    updates = [
        {
            "update_id": 1,
            "service_request_id": 2,
            "status": "FIXED",
            "updated_datetime": "2026-11-22T08:05:09Z",
            "media_url": "javascript:alert(1)",
        },
        {"update_id": 2, "status": "FIXED"},
        "nonsense",
    ]
    found = reading.read_updates(json.dumps(updates).encode(), Format.JSON)
    assert found.items == (Update("1", "2", Stage.FIXED, MOMENT),)
    assert found.left_out == 2


def test_errors_under_the_status_of_a_success_are_no_request() -> None:
    body = write_list(Root.ERRORS, [Problem("403", "Clé inconnue")], Format.XML)
    with pytest.raises(UnreadableError, match="errors"):
        reading.read_created(body, Format.XML)


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><services><service>&c;</service></services>'


@pytest.mark.parametrize(
    ("body", "form", "code"),
    [
        (BOMB, Format.XML, "document-type"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><services/>', Format.XML, "document-type"),
        (b"<services><service></services>", Format.XML, "not-xml"),
        (b"", Format.XML, "not-xml"),
        (b'<?xml version="1.0" encoding="utf-7"?><services/>', Format.XML, "not-xml"),
        (b"<a>" * (DEEPEST + 2) + b"</a>" * (DEEPEST + 2), Format.XML, "too-deep"),
        (b"<services>" + b"<a/>" * (MOST + 1) + b"</services>", Format.XML, "too-many"),
        (b" " * (LARGEST + 1), Format.XML, "too-large"),
        (b" " * (LARGEST + 1), Format.JSON, "too-large"),
        (b"[" * 100_000, Format.JSON, "too-deep"),
        (b"[" * (DEEPEST + 2) + b"]" * (DEEPEST + 2), Format.JSON, "too-deep"),
        (b"[" + b"0," * MOST + b"0]", Format.JSON, "too-many"),
        (b"[NaN]", Format.JSON, "not-json"),
        (b"[1e999]", Format.JSON, "not-json"),
        (b"[" + b"9" * 5000 + b"]", Format.JSON, "not-json"),
        (b"\xff", Format.JSON, "not-json"),
        (b"<html><body>It works</body></html>", Format.XML, "no-service-code"),
        (b'["nonsense"]', Format.JSON, "not-a-document"),
    ],
)
def test_what_could_hurt_is_refused_with_a_code(body: bytes, form: Format, code: str) -> None:
    with pytest.raises(UnreadableError) as refusal:
        reading.read_services(body, form)
    assert refusal.value.code == code


READERS = [
    reading.read_services,
    reading.read_definition,
    reading.read_requests,
    reading.read_created,
    reading.read_updates,
    reading.read_update_created,
    reading.read_problems,
    reading.read_discovery,
]
NAMES = [
    "service_code",
    "attributes",
    "values",
    "status",
    "updated_datetime",
    "lat",
    "code",
    "errors",
    "endpoints",
    "url",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4),
    max_leaves=15,
)
MARKUP = st.lists(
    st.sampled_from(
        [f"<{name}>" for name in NAMES] + [f"</{name}>" for name in NAMES] + ["é", "&amp;", "&#0;", "<![CDATA["]
    ),
    max_size=20,
).map(lambda parts: "".join(parts).encode())


MOMENTS = st.datetimes(timezones=st.just(timezone(timedelta(hours=2)))).filter(lambda moment: moment.year > 1)


@given(
    st.binary(max_size=200)
    | JSON.map(lambda tree: json.dumps(tree).encode())
    | MARKUP
    | MARKUP.map(lambda inside: b"<services><service>" + inside + b"</service></services>"),
    st.sampled_from(Format),
    st.sampled_from(READERS),
)
def test_nothing_breaks_a_reader(body: bytes, form: Format, reader: object) -> None:
    assert callable(reader)
    with contextlib.suppress(UnreadableError):
        reader(body, form)


@given(st.text(max_size=60), MOMENTS)
def test_any_text_survives_both_languages_alike(text: str, moment: datetime) -> None:
    update = Update("1", "2", Stage.OPEN, moment, f"a{text}z")
    one, other = (reading.read_updates(write_list(Root.UPDATES, [update], form), form).items[0] for form in Format)
    assert one == other
    assert one.updated_datetime == moment.replace(microsecond=0)
