"""Who the relay is to a camera: Digest (RFC 7616 and the older RFC 2617) before Basic (RFC 7617), never more than was asked for."""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

MEMBER: Final = re.compile(r'([A-Za-z0-9_-]{1,32})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))')
BYTES_OF_OURS: Final = 8


def _md5(text: str) -> str:
    # Cameras have nothing else; it only hides the password from whoever listens, and is chosen after SHA-256.
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


DIGESTS: Final[dict[str, Callable[[str], str]]] = {"sha-256": _sha256, "md5": _md5}


@dataclass(frozen=True)
class Challenge:
    """What a camera asks for; `algorithm` is empty for Basic. `stated`: the same as the camera writes it, if it does."""

    algorithm: str
    stated: str
    session: bool
    realm: str
    nonce: str
    opaque: str
    qop: bool
    stale: bool

    @property
    def strength(self) -> int:
        """Of several the strongest is answered."""
        return len(DIGESTS) - list(DIGESTS).index(self.algorithm) if self.algorithm else 0


def read_challenge(value: str) -> Challenge | None:
    """One `WWW-Authenticate`; None for what can't be answered."""
    scheme, _, rest = value.strip().partition(" ")
    members = {name.lower(): quoted or plain for name, quoted, plain in MEMBER.findall(rest)}
    realm, nonce, opaque = (members.get(name, "") for name in ("realm", "nonce", "opaque"))
    if scheme.lower() == "basic":
        return Challenge("", "", False, realm, "", "", False, False)
    stated = members.get("algorithm", "")
    named = stated.lower() or "md5"
    algorithm = named.removesuffix("-sess")
    offered = [each.strip().lower() for each in members.get("qop", "").split(",") if each.strip()]
    if scheme.lower() != "digest" or algorithm not in DIGESTS or not nonce or (offered and "auth" not in offered):
        return None
    stale = members.get("stale", "").lower() == "true"
    return Challenge(algorithm, stated, named.endswith("-sess"), realm, nonce, opaque, bool(offered), stale)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class Authorisation:
    """Of one connection. `chance` gives the nonces of ours."""

    def __init__(self, user: str, password: str, chance: Callable[[int], str] = secrets.token_hex) -> None:
        self._user, self._password = user, password
        self._chance = chance
        self._asked: Challenge | None = None
        self._count = 0
        self._answered = self._proven = False

    def passed(self) -> None:
        """The camera took a request: the next 401 asks anew, it doesn't refuse who we are."""
        self._proven = True

    def take(self, values: Sequence[str]) -> bool:
        """A camera said 401. Whether it is worth saying the request again: not when it has refused our answer already."""
        found = [challenge for challenge in map(read_challenge, values) if challenge is not None]
        if not found or not (self._user or self._password):
            return False
        self._asked = max(found, key=lambda each: each.strength)
        self._count = 0
        worth = not self._answered or self._asked.stale or self._proven
        self._proven = False
        return worth

    def header(self, method: str, url: str) -> dict[str, str]:
        """The header of the next request; none until the camera has asked."""
        if self._asked is None:
            return {}
        self._answered = True
        if not self._asked.algorithm:
            pair = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
            return {"Authorization": f"Basic {pair}"}
        return {"Authorization": "Digest " + ", ".join(self._members(self._asked, method, url))}

    def _members(self, asked: Challenge, method: str, url: str) -> list[str]:
        digest = DIGESTS[asked.algorithm]
        self._count += 1
        count, ours = f"{self._count:08x}", self._chance(BYTES_OF_OURS)
        # A realm stands on the wire as the camera wrote it, and is hashed as it reads.
        realm = re.sub(r"\\(.)", r"\1", asked.realm)
        first = digest(f"{self._user}:{realm}:{self._password}")
        if asked.session:
            first = digest(f"{first}:{asked.nonce}:{ours}")
        second = digest(f"{method}:{url}")
        between = f"{asked.nonce}:{count}:{ours}:auth" if asked.qop else asked.nonce
        members = [
            f'username="{_quoted(self._user)}"',
            f'realm="{asked.realm}"',
            f'nonce="{asked.nonce}"',
            f'uri="{url}"',
        ]
        members.append(f'response="{digest(f"{first}:{between}:{second}")}"')
        if asked.stated:
            members.append(f"algorithm={asked.stated}")
        if asked.opaque:
            members.append(f'opaque="{asked.opaque}"')
        if asked.qop or asked.session:
            members.append(f'cnonce="{ours}"')
        if asked.qop:
            members += ["qop=auth", f"nc={count}"]
        return members
