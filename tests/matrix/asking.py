"""How the matrix asks: as somebody, about a town's own objects, undoing what was done; and what was answered, in the table's words."""

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.test import Client
from django.test.client import BOUNDARY, encode_multipart
from django.test.client import MULTIPART_CONTENT as FORM
from django.urls import reverse

from beffroi.kernel.counter.rules import SESSION_KEY
from tests.matrix import world
from tests.matrix.towns import World
from tests.matrix.walk import Route, routes

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")
# Whoever has logged in, by authority and role.
CLIENTS: dict[tuple[str, str], Client] = {}
# Whatever is asked is undone, so a town's things stay what they are: each is looked up once.
ADDRESSES: dict[tuple[str, str], str] = {}


def address(town: World, path: str) -> str:
    """The route's address, about the world's own objects."""
    known = town.authority.slug, path
    if known not in ADDRESSES:
        ADDRESSES[known] = PARAMETER.sub(lambda found: str(world.parameter(town, path, found[1])), path)
    return ADDRESSES[known]


def visitor(town: World, role: str) -> Client:
    """Somebody's browser, logged in once; the one at the counter acts under a mandate."""
    client = CLIENTS.get((town.authority.slug, role))
    if client is None:
        client = CLIENTS[town.authority.slug, role] = Client(raise_request_exception=False)
        person = town.people[role]
        if not isinstance(person, AnonymousUser):
            client.force_login(person)
        if role == "counter":
            session = client.session
            session[SESSION_KEY] = str(town.mandate)
            session.save()
    return client


def ask(
    town: World, role: str, route: Route, method: str, *, csrf: bool = False, by: World | None = None
) -> "Response":
    """What the role gets, of the town itself or of the one that asks; everything it did is undone."""
    client = visitor(by or town, role)
    cookies, client.handler.enforce_csrf_checks = dict(client.cookies), csrf
    where, english = address(town, route.path), {"accept-language": "en"}
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase: durable actions may run inside
    with undone:
        if method == "GET":
            response = client.get(where, world.query(town, route.path), headers=english)
        else:
            body = world.body(town, route.path, api=route.api)
            data, content = (json.dumps(body), "application/json") if route.api else (encoded(body), FORM)
            response = client.generic(method, where, data, content, headers=english)
        transaction.set_rollback(True)
    client.cookies.clear()
    client.cookies.update(cookies)
    return response


def encoded(body: dict[str, object]) -> bytes:
    """A form as a browser posts it."""
    return encode_multipart(BOUNDARY, body)


def text_of(response: "Response") -> str:
    """What was served; a live stream has not begun, and tests of its own (web/tests/test_stream.py) listen to it."""
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
    if response.status_code == 401 and b'href="/login/?' in response.content:  # what was sent is kept on the page
        return "login"
    return str(response.status_code)


def routes_of(part: str) -> list[Route]:
    return [route for route in routes() if route.path.split("/")[1] == part]
