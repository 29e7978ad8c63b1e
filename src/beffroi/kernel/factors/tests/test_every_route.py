"""Default deny: of every address that is served, only what is named is left to whoever must add a second factor first."""

import re
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import resolve

from beffroi.kernel.factors.factories import make_demand
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.viewer import Role
from beffroi.web.factors import ADDING, LEFT
from tests.matrix.walk import routes

PAGE = "/login/second-factor/"
# A value of each kind that an address may hold.
VALUES = {"uuid": str(uuid4()), "int": "1", "slug": "meaux", "str": "word", "path": "word"}
PARAMETER = re.compile(r"<(?:(?P<kind>\w+):)?\w+>")


def filled(path: str) -> str:
    return PARAMETER.sub(lambda found: VALUES.get(found["kind"] or "uuid", VALUES["uuid"]), path)


@pytest.mark.django_db
def test_nothing_but_what_is_named_goes_on() -> None:
    cache.clear()
    meaux = make_authority()
    make_demand(meaux)
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Alice Perrin", meaux.organisation, Role.AGENT))
    asked, wrong = 0, []
    for route in routes():
        path = filled(route.path)
        if resolve(path).view_name in LEFT | ADDING:
            continue
        for method in route.methods:
            answer = client.generic(method, path)
            asked += 1
            if path.startswith("/api/"):
                stopped = answer.status_code == 403 and b"second-factor-first" in answer.content
            else:
                stopped = answer.status_code == 302 and answer["location"].startswith(PAGE)
            if not stopped:
                wrong.append(f"{method} {route.path}: {answer.status_code}")
    assert wrong == []
    assert asked > 300


def test_what_is_left_is_there() -> None:
    """A name that leads nowhere would be a door left open for whoever takes it."""
    served = {resolve(filled(route.path)).view_name for route in routes()}
    assert sorted((LEFT | ADDING) - served) == []
