"""A thing that one may not see looks like one that doesn't exist: the same page, the same status, the same work."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from beffroi.adapters.postgres.notes import ConnectionInfo
from tests.faces.served import PARAMETER, address, built, client
from tests.matrix import table, world
from tests.matrix.towns import World

STRANGERS = ("charlie", "dave")
EACH_ITS_OWN = ("Content-Length", "X-Request-ID")
# What is each page's own: its token, its address for the way back after a change of language, the number that the log has it under.
OWN = re.compile(
    r'name="csrfmiddlewaretoken" value="[^"]*"|name="next" value="[^"]*"|(?<=for whoever looks at the log: )[0-9a-f]+'
)


@pytest.fixture(scope="module")
def town(shared_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The matrix's town."""
    with built(tmp_path_factory.mktemp("town")) as town:
        yield town


def hidden_routes(role: str) -> list[str]:
    """Those about one thing, which a stranger is told nothing of."""
    return [
        row.path
        for row in table.rows()
        if row.method == "GET"
        and row.outcomes[role] == "404"
        and "<uuid:" in row.path
        and not row.path.startswith("/api/")
    ]


def missing(town: World, route: str) -> str:
    """The address of a thing that nobody made."""
    return PARAMETER.sub(
        lambda found: str(uuid4()) if found[0].startswith("<uuid:") else str(world.parameter(town, route, found[1])),
        route,
    )


def asked(visitor: Client, where: str) -> tuple[int, str, list[tuple[str, str]], int]:
    """Status, page and headers without what is each page's own, number of questions to the database."""
    with CaptureQueriesContext(connection) as questions:
        response = visitor.get(where)
    headers = sorted((name, value) for name, value in response.headers.items() if name not in EACH_ITS_OWN)
    return response.status_code, OWN.sub("", response.content.decode()), headers, len(questions)


@pytest.mark.parametrize("role", STRANGERS)
def test_what_one_may_not_see_looks_like_what_isn_t_there(town: World, role: str) -> None:
    visitor = client(town, role, "en")
    visitor.get("/")  # what a first page sets up is not compared
    wrong = []
    for route in hidden_routes(role):
        there, nowhere = asked(visitor, address(town, route)), asked(visitor, missing(town, route))
        if there[:3] != nowhere[:3]:
            wrong.append(f"{route}: not the same page")
        if there[3] != nowhere[3]:
            wrong.append(f"{route}: {there[3]} questions for what is hidden, {nowhere[3]} for what isn’t there")
    assert not wrong, "\n".join(wrong)
    assert len(hidden_routes(role)) > 10
