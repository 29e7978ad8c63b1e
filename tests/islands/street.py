"""A page of one island in a real browser, before a server of one process: the protocol's own gate, no network, no Django.

The page is the example of docs/developers/islands.md, so the document is tested with the island.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import BrowserContext, Page, Route

from beffroi.protocol.v1.chain import extend_chain
from beffroi.protocol.v1.errors import Refused, expect
from beffroi.protocol.v1.exchange import make_result
from beffroi.protocol.v1.frames import (
    ChallengeFrame,
    ChallengeRequest,
    RefusedFrame,
    Response,
    ResultFrame,
    decode_frame,
    encode_frame,
)
from beffroi.protocol.v1.gate import GateState, decide, give_challenge
from beffroi.protocol.v1.jwk import HolderKey, holder_key
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.possession import verify_possession
from beffroi.protocol.v1.strictjson import canonical
from tests.protocol.protocol_world import AUTHORITY, GATE, NOW, World, person_key, seed

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "src" / "beffroi" / "web" / "static"
GUIDE = (ROOT / "docs" / "developers" / "islands.md").read_text()
ORIGIN = "https://street.test"
POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
PERSON = "b6b5a7d0-0000-4000-8000-000000000001"
PATIENCE = 120_000  # milliseconds: a slow machine is not a failing one
ENROLMENT_NONCE = "EBESExQVFhcYGRobHB0eHw"
CODE = "K7M2P-9QTXA"
VALUES = {
    "{{ cabinet.lock_id }}": GATE,
    "{{ cabinet.address }}": "rue du Grand-Cerf",
    "{{ cabinet.reference }}": "PM 042",
    "{{ user.pk }}": PERSON,
    "{% url 'home' %}": "/home",
}

Answer = tuple[int, dict[str, object]]


def example(island: str) -> str:
    """The example of an island, its template tags filled in."""
    blocks = re.findall(r"^```html\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    (found,) = (block for block in blocks if f'data-island="{island}"' in block)
    found = re.sub(r'{% translate "([^"]*)" %}', r"\1", found)
    found = re.sub(
        r'{% icon "([a-z-]+)" %}',
        r'<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#\1"></use></svg>',
        found,
    )
    for name, value in VALUES.items():
        found = found.replace(name, value)
    return re.sub(r"{{[^}]*}}", "", found)


def assets(name: str) -> str:
    """The tags that django-vite writes for an island."""
    manifest = json.loads((STATIC / "built" / "manifest.json").read_text())
    entry = manifest[f"src/islands/{name}/index.ts"]
    styles = "".join(f'<link rel="stylesheet" href="/static/built/{path}">' for path in entry.get("css", []))
    return f'{styles}<script type="module" src="/static/built/{entry["file"]}"></script>'


@dataclass
class Street:
    """The server and the lock of one test; a test replaces what it wants to go wrong."""

    world: World
    island: str
    chains: list[str] = field(default_factory=list)
    revocation: str = ""
    touched: bool = True
    ready_after: int = 2
    """How often the receipt is asked for before it is there."""
    instead: dict[str, Answer | None] = field(default_factory=dict)
    """By the end of a path: another answer, or None for a network that fails."""
    asked: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    enrolled: HolderKey | None = None
    html: Callable[[str], str] = lambda text: text
    uptime: int = 1000
    gate: GateState = field(init=False)
    lock: Ed25519PrivateKey = field(init=False)

    def __post_init__(self) -> None:
        self.gate = self.world.state()
        self.lock = self.world.device

    def grant_to_phone(self) -> None:
        """The sources' chain, handed on from the technician of the vectors to the phone that was just enrolled."""
        assert self.enrolled is not None
        chain = self.world.chain(links=3)
        self.chains.append(extend_chain(chain, holder=person_key("technician"), heir=self.enrolled, depth=0))

    def open_in(self, context: BrowserContext, path: str = "/page") -> Page:
        """A page whose every request ends here."""
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        page.route("**/*", self.answer)
        page.goto(ORIGIN + path)
        return page

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(ORIGIN).split("?")[0]
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            route.fulfill(body=file.read_bytes(), content_type=TYPES[file.suffix])
        elif path.startswith("/api/"):
            self._answer_api(route, path)
        elif path in self.files:
            route.fulfill(body=self.files[path], content_type="application/json")
        elif path == "/page":
            route.fulfill(
                body=self._page(), content_type="text/html; charset=utf-8", headers={"content-security-policy": POLICY}
            )
        else:
            route.fulfill(body=f"<!doctype html><title>{path}</title>", content_type="text/html")

    def _page(self) -> str:
        body = self.html(example(self.island))
        title = "" if "<h1" in body else "<h1>Page</h1>"
        return (
            '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="csrf-token" content="token-1">'
            '<meta name="viewport" content="width=device-width"><title>Island</title>'
            f"{assets('shell')}{assets(self.island)}</head>"
            '<body class="pocket"><header class="masthead"><a href="/">Meaux</a></header>'
            f'<main id="main"><div class="page">{title}{body}</div></main></body></html>'
        )

    def _answer_api(self, route: Route, path: str) -> None:
        self.asked.append(path)
        ending = path.rsplit("/", 1)[-1]
        instead = self.instead.get(ending, (0, {}))
        if instead is None:
            route.abort("connectionfailed")
            return
        sent: dict[str, object] = json.loads(route.request.post_data or "{}")
        status, body = instead if instead[0] else self._reply(path, sent)
        if route.request.method == "POST":
            assert route.request.headers["x-csrftoken"] == "token-1"
        kind = "application/problem+json" if status >= 400 else "application/json"
        route.fulfill(status=status, body=json.dumps(body), content_type=kind)

    def _reply(self, path: str, body: dict[str, object]) -> Answer:
        replies: dict[str, Callable[[dict[str, object]], Answer]] = {
            "/api/v1/holder/challenge": lambda _: (200, {"nonce": ENROLMENT_NONCE, "audience": ORIGIN}),
            "/api/v1/holder/keys": self._enrol,
            "/api/v1/holder/grants": lambda _: (200, self._doorstep()),
            f"/api/v1/gates/{GATE}/challenge": lambda sent: (200, {"frame": self._frame(sent)}),
            f"/api/v1/gates/{GATE}/response": lambda sent: (200, {"frame": self._frame(sent)}),
        }
        return replies[path](body) if path in replies else self._receipt()

    def _enrol(self, body: dict[str, object]) -> Answer:
        said = expect(verify_possession(str(body["proof"]), audience=ORIGIN, nonce=ENROLMENT_NONCE))
        if said.code != CODE:
            return 409, {"code": "wrong-code", "title": "This is not the code.", "status": 409}
        self.enrolled = said.key
        thumbprint = said.key.thumbprint
        return 200, {
            "thumbprint": thumbprint,
            "label": thumbprint[:8],
            "roots": [root.jwk for root in self.world.roots],
        }

    def _doorstep(self) -> dict[str, object]:
        return {
            "authority": AUTHORITY,
            "roots": [root.jwk for root in self.world.roots],
            "keyset": self.world.keyset_token(),
            "certificate": self.world.certificate_token(),
            "chains": self.chains,
            "revocation": self.revocation,
        }

    def _receipt(self) -> Answer:
        self.ready_after -= 1
        ready = self.ready_after < 0
        return (200 if ready else 202), {"ready": ready, "page": "/uses/7/" if ready else "", "file": ""}

    def _frame(self, body: dict[str, object]) -> object:
        """The lock reads the frame's own bytes, as it does from the broker."""
        frame = decode_frame(canonical(body["frame"]))
        self.uptime += 1000
        if isinstance(frame, ChallengeRequest):
            return json.loads(encode_frame(self._challenge(frame)))
        assert isinstance(frame, Response), frame
        decision = decide(self.gate, frame, transport="relay", uptime=self.uptime)
        self.gate = replace(self.gate, book=decision.book)
        result = decision.result(gate=GATE, boot=3, sequence=41)
        assert result is not None
        return json.loads(encode_frame(ResultFrame(make_result(result, key=self.lock))))

    def _challenge(self, request: ChallengeRequest) -> ChallengeFrame | RefusedFrame:
        nonce = encode_bytes(seed(f"street {self.uptime}")[:16])
        touched = self.uptime if self.touched else None
        given = give_challenge(
            self.gate,
            request,
            transport="relay",
            uptime=self.uptime,
            touched_at=touched,
            nonce=nonce,
            key=self.lock,
        )
        if isinstance(given, Refused):
            return RefusedFrame(given.reason)
        book, challenge = given
        self.gate = replace(self.gate, book=book)
        return ChallengeFrame(challenge.token)


def stranger() -> HolderKey:
    """Another phone."""
    return holder_key(person_key("a stranger"))
