"""A provider over real HTTPS whose every answer a test may bend: what an attacker, or a provider that broke, would send."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey

from beffroi.adapters.http.fake import served
from beffroi.adapters.oidc.asking import Asker
from beffroi.adapters.oidc.errors import ProviderError, Reason, Unproven
from beffroi.adapters.oidc.provider import Provider
from tests.certifying import certified

CLIENT: Final = "beffroi"
SECRET: Final = "kept-by-both-sides-and-by-nobody-else"
BACK: Final = "https://town.example/login/provider/back/"
HOST: Final = "localhost"
NOW: Final = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
MOMENT: Final = int(NOW.timestamp())
RSA: Final = RSAKey.generate_key(2048)
OTHER: Final = ECKey.generate_key("P-256")
Claims = dict[str, Any]


def signed(claims: Claims | bytes, key: ECKey | RSAKey | OctKey, *, alg: str = "ES256", **header: Any) -> str:
    """A JWS in its compact form, whatever it says."""
    told = {"alg": alg, "typ": "JWT", **header}
    body = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    registry = jws.JWSRegistry(algorithms=[alg], strict_check_header=False)
    return jws.serialize_compact(
        {name: each for name, each in told.items() if each is not None}, body, key, registry=registry
    )


def confused(claims: Claims, key: ECKey, **header: Any) -> str:
    """Signed with HMAC, the provider's public key taken for a secret: what whoever read its keys can make (RFC 8725, 2.1)."""
    parts = [json.dumps({"alg": "HS256", **header}).encode(), json.dumps(claims).encode()]
    said = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    tail = hmac.digest(key.as_pem(private=False), said, "sha256")
    return b".".join((said, base64.urlsafe_b64encode(tail).rstrip(b"="))).decode()


def unsigned(claims: Claims, **header: Any) -> str:
    """As signed with `alg: none`."""
    parts = [json.dumps({"alg": "none", **header}).encode(), json.dumps(claims).encode(), b""]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def always(answer: Any) -> Callable[[Any], Any]:
    """Whatever would be honest, this."""
    return lambda _honest: answer


def changing(changed: Claims) -> Callable[[Claims], Claims]:
    """What is honest but for these; None leaves one out."""
    return lambda honest: {name: value for name, value in (honest | changed).items() if value is not None}


def shown(key: ECKey | RSAKey, kid: str | None, **more: Any) -> Claims:
    """A public key as a provider shows it."""
    told = {**key.as_dict(private=False), "use": "sig", **more}
    told.pop("kid", None)
    return told | ({"kid": kid} if kid else {})


