"""How devices are, for the people who look after them; and since when we listen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum, Value, When

from beffroi.kernel.devices.models import (
    Command,
    Condition,
    ConditionState,
    Device,
    DeviceState,
    Hole,
    HoleState,
    Listening,
    RefusedInput,
)
from beffroi.kernel.devices.rules import LISTENING_BELIEVED, LOW_BATTERY, ORDER_PATIENCE, overdue_at, patience
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.access import Hidden

REFUSED_SHOWN = timedelta(days=7)
COMMANDS_SHOWN = 20


def listening_since(now: datetime) -> datetime | None:
    """Since when an ingesting process hears the broker without a break, as it said lately; None when none does."""
    rows = Listening.objects.filter(seen_at__gt=now - LISTENING_BELIEVED)
    found: datetime | None = rows.aggregate(since=Min("since"))["since"]
    return found


@dataclass(frozen=True, slots=True)
class Line:
    """A device in the list: `down_at` is when it will be called silent if it says nothing, for one that is late."""

    device: Device
    condition: Condition
    heard_at: datetime | None
    down_at: datetime | None
    missing: int
    overdue: bool
    refused: int

    @property
    def weak(self) -> bool:
        """Whether its battery is nearly empty."""
        return self.condition.battery is not None and self.condition.battery <= LOW_BATTERY


@dataclass(frozen=True, slots=True)
class Tally:
    """How many devices in service are in each state, and what else wants looking at."""

    well: int
    late: int
    down: int
    waiting: int
    holes: int
    weak: int

    @property
    def serving(self) -> int:
        """How many are in service."""
        return self.well + self.late + self.down


def concerned(viewer: Viewer) -> bool:
    """Whoever serves an authority and doesn't only keep watch."""
    return bool(viewer.authorities(Role.ADMINISTRATOR, Role.AGENT))


def _theirs(viewer: Viewer) -> QuerySet[Device]:
    rows = Device.objects.filter(authority_id__in=viewer.authorities(Role.ADMINISTRATOR, Role.AGENT))
    return rows.select_related("head", "condition", "authority")


def device_seen(viewer: Viewer, device: UUID) -> Device:
    """A device of an authority that the viewer serves. Raises Hidden."""
    row = _theirs(viewer).filter(pk=device).first()
    if row is None:
        raise Hidden
    return row


def _holes(as_of: datetime) -> QuerySet[Hole]:
    """What is missing; of a younger one, what fills it may be under way."""
    return Hole.objects.filter(state=HoleState.OPEN, since__lte=as_of - ORDER_PATIENCE)


def tally(viewer: Viewer) -> Tally:
    """Counts over all devices that the viewer looks after."""
    serving = Q(state=DeviceState.COMMISSIONED)
    missing = Q(Exists(_holes(viewer.as_of).filter(device=OuterRef("pk"))))
    found = _theirs(viewer).aggregate(
        **{state.value: Count("pk", filter=serving & Q(condition__state=state)) for state in ConditionState},
        waiting=Count("pk", filter=Q(state__in=[DeviceState.ASKED, DeviceState.CERTIFIED])),
        holes=Count("pk", filter=serving & missing),
        weak=Count("pk", filter=serving & Q(condition__battery__lte=LOW_BATTERY)),
    )
    return Tally(**found)


def find_devices(viewer: Viewer, *, text: str = "", state: str = "") -> QuerySet[Device]:
    """Devices that the viewer looks after, the worst first; `state` is one of a condition, of a device, or "holes", "weak"."""
    rows = _theirs(viewer)
    if text:
        rows = rows.filter(name__icontains=text)
    serving = rows.filter(state=DeviceState.COMMISSIONED)
    if state in ConditionState.values:
        rows = serving.filter(condition__state=state)
    elif state == "waiting":
        rows = rows.filter(state__in=[DeviceState.ASKED, DeviceState.CERTIFIED])
    elif state == "retired":
        rows = rows.filter(state=DeviceState.RETIRED)
    elif state == "holes":
        rows = serving.filter(Exists(_holes(viewer.as_of).filter(device=OuterRef("pk"))))
    elif state == "weak":
        rows = serving.filter(condition__battery__lte=LOW_BATTERY)
    else:
        rows = rows.exclude(state=DeviceState.RETIRED)
    serves = Q(state=DeviceState.COMMISSIONED)
    gravity = Case(
        When(serves & Q(condition__state=ConditionState.DOWN), then=Value(0)),
        When(serves & Q(condition__state=ConditionState.LATE), then=Value(1)),
        default=Value(2),
    )
    return rows.order_by(gravity, "name", "id")


