"""JSON in and out of cabinets."""

from uuid import UUID

from ninja import Schema


class Jwk(Schema):
    """An Ed25519 public key (RFC 8037)."""

    crv: str
    kty: str
    x: str


class DoorRights(Schema):
    """What a phone needs in front of a lock; `chains` holds its capabilities, the soonest to end first, and `revocation` the list in force
    (empty before the first), to be carried to a lock that holds an older one.
    """

    authority: UUID
    roots: list[Jwk]
    keyset: str
    certificate: str
    chains: list[str]
    revocation: str


class Receipt(Schema):
    """Where the receipt of a use is; `ready` is false until its entry is numbered in the register."""

    ready: bool
    page: str
    file: str
