"""A relay's sources: which gates it serves, by a list that the server signs, and where each is, sealed to the relay.

The relay makes the key to seal to and says so, signed (``SealingKey``). The list names the gates in clear, because that is what
binds a gate to the device that signs for it; addresses and passwords only the relay can open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.certificate import Certificate
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.jwk import OctetKey, load_octet_key, octet_key
from beffroi.protocol.v1.jws import Place, Token
from beffroi.protocol.v1.keyset import KeySet, Reading, Use
from beffroi.protocol.v1.mask import Mask, read_mask
from beffroi.protocol.v1.members import Moment
from beffroi.protocol.v1.sealing import seal, unseal
from beffroi.protocol.v1.strictjson import Body, canonical, load_object

MAX_GATES: Final = 256
URL_LENGTH: Final = 512
CONTENT: Final = "beffroi-sources+json"
SEALED_LIMIT: Final = 172032
PLACE = Place("beffroi-sources+jwt", limit=245760)
KEY_PLACE = Place("beffroi-sealing-key+jwt", limit=1024)

_NAMES = frozenset({"dev", "set", "num", "iat", "gates", "sealed"})
_KEY_NAMES = frozenset({"dev", "iat", "jwk"})
_SOURCE_NAMES = frozenset({"id", "name", "url", "user", "password"})
_SOURCE_OPTIONAL = frozenset({"mask"})
_is_url = re.compile(r"rtsp://[!-?A-~]{1,505}").fullmatch  # no "@": a password has its own member


# The key to seal to


@dataclass(frozen=True, slots=True)
class SealingKey:
    """The X25519 key that a device made for what is sealed to it. Its kid is its thumbprint."""

    device: str
    issued: Moment
    key: OctetKey

    @property
    def kid(self) -> str:
        """Its name in what is sealed to it."""
        return self.key.thumbprint


@making
def make_sealing_key(*, device: str, issued: Moment, sealing: X25519PrivateKey, key: Ed25519PrivateKey) -> str:
    """A device says to which key it is sealed, signed with its own."""
    payload = {"dev": device, "iat": members.spell_moment(issued), "jwk": octet_key(sealing).jwk}
    token = KEY_PLACE.make(payload, key, device)
    _read_key(KEY_PLACE.take_apart(token))
    return token


def _read_key(parts: Token) -> SealingKey:
    body = parts.body(_KEY_NAMES)
    return SealingKey(members.slug(body, "dev"), members.moment(body, "iat"), load_octet_key(body["jwk"], "X25519"))


@refusing
def verify_sealing_key(token: str, *, certificate: Certificate) -> SealingKey:
    """The key, when the certified device says that it is its own."""
    parts = KEY_PLACE.take_apart(token)
    if parts.kid() != certificate.device:
        raise RefusalError(Reason.DEVICE_OTHER, parts.kid())
    parts.check_ed25519(certificate.key.verifier())
    sealing = _read_key(parts)
    if sealing.device != certificate.device:
        raise RefusalError(Reason.DEVICE_OTHER, sealing.device)
    return sealing


# What is sealed


@dataclass(frozen=True, slots=True)
class Source:
    """Where a gate's camera is, and how to come in: ``user`` and ``password`` are empty where it asks for none. With a ``mask`` nobody
    sees its picture otherwise than through it.
    """

    gate: str
    name: str
    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    mask: Mask | None = None

    def body(self) -> Body:
        """The form in the sealed text."""
        mask: Body = {} if self.mask is None else {"mask": self.mask.body()}
        return {
            "id": self.gate,
            "name": self.name,
            "password": self.password,
            "url": self.url,
            "user": self.user,
            **mask,
        }


def _secret(body: Body, name: str) -> str:
    return "" if body[name] == "" else members.text(body, name)


def _read_source(item: object) -> Source:
    if not isinstance(item, dict):
        raise members.wrong("gates", item)
    body: Body = item
    members.exact(body, _SOURCE_NAMES, _SOURCE_OPTIONAL)
    return Source(
        gate=members.slug(body, "id"),
        name=members.text(body, "name"),
        url=members.matching(body, "url", _is_url),
        user=_secret(body, "user"),
        password=_secret(body, "password"),
        mask=members.optional(body, "mask", read_mask),
    )


def _read_sources(text: str) -> tuple[Source, ...]:
    body = load_object(text.encode(), len(text.encode()))
    members.exact(body, frozenset({"gates"}))
    return tuple(_read_source(item) for item in members.array(body, "gates", 0, MAX_GATES))


@making
def seal_sources(sources: Sequence[Source], *, recipient: SealingKey, ephemeral: X25519PrivateKey, iv: bytes) -> str:
    """The sealed member of a list: sources in the order of their gates. ``ephemeral`` and ``iv`` are fresh for each call."""
    text = canonical({"gates": [source.body() for source in sources]}).decode()
    _read_sources(text)
    sealed = seal(text, content=CONTENT, kid=recipient.kid, recipient=recipient.key, ephemeral=ephemeral, iv=iv)
    if len(sealed) > SEALED_LIMIT:
        raise RefusalError(Reason.SEALED_FORM, str(len(sealed)))
    return sealed


# The list


@dataclass(frozen=True, slots=True)
class SourceList:
    """A verified list: the gates that this device serves, ascending, and where they are, still sealed."""

    device: str
    keyset: int
    number: int
    issued: int
    gates: tuple[str, ...]
    sealed: str = field(repr=False)
    token: str = field(default="", compare=False, repr=False)

    @property
    def order(self) -> tuple[int, int]:
        """What decides which of two lists is newer."""
        return (self.keyset, self.number)


@making
def make_source_list(sources: SourceList, *, kid: str, signer: Ed25519PrivateKey) -> str:
    """Sign a list with the ``server-message`` key named ``kid``. What is too long for one relay is a ``MisuseError``."""
    payload = {
        "dev": sources.device,
        "gates": list(sources.gates),
        "iat": sources.issued,
        "num": sources.number,
        "sealed": sources.sealed,
        "set": sources.keyset,
    }
    token = PLACE.make(payload, signer, kid)
    _read(PLACE.take_apart(token), token)
    return token


def _read(parts: Token, token: str) -> SourceList:
    body = parts.body(_NAMES)
    return SourceList(
        device=members.slug(body, "dev"),
        keyset=members.ordinal(body, "set"),
        number=members.ordinal(body, "num"),
        issued=members.time(body, "iat"),
        gates=members.sorted_strings(body, "gates", members.is_slug, 0, MAX_GATES),
        sealed=members.token(body, "sealed"),
        token=token,
    )


@refusing
def verify_source_list(
    token: str, *, keyset: KeySet, at: Reading, device: str, held: tuple[int, int] = (0, 0)
) -> SourceList:
    """The list, when the server signed it for this device and it is newer than the one ``held``."""
    parts = PLACE.take_apart(token)
    parts.check_ed25519(keyset.verifier(parts.kid(), Use.SERVER_MESSAGE, at))
    sources = _read(parts, token)
    if sources.device != device:
        raise RefusalError(Reason.DEVICE_OTHER, sources.device)
    if sources.keyset > keyset.number:
        raise RefusalError(Reason.SET_AHEAD, str(sources.keyset))
    if sources.order <= held:
        raise RefusalError(Reason.SOURCES_NOT_NEWER, f"{sources.order}")
    return sources


@refusing
def recall_source_list(token: str) -> SourceList:
    """A list that this device verified when it took it, read again from its own store: form only, no signature."""
    return _read(PLACE.take_apart(token), token)


@refusing
def open_sources(sources: SourceList, *, sealing: X25519PrivateKey) -> tuple[Source, ...]:
    """Where the gates of a verified list are, one source for each of them, in their order."""
    keys = {octet_key(sealing).thumbprint: sealing}
    text = unseal(sources.sealed, content=CONTENT, keys=keys, limit=SEALED_LIMIT)
    opened = _read_sources(text)
    if tuple(source.gate for source in opened) != sources.gates:
        raise RefusalError(Reason.MEMBER_VALUE, "gates")
    return opened
