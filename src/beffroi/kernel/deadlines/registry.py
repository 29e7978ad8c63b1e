"""The kinds of deadlines that exist: an explicit dictionary, filled from each app's `apps.py`; and the entries that deadlines leave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.deadlines.errors import DeadlineError, UnknownDeadlineKind
from beffroi.kernel.register.registry import FieldType, RegisterKind, many, register_kind


@dataclass(frozen=True, slots=True)
class Fired:
    """A deadline whose time has passed, as its handler gets it. `data` holds plain values, never a name."""

    id: UUID
    kind: str
    authority: UUID
    subject: UUID
    since: datetime
    due_at: datetime
    fired_at: datetime
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class DeadlineKind:
    """What is promised; `handler` is called once for each that fires, in a durable transaction of its own."""

    code: str
    description: str
    handler: Callable[[Fired], None]
    # Whether it is a promise to somebody, counted each month, or only the house's own clock.
    promised: bool = False
    # A series, which every authority has about itself: the next time after a moment, by the calendar; whether missed times each count.
    following: Callable[[datetime], datetime] | None = None
    each_counts: bool = False


DEADLINE_KINDS: dict[str, DeadlineKind] = {}


def register_deadline(kind: DeadlineKind) -> None:
    """Make `kind` known; a code is one kind."""
    if DEADLINE_KINDS.setdefault(kind.code, kind) != kind:
        raise DeadlineError(f"two kinds of deadlines are called {kind.code}")


def deadline_kind(code: str) -> DeadlineKind:
    """Raises UnknownDeadlineKind."""
    try:
        return DEADLINE_KINDS[code]
    except KeyError:
        raise UnknownDeadlineKind(f"no kind of deadline is called {code!r}") from None


KINDS = (
    RegisterKind(
        "deadline.cancelled",
        _("A promise was withdrawn before its time."),
        {"kind": FieldType.CODE, "subject": FieldType.UUID, "due": FieldType.TIMESTAMP, "reason": FieldType.CODE},
    ),
    RegisterKind(
        "deadline.postponed",
        _("Promises that fell due while a restored installation was away were put off."),
        {"count": FieldType.INTEGER, "since": FieldType.TIMESTAMP, "until": FieldType.TIMESTAMP},
    ),
    RegisterKind(
        "deadline.counted",
        _("How many promises of a kind were due in the month that began then, and how many of them were kept."),
        {
            "kind": many(FieldType.CODE),
            "month": FieldType.TIMESTAMP,
            "promised": many(FieldType.INTEGER),
            "kept": many(FieldType.INTEGER),
        },
        lasting=True,
    ),
)


def register_kinds() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)
