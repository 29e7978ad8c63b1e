"""The frames that carry things up and down: what a device asks for, signed trust on its way down, events on their way up.

``frames`` names them and gives them their bounds.
"""

from dataclasses import dataclass

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.errors import REASONS, Reason, RefusalError
from beffroi.protocol.v1.strictjson import Body

CARRIED = ("keyset", "certificate", "revocation", "stamp", "master-stamp", "sources", "receipt", "command")
TAKEN = "taken"
HELD = "held"
_OUTCOMES = frozenset({TAKEN, HELD, *REASONS})

ListOrder = tuple[int, int]
"""(key set, number) of a revocation list, or of a list of sources; (0, 0) for none."""


def read_order(body: Body, name: str) -> ListOrder:
    """The pair that orders lists."""
    items: Body = dict(zip(("set", "num"), members.array(body, name, 2, 2), strict=True))
    return members.count(items, "set"), members.count(items, "num")


@dataclass(frozen=True, slots=True)
class AskRequest:
    """Holder → gate: what would you like me to fetch?"""

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {}


@dataclass(frozen=True, slots=True)
class Ask:
    """Device → server or holder: what I hold; with a nonce, please answer it with a bound stamp.

    ``certificate`` is the ``start`` of the certificate held, so that a later one is sent when there is one. ``sources`` and
    ``sealing`` are a relay's: which list of sources it holds, and the token of the key to seal the next one to.
    """

    device: str
    keyset: int
    revocations: ListOrder
    nonce: str | None = None
    certificate: int | None = None
    sources: ListOrder | None = None
    sealing: str | None = None

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        body: Body = {"device": self.device, "keyset": self.keyset, "revocations": list(self.revocations)}
        extra: Body = {
            "certificate": self.certificate,
            "nonce": self.nonce,
            "sealing": self.sealing,
            "sources": None if self.sources is None else list(self.sources),
        }
        return body | {name: value for name, value in extra.items() if value is not None}


@dataclass(frozen=True, slots=True)
class CarryDown:
    """Server or holder → device: signed things, by the names of ``CARRIED``, taken in that order."""

    items: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """The token of that name, if it came."""
        return dict(self.items).get(name)

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return dict(self.items)


@dataclass(frozen=True, slots=True)
class Carried:
    """Device → server or holder: for each thing that came ``taken``, ``held`` or a reason code."""

    outcomes: tuple[tuple[str, str], ...]

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return dict(self.outcomes)


@dataclass(frozen=True, slots=True)
class Events:
    """Device → server: a signed batch."""

    batch: str

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"batch": self.batch}


@dataclass(frozen=True, slots=True)
class BeatFrame:
    """Device → server: a signed beat."""

    beat: str

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"beat": self.beat}


@dataclass(frozen=True, slots=True)
class EventsRequest:
    """Holder → gate: give me a sealed batch of what comes after this sequence."""

    after: int

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"after": self.after}


@dataclass(frozen=True, slots=True)
class CarryUp:
    """Gate → holder: a sealed batch, or None when nothing waits; ``last`` is the last sequence in it."""

    sealed: str | None
    last: int

    def body(self) -> Body:
        """The wire form, without the frame's name."""
        return {"last": self.last, "sealed": [] if self.sealed is None else [self.sealed]}


def read_ask(body: Body) -> Ask:
    """An ``ask`` frame."""
    return Ask(
        members.slug(body, "device"),
        members.count(body, "keyset"),
        read_order(body, "revocations"),
        members.optional(body, "nonce", members.nonce),
        members.optional(body, "certificate", members.time),
        members.optional(body, "sources", read_order),
        members.optional(body, "sealing", members.token),
    )


def read_carry_down(body: Body) -> CarryDown:
    """A ``carry-down`` frame; at least one thing is in it."""
    items = tuple((name, members.token(body, name)) for name in CARRIED if name in body)
    if not items:
        raise RefusalError(Reason.MEMBER_MISSING, CARRIED[0])
    return CarryDown(items)


def read_carried(body: Body) -> Carried:
    """A ``carried`` frame."""
    return Carried(tuple((name, members.choice(body, name, _OUTCOMES)) for name in CARRIED if name in body))


def read_carry_up(body: Body) -> CarryUp:
    """A ``carry-up`` frame."""
    sealed = members.array(body, "sealed", 0, 1)
    items: Body = {"sealed": sealed[0]} if sealed else {}
    return CarryUp(members.optional(items, "sealed", members.token), members.count(body, "last"))
