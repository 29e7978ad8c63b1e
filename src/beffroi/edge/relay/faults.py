"""What can be wrong with a camera. The causes are ids that the player puts into words; docs/spec/relay-media.md section 6 lists them."""

from enum import StrEnum


class Cause(StrEnum):
    """Why there is no picture."""

    ADDRESS = "address"
    UNREACHABLE = "unreachable"
    CREDENTIALS = "credentials"
    CLOCK = "clock"
    NOT_FOUND = "not-found"
    REDIRECT = "redirect"
    REFUSED = "refused"
    CODEC = "codec"
    KEY_FRAME = "key-frame"
    NO_PICTURE = "no-picture"
    HUNG = "hung"
    HUNG_UP = "hung-up"
    GARBAGE = "garbage"
    LIMITS = "limits"
    MASK_MISSING = "mask-missing"
    MASKING = "masking"


class CameraFault(Exception):
    """The camera can't be watched now. `detail` is for the relay's own log: it never holds what was secret in an address."""

    def __init__(self, cause: Cause, detail: str = "") -> None:
        super().__init__(f"{cause}: {detail}" if detail else str(cause))
        self.cause = cause
        self.detail = detail
