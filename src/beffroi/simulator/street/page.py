"""The street as a web page of its own, on loopback: its address, its words in two languages, what its buttons do."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from html import escape
from importlib import resources
from string import Template
from typing import Final
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from beffroi.simulator.browser import RefusedError, TroubleError
from beffroi.simulator.hands import ACTS, NobodyThereError, Seen, put
from beffroi.simulator.life.crew import Technician
from beffroi.simulator.mailbox import Mailbox
from beffroi.simulator.phone import PhoneError
from beffroi.simulator.street.mail import mail_page
from beffroi.simulator.street.plan import Corner, Plan

FILES: Final = {"street.css": "text/css; charset=utf-8", "street.js": "text/javascript; charset=utf-8"}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
LANGUAGES: Final = ("fr", "en")
FACES: Final = ("town", "phone", "police", "member", "manager", "owner")
# How many things there are to try, without the residence and with it.
MANY: Final = {"fr": ("cinq", "sept"), "en": ("five", "seven")}

LEAVE_OPEN: Final = "leave-open"
HALF_HOUR: Final = 1_800  # seconds of the town's own clock, after which an open door is an alert


@dataclass
class Street:
    """The corners as they were last seen, and since when a door has stood open, by the machine's own clock."""

    plan: Plan
    helper: Technician
    mailbox: Mailbox
    clock: Callable[[], float] = time.monotonic
    _open_since: dict[str, float] = field(default_factory=dict)

    def act(self, corner: Corner, act: str) -> dict[str, object] | None:
        """Do it, and see; None when the lock's process doesn't answer. Raises TroubleError and PhoneError."""
        try:
            if act == LEAVE_OPEN:
                self._leave_open(corner)
                act = "state"
            return self._noted(corner, put(corner.body, act))
        except NobodyThereError:
            return None

    def _leave_open(self, corner: Corner) -> None:
        """The helper opens with a phone as anybody would, pulls the door, and walks away."""
        seen = put(corner.body, "state")
        try:
            if seen.door == "closed" and seen.latch == "locked":
                self.helper.open(corner.stand)
            put(corner.body, "open-door")
        finally:
            self.helper.done()

    def _noted(self, corner: Corner, seen: Seen) -> dict[str, object]:
        if seen.door == "closed":
            self._open_since.pop(corner.name, None)
            return asdict(seen)
        since = self._open_since.setdefault(corner.name, self.clock())
        return {**asdict(seen), "open_for": self.clock() - since}


def application(street: Street) -> Starlette:
    """The page, and what it asks."""
    routes = [
        Route("/", _page),
        Route("/state", _state),
        Route("/act", _act, methods=["POST"]),
        Route("/mail", _mail),
        *(Route(f"/{name}", _file) for name in FILES),
    ]
    found = Starlette(routes=routes)
    found.state.street = street
    return found


def _language(request: Request) -> str:
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    spoken = request.headers.get("accept-language", "fr").lower()
    return "en" if spoken.startswith("en") else "fr"


def _page(request: Request) -> Response:
    """The guided page. Everything that comes from the plan is escaped; the words are ours."""
    plan: Plan = request.app.state.street.plan
    language = _language(request)
    folder = resources.files("beffroi.simulator.street")
    corner = Template((folder / f"corner.{language}.html").read_text(encoding="utf-8"))
    corners = "".join(
        corner.substitute({name: escape(str(value)) for name, value in asdict(each).items()}, phone=escape(plan.phone))
        for each in plan.corners
    )
    people = "".join(
        f"<tr><th scope='row'>{escape(each['email'])}</th><td>{escape(each[language])}</td></tr>"
        for each in plan.people
    )
    first = plan.corners[0]
    faces = {name: escape(getattr(plan, name)) for name in FACES}
    images = Template((folder / f"images.{language}.html").read_text(encoding="utf-8"))
    filmed = bool(plan.residence)
    page = Template((folder / f"street.{language}.html").read_text(encoding="utf-8")).substitute(
        **faces,
        many=MANY[language][filmed],
        images=images.substitute(faces, residence=escape(plan.residence)) if filmed else "",
        unfilmed="hidden" if filmed else "",
        corners=corners,
        people=people,
        password=escape(plan.helper.password),
        pace=plan.pace,
        half_hour=HALF_HOUR // plan.pace,
        faster="" if plan.pace > 1 else "hidden",
        reference=escape(first.reference),
        sticker=escape(first.sticker),
    )
    return _html(page, language)


def _html(page: str, language: str) -> Response:
    headers = {"Content-Security-Policy": POLICY, "Content-Language": language}
    return Response(page, media_type="text/html", headers=headers)


def _file(request: Request) -> Response:
    name = request.url.path.lstrip("/")
    text = (resources.files("beffroi.simulator.street") / name).read_text(encoding="utf-8")
    return Response(text, headers={"Content-Type": FILES[name], "Cache-Control": "no-cache"})


async def _state(request: Request) -> Response:
    street: Street = request.app.state.street
    corners = {corner.name: await run_in_threadpool(street.act, corner, "state") for corner in street.plan.corners}
    return JSONResponse({"corners": corners, "letters": street.mailbox.standing()[0]})


def _mail(request: Request) -> Response:
    street: Street = request.app.state.street
    language = _language(request)
    return _html(mail_page(street.mailbox, language=language, to=request.query_params.get("to", "")), language)


async def _act(request: Request) -> Response:
    """Only from this very page: another site's form or script has another origin."""
    origin = request.headers.get("origin", "")
    if urlsplit(origin).netloc != request.headers.get("host"):
        return JSONResponse({"fault": "origin"}, status_code=403)
    street: Street = request.app.state.street
    try:
        said = await request.json()
        corner = next(each for each in street.plan.corners if each.name == said["corner"])
        act = said["act"]
    except (ValueError, KeyError, TypeError, StopIteration):
        return JSONResponse({"fault": "unreadable"}, status_code=400)
    if act not in {*ACTS, LEAVE_OPEN}:
        return JSONResponse({"fault": "act"}, status_code=400)
    try:
        return JSONResponse({corner.name: await run_in_threadpool(street.act, corner, act)})
    except RefusedError:
        return JSONResponse({"fault": "order"}, status_code=409)
    except (TroubleError, PhoneError):
        return JSONResponse({"fault": "helper"}, status_code=503)
