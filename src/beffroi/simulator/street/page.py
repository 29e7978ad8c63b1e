"""The street as a web page of its own, on loopback: its address, its words in two languages, what its buttons do."""

import json
from dataclasses import asdict, dataclass
from html import escape
from importlib import resources
from pathlib import Path
from string import Template
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from beffroi.simulator.street.hands import ACTS, NobodyThereError, put

FILES: Final = {"street.css": "text/css; charset=utf-8", "street.js": "text/javascript; charset=utf-8"}
POLICY: Final = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'"
LANGUAGES: Final = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Corner:
    """A cabinet of the street: its lock's body port, what is written on it, the path its sticker leads to."""

    name: str
    body: int
    reference: str
    address: str
    sticker: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What the demonstration tells the street: the town's address, the phone's, three corners, the log-ins."""

    town: str
    phone: str
    corners: tuple[Corner, ...]
    people: tuple[tuple[str, str, str], ...]

    @classmethod
    def read(cls, path: Path) -> "Plan":
        """From the file that the demonstration writes."""
        said = json.loads(path.read_text(encoding="utf-8"))
        corners = tuple(Corner(**corner) for corner in said["corners"])
        return cls(
            said["town"], said["phone"], corners, tuple((p["email"], p["password"], p["part"]) for p in said["people"])
        )


def street(plan: Plan) -> Starlette:
    """The application."""
    routes = [
        Route("/", _page),
        Route("/state", _state),
        Route("/act", _act, methods=["POST"]),
        *(Route(f"/{name}", _file) for name in FILES),
    ]
    application = Starlette(routes=routes)
    application.state.plan = plan
    return application


def _language(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    spoken = request.headers.get("accept-language", "fr").lower()
    return "en" if spoken.startswith("en") else "fr"


def _page(request: Request) -> Response:
    """The guided page. Everything that comes from the plan is escaped; the words are ours."""
    plan: Plan = request.app.state.plan
    language = _language(request)
    folder = resources.files("beffroi.simulator.street")
    corner = Template((folder / f"corner.{language}.html").read_text(encoding="utf-8"))
    corners = "".join(
        corner.substitute({name: escape(str(value)) for name, value in asdict(each).items()}, phone=escape(plan.phone))
        for each in plan.corners
    )
    people = "".join(
        f"<tr><th scope='row'>{escape(email)}</th><td><code>{escape(word)}</code></td><td>{escape(part)}</td></tr>"
        for email, word, part in plan.people
    )
    first = plan.corners[0]
    page = Template((folder / f"street.{language}.html").read_text(encoding="utf-8")).substitute(
        town=escape(plan.town),
        phone=escape(plan.phone),
        corners=corners,
        people=people,
        reference=escape(first.reference),
        sticker=escape(first.sticker),
    )
    return Response(
        page, media_type="text/html", headers={"Content-Security-Policy": POLICY, "Content-Language": language}
    )


def _file(request: Request) -> Response:
    name = request.url.path.lstrip("/")
    text = (resources.files("beffroi.simulator.street") / name).read_text(encoding="utf-8")
    return Response(text, headers={"Content-Type": FILES[name], "Cache-Control": "no-cache"})


async def _state(request: Request) -> Response:
    plan: Plan = request.app.state.plan
    return JSONResponse({corner.name: await _seen(corner, "state") for corner in plan.corners})


async def _act(request: Request) -> Response:
    """Only from this very page: another site's form or script has another origin."""
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc != request.headers.get("host"):
        return JSONResponse({"fault": "origin"}, status_code=403)
    plan: Plan = request.app.state.plan
    try:
        said = await request.json()
        corner = next(each for each in plan.corners if each.name == said["corner"])
        act = said["act"]
    except (ValueError, KeyError, TypeError, StopIteration):
        return JSONResponse({"fault": "unreadable"}, status_code=400)
    if act not in ACTS:
        return JSONResponse({"fault": "act"}, status_code=400)
    return JSONResponse({corner.name: await _seen(corner, act)})


async def _seen(corner: Corner, act: str) -> dict[str, object] | None:
    try:
        return asdict(await put(corner.body, act))
    except NobodyThereError:
        return None
