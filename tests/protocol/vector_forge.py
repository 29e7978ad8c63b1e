"""What the vectors are made with: tokens of any shape, right or wrong, and the same faults for every kind of token.

``Recipe`` says how one kind of token is made rightly; ``token_faults`` spoils it in the ways that every reader must notice.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1.jws import sign_es256
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.strictjson import canonical

Json = Any  # reason: vectors hold any JSON, right and wrong
Signer = Ed25519PrivateKey | EllipticCurvePrivateKey
GROUP_OF_4 = 4


@dataclass(frozen=True)
class Vector:
    """One line of a vector file. ``reason`` is None for a good one, whose ``value`` is what a reader gets out of it."""

    subject: str
    name: str
    input: dict[str, Json]
    reason: str | None = None
    value: dict[str, Json] | None = None

    def body(self) -> dict[str, Json]:
        """Its JSON."""
        end = {"reason": self.reason} if self.value is None else {"reason": None, "value": self.value}
        return {"name": self.name, "subject": self.subject, "input": self.input, **end}


def sign(message: bytes, key: Signer) -> bytes:
    """A raw signature by either kind of key."""
    return key.sign(message) if isinstance(key, Ed25519PrivateKey) else sign_es256(key, message)


def forge(header: bytes, payload: bytes, key: Signer) -> str:
    """A compact JWS over any bytes whatever."""
    message = f"{encode_bytes(header)}.{encode_bytes(payload)}"
    return f"{message}.{encode_bytes(sign(message.encode(), key))}"


def flip_last_byte(token: str) -> str:
    """The token with one bit of its signature changed, in the middle where no unused bit is."""
    position = token.rindex(".") + 20
    other = "A" if token[position] != "A" else "B"
    return token[:position] + other + token[position + 1 :]


def respell(token: str) -> str:
    """The token with an unused bit of its signature set: the same bytes for a careless decoder."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return token[:-1] + alphabet[alphabet.index(token[-1]) + 1]


@dataclass(frozen=True)
class Recipe:
    """How one kind of token is made, and how a vector hands it to a reader.

    ``place`` puts the token into a vector's input. ``signature`` and ``stranger`` are the reasons for a wrong signature and for a key
    that may not sign this, where they differ from the general ones.
    """

    subject: str
    header: dict[str, Json]
    payload: dict[str, Json]
    key: Signer
    place: Callable[[str], dict[str, Json]]
    signature: str = "token-signature"
    stranger: str | None = "token-kid"
    tampered: str | None = None
    """The reason for a payload changed after signing, where its own members are what the signature is checked with."""
    wrong_value: dict[str, Json] = field(default_factory=dict)

    def token(self, **changes: Json) -> str:
        """The token with some members of its payload replaced (None takes one out)."""
        payload = {**self.payload, **changes}
        return self.sign({name: value for name, value in payload.items() if value is not None})

    def sign(self, payload: dict[str, Json]) -> str:
        """The token with another payload."""
        return forge(canonical(self.header), canonical(payload), self.key)

    def bad(self, name: str, reason: str, token: str) -> Vector:
        """A vector that is refused."""
        return Vector(self.subject, f"{self.header['typ']}: {name}", self.place(token), reason)

    def good(self, name: str, token: str, value: dict[str, Json]) -> Vector:
        """A vector that is accepted."""
        return Vector(self.subject, f"{self.header['typ']}: {name}", self.place(token), None, value)


def header_faults(recipe: Recipe) -> Iterator[Vector]:
    """What can be wrong in a header."""
    payload = canonical(recipe.payload)

    def headed(**changes: Json) -> str:
        return forge(canonical({**recipe.header, **changes}), payload, recipe.key)

    unsigned = headed(alg="none").rpartition(".")[0] + "."
    yield recipe.bad("alg none, no signature", "token-form", unsigned)
    yield recipe.bad("alg none, signed all the same", "token-alg", headed(alg="none"))
    other = "EdDSA" if recipe.header["alg"] == "Ed25519" else "Ed25519"
    yield recipe.bad(f"alg {other}", "token-alg", headed(alg=other))
    yield recipe.bad("typ JWT", "token-typ", headed(typ="JWT"))
    yield recipe.bad("a header member too many", "token-header", headed(crit=["b64"]))
    if recipe.stranger is not None:
        yield recipe.bad("a key that may not sign this", recipe.stranger, headed(kid="stranger"))


def token_faults(recipe: Recipe) -> Iterator[Vector]:
    """What can be wrong in any token, with a right signature wherever the fault isn't the signature."""
    yield from header_faults(recipe)
    token, header = recipe.token(), canonical(recipe.header)
    yield recipe.bad("signature changed", recipe.signature, flip_last_byte(token))
    yield recipe.bad("signature spelt otherwise", "token-form", respell(token))
    first, second = sorted(recipe.payload)[:2]
    text = canonical(recipe.payload).decode()
    doubled = text[:1] + f'"{first}":{json.dumps(recipe.payload[first], separators=(",", ":"))},' + text[1:]
    yield recipe.bad(f"member {first} twice", "json-duplicate", forge(header, doubled.encode(), recipe.key))
    spaced = text.replace(",", ", ", 1)
    yield recipe.bad("a space in the payload", "json-canonical", forge(header, spaced.encode(), recipe.key))
    yield recipe.bad("an unknown member", "member-unknown", recipe.token(zzz=1))
    yield recipe.bad(f"no {second}", "member-missing", recipe.token(**{second: None}))
    for name, value in recipe.wrong_value.items():
        yield recipe.bad(f"{name} of the wrong form", "member-value", recipe.token(**{name: value}))
    head, _, rest = token.partition(".")
    body, _, signature = rest.partition(".")
    swapped = encode_bytes(canonical({**recipe.payload, "zzz": 1}))
    yield recipe.bad(
        "payload changed after signing", recipe.tampered or recipe.signature, f"{head}.{swapped}.{signature}"
    )
    yield recipe.bad("two parts", "token-form", f"{head}.{body}")
