"""The guided page of the demonstration: what there is to try, with a residence and without."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette

from beffroi.simulator.browser import Browser
from beffroi.simulator.life.crew import Planner, Technician
from beffroi.simulator.mailbox import Mailbox
from beffroi.simulator.street.page import Street, application
from beffroi.simulator.street.plan import Corner, Plan, Worker

NADIA = Worker("Nadia Faure", "nadia@fibre.example", "a password")
FILMED = Plan(
    town="http://localhost:1",
    phone="http://phone.localhost:1",
    police="http://police.localhost:1",
    member="http://member.localhost:1",
    manager="http://manager.localhost:1",
    owner="http://owner.localhost:1",
    residence="Résidence <du> Pont",
    pace=60,
    mail=0,
    corners=(Corner("lock-1", "a-gate", 1, "PM-1", "1 rue du Pont", "/c/1/"),),
    people=(),
    planner=NADIA,
    helper=NADIA,
    technicians=(),
    stands=(),
)
UNFILMED = replace(FILMED, residence="")


def street(plan: Plan) -> Starlette:
    desk = Browser(plan.town, NADIA.email, NADIA.password)
    helper = Technician(NADIA.name, desk, Planner(desk), lambda _seconds: True)
    return application(Street(plan, helper, Mailbox()))


def page(plan: Plan, language: str) -> str:
    """What a browser gets."""
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": f"lang={language}".encode(), "headers": []}
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(street(plan)(scope, receive, send))
    assert said[0]["status"] == 200
    return b"".join(each.get("body", b"") for each in said).decode()


@pytest.mark.parametrize(("language", "seven", "five"), [("fr", "sept", "cinq"), ("en", "seven", "five")])
def test_it_counts_what_there_is_to_try_and_says_what_is_left_out(language: str, seven: str, five: str) -> None:
    with_images, without = page(FILMED, language), page(UNFILMED, language)
    for html, many, steps in ((with_images, seven, 7), (without, five, 5)):
        assert f", {many} " in html
        assert html.count("<li><h2>") == steps
        assert "$" not in html
    assert '<p class="lead" hidden>' in with_images
    assert '<p class="lead" >' in without
    assert "PyAV" in without


def test_each_face_is_a_window_of_its_own_and_names_are_only_text() -> None:
    html = page(FILMED, "fr")
    for face, path in (
        (FILMED.police, "/login/?next=/video/ask/"),
        (FILMED.police, "/login/?next=/video/viewings/"),
        (FILMED.manager, "/login/?next=/video/button/"),
        (FILMED.owner, "/login/?next=/video/requests/"),
        (FILMED.town, "/video/at/meaux/"),
    ):
        assert f'href="{face}{path}"' in html
    assert "Résidence &lt;du&gt; Pont" in html
