"""Proof that somebody holds the P-256 key that is being enrolled: a JWS with the key in its header, over the server's nonce."""

import re
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.jwk import HolderKey, holder_key, load_holder_key
from beffroi.protocol.v1.jws import ES256, Place
from beffroi.protocol.v1.strictjson import Body

PLACE = Place("beffroi-pop+jwt", alg=ES256, third="jwk", limit=2048)

_NAMES = frozenset({"aud", "nonce"})
_OPTIONAL = frozenset({"code"})
_is_audience = re.compile(r"[!-~]{1,200}").fullmatch
_is_nonce = re.compile(r"[A-Za-z0-9_-]{1,128}").fullmatch
_is_code = re.compile(r"[A-Za-z0-9-]{1,64}").fullmatch


@dataclass(frozen=True, slots=True)
class Possession:
    """A key that somebody holds, and the enrolment code that came with it, if one did."""

    key: HolderKey
    code: str | None


@making
def make_possession(*, audience: str, nonce: str, key: EllipticCurvePrivateKey, code: str | None = None) -> str:
    """Prove possession of ``key`` to the server whose origin is ``audience``."""
    payload: Body = {"aud": audience, "nonce": nonce}
    if code is not None:
        payload["code"] = code
    token = PLACE.make(payload, key, holder_key(key).jwk)
    _read(token, audience, nonce)
    return token


def _read(token: str, audience: str, nonce: str) -> Possession:
    parts = PLACE.take_apart(token)
    key = load_holder_key(parts.header["jwk"])
    parts.check_es256(key)
    body = parts.body(_NAMES, _OPTIONAL)
    said, answered = members.matching(body, "aud", _is_audience), members.matching(body, "nonce", _is_nonce)
    code = members.matching(body, "code", _is_code) if "code" in body else None
    if said != audience:
        raise RefusalError(Reason.POSSESSION_AUDIENCE, said)
    if answered != nonce:
        raise RefusalError(Reason.POSSESSION_NONCE)
    return Possession(key, code)


@refusing
def verify_possession(token: str, *, audience: str, nonce: str) -> Possession:
    """The key and the code, when that key signed them for this server and this nonce."""
    return _read(token, audience, nonce)
