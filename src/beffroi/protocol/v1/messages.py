"""What the server signs for a device: receipts of events, and commands. No command opens anything: only a chain does."""

from collections.abc import Callable
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import Reason, RefusalError, making, refusing
from beffroi.protocol.v1.events import NO_HASH
from beffroi.protocol.v1.jws import Place, Token
from beffroi.protocol.v1.keyset import KeySet, Reading, Use
from beffroi.protocol.v1.strictjson import Body

RECEIPT_PLACE = Place("beffroi-receipt+jwt", limit=6144)
COMMAND_PLACE = Place("beffroi-command+jwt", limit=4096)
MAX_RANGES = 64
MAX_ARGUMENTS = 8

SEND_EVENTS = "send-events"
REPORT = "report"

_RECEIPT_NAMES = frozenset({"dev", "iat", "upto", "hash", "missing"})
_COMMAND_NAMES = frozenset({"dev", "jti", "act", "arg", "iat", "exp", "set", "num"})

Range = tuple[int, int]
"""First and last sequence, both included."""
Argument = int | str


@dataclass(frozen=True, slots=True)
class Receipt:
    """The server has stored every event up to ``upto`` except the ``missing`` ranges; ``hash`` is that of event ``upto``."""

    device: str
    issued: int
    upto: int
    hash: str
    missing: tuple[Range, ...]

    def covers(self, sequence: int) -> bool:
        """Whether the device may forget that event."""
        return sequence <= self.upto and not any(first <= sequence <= last for first, last in self.missing)


@dataclass(frozen=True, slots=True)
class Command:
    """Something the server asks of one device, before ``expires`` (not included)."""

    device: str
    id: str
    action: str
    arguments: tuple[tuple[str, Argument], ...]
    issued: int
    expires: int
    keyset: int
    number: int

    @property
    def order(self) -> tuple[int, int]:
        """What decides which of two commands is later."""
        return (self.keyset, self.number)

    def get(self, name: str) -> Argument | None:
        """An argument by name."""
        return dict(self.arguments).get(name)


@making
def make_receipt(receipt: Receipt, *, kid: str, signer: Ed25519PrivateKey) -> str:
    """Sign a receipt with the ``server-message`` key named ``kid``."""
    payload = {
        "dev": receipt.device,
        "hash": receipt.hash,
        "iat": receipt.issued,
        "missing": [list(pair) for pair in receipt.missing],
        "upto": receipt.upto,
    }
    token = RECEIPT_PLACE.make(payload, signer, kid)
    _read_receipt(RECEIPT_PLACE.take_apart(token))
    return token


def _read_range(item: object, after: int, upto: int) -> Range:
    if not isinstance(item, list) or len(item) != len(("first", "last")):
        raise members.wrong("missing", item)
    ends: Body = {"first": item[0], "last": item[1]}
    first = members.integer(ends, "first", after + 1, upto)
    return first, members.integer(ends, "last", first, upto)


def _read_receipt(parts: Token) -> Receipt:
    body = parts.body(_RECEIPT_NAMES)
    upto, digest = members.count(body, "upto"), members.digest(body, "hash")
    if (upto == 0) != (digest == NO_HASH):
        raise members.wrong("hash", body)
    missing: list[Range] = []
    for item in members.array(body, "missing", 0, MAX_RANGES):
        missing.append(_read_range(item, missing[-1][1] if missing else 0, upto))
    return Receipt(members.slug(body, "dev"), members.time(body, "iat"), upto, digest, tuple(missing))


@refusing
def verify_receipt(
    token: str,
    *,
    keyset: KeySet,
    at: Reading,
    device: str,
    last: int,
    hash_at: Callable[[int], str | None],
) -> Receipt:
    """The receipt, when the server signed it for this device and speaks of the log that the device wrote.

    ``last`` is the last sequence written; ``hash_at`` gives the hash of an event, None when it was forgotten already (an old
    receipt, which then changes nothing).
    """
    parts = RECEIPT_PLACE.take_apart(token)
    parts.check_ed25519(keyset.verifier(parts.kid(), Use.SERVER_MESSAGE, at))
    receipt = _read_receipt(parts)
    if receipt.device != device:
        raise RefusalError(Reason.DEVICE_OTHER, receipt.device)
    if receipt.upto > last:
        raise RefusalError(Reason.RECEIPT_AHEAD, str(receipt.upto))
    own = NO_HASH if receipt.upto == 0 else hash_at(receipt.upto)
    if own is not None and own != receipt.hash:
        raise RefusalError(Reason.RECEIPT_FORKED, str(receipt.upto))
    return receipt


@making
def make_command(command: Command, *, kid: str, signer: Ed25519PrivateKey) -> str:
    """Sign a command with the ``server-message`` key named ``kid``."""
    payload = {
        "act": command.action,
        "arg": dict(command.arguments),
        "dev": command.device,
        "exp": command.expires,
        "iat": command.issued,
        "jti": command.id,
        "num": command.number,
        "set": command.keyset,
    }
    token = COMMAND_PLACE.make(payload, signer, kid)
    _read_command(COMMAND_PLACE.take_apart(token))
    return token


def _read_argument(arguments: Body, name: str) -> Argument:
    if not members.is_slug(name):
        raise members.wrong("arg", arguments)
    if isinstance(arguments[name], str):
        return members.slug(arguments, name)
    return members.count(arguments, name)


def _read_command(parts: Token) -> Command:
    body = parts.body(_COMMAND_NAMES)
    arguments = members.inner(body, "arg")
    if len(arguments) > MAX_ARGUMENTS:
        raise members.wrong("arg", body)
    issued, expires = members.time(body, "iat"), members.time(body, "exp")
    if issued >= expires:
        raise members.wrong("exp", body)
    return Command(
        device=members.slug(body, "dev"),
        id=members.slug(body, "jti"),
        action=members.slug(body, "act"),
        arguments=tuple((name, _read_argument(arguments, name)) for name in sorted(arguments)),
        issued=issued,
        expires=expires,
        keyset=members.ordinal(body, "set"),
        number=members.ordinal(body, "num"),
    )


@refusing
def verify_command(token: str, *, keyset: KeySet, at: Reading, device: str, last: tuple[int, int] = (0, 0)) -> Command:
    """The command, when the server signed it for this device, it is later than the ``last`` one taken, and still in time."""
    parts = COMMAND_PLACE.take_apart(token)
    parts.check_ed25519(keyset.verifier(parts.kid(), Use.SERVER_MESSAGE, at))
    command = _read_command(parts)
    if command.device != device:
        raise RefusalError(Reason.DEVICE_OTHER, command.device)
    if command.keyset > keyset.number:
        raise RefusalError(Reason.SET_AHEAD, str(command.keyset))
    if command.order <= last:
        raise RefusalError(Reason.MESSAGE_REPLAYED, f"{command.order}")
    if at.ended(command.expires):
        raise RefusalError(Reason.MESSAGE_EXPIRED)
    return command
