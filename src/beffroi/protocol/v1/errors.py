"""What can be refused, and why.

A refusal is a value, ``Refused``: every public function of this package that reads bytes from outside is decorated
``@refusing`` and returns either what its signature names or a ``Refused`` (type checkers see the union). Inside the
package a refusal travels as an exception and is turned into the value at that door::

    ProtocolError
    ├── RefusalError  what came from outside is not acceptable (never leaves a public function)
    └── MisuseError   the caller asked for something that the protocol forbids it to make
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Reason(StrEnum):
    """Every reason code with its meaning; stable, and equal to the table of ``docs/spec/gate.md`` section 11."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> "Reason":
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    JSON_SIZE = "json-size", "the text is longer than its place admits"
    JSON_UTF8 = "json-utf8", "the bytes are not UTF-8"
    JSON_SYNTAX = "json-syntax", "not a JSON text"
    JSON_DEPTH = "json-depth", "nested more than 8 levels deep"
    JSON_DUPLICATE = "json-duplicate", "an object names a member twice"
    JSON_NUMBER = "json-number", "a number is not an integer within ±(2^53−1)"
    JSON_STRING = "json-string", "a string holds half of a surrogate pair"
    JSON_CANONICAL = "json-canonical", "the value is right but the text is not its canonical form"
    MEMBER_MISSING = "member-missing", "a member that must be there is not"
    MEMBER_UNKNOWN = "member-unknown", "a member that the specification does not list"
    MEMBER_VALUE = "member-value", "a member's value has not the form that the specification gives"

    TOKEN_FORM = "token-form", "not three base64url parts in their only spelling"
    TOKEN_HEADER = "token-header", "the header has not exactly the members of its position"
    TOKEN_ALG = "token-alg", "another algorithm than the one of its position"
    TOKEN_TYP = "token-typ", "another kind of token than the one of its position"
    TOKEN_KID = "token-kid", "signed in the name of a key that may not sign this"
    TOKEN_SIGNATURE = "token-signature", "the signature does not verify"
    KEY_FORM = "key-form", "not a public key of the kind wanted"
    KEY_NOT_CURRENT = "key-not-current", "the key is not valid at the moment that counts"

    VERSION = "version", "another version of the protocol than the one spoken here"
    AUTHORITY_OTHER = "authority-other", "signed for another authority"
    KEYSET_ROOT = "keyset-root", "signed by neither of the two roots"
    KEYSET_NOT_NEWER = "keyset-not-newer", "not newer than the key set held"
    KEYSET_KEYS = "keyset-keys", "two keys of the set have the same name"
    KEYSET_WEAK = "keyset-weak", "fewer than two keys of some use would be alive"

    CERTIFICATE_EARLY = "certificate-early", "the certificate is not valid yet"
    CERTIFICATE_EXPIRED = "certificate-expired", "the certificate is no longer valid"
    CERTIFICATE_NOT_NEWER = "certificate-not-newer", "the certificate held is as new, and still verifies"

    CHAIN_SIZE = "chain-size", "the chain is longer than 4,096 bytes"
    CHAIN_LENGTH = "chain-length", "the chain has more than five links"
    GRANT_KEY = "grant-key", "the grant is signed in the name of a key that is not a capability key of the set held"
    GRANT_SIGNATURE = "grant-signature", "the grant's signature does not verify"
    LINK_SIGNATURE = "link-signature", "a link is not signed by the holder before it"
    CHAIN_PARENT = "chain-parent", "a link extends something else than what it stands behind"
    CHAIN_DEPTH = "chain-depth", "handed over more often than the one before allowed"
    CHAIN_RESOURCES = "chain-resources", "a link names a resource that its parent does not"
    CHAIN_ACTIONS = "chain-actions", "a link names an action that its parent does not"
    CHAIN_WINDOW = "chain-window", "a link's window is not inside its parent's"
    CHAIN_POLICY = "chain-policy", "a link's policy is looser than its parent's"

    NOT_COMMISSIONED = "not-commissioned", "the gate holds no key set"
    NOT_TOUCHED = "not-touched", "nobody touched the gate within the last 60 seconds"
    GATE_OTHER = "gate-other", "meant for another gate"
    CHALLENGE_UNKNOWN = "challenge-unknown", "the gate gave no such challenge, or has forgotten it"
    CHALLENGE_TRANSPORT = "challenge-transport", "the challenge was given over another transport"
    CHALLENGE_USED = "challenge-used", "the challenge has served already"
    CHALLENGE_EXPIRED = "challenge-expired", "the challenge is older than 30 seconds"
    PROOF_SIGNATURE = "proof-signature", "the last holder of the chain did not sign this answer"
    RESOURCE_NOT_GRANTED = "resource-not-granted", "the right does not cover this gate"
    ACTION_NOT_GRANTED = "action-not-granted", "the right does not cover this action"
    TRANSPORT_NOT_ADMITTED = "transport-not-admitted", "the right may not be used over this transport"
    HOLDER_REVOKED = "holder-revoked", "a holder of the chain is revoked"
    GRANT_REVOKED = "grant-revoked", "the grant is revoked"
    TOO_EARLY = "too-early", "the right does not begin yet"
    EXPIRED = "expired", "the right has ended"
    TIME_UNKNOWN = "time-unknown", "the gate does not know the time and the right does not allow for that"
    REVOCATIONS_OLD = "revocations-old", "the gate's revocation list is older than the right allows"
    INTERNAL = "internal", "the gate failed; it stays shut"

    REVOCATIONS_NOT_NEWER = "revocations-not-newer", "not newer than the revocation list held"
    SET_AHEAD = "set-ahead", "made under a key set that is not held here"
    STAMP_BACK = "stamp-back", "a stamp earlier than the clock"
    STAMP_FAR = "stamp-far", "an unbound stamp more than 24 hours ahead"
    STAMP_UNBOUND = "stamp-unbound", "while time is unknown only a stamp bound to a fresh nonce counts"
    STAMP_NONCE = "stamp-nonce", "bound to a nonce that is not, or no longer, the gate's"
    STAMP_DEVICE = "stamp-device", "bound to another device"

    SOURCES_NOT_NEWER = "sources-not-newer", "not newer than the list of sources held"

    RESULT_OTHER = "result-other", "the result is that of another exchange"
    DEVICE_OTHER = "device-other", "signed by or for another device"
    EVENTS_CHAIN = "events-chain", "the batch does not continue the log where it says"
    EVENTS_FORKED = "events-forked", "the device tells the same sequence twice in two ways"
    EVENTS_BOOT = "events-boot", "the boot counter went back while the sequence grew"
    RECEIPT_AHEAD = "receipt-ahead", "the receipt speaks of events that the device has not written"
    RECEIPT_FORKED = "receipt-forked", "the receipt's hash is not that of the device's log"
    MESSAGE_REPLAYED = "message-replayed", "not after the last command taken"
    MESSAGE_EXPIRED = "message-expired", "the command has expired"
    BEAT_NOT_NEWER = "beat-not-newer", "not after the last beat taken"
    SEALED_FORM = "sealed-form", "not a sealed text in its only form"
    SEALED_KEY = "sealed-key", "sealed to a key that is not held here"
    SEALED_OPEN = "sealed-open", "the sealed text does not open"

    FRAME_SIZE = "frame-size", "the frame is longer than its kind admits"
    FRAME_TYPE = "frame-type", "not a frame that may come here"
    POSSESSION_AUDIENCE = "possession-audience", "the proof of possession is for another server"
    POSSESSION_NONCE = "possession-nonce", "the proof of possession answers another nonce"


