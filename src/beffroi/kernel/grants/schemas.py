"""JSON in and out of the holder's part of the API."""

from datetime import datetime
from uuid import UUID

from ninja import Schema
from pydantic import Field


class EnrolmentChallenge(Schema):
    """What a phone must answer to prove that it holds the key: `nonce` once, for `audience`."""

    nonce: str
    audience: str


class EnrolmentProof(Schema):
    """A proof of possession (`beffroi-pop+jwt`) that carries the firm's code, unless a passkey was just used."""

    proof: str = Field(max_length=2048)


class Jwk(Schema):
    """An Ed25519 public key (RFC 8037)."""

    crv: str
    kty: str
    x: str


class EnrolledPhone(Schema):
    """The phone that is now the person's, and the roots of the authorities whose gates it may meet: it pins them."""

    thumbprint: str
    label: str
    roots: list[Jwk]


class EnrolledBrowser(Schema):
    """The browser that is now the person's: rights are asked for its key (`id`) until `asks_until`, and last as they say. `roots`: those
    of the authorities whose gates it may meet.
    """

    id: UUID
    thumbprint: str
    asks_until: datetime
    roots: list[Jwk]
