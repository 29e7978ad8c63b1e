"""What a provider signs, believed or not: pure functions of bytes, keys and the moment.

The algorithm is one of those that the provider's own document names, and ES256 or RS256 at that; the key is the provider's, of that
algorithm's kind, found by its name (`kid`). Only then are claims looked at.
"""

import base64
import binascii
import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

from beffroi.adapters.oidc.errors import Reason, Unclear, Unproven
from beffroi.adapters.oidc.strict import Object, read_object, text_of, texts_of

LONGEST: Final = 32 * 1024
MOST_KEYS: Final = 100
SMALLEST_RSA: Final = 2048
# What a provider's clock may differ from ours, and how long ago the proof of a log-in may have been made.
SKEW: Final = timedelta(minutes=1)
FRESH: Final = timedelta(minutes=10)
LONGEST_SUBJECT: Final = 255
LOGGED_OUT: Final = "http://schemas.openid.net/event/backchannel-logout"
PARTS: Final = 3

Key = ECKey | RSAKey


@dataclass(frozen=True, slots=True)
class Keys:
    """The provider's public keys, those that we could use: (kid or None, algorithm, key)."""

    known: tuple[tuple[str | None, str, Key], ...]

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """The one of this name for this algorithm; without a name, the only one there is."""
        of_kind = [(name, key) for name, made_for, key in self.known if made_for == algorithm]
        found = [key for name, key in of_kind if kid is None or name == kid]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Who must have signed for whom."""

    issuer: str
    client: str
    algorithms: frozenset[str]
    now: datetime


@dataclass(frozen=True, slots=True)
class Parting:
    """A provider says that somebody logged out: everywhere, or of one of its sessions (`sid`). `until`: when the message is void."""

    subject: str
    sid: str
    identifier: str
    until: datetime


def read_keys(document: bytes) -> Keys:
    """Keys that aren't for signatures, or of another kind, are left out. Raises Unclear."""
    given = read_object(document).get("keys")
    if not isinstance(given, list) or len(given) > MOST_KEYS:
        raise Unclear("not a set of keys")
    found = []
    for each in given:
        usable = _usable(each)
        if usable is not None:
            found.append(usable)
    return Keys(tuple(found))


def read_log_in(
    text: str, keys: Keys, wanted: Wanted, *, nonce: str, access_token: str, levels: tuple[str, ...]
) -> Object:
    """The claims of an ID token (Core 1.0, 3.1.3.7). Raises Unproven."""
    claims = _signed(text, keys, wanted, types=("", "jwt"))
    _check_parties(claims, wanted)
    _check_times(claims, wanted.now)
    if not nonce or not hmac.compare_digest(text_of(claims, "nonce").encode(), nonce.encode()):
        raise Unproven(Reason.NONCE)
    half = claims.get("at_hash")
    if half is not None and (not isinstance(half, str) or not hmac.compare_digest(_half(access_token), half.encode())):
        raise Unproven(Reason.ACCESS_TOKEN)
    if levels and text_of(claims, "acr") not in levels:
        raise Unproven(Reason.LEVEL)
    _subject(claims)
    return claims


def read_person(body: bytes, keys: Keys, wanted: Wanted, *, subject: str, signed: bool) -> Object:
    """What the provider says of whoever logged in (Core 1.0, 5.3): of the same subject, or of nobody. Raises Unproven, Unclear."""
    if body.lstrip()[:1] == b"{":
        if signed:
            raise Unproven(Reason.UNSIGNED)
        claims = read_object(body)
    else:
        claims = _signed(body.decode("ascii", "replace").strip(), keys, wanted, types=("", "jwt"))
        _check_parties(claims, wanted)
        if "exp" in claims and _moment(claims, "exp") + SKEW <= wanted.now:
            raise Unproven(Reason.EXPIRED)
    if _subject(claims) != subject:
        raise Unproven(Reason.SUBJECT)
    return claims


def read_parting(text: str, keys: Keys, wanted: Wanted) -> Parting:
    """A logout token (Back-Channel Logout 1.0, 2.6). Raises Unproven."""
    claims = _signed(text, keys, wanted, types=("", "jwt", "logout+jwt"))
    _check_parties(claims, wanted)
    _check_times(claims, wanted.now)
    events, identifier = claims.get("events"), text_of(claims, "jti")
    if not isinstance(events, dict) or not isinstance(events.get(LOGGED_OUT), dict):
        raise Unproven(Reason.EVENT)
    subject, sid = text_of(claims, "sub"), text_of(claims, "sid")
    if "nonce" in claims or not identifier or not (subject or sid):
        raise Unproven(Reason.SHAPE)
    return Parting(subject, sid, identifier, _moment(claims, "exp") + SKEW)


