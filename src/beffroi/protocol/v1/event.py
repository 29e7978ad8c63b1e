"""One device event: its kind, its time (or none), its uptime, and the members of its kind.

``Event`` holds the members of its kind as they go on the wire; the functions below make each kind,
``read_event`` checks any.
"""

from collections.abc import Callable
from dataclasses import dataclass

from beffroi.protocol.v1 import members
from beffroi.protocol.v1.clock import BY_BOUND_STAMP, BY_MASTER_STAMP, BY_STAMP, ClockChange
from beffroi.protocol.v1.errors import REASONS, MisuseError, RefusalError
from beffroi.protocol.v1.exchange import MARKS, is_mark, read_outcome
from beffroi.protocol.v1.gate import Decision
from beffroi.protocol.v1.grant import MAX_LINKS, TRANSPORTS
from beffroi.protocol.v1.members import Moment
from beffroi.protocol.v1.strictjson import Body

DONE = "done"
USE_ENDED = "use-ended"
LIST_REFUSED = "list-refused"
LISTS = ("keyset", "revocation", "sources")
"""What is signed, numbered and carried down, by its name there."""
ENDINGS = (
    "camera-gone",
    "closed",
    "expired",
    "internal",
    "left",
    "list-old",
    "replaced",
    "restarted",
    "revoked",
    "slow",
    "stopped",
)
"""Why a use that lasts ends, as a camera relay says it."""
FULL = 100

_SHARED = frozenset({"kind", "time", "up"})


@dataclass(frozen=True, slots=True)
class Event:
    """``time`` in seconds (None: the device did not know), ``uptime`` in milliseconds, ``data`` by kind."""

    kind: str
    time: Moment
    uptime: int
    data: tuple[tuple[str, object], ...] = ()

    def get(self, name: str) -> object:
        """A member of its kind, or None."""
        return dict(self.data).get(name)

    def body(self) -> Body:
        """The wire form."""
        return {"kind": self.kind, "time": members.spell_moment(self.time), "up": self.uptime, **dict(self.data)}


Check = Callable[[Body, str], object]


def _thumbprints(body: Body, name: str) -> None:
    items = members.array(body, name, 1, MAX_LINKS + 1)
    if not all(members.is_hash(item) for item in items):
        raise members.wrong(name, body)


def _transport(body: Body, name: str) -> None:
    members.choice(body, name, TRANSPORTS)


def _marks(body: Body, name: str) -> None:
    members.sorted_strings(body, name, is_mark, 0, len(MARKS))


def _reason(body: Body, name: str) -> None:
    members.choice(body, name, REASONS)


def _list(body: Body, name: str) -> None:
    members.choice(body, name, LISTS)


def _level(body: Body, name: str) -> None:
    members.integer(body, name, 0, FULL)


def _clock_source(body: Body, name: str) -> None:
    members.choice(body, name, (BY_STAMP, BY_BOUND_STAMP, BY_MASTER_STAMP))


def _outcome(body: Body, name: str) -> None:
    read_outcome(body, name, DONE)


@dataclass(frozen=True, slots=True)
class _Form:
    required: dict[str, Check]
    optional: dict[str, Check]

    def check(self, body: Body) -> None:
        members.exact(body, _SHARED | self.required.keys(), frozenset(self.optional))
        for name, check in (self.required | self.optional).items():
            if name in body:
                check(body, name)


def _form(required: dict[str, Check] | None = None, optional: dict[str, Check] | None = None) -> _Form:
    return _Form(required or {}, optional or {})


_FORMS = {
    "boot": _form(),
    "opened": _form(),
    "closed": _form(),
    "tampered": _form(),
    "forced": _form({"cause": members.slug}),
    "battery": _form({"level": _level}),
    "use-admitted": _form(
        {
            "grant": members.slug,
            "holders": _thumbprints,
            "action": members.slug,
            "purpose": members.slug,
            "transport": _transport,
            "nonce": members.nonce,
            "marks": _marks,
        },
        {"gate": members.slug},
    ),
    "use-refused": _form(
        {"reason": _reason},
        {
            "action": members.slug,
            "transport": _transport,
            "nonce": members.nonce,
            "grant": members.slug,
            "holders": _thumbprints,
            "gate": members.slug,
        },
    ),
    USE_ENDED: _form({"nonce": members.nonce, "cause": members.slug, "lasted": members.count}, {"gate": members.slug}),
    "latch-failed": _form({}, {"nonce": members.nonce}),
    "clock-changed": _form({"from": members.moment, "to": members.time, "by": _clock_source}),
    "revocation-list-taken": _form({"set": members.ordinal, "num": members.ordinal}),
    "keyset-taken": _form({"num": members.ordinal}),
    LIST_REFUSED: _form({"list": _list, "reason": _reason}),
    "command-done": _form({"command": members.slug, "out": _outcome}),
    "lost": _form({"first": members.ordinal, "last": members.ordinal}),
}
EVENT_KINDS = tuple(_FORMS)


def read_event(item: object) -> Event:
    """An event from the wire, or raise ``RefusalError``."""
    if not isinstance(item, dict):
        raise members.wrong("events", item)
    body: Body = item
    form = _FORMS.get(str(body.get("kind")))
    if form is None:
        raise members.wrong("kind", body)
    form.check(body)
    data = tuple(sorted((name, value) for name, value in body.items() if name not in _SHARED))
    return Event(str(body["kind"]), members.moment(body, "time"), members.count(body, "up"), data)


def make_event(kind: str, *, time: Moment, uptime: int, **data: object) -> Event:
    """An event of any kind, its own members by name; raises ``MisuseError`` when a reader would refuse it."""
    try:
        return read_event({"kind": kind, "time": members.spell_moment(time), "up": uptime, **data})
    except RefusalError as refusal:
        raise MisuseError(str(refusal)) from refusal


def use_event(decision: Decision, *, uptime: int, gate: str | None = None) -> Event:
    """The event that records a decision: ``use-admitted`` or ``use-refused``. ``gate`` names one of several."""
    chain = decision.chain
    data: Body = {"action": decision.action, "transport": decision.transport}
    if gate is not None:
        data["gate"] = gate
    if decision.nonce is not None:
        data["nonce"] = decision.nonce
    if chain is not None:
        data |= {"grant": chain.grant.id, "holders": list(chain.holders)}
    if decision.reason is not None:
        return make_event("use-refused", time=decision.time, uptime=uptime, reason=str(decision.reason), **data)
    if chain is None:
        raise MisuseError("nothing is admitted without a chain")
    data |= {"purpose": chain.grant.purpose, "marks": list(decision.marks)}
    return make_event("use-admitted", time=decision.time, uptime=uptime, **data)


def refusal_event(
    reason: str, *, time: Moment, uptime: int, transport: str | None = None, gate: str | None = None
) -> Event:
    """The event of a refusal that never reached a decision: a malformed frame, an untouched handle."""
    named = {"transport": transport, "gate": gate}
    data = {name: value for name, value in named.items() if value is not None}
    return make_event("use-refused", time=time, uptime=uptime, reason=reason, **data)


def clock_event(change: ClockChange, *, time: Moment, uptime: int) -> Event:
    """The event of a clock that a stamp moved."""
    before = members.spell_moment(change.before)
    return make_event("clock-changed", time=time, uptime=uptime, **{"from": before}, to=change.after, by=change.by)
