"""Route × role: every route, every method, every role has its expected outcome in routes.txt, and gets it.

A route that the table doesn't know fails, and so does a row whose route is gone. How to add one: docs/developers/matrix.md.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client, override_settings
from django.test.client import BOUNDARY, encode_multipart
from django.test.client import MULTIPART_CONTENT as FORM
from django.urls import reverse

from tests.matrix import table, world
from tests.matrix.table import ROLES, Row
from tests.matrix.walk import METHODS, Route, routes

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

pytestmark = pytest.mark.django_db

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
NOT_SERVED = {"login", "confirm", "401", "403", "404", "405"}
STRANGERS = ("anonymous", "charlie", "dave")
# What anybody may see without logging in, and why.
PUBLIC = {
    "/": "where everybody arrives",
    "/api/v1/register/<log>/consistency": "a published log proves itself to anybody",
    "/api/v1/register/<log>/inclusion": "a published log proves itself to anybody",
    "/api/v1/push/shown/<delivery>": "a service worker has no session: it reports what only it could decrypt",
    "/api/v1/push/subscriptions/renewed": "a service worker has no session: its former subscription's secret says who it is",
    "/manifest.webmanifest": "the authority's name and colour, for a phone's home screen",
    "/sw.js": "a script like the others, served from the root of the site",
    "/healthz": "well or not; who is not on this machine is told no more",
    "/language/": "one's own language, before log-in too",
    "/login/": "the door",
    "/login/factor/": "the door's second step",
    "/login/help/": "who opens accounts and renews passwords",
    "/login/inactive/": "why the door stays shut",
    "/login/passkey/": "the door, by passkey",
    "/logout/": "leads home",
    "/register/<str:log>/checkpoint": "a published log, commitments only: anybody may follow it",
    "/register/<str:log>/end": "a published log: how it was closed",
    "/register/<str:log>/tile/<path:path>": "a published log, commitments only: anybody may follow it",
    "/theme/<slug:slug>.css": "the colour at the head of the authority's pages",
}
# What tells a stranger nothing although it isn't "no such page", and why.
SAME_FOR_ALL = {
    "/account/passkeys/<int:pk>/remove/": "one's own passkeys: first prove again who you are",
    "/account/passkeys/<int:pk>/rename/": "one's own passkeys: first prove again who you are",
    "/api/v1/gates/<gate>/response": "what makes no sense is refused before anything is looked up",
    "/api/v1/gates/<gate>/uses/<nonce>/receipt": "a use that nobody made can't be told from one on its way",
}

# Writes without a token: they use no cookie, so that no other site can lend them anybody's.
NO_TOKEN = {
    "POST /api/v1/push/shown/<delivery>": "204",
    "POST /api/v1/push/subscriptions/renewed": "422",
}

ROWS = table.rows()
EXPECTED = {(row.method, row.path): row.outcomes for row in ROWS}
# Tried a part at a time: a town is made for each.
PARTS = sorted({row.path.split("/")[1] for row in ROWS})


@pytest.fixture
def town(tmp_path: Path) -> Iterator[world.World]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):  # nobody types one here
        yield world.build(tmp_path)


def address(town: world.World, path: str) -> str:
    """The route's address, about the world's own objects."""
    return PARAMETER.sub(lambda found: str(world.parameter(town, path, found[1])), path)


def ask(town: world.World, role: str, route: Route, method: str, *, csrf: bool = False) -> "Response":
    """What the role gets; everything it did is undone."""
    client = Client(raise_request_exception=False, enforce_csrf_checks=csrf)
    where, english = address(town, route.path), {"accept-language": "en"}
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase: durable actions may run inside
    with undone:
        person = town.people[role]
        if not isinstance(person, AnonymousUser):
            client.force_login(person)
        if method == "GET":
            response = client.get(where, world.query(town, route.path), headers=english)
        else:
            body = world.body(town, route.path, api=route.api)
            data, content = (json.dumps(body), "application/json") if route.api else (encoded(body), FORM)
            response = client.generic(method, where, data, content, headers=english)
        transaction.set_rollback(True)
    return response


def encoded(body: dict[str, object]) -> bytes:
    """A form as a browser posts it."""
    return encode_multipart(BOUNDARY, body)


def text_of(response: "Response") -> str:
    """What was served; a live stream has not begun, and tests of its own (tests/journeys/test_live.py) listen to it."""
    return "" if response.streaming else response.content.decode("utf-8", errors="replace")


def outcome(response: "Response") -> str:
    """The response in the table's words."""
    if response.status_code in (301, 302, 303):
        path = urlsplit(response.headers["Location"]).path
        confirm = {
            reverse("account_reauthenticate"),
            reverse("mfa_reauthenticate"),
            reverse("mfa_reauthenticate_webauthn"),
        }
        return "confirm" if path in confirm else "login" if path == settings.LOGIN_URL else "302"
    return str(response.status_code)


