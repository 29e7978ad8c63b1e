"""What we say in Open311, judged by the schemas of its authors (open311/schema-validation, JSON Schema draft 4).

The schemas stay where they were published: `--conformance DIR` names the folder that holds them, under `open311/`.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from beffroi.adapters.open311 import documents as said
from beffroi.adapters.open311.documents import Format
from beffroi.adapters.open311.writing import Root, write_definition, write_list

Schema = bool | Mapping[str, object]

TEXTS = st.text(max_size=40)
MAYBE = st.none() | TEXTS
ZONES = st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(timezones=ZONES)
SERVICES = st.builds(
    said.Service,
    TEXTS,
    TEXTS,
    MAYBE,
    st.booleans(),
    st.sampled_from(said.ServiceType),
    MAYBE,
    MAYBE,
)
ATTRIBUTES = st.builds(
    said.Attribute,
    st.booleans(),
    TEXTS,
    st.sampled_from(said.Datatype),
    st.booleans(),
    MAYBE,
    st.none() | st.integers(1, 50),
    MAYBE,
    st.lists(st.builds(said.Value, TEXTS, TEXTS), max_size=3).map(tuple),
)
DEFINITIONS = st.builds(said.ServiceDefinition, TEXTS, st.lists(ATTRIBUTES, max_size=3).map(tuple))
REQUESTS = st.builds(
    said.ServiceRequest,
    TEXTS,
    st.sampled_from(said.Status),
    MAYBE,
    MAYBE,
    TEXTS,
    MAYBE,
    MAYBE,
    MAYBE,
    MOMENTS,
    st.none() | MOMENTS,
    st.none() | MOMENTS,
    MAYBE,
    MAYBE,
    MAYBE,
    st.none() | st.floats(-90, 90),
    st.none() | st.floats(-180, 180),
    st.none() | st.just("https://beffroi.meaux.example/m/1.jpg"),
    st.none() | st.builds(said.Extended, MAYBE, MAYBE, st.lists(TEXTS, max_size=2).map(tuple)),
)


@pytest.fixture(scope="module")
def schemas(request: pytest.FixtureRequest) -> Registry[Schema]:
    folder = request.config.getoption("--conformance")
    if not folder:
        pytest.skip("the published schemas of Open311: give their folder with --conformance DIR")
    found = [
        (path.name, Resource.from_contents(json.loads(path.read_text(encoding="utf-8")), DRAFT4))
        for path in (Path(folder) / "open311").glob("*.json")
    ]
    return Registry[Schema]().with_resources(found)


def judge(schemas: Registry[Schema], name: str, body: bytes) -> None:
    """Fails where the schema of that name refuses the document."""
    judging = jsonschema.Draft4Validator(
        {"$ref": name}, registry=schemas, format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER
    )
    judging.validate(json.loads(body))


few = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@few
@given(st.lists(SERVICES, max_size=3))
def test_services(schemas: Registry[Schema], services: list[said.Service]) -> None:
    judge(schemas, "services.json", write_list(Root.SERVICES, services, Format.JSON))


@few
@given(DEFINITIONS)
def test_definitions(schemas: Registry[Schema], definition: said.ServiceDefinition) -> None:
    judge(schemas, "service-definition.json", write_definition(definition, Format.JSON))


@few
@given(st.lists(REQUESTS, max_size=3))
def test_requests(schemas: Registry[Schema], requests: list[said.ServiceRequest]) -> None:
    judge(schemas, "requests.json", write_list(Root.REQUESTS, requests, Format.JSON))


def test_the_judge_refuses_what_is_wrong(schemas: Registry[Schema]) -> None:
    moment = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    request = said.ServiceRequest(
        "1", said.Status.OPEN, None, None, "07", "x" * (said.LONGEST_DESCRIPTION + 1), None, None, moment
    )
    with pytest.raises(jsonschema.ValidationError):
        judge(schemas, "requests.json", write_list(Root.REQUESTS, [request], Format.JSON))
