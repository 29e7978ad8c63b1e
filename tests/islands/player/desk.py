"""The page of a request before a real relay: a small server on loopback that renders the player's own template and says how the right
stands. Images and proofs never come here: the browser takes them from the relay.
"""

import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from django.template.loader import render_to_string
from django.utils.translation import override
from playwright.sync_api import Page

from beffroi.protocol.v1.errors import expect
from beffroi.protocol.v1.grant import NETWORK, Policy
from beffroi.protocol.v1.jwk import HolderKey, octet_key
from beffroi.protocol.v1.possession import verify_possession
from beffroi.simulator.screen import ACTION
from tests.edge.relay.site import LIST_AGE, Site
from tests.edge.town import AUTHORITY, CAMERA, HOUR, NOW, OTHER_CAMERA
from tests.islands.street import STATIC, TYPES, assets

PERSON = "b6b5a7d0-0000-4000-8000-000000000001"
GRANT = "8c7f1f5a-2a63-4b0e-8a55-0d9f3a51c001"
NONCE = "EBESExQVFhcYGRobHB0eHw"
NAMES = {CAMERA: "Hall A", OTHER_CAMERA: "Parking, niveau -1"}
BOTH = (CAMERA, OTHER_CAMERA)


def origin(port: int) -> str:
    """Of the page, which the relay must know."""
    return f"http://127.0.0.1:{port}"


