"""JSON of the register's API."""

from ninja import Schema


class Proof(Schema):
    """Hashes in base64, from the leaf's side up (RFC 6962)."""

    proof: list[str]