def test_every_route_has_its_rows_and_every_row_its_route() -> None:
    walked = {(method, route.path) for route in routes() for method in route.methods}
    listed = [(row.method, row.path) for row in ROWS]
    assert sorted(walked - set(listed)) == [], "routes without a row in tests/matrix/routes.txt"
    assert sorted(set(listed) - walked) == [], "rows whose route is gone"
    assert len(listed) == len(set(listed)), "a row twice"


def routes_of(part: str) -> list[Route]:
    return [route for route in routes() if route.path.split("/")[1] == part]


@pytest.mark.parametrize("part", PARTS)
def test_each_role_gets_what_the_table_says(part: str, town: world.World) -> None:
    """The outcome of each role; and whatever page a stranger is served, no word of the town's own things is on it."""
    wrong: dict[str, dict[str, str]] = {}
    told: list[str] = []
    for route in routes_of(part):
        for method in route.methods:
            name, expected = f"{method} {route.path}", EXPECTED[method, route.path]
            responses = {role: ask(town, role, route, method) for role in ROLES}
            differing = {role: outcome(one) for role, one in responses.items() if outcome(one) != expected[role]}
            if differing:
                wrong[name] = differing
            texts = {role: text_of(responses[role]) for role in STRANGERS}
            told += [
                f"{name}, {role}: {word}" for role in STRANGERS for word in world.secrets(town) if word in texts[role]
            ]
    assert wrong == {}, "what they got instead"
    assert told == [], "what strangers could read"


def test_what_is_public_is_named() -> None:
    """By what anybody is served, and by what the views say of themselves: one without the other is a mistake too."""
    served = {row.path for row in ROWS if row.outcomes["anonymous"] not in NOT_SERVED}
    declared = {route.path for route in routes() if route.public}
    assert served | declared == set(PUBLIC)


def test_another_authority_s_agent_is_told_nothing_exists() -> None:
    """charlie, asking about a thing of Meaux by its own address, gets "no such page", never "not yours"."""
    told = {
        row.path: row.outcomes["charlie"]
        for row in ROWS
        if PARAMETER.search(row.path) and row.path not in PUBLIC and row.outcomes["charlie"] not in ("404", "405")
    }
    assert sorted(told) == sorted(SAME_FOR_ALL)


@pytest.mark.parametrize("part", PARTS)
def test_no_other_method_is_taken(part: str, town: world.World) -> None:
    """A form's view takes PUT for POST (Django's own alias): then it gets what POST gets, no more."""
    wrong = {}
    for route in routes_of(part):
        allowed = NOT_SERVED | {
            EXPECTED[name, route.path]["administrator"] for name in ("POST",) if name in route.methods
        }
        for method in (name for name in METHODS if name not in route.methods):
            got = outcome(ask(town, "administrator", route, method))
            if got not in allowed:
                wrong[f"{method} {route.path}"] = got
    assert wrong == {}


@pytest.mark.parametrize("part", PARTS)
def test_every_write_needs_its_token(part: str, town: world.World) -> None:
    """Without the CSRF token nothing is written, whoever asks, unless no cookie is read either."""
    asked = {
        f"{method} {route.path}": outcome(ask(town, "administrator", route, method, csrf=True))
        for route in routes_of(part)
        for method in route.methods
        if method != "GET"
    }
    tokenless = {name: got for name, got in NO_TOKEN.items() if name in asked}
    assert {name: got for name, got in asked.items() if got != "403"} == tokenless


def test_the_table_refuses_what_it_cannot_mean() -> None:
    for text in ("GET / 200 200", "GET / * 299", f"GET / {'200 ' * (len(ROLES) + 1)}"):
        with pytest.raises(table.TableError):
            table.read(text)
    assert table.read("GET / * 200  # why") == [Row(1, "GET", "/", dict.fromkeys(ROLES, "200"))]