@dataclass
class Desk:
    """One request of one officer, for cameras of one site. `said` changes what the facts say."""

    site: Site
    port: int
    cameras: tuple[str, ...] = (CAMERA,)
    language: str = "en"
    key: HolderKey | None = None
    chain: str = ""
    said: dict[str, object] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    deaf: bool = False
    """Acts are not heard: the server fails."""
    refuses: str = ""
    """The code with which a browser's key is refused."""
    following: str = ""
    """Where the next cameras of a request over more than four are; a page that shows them all leads nowhere."""
    _server: ThreadingHTTPServer = field(init=False)

    def __enter__(self) -> Self:
        desk = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                desk._get(self)

            def do_POST(self) -> None:
                desk._post(self)

            def log_message(self, *_: object) -> None:
                """Nothing is said."""

        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def origin(self) -> str:
        return origin(self.port)

    @property
    def relay(self) -> str:
        return f"http://127.0.0.1:{self.site.port}"

    # What the page is told

    def sign(self, *, end: int = NOW + 2 * HOUR, grant: str = GRANT) -> None:
        """The right to look, for the key that the browser brought."""
        assert self.key is not None, "the browser has not enrolled a key"
        policy = Policy((NETWORK,), greatest_age=LIST_AGE)
        self.chain = self.site.town.grant(
            self.key, resources=BOTH, actions=(ACTION,), end=end, depth=0, policy=policy, grant=grant
        )

    def facts(self) -> dict[str, object]:
        now = datetime.now(UTC)
        town = self.site.town
        return {
            "now": now.isoformat(),
            "authority": AUTHORITY,
            "roots": [octet_key(root).jwk for root in town.roots],
            "keyset": town.keyset_token,
            "grant": GRANT,
            "state": "open",
            "reason": "",
            "thumbprint": self.key.thumbprint if self.key else "",
            "asks": None,
            "closes": None,
            "tiles": [self._tile(gate, now + timedelta(hours=2)) for gate in self.cameras],
        } | self.said

    def _tile(self, gate: str, ends: datetime) -> dict[str, object]:
        return {
            "gate": gate,
            "name": NAMES[gate],
            "relay": {"id": self.site.device, "address": self.relay},
            "chain": self.chain,
            "purpose": "Occupation abusive d’un hall",
            "holder": "Nina Roche",
            "service": "Police municipale",
            "ends": self.said.get("ends", ends.isoformat()),
        }

    def page(self) -> str:
        addresses = {"state": "/state", "still": "/still", "end": "/end", "again": "/again", "viewings": "/viewings/"}
        player = {"facts": self.facts(), "person": PERSON, **addresses}
        words = self._rendered("video/player.html", {"player": player, "choosing": self.following})
        link = f'<a href="{self.following}" data-next>The next ones</a>' if self.following else ""
        return self._around("player", link + words)

    def _rendered(self, template: str, context: dict[str, object]) -> str:
        with override(self.language):
            return render_to_string(template, context)

    def _asking(self) -> str:
        live = self.key.thumbprint if self.key else ""
        words = self._rendered(
            "video/browserkey.html", {"user": {"pk": PERSON}, "live": live, "request": {"get_full_path": "/ask"}}
        )
        form = f'<form class="form" method="post" action="/asked"><input type="hidden" name="key">{words}<button>Ask</button></form>'
        return self._around("browserkey", form)

    def _around(self, island: str, body: str) -> str:
        return (
            f'<!doctype html><html lang="{self.language}"><head><meta charset="utf-8">'
            '<meta name="csrf-token" content="token-1"><meta name="viewport" content="width=device-width">'
            f"<title>Images</title>{assets('shell')}{assets(island)}</head>"
            '<body class="office"><header class="masthead"><a href="/again">Meaux</a></header>'
            f'<main id="main"><div class="page"><h1>Images</h1>{body}</div></main></body></html>'
        )

    # HTTP

    def _get(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            _send(request, file.read_bytes(), TYPES[file.suffix])
        elif path == "/state":
            _send(request, json.dumps(self.facts()).encode(), "application/json")
        elif path in ("/watch", "/ask"):
            html = self.page() if path == "/watch" else self._asking()
            _send(request, html.encode(), "text/html; charset=utf-8", policy=self._policy())
        else:
            _send(request, f"<!doctype html><title>{path}</title>".encode(), "text/html")

    def _policy(self) -> str:
        return (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; media-src blob:; "
            f"connect-src 'self' {self.relay}; form-action 'self'"
        )

    def _post(self, request: BaseHTTPRequestHandler) -> None:
        sent = request.rfile.read(int(request.headers["Content-Length"] or 0))
        path = request.path
        if path == "/asked":
            self.heard.append(sent.decode())
            _send(request, b'<!doctype html><title>asked</title><a href="/watch">Watch</a>', "text/html")
            return
        assert request.headers["X-CSRFToken"] == "token-1"
        if self.deaf:
            _send(request, b"{}", "application/json", status=503)
            return
        status, body = self._answer(path, json.loads(sent))
        _send(request, json.dumps(body).encode(), "application/json", status=status)

    def _answer(self, path: str, sent: dict[str, object]) -> tuple[int, dict[str, object]]:
        if path == "/api/v1/holder/challenge":
            return 200, {"nonce": NONCE, "audience": self.origin}
        if path == "/api/v1/holder/keys/browser":
            if self.refuses:
                return 409, {"code": self.refuses, "title": "", "status": 409}
            self.key = expect(verify_possession(str(sent["proof"]), audience=self.origin, nonce=NONCE)).key
            until = datetime.now(UTC) + timedelta(hours=12)
            return 200, {"thumbprint": self.key.thumbprint, "asks_until": until.isoformat()}
        self.heard.append(path)
        if path == "/still":
            self.said["closes"] = None
        elif path == "/end":
            self.said |= {"state": "over", "reason": "ended-by-holder"}
        return 200, self.facts() if path in ("/still", "/end") else {}


def _send(
    request: BaseHTTPRequestHandler, content: bytes, kind: str, *, status: int = 200, policy: str | None = None
) -> None:
    request.send_response(status)
    request.send_header("Content-Type", kind)
    request.send_header("Content-Length", str(len(content)))
    if policy is not None:
        request.send_header("Content-Security-Policy", policy)
    request.end_headers()
    request.wfile.write(content)


def enrol(page: Page, desk: Desk) -> None:
    """Have the browser make its key and ask with it."""
    page.goto(f"{desk.origin}/ask")
    page.get_by_role("button", name="Ask").click()
    page.wait_for_url("**/asked")
