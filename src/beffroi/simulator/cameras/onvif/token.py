"""Who asks, by WS-Security's UsernameToken with a digest (OASIS 1.1.1, section 3.1)."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from datetime import datetime, timedelta
from typing import Final
from xml.etree.ElementTree import Element

from beffroi.simulator.cameras.access import Account

SECURITY: Final = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
UTILITY: Final = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
DIGEST: Final = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
FRESH: Final = timedelta(seconds=60)
NONCES: Final = 1_024


class Gatekeeper:
    """Takes each nonce once, and only what was made just now by its own clock."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._seen: dict[str, None] = {}
        self.changed = False
        """Nobody knows the password any more."""

    def knows(self, envelope: Element, now: datetime) -> bool:
        """Whether this request proves the password."""
        token = next(envelope.iter(f"{SECURITY}UsernameToken"), None)
        if token is None or self.changed:
            return False
        password = token.find(f"{SECURITY}Password")
        user, nonce = (token.findtext(f"{SECURITY}{name}", "") for name in ("Username", "Nonce"))
        created = token.findtext(f"{UTILITY}Created", "")
        if password is None or password.get("Type") != DIGEST or user != self._account.user or nonce in self._seen:
            return False
        try:
            expected = self._digest(b64decode(nonce, validate=True), created)
            fresh = abs(now - datetime.fromisoformat(created)) <= FRESH
        except (ValueError, TypeError):
            return False
        if not fresh or not hmac.compare_digest(expected, (password.text or "").strip()):
            return False
        self._seen[nonce] = None
        if len(self._seen) > NONCES:
            del self._seen[next(iter(self._seen))]
        return True

    def _digest(self, nonce: bytes, created: str) -> str:
        said = nonce + created.encode() + self._account.password.encode()
        return b64encode(hashlib.sha1(said, usedforsecurity=False).digest()).decode()
