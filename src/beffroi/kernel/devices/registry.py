"""What systems say about devices: kinds, commands, who may ask a gate, what to do for an event or when a lease ends, where a device
finds its gates; dictionaries filled in `ready()`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.registry import FieldType, RegisterKind, register_kind
from beffroi.lib.viewer import Viewer
from beffroi.protocol.v1.mask import Mask

Argument = Literal["count", "id", "moment"]


@dataclass(frozen=True, slots=True)
class DeviceKind:
    """A kind of device: `code` is what certificates say."""

    code: str
    description: str


@dataclass(frozen=True, slots=True)
class CommandKind:
    """What devices of some kinds (all when None) may be told, and the form of each argument. No command opens: only a capability does."""

    code: str
    description: str
    arguments: Mapping[str, Argument]
    kinds: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class DeviceIdentity:
    """A device, as those who decide about it see it."""

    id: UUID
    authority: UUID
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as a sink receives it. `at` is None when the device did not know the time; `body` has all that was signed."""

    authority: UUID
    device: UUID
    sequence: int
    boot: int
    kind: str
    at: datetime | None
    uptime: int
    body: Mapping[str, object]
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class LeaseEnded:
    """A device has said nothing for too long of the uses that lived there at its last beat: `uses` are their nonces."""

    device: DeviceIdentity
    last_beat: datetime
    uses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GateSource:
    """Where a device finds one of its gates; `sealed` is what `seal_credentials` made for this gate and this place, or empty. With a
    `mask` the device shows the gate's picture through it and in no other way.
    """

    gate: UUID
    name: str
    url: str
    sealed: str = ""
    mask: Mask | None = None


# Runs in a transaction of its own with the write guard open; what it wrote and the end of its task are kept together. One that can't
# end before what is missing of the log has come says True: what it wrote is kept, and it is called again with the same event.
Handler = Callable[[StoredEvent], bool | None]
# None lets the viewer ask the gate through the server; a reason code (a slug) refuses, "gate-unknown" hides that it exists.
MayRelay = Callable[[Viewer, DeviceIdentity], str | None]
# Once for each lease that ends, in a transaction of its own. What the device signed of these uses may still come, and corrects it.
LeaseHandler = Callable[[LeaseEnded], None]
# All gates that the device serves now, in any order.
SourceReader = Callable[[DeviceIdentity], Sequence[GateSource]]


@dataclass(frozen=True, slots=True)
class Sink:
    """What a system does for events of some kinds, once for each."""

    name: str
    kinds: frozenset[str]
    handler: Handler


# What screens that show devices follow.
TOPIC = "devices"
DEVICE_KINDS: dict[str, DeviceKind] = {}
COMMANDS: dict[str, CommandKind] = {}
SINKS: dict[str, Sink] = {}
GATE_ACCESS: dict[str, MayRelay] = {}
LEASES: dict[str, LeaseHandler] = {}
SOURCES: dict[str, SourceReader] = {}


def register_device_kind(code: str, description: str) -> None:
    """Let devices of this kind be registered."""
    kind = DeviceKind(code, description)
    if DEVICE_KINDS.setdefault(code, kind) != kind:
        raise ValueError(f"two kinds of device are called {code}")


def register_command(
    code: str, description: str, arguments: Mapping[str, Argument], kinds: Iterable[str] | None = None
) -> None:
    """Let devices of these kinds (all, when not said) be told this."""
    command = CommandKind(code, description, dict(arguments), None if kinds is None else frozenset(kinds))
    if COMMANDS.setdefault(code, command) != command:
        raise ValueError(f"two commands are called {code}")


def register_sink(name: str, kinds: Iterable[str], handler: Handler) -> None:
    """Have `handler` called once for each event of these kinds that is stored from now on."""
    sink = Sink(name, frozenset(kinds), handler)
    if SINKS.setdefault(name, sink) != sink:
        raise ValueError(f"two sinks are called {name}")


def register_gate_access(kind: str, may_relay: MayRelay) -> None:
    """Say who may ask gates of this kind through the server; without it nobody may."""
    if GATE_ACCESS.setdefault(kind, may_relay) is not may_relay:
        raise ValueError(f"two systems decide about gates of kind {kind}")


def register_lease_kind(kind: str, handler: LeaseHandler) -> None:
    """Let devices of this kind say which uses live there, and say what is done when one goes silent over them."""
    if LEASES.setdefault(kind, handler) is not handler:
        raise ValueError(f"two systems follow the uses of devices of kind {kind}")


def register_sources(kind: str, reader: SourceReader) -> None:
    """Say where devices of this kind find their gates; each change is told by `sources_changed`."""
    if SOURCES.setdefault(kind, reader) is not reader:
        raise ValueError(f"two systems say what devices of kind {kind} serve")


_DEVICE = {"device": FieldType.DEVICE}
KINDS = (
    RegisterKind(
        "device.registered",
        _("A device asked to be certified and was believed."),
        {**_DEVICE, "kind": FieldType.CODE, "key": FieldType.THUMBPRINT},
        lasting=True,
    ),
    RegisterKind(
        "device.certified",
        _("A device's key was certified."),
        {**_DEVICE, "key": FieldType.THUMBPRINT, "until": FieldType.TIMESTAMP},
        lasting=True,
    ),
    RegisterKind(
        "device.commissioned",
        _("A device received its roots, its key set and its access to the broker."),
        _DEVICE,
        lasting=True,
    ),
    RegisterKind(
        "device.retired",
        _("A device was taken out of service for good."),
        {**_DEVICE, "reason": FieldType.CODE},
        lasting=True,
    ),
    RegisterKind(
        "command.asked",
        _("Somebody asked that a device be told something."),
        {**_DEVICE, "command": FieldType.UUID, "action": FieldType.CODE},
    ),
    RegisterKind(
        "gate.refused-by-server",
        _("The server refused to relay somebody to a gate, before the gate was asked."),
        {**_DEVICE, "reason": FieldType.CODE},
    ),
)


def register_own() -> None:
    """Called once, when the application is ready: entries' kinds, and the commands that every device of the protocol takes."""
    for kind in KINDS:
        register_kind(kind)
    register_command(
        "send-events", "Send again the events from one sequence to another.", {"first": "count", "last": "count"}
    )
    register_command("report", "Say what you hold and how you are.", {})
