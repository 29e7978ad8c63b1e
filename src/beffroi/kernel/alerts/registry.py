"""Kinds of alerts: an explicit dictionary, filled from each app's `apps.py`; and the entries that alerts leave."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.alerts.errors import AlertError, UnknownAlertKind
from beffroi.kernel.alerts.rules import Target, Urgency
from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind

Fact = str | int | bool
TOPIC = "alerts"


@dataclass(frozen=True, slots=True)
class Where:
    """A place in words and, where known, on the map."""

    label: str
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """An alert as the app it belongs to finds words for it. `values` is what that app gave; never a person's name."""

    alert: UUID
    authority: UUID
    subject: UUID
    resource: UUID | None
    where: str
    since: datetime
    organisation: str
    ended: bool
    reason: str
    values: Mapping[str, Fact]


@dataclass(frozen=True, slots=True)
class Words:
    """What a message says, in the language asked for."""

    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Step:
    """Whom a kind's own escalation tells, and how long they have to acknowledge before the next step; None: it stops there."""

    target: Target
    wait: timedelta | None


@dataclass(frozen=True, slots=True)
class AlertKind:
    """One kind. `label` names it in lists and `words` says one alert, live or ended, in a language ("fr", "en");
    `page` is the path of the thing itself, "" where it has none. `steps` hold until the authority says otherwise, or, for a kind
    `of_conventions`, one of its conventions.
    """

    code: str
    description: str
    label: str | Promise
    urgency: Urgency
    words: Callable[[Facts, str], Words]
    page: Callable[[Facts], str]
    steps: tuple[Step, ...]
    of_conventions: bool = False


ALERT_KINDS: dict[str, AlertKind] = {}


def register_alert_kind(kind: AlertKind) -> None:
    """Make `kind` known; a code is one kind, which tells somebody."""
    if not kind.steps:
        raise AlertError(f"the alert kind {kind.code} tells nobody")
    if ALERT_KINDS.setdefault(kind.code, kind) != kind:
        raise AlertError(f"two kinds of alerts are called {kind.code}")


def alert_kind(code: str) -> AlertKind:
    """Raises UnknownAlertKind."""
    try:
        return ALERT_KINDS[code]
    except KeyError:
        raise UnknownAlertKind(f"no kind of alert is called {code!r}") from None


_ALERT = {"alert": FieldType.UUID}
_CHANGED = {"change": FieldType.CODE}

KINDS = (
    RegisterKind(
        "alert.raised",
        _("An alert began: something must be known."),
        {
            **_ALERT,
            "kind": FieldType.CODE,
            "subject": FieldType.UUID,
            "notice": FieldType.UUID,
            "resource": FieldType.UUID,
            "organisation": FieldType.UUID,
            "convention": FieldType.UUID,
        },
        optional=frozenset({"resource", "organisation", "convention"}),
    ),
    RegisterKind(
        "alert.escalated",
        _("A step of people was told of a notice; `told` of them, 0 when nobody was there."),
        {"notice": FieldType.UUID, "step": FieldType.INTEGER, "told": FieldType.INTEGER},
    ),
    RegisterKind("alert.taken", _("Somebody said that they take an alert."), _ALERT),
    RegisterKind("alert.released", _("Whoever had taken an alert gave it back."), _ALERT),
    RegisterKind("alert.acknowledged", _("Somebody who was told acknowledged a notice."), {"notice": FieldType.UUID}),
    RegisterKind("alert.ended", _("An alert is over."), {**_ALERT, "reason": FieldType.CODE}),
    RegisterKind(
        "audience.changed",
        _("An audience was drawn up, altered or given up."),
        {"audience": FieldType.UUID, **_CHANGED},
        lasting=True,
    ),
    RegisterKind(
        "webhook.changed",
        _("A program was added to those that are told of alerts, given up or told again."),
        {"webhook": FieldType.UUID, **_CHANGED},
    ),
    RegisterKind(
        "roster.changed",
        _("A roster, its hours or its exceptions changed."),
        {"roster": FieldType.UUID, **_CHANGED},
        lasting=True,
    ),
    RegisterKind(
        "policy.changed",
        _("Who is told of a kind of alert, in which order, changed."),
        {"kind": FieldType.CODE, "convention": FieldType.UUID, "steps": FieldType.INTEGER},
        optional=frozenset({"convention"}),
        lasting=True,
    ),
)


def register_kinds() -> None:
    """Called once, when the application is ready."""
    for kind in KINDS:
        register_kind(kind)
