"""Who we are to push services (RFC 8292, "VAPID"): one P-256 key an installation, one signed header an origin.

    BEFFROI_HOME/keys/push/private.pem     0600, read by the alerter only
    BEFFROI_HOME/keys/push/public          the same key's public point, which browsers ask for

Browsers bind a subscription to this key: with another one every subscription is lost.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from beffroi.adapters.process.places import put_once
from beffroi.protocol.v1.jws import sign_es256
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.strictjson import canonical

# A day at most (RFC 8292, 2). Apple refuses tokens that were made too often: a header is used again until near its end.
LASTS: Final = timedelta(hours=12)
RENEWED_BEFORE: Final = timedelta(hours=1)


class PushKeyError(Exception):
    """The installation's push key can't be read; the message says which file and what to do."""


def furnish(home: Path) -> None:
    """Makes the key where there is none. Several processes may do so at once: the first one's stays."""
    folder = home / "keys" / "push"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / "private.pem").exists():
        key = generate_private_key(SECP256R1())
        put_once(folder / "private.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    if not (folder / "public").exists():
        put_once(folder / "public", _point(private_key(home)).encode())


def private_key(home: Path) -> EllipticCurvePrivateKey:
    """The key that signs; raises PushKeyError."""
    path = home / "keys" / "push" / "private.pem"
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError) as error:
        raise PushKeyError(
            f"{path} is not a readable key ({error}): put its copy back, or delete the folder and have everybody subscribe again"
        ) from error
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise PushKeyError(f"{path} is not a P-256 key: put its copy back")
    return key


def public_key(home: Path) -> str | None:
    """What browsers subscribe with (`applicationServerKey`, base64url); None before the installation has one."""
    path = home / "keys" / "push" / "public"
    return path.read_text(encoding="ascii").strip() if path.exists() else None


@dataclass(slots=True)
class Identity:
    """Signs for each origin once, and again near the end. `contact` is a `mailto:` or `https:` address that a push service may write to."""

    key: EllipticCurvePrivateKey
    contact: str
    _headers: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    _public: str = ""

    def __post_init__(self) -> None:
        self._public = _point(self.key)

    def authorization(self, origin: str, now: datetime) -> str:
        """The value of the header `Authorization`."""
        known = self._headers.get(origin)
        if known is None or known[0] - RENEWED_BEFORE <= now:
            ends = now + LASTS
            known = self._headers[origin] = (ends, f"vapid t={self._token(origin, ends)}, k={self._public}")
        return known[1]

    def _token(self, origin: str, ends: datetime) -> str:
        header = encode_bytes(canonical({"alg": "ES256", "typ": "JWT"}))
        claims = encode_bytes(canonical({"aud": origin, "exp": int(ends.timestamp()), "sub": self.contact}))
        return f"{header}.{claims}.{encode_bytes(sign_es256(self.key, f'{header}.{claims}'.encode()))}"


def _point(key: EllipticCurvePrivateKey) -> str:
    return encode_bytes(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))