def _signed(text: str, keys: Keys, wanted: Wanted, *, types: tuple[str, ...]) -> Object:
    """What a JWS in its compact form holds, once its signature is the provider's."""
    parts = text.split(".")
    if len(text) > LONGEST or len(parts) != PARTS or not text.isascii():
        raise Unproven(Reason.SHAPE)
    try:
        header = read_object(_decoded(parts[0]))
        claims = read_object(_decoded(parts[1]))
    except Unclear:
        raise Unproven(Reason.SHAPE) from None
    algorithm, kid = text_of(header, "alg"), header.get("kid")
    if algorithm not in wanted.algorithms:
        raise Unproven(Reason.ALGORITHM)
    if "crit" in header or "b64" in header or not (kid is None or isinstance(kid, str)):
        raise Unproven(Reason.SHAPE)
    if text_of(header, "typ").lower() not in types:
        raise Unproven(Reason.TYPE)
    key = keys.find(kid, algorithm)
    if key is None:
        raise Unproven(Reason.UNKNOWN_KEY)
    registry = jws.JWSRegistry(algorithms=[algorithm], strict_check_header=False)
    registry.max_header_length, registry.max_payload_length = LONGEST, LONGEST
    try:
        jws.deserialize_compact(text, key, registry=registry)
    except (JoseError, ValueError):
        raise Unproven(Reason.SIGNATURE) from None
    return claims


def _check_parties(claims: Object, wanted: Wanted) -> None:
    if text_of(claims, "iss") != wanted.issuer:
        raise Unproven(Reason.ISSUER)
    # For us and nobody else: another client's token, given to us, would let its owner in as somebody here.
    if texts_of(claims, "aud") != (wanted.client,) or claims.get("azp", wanted.client) != wanted.client:
        raise Unproven(Reason.AUDIENCE)


def _check_times(claims: Object, now: datetime) -> None:
    made = _moment(claims, "iat")
    if _moment(claims, "exp") + SKEW <= now:
        raise Unproven(Reason.EXPIRED)
    if not now - FRESH <= made <= now + SKEW or ("nbf" in claims and _moment(claims, "nbf") > now + SKEW):
        raise Unproven(Reason.TIME)


def _moment(claims: Object, name: str) -> datetime:
    """Seconds since 1970 (RFC 7519, 2). Raises Unproven."""
    given = claims.get(name)
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise Unproven(Reason.TIME)
    try:
        return datetime.fromtimestamp(given, tz=UTC)
    except (OverflowError, OSError, ValueError):
        raise Unproven(Reason.TIME) from None


def _subject(claims: Object) -> str:
    found = text_of(claims, "sub")
    if not found or len(found) > LONGEST_SUBJECT:
        raise Unproven(Reason.SUBJECT)
    return found


def _half(access_token: str) -> bytes:
    """The left half of its hash (Core 1.0, 3.1.3.6); both algorithms that we take go with SHA-256."""
    digest = hashlib.sha256(access_token.encode()).digest()
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=")


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise Unproven(Reason.SHAPE) from None


def _usable(given: object) -> tuple[str | None, str, Key] | None:
    """A public key for signatures, with what it may be used for; None for any other."""
    if not isinstance(given, dict) or given.get("use", "sig") != "sig" or "d" in given or "k" in given:
        return None
    kid = given.get("kid")
    algorithm = {"RSA": "RS256", "EC": "ES256"}.get(str(given.get("kty")))
    if algorithm is None or given.get("alg", algorithm) != algorithm or not (kid is None or isinstance(kid, str)):
        return None
    parameters = ("kty", "n", "e") if algorithm == "RS256" else ("kty", "crv", "x", "y")
    try:
        if algorithm == "RS256" and len(_decoded(str(given["n"])).lstrip(b"\0")) * 8 < SMALLEST_RSA:
            return None
        key = JWKRegistry.import_key({name: str(given[name]) for name in parameters})
        _raw = key.raw_value
    except (JoseError, Unproven, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, RSAKey):
        return kid, algorithm, key
    return (kid, algorithm, key) if isinstance(key, ECKey) and key.curve_name == "P-256" else None