def lines(devices: Iterable[Device], as_of: datetime) -> list[Line]:
    """What the list says of these devices, in their order."""
    rows = list(devices)
    ids = [row.pk for row in rows]
    open_holes = _holes(as_of).filter(device_id__in=ids).values("device_id").order_by("device_id")
    holes = {
        each["device_id"]: (each["events"], overdue_at(each["oldest"], pace=settings.BEFFROI_PACE) <= as_of)
        for each in open_holes.annotate(events=Sum(F("last") - F("first") + 1), oldest=Min("since"))
    }
    lately = RefusedInput.objects.filter(device_id__in=ids, last_at__gt=as_of - REFUSED_SHOWN)
    by_device = lately.values("device_id").order_by("device_id")
    refused = dict(by_device.annotate(n=Sum("times")).values_list("device_id", "n"))
    listening = listening_since(as_of)
    return [
        Line(
            device=row,
            condition=row.condition,
            heard_at=row.head.heard_at,
            down_at=_down_at(row, listening),
            missing=holes.get(row.pk, (0, False))[0],
            overdue=holes.get(row.pk, (0, False))[1],
            refused=refused.get(row.pk, 0),
        )
        for row in rows
    ]


def _down_at(row: Device, listening: datetime | None) -> datetime | None:
    """None as well while nobody listens: no silence is counted then."""
    if row.state != DeviceState.COMMISSIONED or row.condition.state != ConditionState.LATE or listening is None:
        return None
    heard = [moment for moment in (row.head.heard_at, row.commissioned_at, listening) if moment is not None]
    return max(heard) + patience(row.kind).down


def holes_of(device: Device) -> list[Hole]:
    """What is missing of its log, and what it lost for good."""
    return list(Hole.objects.filter(device=device).order_by("-state", "first"))


@dataclass(frozen=True, slots=True)
class Refusals:
    """What was refused for one reason lately: how often, and the last time."""

    reason: str
    times: int
    last_at: datetime


def refused_of(device: Device, as_of: datetime) -> list[Refusals]:
    """What came in a device's name lately and was refused, the most frequent first."""
    return _refusals(RefusedInput.objects.filter(device=device), as_of)


def refused_of_nobody(viewer: Viewer, as_of: datetime) -> list[Refusals]:
    """What came lately and named no device of ours: for those who set an authority up."""
    rows = RefusedInput.objects.filter(device__isnull=True)
    return _refusals(rows, as_of) if viewer.authorities(Role.ADMINISTRATOR) else []


def _refusals(rows: QuerySet[RefusedInput], as_of: datetime) -> list[Refusals]:
    lately = rows.filter(last_at__gt=as_of - REFUSED_SHOWN).values("reason")
    found = lately.annotate(n=Sum("times"), last=Max("last_at")).order_by("-n", "reason")
    return [Refusals(row["reason"], row["n"], row["last"]) for row in found]


def commands_of(device: Device) -> list[Command]:
    """What it was told lately, the last first."""
    return list(Command.objects.filter(device=device).order_by("-asked_at", "-id")[:COMMANDS_SHOWN])


def told(viewer: Viewer, authority: UUID, subjects: frozenset[UUID]) -> dict[UUID, dict[str, object]]:
    """What screens that follow devices are told: only whoever looks after them, and only that something changed."""
    rows = _theirs(viewer).filter(authority_id=authority, pk__in=subjects)
    return {row.pk: {"state": row.condition.state, "name": row.name} for row in rows}
