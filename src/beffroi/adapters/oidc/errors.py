"""What can go wrong with an identity provider.

ProviderError
├── Silent      it doesn't answer, or not in time
├── Untrusted   its certificate isn't one that we were told to trust
├── Unwelcome   it refuses our own identifier or secret
├── Unclear     it answers what isn't OpenID Connect, too much of it, or another provider's papers
└── Unproven    what it says of somebody doesn't hold; `reason` says which check
"""

from enum import StrEnum


class Reason(StrEnum):
    """Which check a token, or an answer of the browser, didn't pass."""

    SHAPE = "shape"
    ALGORITHM = "algorithm"
    UNKNOWN_KEY = "unknown-key"
    SIGNATURE = "signature"
    TYPE = "type"
    ISSUER = "issuer"
    AUDIENCE = "audience"
    SUBJECT = "subject"
    EXPIRED = "expired"
    TIME = "time"
    NONCE = "nonce"
    ACCESS_TOKEN = "access-token"  # noqa: S105 - a reason's name
    LEVEL = "level"
    EVENT = "event"
    STATE = "state"
    CODE = "code"
    UNSIGNED = "unsigned"


class ProviderError(Exception):
    """The provider can't be believed or asked now; `code` is stable. Never holds a token, a secret, nor what somebody is called."""

    code = "provider-error"


class Silent(ProviderError):
    """It can't be reached, it stopped answering, or too many wait for it already."""

    code = "silent"


class Untrusted(ProviderError):
    """The other side can't prove that it is the provider: nothing was sent to it."""

    code = "untrusted"


class Unwelcome(ProviderError):
    """Our client's identifier or secret is refused."""

    code = "unwelcome"


class Unclear(ProviderError):
    """An answer that isn't what the protocol says: what it would mean isn't known."""

    code = "unclear"


class Unproven(ProviderError):
    """What was said of somebody doesn't hold."""

    code = "unproven"

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason
