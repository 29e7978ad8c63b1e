"""Who may look: Basic (RFC 7617) and Digest (RFC 7616, and RFC 2069 without qop, as old cameras have it)."""

import hashlib
import hmac
import re
import secrets
from base64 import b64decode
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class Scheme(StrEnum):
    """What a camera asks for."""

    BASIC = "basic"
    MD5 = "md5"
    SHA256 = "sha-256"
    OLD = "old"
    """Digest with MD5 and without qop."""


class Verdict(StrEnum):
    """What is to be thought of a request."""

    WELCOME = "welcome"
    REFUSED = "refused"
    STALE = "stale"
    """The password is right, the nonce too old."""


@dataclass(frozen=True, slots=True)
class Account:
    """The one user of a camera."""

    user: str
    password: str = field(repr=False)


_PAIR: Final = re.compile(r'([A-Za-z]+)=(?:"([^"]*)"|([^\s",]+))')
_LARGEST_COUNT: Final = 1 << 32
NONCES: Final = 1_024
"""How many are counted; the one used longest ago is forgotten."""


class Guard:
    """One camera's door. Its nonces carry their own date, so that nothing is kept for those who never come back."""

    def __init__(self, account: Account, schemes: tuple[Scheme, ...], *, realm: str, life: float) -> None:
        self._account = account
        self._schemes = schemes
        self._realm = realm
        self._life = life
        self._secret = secrets.token_bytes(16)
        self._counts: dict[str, int] = {}
        self.changed = False
        """Nobody knows the password any more."""

    def challenges(self, now: float, *, stale: bool = False) -> list[str]:
        """Values of WWW-Authenticate; `now` in seconds of whatever clock, always the same."""
        nonce = self._nonce(now)
        return [self._challenge(scheme, nonce, stale=stale) for scheme in self._schemes or (Scheme.MD5,)]

    def verdict(self, method: str, target: str, authorization: str | None, now: float) -> Verdict:
        """Whether this request comes from whoever knows the password."""
        if self.changed:
            return Verdict.REFUSED
        if not self._schemes:
            return Verdict.WELCOME
        scheme, _, told = (authorization or "").strip().partition(" ")
        match scheme.lower():
            case "basic" if Scheme.BASIC in self._schemes:
                return Verdict.WELCOME if self._knows(told) else Verdict.REFUSED
            case "digest":
                pairs = {name.lower(): quoted or bare for name, quoted, bare in _PAIR.findall(told)}
                return self._digest(method, target, pairs, now)
            case _:
                return Verdict.REFUSED

    def _challenge(self, scheme: Scheme, nonce: str, *, stale: bool) -> str:
        if scheme is Scheme.BASIC:
            return f'Basic realm="{self._realm}"'
        told = f'Digest realm="{self._realm}", nonce="{nonce}"'
        if scheme is not Scheme.OLD:
            told += f', algorithm={scheme.value.upper()}, qop="auth"'
        return told + (", stale=true" if stale else "")

    def _knows(self, told: str) -> bool:
        try:
            said = b64decode(told, validate=True)
        except ValueError:  # not base64, not ASCII
            return False
        return hmac.compare_digest(said, f"{self._account.user}:{self._account.password}".encode())

    def _digest(self, method: str, target: str, said: dict[str, str], now: float) -> Verdict:
        scheme = self._scheme(said)
        if scheme is None or said.get("uri") != target or said.get("realm") != self._realm:
            return Verdict.REFUSED
        expected = self._response(scheme, method, said)
        same = hmac.compare_digest(expected.encode(), said.get("response", "").encode())
        nonce = said.get("nonce", "")
        if not same or said.get("username") != self._account.user or not self._ours(nonce):
            return Verdict.REFUSED
        if now - int(nonce.partition("-")[0], 16) / 1_000 > self._life:
            self._counts.pop(nonce, None)
            return Verdict.STALE
        return Verdict.WELCOME if scheme is Scheme.OLD or self._counted(nonce, said.get("nc", "")) else Verdict.STALE

    def _scheme(self, said: dict[str, str]) -> Scheme | None:
        algorithm = said.get("algorithm", "MD5").lower()
        if "qop" not in said:
            return Scheme.OLD if Scheme.OLD in self._schemes and algorithm == "md5" else None
        found = next((each for each in (Scheme.MD5, Scheme.SHA256) if each.value == algorithm), None)
        return found if found in self._schemes and said["qop"] == "auth" else None

    def _response(self, scheme: Scheme, method: str, said: dict[str, str]) -> str:
        def hashed(text: str) -> str:
            if scheme is Scheme.SHA256:
                return hashlib.sha256(text.encode()).hexdigest()
            return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

        who = hashed(f"{self._account.user}:{self._realm}:{self._account.password}")
        what = hashed(f"{method}:{said['uri']}")
        nonce = said.get("nonce", "")
        if scheme is Scheme.OLD:
            return hashed(f"{who}:{nonce}:{what}")
        return hashed(f"{who}:{nonce}:{said.get('nc', '')}:{said.get('cnonce', '')}:auth:{what}")

    def _nonce(self, now: float) -> str:
        """Two clients that ask in the same millisecond get two: each counts its own requests."""
        issued = f"{round(now * 1_000):x}-{secrets.token_hex(8)}"
        return f"{issued}-{self._signed(issued)}"

    def _ours(self, nonce: str) -> bool:
        issued, _, signed = nonce.rpartition("-")
        return hmac.compare_digest(signed.encode(), self._signed(issued).encode())

    def _signed(self, issued: str) -> str:
        return hmac.new(self._secret, issued.encode(), hashlib.sha256).hexdigest()[:24]

    def _counted(self, nonce: str, told: str) -> bool:
        """Each request counts one more under its nonce (RFC 7616 §3.4): a count that doesn't grow is a replay."""
        count = int(told, 16) if re.fullmatch("[0-9a-fA-F]{8}", told) else 0
        if not self._counts.get(nonce, 0) < count < _LARGEST_COUNT:
            return False
        self._counts.pop(nonce, None)
        self._counts[nonce] = count
        if len(self._counts) > NONCES:
            del self._counts[next(iter(self._counts))]
        return True
