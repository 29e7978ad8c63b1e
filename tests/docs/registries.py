"""The page of registries: one table for each explicit dictionary that apps fill."""

from collections.abc import Callable

from beffroi.kernel.alerts.registry import ALERT_KINDS
from beffroi.kernel.alerts.rules import Urgency
from beffroi.kernel.deadlines.registry import DEADLINE_KINDS
from beffroi.kernel.devices import registry as devices
from beffroi.kernel.grants.registry import MINTINGS
from beffroi.persistence.checkup import checks
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import TOPICS
from beffroi.persistence.portability import WITHHELD
from beffroi.persistence.steps import steps
from beffroi.persistence.systems import systems
from beffroi.persistence.things import CAUSES, CLOSINGS, KNOWERS, PICKABLE
from tests.docs.fresh import Kind

Rows = list[tuple[str, ...]]
# Title, what to know of it, the columns, and what fills the rows.
Part = tuple[str, str, tuple[str, ...], Rows]


def where(function: Callable[..., object]) -> str:
    """The name of a function, from the product's own root."""
    return f"`{function.__module__.removeprefix('beffroi.')}.{getattr(function, '__qualname__', function)}`"


def entries(kinds: dict[str, Kind]) -> Rows:
    """The register's kinds."""
    return [
        (
            f"`{code}`",
            kind["description"],
            ", ".join(
                f"`{name}`: {form}{' (or none)' if name in kind['optional'] else ''}"
                for name, form in kind["fields"].items()
            ),
        )
        for code, kind in kinds.items()
    ]


def deadlines() -> Rows:
    """Promises."""
    return [
        (f"`{code}`", one.description, "yes" if one.promised else "", where(one.handler))
        for code, one in sorted(DEADLINE_KINDS.items())
    ]


def alerts() -> Rows:
    """What must be known, and by whom."""
    return [
        (
            f"`{code}`",
            one.description,
            str(Urgency(one.urgency)),
            ", then ".join(str(step.target) for step in one.steps),
        )
        for code, one in sorted(ALERT_KINDS.items())
    ]


def topics() -> Rows:
    """What screens follow."""
    layers = {one.topic for one in LAYERS.values()}
    return [
        (f"`{code}`", f"the map's layer `{code.removeprefix('map-')}`" if code in layers else where(one.read))
        for code, one in sorted(TOPICS.items())
    ]


def commands() -> Rows:
    """What devices are told."""
    return [
        (
            f"`{one.code}`",
            one.description,
            ", ".join(f"`{name}`: {form}" for name, form in one.arguments.items()) or "none",
        )
        for one in sorted(devices.COMMANDS.values(), key=lambda one: one.code)
    ]


def sinks() -> Rows:
    """What is called for devices' events."""
    return [
        (f"`{one.name}`", ", ".join(f"`{kind}`" for kind in sorted(one.kinds)), where(one.handler))
        for one in sorted(devices.SINKS.values(), key=lambda one: one.name)
    ]


def switched() -> Rows:
    """Systems, with the rules of what they keep."""
    return [
        (f"`{each.code}`", str(each.label), ", ".join(f"`{rule}`" for rule in each.processing.rules))
        for each in systems()
    ]


def first_steps() -> Rows:
    """Steps, chapter by chapter."""
    return [
        (f"`{step.code}`", step.chapter, str(step.title), where(step.look) if step.look else "by hand")
        for step in steps()
    ]


def withheld() -> Rows:
    """Columns that never leave."""
    return [
        (f"`{model}`", ", ".join(f"`{column}`" for column in sorted(columns)), str(next(iter(columns.values()))))
        for model, columns in sorted(WITHHELD.items())
    ]


def looked_at() -> Part:
    """Checks, in the order of their lists."""
    rows: Rows = [
        (
            f"`{check.code}`",
            str(check.title),
            where(check.look),
            f"{check.good_for:g} s",
            "yes" if check.needs_database else "",
        )
        for check in checks()
    ]
    return (
        "What an installation looks at in itself",
        "For `/healthz`, `beffroi doctor`, administrators and figures: docs/developers/checkup.md.",
        ("check", "what", "looked at by", "remembered", "reads our tables"),
        rows,
    )


