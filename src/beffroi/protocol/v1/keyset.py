"""The key set that an authority's offline root signs: every other key hangs from it.

A gate holds two roots, takes a set signed by either, and never an older one. A key absent from the set held is dead,
whatever its dates.
"""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.jwk import Curve, OctetKey, load_octet_key, octet_key
from beffroi.protocol.v1.jws import Place
from beffroi.protocol.v1.strictjson import Body

VERSION = 1
ALIVE_OF_EACH = 2
MAX_KEYS = 64
PLACE = Place("beffroi-keyset+jwt", limit=32768)

_NAMES = frozenset({"iss", "num", "ver", "iat", "keys"})
_KEY_NAMES = frozenset({"kid", "use", "jwk", "nbf", "exp"})


class Use(StrEnum):
    """What a key of the set is for; no key serves two uses."""

    CAPABILITY = "capability"
    STAMP = "stamp"
    REVOCATION = "revocation"
    CHECKPOINT = "checkpoint"
    EVIDENCE = "evidence"
    DEVICE_CERTIFICATE = "device-certificate"
    SERVER_MESSAGE = "server-message"
    EVENT_ENCRYPTION = "event-encryption"

    @property
    def curve(self) -> Curve:
        """X25519 where the key seals, Ed25519 where it signs."""
        return "X25519" if self is Use.EVENT_ENCRYPTION else "Ed25519"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a clock says: ``now``, None while time is unknown, and ``floor``, the latest time that has passed for certain."""

    now: int | None
    floor: int = 0

    def begun(self, start: int) -> bool:
        """Whether something that starts then may be in force."""
        return self.now is None or start <= self.now

    def ended(self, end: int) -> bool:
        """Whether something that ends then has ended for certain."""
        return end <= (self.floor if self.now is None else self.now)


@dataclass(frozen=True, slots=True)
class SetKey:
    """One key of a set: usable from ``start`` up to, not including, ``end``."""

    kid: str
    use: Use
    key: OctetKey
    start: int
    end: int
    verifier: Ed25519PublicKey | None = field(default=None, compare=False, repr=False)

    def current(self, at: Reading) -> bool:
        """Whether the key is valid at the moment that counts."""
        return at.begun(self.start) and not at.ended(self.end)

    def body(self) -> Body:
        """The wire form."""
        return {"exp": self.end, "jwk": self.key.jwk, "kid": self.kid, "nbf": self.start, "use": str(self.use)}


@dataclass(frozen=True, slots=True)
class KeySet:
    """A verified key set. ``token`` is what was signed, to hand on."""

    authority: str
    number: int
    version: int
    issued: int
    keys: tuple[SetKey, ...]
    token: str = field(default="", compare=False, repr=False)

    def find(self, kid: str, use: Use, at: Reading, otherwise: Reason = Reason.TOKEN_KID) -> SetKey:
        """The key of that name and use, valid at that moment; raise ``RefusalError`` when it isn't there or not current."""
        for key in self.keys:
            if key.kid == kid and key.use is use:
                if not key.current(at):
                    raise RefusalError(Reason.KEY_NOT_CURRENT, kid)
                return key
        raise RefusalError(otherwise, kid)

    def verifier(self, kid: str, use: Use, at: Reading, otherwise: Reason = Reason.TOKEN_KID) -> Ed25519PublicKey:
        """As ``find``, ready to verify."""
        key = self.find(kid, use, at, otherwise)
        return key.verifier or key.key.verifier()

    def alive(self, use: Use, at: int) -> tuple[SetKey, ...]:
        """The keys of one use that are valid at a time, longest-lived last."""
        reading = Reading(at)
        return tuple(
            sorted((k for k in self.keys if k.use is use and k.current(reading)), key=lambda k: (k.end, k.kid))
        )


def set_key(kid: str, use: Use, key: OctetKey, start: int, end: int) -> SetKey:
    """A key for a set about to be made."""
    return SetKey(kid, use, key, start, end, None if use is Use.EVENT_ENCRYPTION else key.verifier())


def weak_uses(keys: tuple[SetKey, ...], at: int) -> tuple[Use, ...]:
    """The uses that have fewer than two keys alive at a time."""
    reading = Reading(at)
    alive = Counter(key.use for key in keys if key.current(reading))
    return tuple(use for use in Use if alive[use] < ALIVE_OF_EACH)


@making
def make_keyset(
    *,
    authority: str,
    number: int,
    issued: int,
    keys: tuple[SetKey, ...],
    root: Ed25519PrivateKey,
    after_theft: bool = False,
) -> str:
    """Sign a key set with a root.

    Raises ``MisuseError`` when fewer than two keys of some use would be alive, unless ``after_theft`` says that speed matters
    more.
    """
    weak = weak_uses(keys, issued)
    if weak and not after_theft:
        raise RefusalError(Reason.KEYSET_WEAK, ", ".join(weak))
    payload = {
        "iat": issued,
        "iss": authority,
        "keys": [key.body() for key in keys],
        "num": number,
        "ver": VERSION,
    }
    token = PLACE.make(payload, root, octet_key(root).thumbprint)
    _read(token, (octet_key(root),))
    return token


def _read_key(item: object) -> SetKey:
    if not isinstance(item, dict):
        raise members.wrong("keys")
    members.exact(item, _KEY_NAMES)
    use = Use(members.choice(item, "use", tuple(Use)))
    key = load_octet_key(item["jwk"], use.curve)
    start, end = members.time(item, "nbf"), members.time(item, "exp")
    if start >= end:
        raise members.wrong("exp")
    return set_key(members.kid(item, "kid"), use, key, start, end)


def _read(token: str, roots: tuple[OctetKey, ...]) -> KeySet:
    parts = PLACE.take_apart(token)
    root = next((root for root in roots if root.thumbprint == parts.kid()), None)
    if root is None:
        raise RefusalError(Reason.KEYSET_ROOT)
    parts.check_ed25519(root.verifier())
    body = parts.body(_NAMES)
    version = members.count(body, "ver")
    if version != VERSION:
        raise RefusalError(Reason.VERSION, str(version))
    keys = tuple(_read_key(item) for item in members.array(body, "keys", 1, MAX_KEYS))
    if len({key.kid for key in keys}) != len(keys):
        raise RefusalError(Reason.KEYSET_KEYS)
    return KeySet(
        members.slug(body, "iss"), members.ordinal(body, "num"), version, members.time(body, "iat"), keys, token
    )


@refusing
def verify_keyset(token: str, *, roots: tuple[OctetKey, ...], authority: str, held: int = 0) -> KeySet:
    """The set, when one of the roots signed it for this authority and its number is greater than ``held``."""
    keyset = _read(token, roots)
    if keyset.authority != authority:
        raise RefusalError(Reason.AUTHORITY_OTHER, keyset.authority)
    if keyset.number <= held:
        raise RefusalError(Reason.KEYSET_NOT_NEWER, str(keyset.number))
    return keyset