@dataclass
class Liar:
    """Runs for the length of `lying()`. The functions say what it answers; each starts honest."""

    now: Callable[[], datetime]
    folder: Path
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    kid: str = "first"
    issuer: str = ""
    nonce: str = ""
    challenge: str = ""
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    person: Claims = field(default_factory=lambda: {"sub": "ada", "email": "ada@town.example", "email_verified": True})
    document: Callable[[Claims], Any] = lambda honest: honest
    keys: Callable[[list[Claims]], Any] = lambda honest: honest
    proof: Callable[[Claims], Claims | str] = lambda honest: honest
    told: Callable[[Claims], Claims | str] = lambda honest: honest
    bytes_more: dict[str, int] = field(default_factory=dict)
    stuck: set[str] = field(default_factory=set)
    sent_elsewhere: set[str] = field(default_factory=set)
    status: dict[str, int] = field(default_factory=dict)
    thaw: asyncio.Event = field(default_factory=asyncio.Event)
    loop: asyncio.AbstractEventLoop | None = None

    @contextmanager
    def lying(self) -> Iterator["Liar"]:
        made = certified("Town authority")
        (self.folder / "ca.pem").write_bytes(made.pem)
        files = made.certify(HOST, [HOST]).written(self.folder / "tls")
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(files.certificate, files.key)
        application = web.Application()
        application.router.add_get("/.well-known/openid-configuration", self._document)
        application.router.add_get("/keys", self._keys)
        application.router.add_post("/token", self._token)
        application.router.add_get("/person", self._person)
        with served(application, tls=tls) as origin:
            self.issuer = origin.replace("127.0.0.1", HOST)
            try:
                yield self
            finally:
                if self.loop is not None:
                    self.loop.call_soon_threadsafe(self.thaw.set)

    def afresh(self) -> "Liar":
        """Honest again, as before each test."""
        fresh, kept = Liar(self.now, self.folder), {"folder", "issuer", "now", "thaw", "loop"}
        for name, value in vars(fresh).items():
            if name not in kept:
                setattr(self, name, value)
        return self

    def provider(self, **changed: Any) -> Provider:
        """How settings would say it."""
        told: Claims = {
            "issuer": self.issuer, "kind": "standard", "client": CLIENT, "secret": SECRET, "name": "Town log-in", "groups": "",
            "levels": (), "strong": (), "domains": (), "scopes": "", "ca": str(self.folder / "ca.pem"), "internal_hosts": frozenset(),
        }  # fmt: skip
        return Provider.read(**(told | changed))

    def visit(self, address: str) -> dict[str, list[str]]:
        """Somebody logs in here: what their browser brings back."""
        asked = parse_qs(urlsplit(address).query)
        self.nonce, self.challenge = asked["nonce"][0], asked["code_challenge"][0]
        return {"code": ["a-code"], "state": asked["state"], "iss": [self.issuer]}

    def honest(self) -> Claims:
        moment = int(self.now().timestamp())
        return {
            "iss": self.issuer, "aud": CLIENT, "sub": "ada", "iat": moment, "exp": moment + 60, "nonce": self.nonce, "sid": "one",
            "at_hash": base64.urlsafe_b64encode(hashlib.sha256(b"an-access-token").digest()[:16]).rstrip(b"=").decode(),
        }  # fmt: skip

    def _signed(self, answer: Claims | str) -> str:
        return answer if isinstance(answer, str) else signed(answer, self.key, kid=self.kid)

    async def _document(self, request: web.Request) -> web.StreamResponse:
        at = self.issuer
        return await self._answer(
            request,
            self.document(
                {
                    "issuer": at,
                    "authorization_endpoint": f"{at}/authorize",
                    "token_endpoint": f"{at}/token",
                    "userinfo_endpoint": f"{at}/person",
                    "jwks_uri": f"{at}/keys",
                    "end_session_endpoint": f"{at}/leave",
                    "id_token_signing_alg_values_supported": ["ES256", "RS256", "HS256", "none"],
                    "code_challenge_methods_supported": ["S256"],
                    "token_endpoint_auth_methods_supported": ["client_secret_post"],
                    "authorization_response_iss_parameter_supported": True,
                }
            ),
        )

    async def _keys(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, {"keys": self.keys([shown(self.key, self.kid)])})

    async def _token(self, request: web.Request) -> web.StreamResponse:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        proved = base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == self.challenge
        if form["code"] != "a-code" or not proved or form["redirect_uri"] != BACK:
            return web.json_response({"error": "invalid_grant"}, status=400)
        if form.get("client_secret") != SECRET:
            return web.json_response({"error": "invalid_client"}, status=401)
        proof = self._signed(self.proof(self.honest()))
        return await self._answer(
            request, {"access_token": "an-access-token", "token_type": "Bearer", "id_token": proof}
        )

    async def _person(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != "Bearer an-access-token":
            return web.Response(status=401)
        return await self._answer(request, self.told(dict(self.person)))

    async def _answer(self, request: web.Request, answer: Any) -> web.StreamResponse:
        where = request.path.rsplit("/", maxsplit=1)[-1]
        self.asked.append(where)
        if where in self.stuck:
            self.loop = asyncio.get_running_loop()
            await self.thaw.wait()
        if where in self.sent_elsewhere:
            return web.Response(status=302, headers={"Location": f"{self.issuer}/elsewhere"})
        body = answer if isinstance(answer, str) else json.dumps(answer)
        return web.Response(text=body + " " * self.bytes_more.get(where, 0), status=self.status.get(where, 200))


def signing(liar: Liar, changed: Claims) -> Callable[[Claims], str]:
    """A person as ProConnect says them: signed, but for these changes."""
    return lambda person: signed(person | changed, liar.key, kid=liar.kid)


def reason(call: Callable[[], object]) -> Reason | str:
    """Why it was refused: which check, else which trouble."""
    try:
        call()
    except Unproven as error:
        return error.reason
    except ProviderError as error:
        return error.code
    return "believed"


def log_in(liar: Liar, asker: Asker, **brought: list[str]) -> Any:
    """From the button to who it is."""
    address, attempt = asker.begin(BACK, liar.now())
    return asker.finish(attempt, {**liar.visit(address), **brought}, liar.now())