def desk_parts() -> list[Part]:
    """What the authority's own desk reads."""
    return [
        (
            "Systems",
            "What an authority switches on, once its impact assessment is dated; the records are made from what each says of itself.",
            ("system", "what it is", "what it keeps"),
            switched(),
        ),
        (
            "First steps",
            "Looked at each time, or ticked by hand.",
            ("step", "chapter", "what", "looked at by"),
            first_steps(),
        ),
        (
            "What never leaves in an export",
            "By an authority (docs/operators/first-steps.md) or by a person; `persistence.portability`.",
            ("table", "columns", "why"),
            withheld(),
        ),
    ]


def shared_things() -> list[Part]:
    """What systems say of one another's things without importing one another."""
    picked: Rows = [
        (f"`{kind}`", where(one.page), "yes" if one.orders else "") for kind, one in sorted(PICKABLE.items())
    ]
    known: Rows = [(f"`{code}`", str(one.title)) for code, one in sorted(KNOWERS.items())]
    causes: Rows = [(f"`{code}`", where(one.wanted), where(one.behind)) for code, one in sorted(CAUSES.items())]
    closings: Rows = [(f"`{code}`", where(one)) for code, one in sorted(CLOSINGS.items())]
    return [
        (
            "Things that anybody may pick from a map",
            "Where each stands and what is painted on it, never how it is; a kind without a line here is picked by nobody.",
            ("kind", "its own page", "work orders are given on it"),
            picked,
        ),
        ("What is shown on the pages of others' things", "", ("system", "under which title"), known),
        ("Why a firm is asked for a work order", "", ("system", "what is asked", "what a right was given for"), causes),
        ("Who else is told of a right that ends before its time", "", ("system", "done by"), closings),
    ]


def several_gates() -> list[Part]:
    """What systems say of devices that serve several gates."""
    leases: Rows = [(f"`{kind}`", where(one)) for kind, one in sorted(devices.LEASES.items())]
    sources: Rows = [(f"`{kind}`", where(one)) for kind, one in sorted(devices.SOURCES.items())]
    return [
        (
            "What follows when a device goes silent over uses that live there",
            "Five seconds after its last beat; a kind without a line here may send none.",
            ("kind of device", "done by"),
            leases,
        ),
        (
            "Where devices find their gates",
            "Sealed to the device by the minter; each change is said by `sources_changed`.",
            ("kind of device", "said by"),
            sources,
        ),
    ]


def parts(kinds: dict[str, Kind], kept: Rows) -> list[Part]:
    """The page's parts, in order."""
    device_kinds: Rows = [(f"`{one.code}`", one.description) for _, one in sorted(devices.DEVICE_KINDS.items())]
    access: Rows = [(f"`{kind}`", where(one)) for kind, one in sorted(devices.GATE_ACCESS.items())]
    mintings: Rows = [(f"`{name}`", where(one)) for name, one in sorted(MINTINGS.items())]
    return [
        (
            "Kinds of entries in the register",
            "Every entry may also say who acted (`by`), under which right (`grant`) and with which key (`holder`).",
            ("kind", "what happened", "fields committed to"),
            entries(kinds),
        ),
        (
            "Kinds of deadlines",
            "A promise to somebody is counted each month on the record; the others are the house's own clocks.",
            ("kind", "what is promised", "to somebody", "when its time passes"),
            deadlines(),
        ),
        (
            "Kinds of alerts",
            "Whom each tells, one step after the other, until the authority says otherwise.",
            ("kind", "what must be known", "urgency", "steps"),
            alerts(),
        ),
        ("What open screens follow", "", ("topic", "read by"), topics()),
        (
            "What is kept, and how long",
            "An authority sets its own duration within the bounds; `beffroi retention list` shows it.",
            ("rule", "what", "usually", "at least", "at most", "then", "why"),
            kept,
        ),
        *desk_parts(),
        *shared_things(),
        ("Kinds of devices", "", ("kind", "what it is"), device_kinds),
        (
            "Commands that a device takes",
            "No command opens: only a capability does.",
            ("command", "what it asks", "arguments"),
            commands(),
        ),
        (
            "Sinks of devices' events",
            "Called once for each event, in a transaction of its own.",
            ("sink", "events", "handler"),
            sinks(),
        ),
        (
            "Who may ask a gate through the server",
            "Without a line here nobody may.",
            ("kind of device", "decided by"),
            access,
        ),
        *several_gates(),
        looked_at(),
        ("What else the minter signs", "", ("minting", "function"), mintings),
    ]
