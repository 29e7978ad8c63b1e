"""The signature of a webhook: HMAC-SHA-256 over `id.timestamp.body`, under a secret that both sides hold.

webhook-id: 0b7c…            the same at each attempt: the receiver does a message once
webhook-timestamp: 1795000000
webhook-signature: v1,K5oZ…  one for each secret, separated by spaces
"""

import base64
import binascii
import hmac
import secrets
from hashlib import sha256
from typing import Final

PREFIX: Final = "whsec_"
SECRET: Final = 32
# What a receiver should accept of a clock that differs, and of a message that took its time.
TOLERANCE: Final = 300


def new_secret() -> str:
    """A secret as the receiver's library takes it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET)).decode()


def headers_for(body: bytes, *, secret: str, identifier: str, moment: int) -> dict[str, str]:
    """The three headers of a message."""
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(moment),
        "webhook-signature": f"v1,{_signature(secret, identifier, moment, body)}",
    }


def check(body: bytes, *, secret: str, identifier: str, moment: str, signature: str, now: float) -> bool:
    """What a receiver does: whether one of the signatures is ours, and the message is of now."""
    if not moment.isascii() or not moment.isdigit() or abs(now - int(moment)) > TOLERANCE:
        return False
    wanted = _signature(secret, identifier, int(moment), body)
    given = [each.removeprefix("v1,") for each in signature.split() if each.startswith("v1,")]
    return any(hmac.compare_digest(each.encode(), wanted.encode()) for each in given)


def _signature(secret: str, identifier: str, moment: int, body: bytes) -> str:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise ValueError("not a webhook's secret") from error
    signed = f"{identifier}.{moment}.".encode() + body
    return base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()
