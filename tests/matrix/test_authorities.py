"""Route × role × authority: Provins and the département have the same cast and the same things as Meaux, and reach into nobody else's.

A route speaks of a thing when its address differs from one authority to the other. Asked about Meaux's, whoever serves another authority
gets what charlie gets (no such page), whatever their role; a partner who works for two towns gets in the second what they get in the first;
and a convention between two authorities opens no more than it would to any partner, and nothing a minute after its end.
"""

from datetime import timedelta
from zlib import crc32

import pytest
from django.db import transaction

from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.lib.clock import utc_now
from tests.matrix import table, world
from tests.matrix.asking import address, ask, outcome, routes_of, text_of
from tests.matrix.towns import World
from tests.matrix.walk import Route

EXPECTED = {(row.method, row.path): row.outcomes for row in table.rows()}
PARTS = sorted({row.path.split("/")[1] for row in table.rows()})
CAST = ("administrator", "alice", "official", "police")
# Bodies and firms of the installation are a directory, from which administrators choose partners; their people are not in it.
DIRECTORY = {("administrator", "/organisations/<uuid:pk>/")}
# What dora, who looks after Meaux's cabinets for the département, is served there.
OPENED = ("/cabinets/<uuid:pk>/", "/cabinets/<uuid:pk>/sticker/")


def about_a_thing(route: Route, town: World, other: World) -> bool:
    """Whether its address is about something of one authority's: what is anybody's to read is not."""
    return not route.public and address(town, route.path) != address(other, route.path)


def asked(part: str, town: World, other: World) -> list[tuple[Route, str]]:
    """The routes of a part that speak of a thing of that town, with their methods."""
    return [
        (route, method) for route in routes_of(part) if about_a_thing(route, town, other) for method in route.methods
    ]


@pytest.fixture
def takes_turns(request: pytest.FixtureRequest) -> bool:
    """Whether one neighbour asks about each thing, Provins or the département in turn: `make battery` has both ask about all."""
    return not request.config.getoption("--long", default=False)


def turns(town: World, path: str, *, taken: bool) -> tuple[World, ...]:
    """Who asks at that address, the same at each run."""
    return (town.neighbours[crc32(path.encode()) % len(town.neighbours)],) if taken else town.neighbours


@pytest.mark.parametrize("part", PARTS)
def test_no_role_reaches_into_another_authority(part: str, town: World, takes_turns: bool) -> None:
    wrong: dict[str, str] = {}
    told: list[str] = []
    for neighbour in town.neighbours:
        for route, method in asked(part, town, neighbour):
            if neighbour not in turns(town, route.path, taken=takes_turns):
                continue
            for role in CAST:
                response = ask(town, role, route, method, by=neighbour)
                name, got = f"{method} {route.path}, {role} of {neighbour.ground.name}", outcome(response)
                if got != EXPECTED[method, route.path]["charlie"] and (role, route.path) not in DIRECTORY:
                    wrong[name] = got
                told += [f"{name}: {word}" for word in world.private(town) if word in text_of(response)]
    assert wrong == {}, "what they got instead of what charlie gets"
    assert told == []


@pytest.mark.parametrize("part", PARTS)
def test_lists_hold_no_word_of_another_authority_s_things(part: str, town: World, takes_turns: bool) -> None:
    """Pages about nothing in particular show each cast its own authority's things, and none of Meaux's."""
    told: list[str] = []
    for neighbour in town.neighbours:
        hidden = world.private(town)
        for route in routes_of(part):
            if "GET" not in route.methods or address(town, route.path) != address(neighbour, route.path):
                continue
            if neighbour not in turns(town, route.path, taken=takes_turns):
                continue
            for role in CAST:
                text = text_of(ask(neighbour, role, route, "GET"))
                told += [f"{route.path}, {role} of {neighbour.ground.name}: {word}" for word in hidden if word in text]
    assert told == []


@pytest.mark.parametrize("part", PARTS)
def test_a_partner_of_two_towns_gets_in_each_what_the_table_says(part: str, town: World) -> None:
    provins, seine = town.neighbours
    wrong = {
        f"{method} {route.path}, {role}": got
        for route, method in asked(part, provins, seine)
        for role in ("bob", "tech")
        if (got := outcome(ask(provins, role, route, method, by=town))) != EXPECTED[method, route.path][role]
    }
    assert wrong == {}


@pytest.mark.parametrize("part", PARTS)
def test_a_convention_between_authorities_opens_what_it_says_until_it_ends(part: str, town: World) -> None:
    """Dora's département is a partner of Meaux: never more than another partner, and one minute later nothing."""
    rows = asked(part, town, town.neighbours[1])
    live = {(route.path, method): outcome(ask(town, "dora", route, method)) for route, method in rows}
    more = {
        key: got
        for key, got in live.items()
        if got not in {EXPECTED[key[1], key[0]]["bob"], EXPECTED[key[1], key[0]]["charlie"]}
    }
    assert more == {}, "more than another partner"
    assert {path for path in OPENED if (path, "GET") in live} == {
        path for path in OPENED if live.get((path, "GET")) == "200"
    }
    undone = transaction.atomic()
    with undone:
        assert town.between is not None
        end_convention(convention=town.between, by=None, now=utc_now() - timedelta(minutes=1))
        after = {(route.path, method): outcome(ask(town, "dora", route, method)) for route, method in rows}
        transaction.set_rollback(True)
    assert {key: got for key, got in after.items() if got != EXPECTED[key[1], key[0]]["dave"]} == {}
