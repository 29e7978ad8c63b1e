"""What keeps a certificate from being served.

TlsError
├── PairError            a certificate and its key can't be used at all; `fault` says how
└── LocalAuthorityError  our own authority's files are not there, or aren't what we wrote
"""

from enum import StrEnum


class Fault(StrEnum):
    """Why a certificate and its key can't be used."""

    UNREADABLE = "unreadable"
    NO_CERTIFICATE = "no-certificate"
    NO_KEY = "no-key"
    LOCKED = "locked"
    EXPOSED = "exposed"
    ORDER = "order"
    MISMATCH = "mismatch"
    WEAK = "weak"


class TlsError(Exception):
    """Trouble with HTTPS of our own; the message says what to do."""

    code = "tls"


class PairError(TlsError):
    """The message names the file and says what to do; nothing of the key is in it."""

    code = "certificate"

    def __init__(self, fault: Fault, message: str) -> None:
        super().__init__(message)
        self.fault = fault


class LocalAuthorityError(TlsError):
    """A file of the local authority is missing or isn't one of ours: the message says which and what to do."""

    code = "local-authority"
