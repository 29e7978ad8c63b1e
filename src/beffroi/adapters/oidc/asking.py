"""Asking a provider: its document and keys, remembered a while; a log-in begun, then finished with what the browser brings back.

Each request gives up after a few seconds, follows no redirection, reads a bounded answer, and goes to no private address but the hosts that
whoever keeps the installation named. A few are asked at once: a provider that hangs doesn't take every thread with it.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import quote, urlencode

from beffroi.adapters.http.client import Answer, Client, Question
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.oidc import metadata, tokens
from beffroi.adapters.oidc.claims import Somebody, somebody
from beffroi.adapters.oidc.errors import Reason, Silent, Unclear, Unproven, Untrusted, Unwelcome
from beffroi.adapters.oidc.metadata import Metadata
from beffroi.adapters.oidc.provider import Kind, Provider
from beffroi.adapters.oidc.strict import LARGEST, read_object, text_of
from beffroi.adapters.oidc.tokens import Keys, Parting, Wanted
from beffroi.lib.clock import utc_now
from beffroi.lib.handover import Handover

REMEMBERED: Final = 300.0
# A key that we don't know may be new: the set is asked for again, and no more than once in so many seconds, whatever anybody sends us.
AGAIN: Final = 60.0
AT_ONCE: Final = 8
LASTS: Final = timedelta(minutes=10)
Read = TypeVar("Read")
OK, BAD_REQUEST, UNAUTHORIZED = 200, 400, 401


@dataclass(frozen=True, slots=True)
class Attempt:
    """A log-in that was begun in one browser: what only it and we know, until it comes back."""

    state: str
    nonce: str
    verifier: str
    back: str
    begun_at: datetime


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Who logged in, and the proof, which the provider wants back to log them out. `two_factors`: it says a level at which it asked for
    two.
    """

    somebody: Somebody
    proof: str = field(repr=False)
    two_factors: bool = False


@dataclass(slots=True)
class _Known:
    """What is remembered of a provider, and when it was asked for."""

    metadata: Metadata | None = None
    metadata_at: float = 0.0
    keys: Keys | None = None
    keys_at: float = 0.0


@dataclass(slots=True)
class Asker:
    """One a provider in a process. `seconds` runs by itself; `random` gives secrets."""

    provider: Provider
    seconds: Callable[[], float] = time.monotonic
    random: Callable[[], str] = secrets.token_urlsafe
    _known: _Known = field(default_factory=_Known)
    _places: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(AT_ONCE))

    def begin(self, back: str, now: datetime, *, afresh: bool = False) -> tuple[str, Attempt]:
        """Where to send the browser, and what to keep until it comes back to `back`. Raises ProviderError."""
        document = self.document()
        attempt = Attempt(self.random(), self.random(), self.random(), back, now)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).rstrip(b"=")
        asked = {
            "response_type": "code",
            "client_id": self.provider.client,
            "redirect_uri": back,
            "scope": self.provider.scopes,
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
            **_levels(self.provider),
            **({"prompt": "login"} if afresh else {}),
        }
        return _with(document.authorization, asked), attempt

    def finish(self, attempt: Attempt, brought: Mapping[str, Sequence[str]], now: datetime) -> LoggedIn | None:
        """Who logged in; None when they gave up, or the provider refused them. Raises ProviderError."""
        document = self.document()
        code = _read_answer(self.provider, document, attempt, brought, now)
        if code is None:
            return None
        access, proof = self._redeem(document, code, attempt)
        wanted = self._wanted(document, now)
        levels = self.provider.levels

        def log_in(keys: Keys) -> dict[str, object]:
            return tokens.read_log_in(proof, keys, wanted, nonce=attempt.nonce, access_token=access, levels=levels)

        claims = self._with_keys(document, log_in)
        subject = text_of(claims, "sub")
        body = self._said(document.people, Question(headers={"Authorization": f"Bearer {access}"}, largest=LARGEST))
        signed = self.provider.signs_people
        person = self._with_keys(
            document, lambda keys: tokens.read_person(body, keys, wanted, subject=subject, signed=signed)
        )
        two = text_of(claims, "acr") in self.provider.strong
        return LoggedIn(somebody(self.provider, claims, person), proof, two)

    def leave(self, proof: str, back: str) -> tuple[str, str] | None:
        """Where to send the browser to log out there too, and the state that it brings back; None where that can't be asked.
        Raises ProviderError.
        """
        document, state = self.document(), self.random()
        if document.parting is None:
            return None
        asked = {"id_token_hint": proof, "post_logout_redirect_uri": back, "state": state}
        return _with(document.parting, asked), state

    def parted(self, token: str, now: datetime) -> Parting:
        """Who the provider says has logged out. Raises ProviderError."""
        document = self.document()
        wanted = self._wanted(document, now)
        return self._with_keys(document, lambda keys: tokens.read_parting(token, keys, wanted))

    def greet(self) -> None:
        """Whether it answers, with a document and keys that we can use. Raises ProviderError."""
        document = metadata.read_metadata(
            self._said(self._well_known(), Question(largest=LARGEST)), self.provider.issuer
        )
        if not tokens.read_keys(self._said(document.keys, Question(largest=LARGEST))).known:
            raise Unclear("it shows no key that we could use")

    def document(self) -> Metadata:
        """What it says of itself, a few minutes old at most. Raises ProviderError."""
        known, now = self._known, self.seconds()
        if known.metadata is None or now - known.metadata_at > REMEMBERED:
            said = self._said(self._well_known(), Question(largest=LARGEST))
            known.metadata, known.metadata_at = metadata.read_metadata(said, self.provider.issuer), now
        return known.metadata

    def _well_known(self) -> str:
        return self.provider.issuer.removesuffix("/") + metadata.WELL_KNOWN

    def _wanted(self, document: Metadata, now: datetime) -> Wanted:
        return Wanted(self.provider.issuer, self.provider.client, document.algorithms, now)

    def _with_keys(self, document: Metadata, read: Callable[[Keys], Read]) -> Read:
        """What `read` makes of the provider's keys; of newer ones when it met a name that it didn't know."""
        keys = self._keys(document, older=REMEMBERED)
        try:
            return read(keys)
        except Unproven as error:
            if error.reason is not Reason.UNKNOWN_KEY:
                raise
        newer = self._keys(document, older=AGAIN)
        if newer is keys:
            raise Unproven(Reason.UNKNOWN_KEY)
        return read(newer)

    def _keys(self, document: Metadata, *, older: float) -> Keys:
        known, now = self._known, self.seconds()
        if known.keys is None or now - known.keys_at > older:
            known.keys_at = now  # before the answer: whoever comes meanwhile, or after a failure, doesn't ask too
            known.keys = tokens.read_keys(self._said(document.keys, Question(largest=LARGEST)))
        return known.keys

    def _redeem(self, document: Metadata, code: str, attempt: Attempt) -> tuple[str, str]:
        """The code for an access token and the proof of the log-in. Our secret goes in the body, or in a header, never in an address."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.back,
            "code_verifier": attempt.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        if document.posts:
            form |= {"client_id": self.provider.client, "client_secret": self.provider.secret}
        else:
            pair = f"{quote(self.provider.client, safe='')}:{quote(self.provider.secret, safe='')}"
            headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
        body = urlencode(form).encode()
        answer = self._asked(document.token, Question("POST", headers, lambda: body, LARGEST))
        if answer.status in (BAD_REQUEST, UNAUTHORIZED):
            fault = text_of(read_object(answer.body), "error")
            if fault in ("invalid_client", "unauthorized_client"):
                raise Unwelcome(fault)
            raise Unproven(Reason.CODE)
        said = read_object(_well(answer))
        access, proof = text_of(said, "access_token"), text_of(said, "id_token")
        if not access.isascii() or not access or not proof or text_of(said, "token_type").lower() != "bearer":
            raise Unclear("no tokens where they were due")
        return access, proof

    def _said(self, url: str, question: Question) -> bytes:
        return _well(self._asked(url, question))

    def _asked(self, url: str, question: Question) -> Answer:
        """What it answers, a status other than success too. Raises Silent, Untrusted, Unclear."""
        if not self._places.acquire(blocking=False):
            raise Silent("too many are waiting for it already")
        try:
            answer = asyncio.run(_ask(self.provider, url, question))
        finally:
            self._places.release()
        if isinstance(answer, Answer):
            return answer
        if answer.fault == "no-trust":
            raise Untrusted("its certificate")
        if answer.fault in ("answer-too-large", "private-address", "not-https", "not-an-address"):
            raise Unclear(answer.fault)
        raise Silent(answer.fault)


async def _ask(provider: Provider, url: str, question: Question) -> Answer | Handover:
    trust = ssl.create_default_context(cafile=str(provider.ca) if provider.ca else None)
    trust.minimum_version = ssl.TLSVersion.TLSv1_2
    async with Client(Reach(provider.hosts), utc_now, timeout=provider.seconds, trust=trust) as client:
        to = client.aim(url)
        return to if isinstance(to, Handover) else await client.ask(to, question)


def _read_answer(
    provider: Provider, document: Metadata, attempt: Attempt, brought: Mapping[str, Sequence[str]], now: datetime
) -> str | None:
    """The code that the browser brings; None when there is none because the provider says so. Raises Unproven."""
    told = {name: _one(brought, name) for name in ("state", "iss", "code", "error")}
    if not hmac.compare_digest(told["state"].encode(), attempt.state.encode()) or now - attempt.begun_at > LASTS:
        raise Unproven(Reason.STATE)
    # Another provider's answer, brought to us as this one's (RFC 9207): its code must not be shown to this one.
    if (told["iss"] or document.says_issuer) and told["iss"] != provider.issuer:
        raise Unproven(Reason.ISSUER)
    if told["error"]:
        return None
    if not told["code"]:
        raise Unproven(Reason.CODE)
    return told["code"]


def _one(brought: Mapping[str, Sequence[str]], name: str) -> str:
    """A parameter that may be there once (RFC 6749, 3.1)."""
    found = brought.get(name, ())
    if len(found) > 1:
        raise Unproven(Reason.SHAPE)
    return found[0] if found else ""


def _levels(provider: Provider) -> dict[str, str]:
    """How a level is asked for. ProConnect takes `claims` and no parameter that it doesn't name."""
    if not provider.asked_levels:
        return {}
    if provider.kind is Kind.PROCONNECT:
        return {"claims": json.dumps({"id_token": {"acr": {"essential": True, "values": provider.levels}}})}
    return {"acr_values": " ".join(provider.levels)}


def _with(address: str, asked: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"


def _well(answer: Answer) -> bytes:
    if answer.status == OK:
        return answer.body
    if answer.status // 100 == 5:  # noqa: PLR2004 - HTTP's class of the server's faults
        raise Silent(f"http-{answer.status}")
    raise Unclear(f"http-{answer.status}")