REASONS: dict[str, Reason] = {str(reason): reason for reason in Reason}
"""Every reason by its code."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal as a value. ``detail`` (a member, a place) helps whoever debugs: no secret is in it and no rule reads it."""

    reason: Reason
    detail: str = ""


class ProtocolError(Exception):
    """Root of the tree."""


class RefusalError(ProtocolError):
    """A refusal on its way out of the package."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.refused = Refused(reason, detail)


class MisuseError(ProtocolError):
    """The caller asked this package to make something it would itself refuse."""

    code = "misuse"


def refusing(function: Callable[P, T]) -> Callable[P, T | Refused]:
    """Give a function that raises ``RefusalError`` the public face: it returns ``Refused``."""

    @functools.wraps(function)
    def door(*args: P.args, **kwargs: P.kwargs) -> T | Refused:
        try:
            return function(*args, **kwargs)
        except RefusalError as refusal:
            return refusal.refused

    return door


def making(function: Callable[P, T]) -> Callable[P, T]:
    """Give a function that signs its guard: what a reader of the result would refuse is the caller's mistake."""

    @functools.wraps(function)
    def door(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except RefusalError as refusal:
            raise MisuseError(str(refusal)) from refusal

    return door


def expect(value: T | Refused) -> T:
    """Inside the package: go on with the value, or carry the refusal further."""
    if isinstance(value, Refused):
        raise RefusalError(value.reason, value.detail)
    return value
