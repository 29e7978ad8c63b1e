"""Only actions write, and an action is one function with named arguments, in one transaction, on the record.

The runtime guard (persistence.guard) is what holds the first; this is its quick form, and the only form of the others.
"""

import ast
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.shape.tree import (
    SRC,
    Function,
    app_of,
    calls,
    dotted,
    functions,
    is_action,
    named,
    none_of,
    parsed,
    product_files,
)

ALWAYS = {"save", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
ON_ROWS = {"create", "update", "delete"}
DOORS = {"kernel_action", "system_action"}
# Where the runtime guard itself lives, and the one adapter that runs before Django.
OWN_CONNECTION = {"persistence/guard.py"}


class Class(StrEnum):
    """Why an act may leave no entry: the classes that the design names."""

    REGISTER = "the register itself"
    CONTENT = "content of the authority's pages and places"
    PREFERENCE = "a person's own preference"
    DELIVERY = "bookkeeping of a delivery: claimed, handed over, shown"
    TELEMETRY = "what a device says of itself"
    PART = "part of an act whose caller leaves the entry"


@dataclass(frozen=True)
class Exempt:
    """An action that leaves no entry of its own: its class, and why it is of that class."""

    why: Class
    reason: str


OFF_THE_RECORD: dict[str, Exempt] = {
    "kernel/alerts/actions/answering.py:note_shown": Exempt(Class.DELIVERY, "a screen showed it"),
    "kernel/alerts/actions/preferences.py:clear_preference": Exempt(Class.PREFERENCE, "one's own quiet hours"),
    "kernel/alerts/actions/preferences.py:set_organisation_quiet": Exempt(Class.PREFERENCE, "a house's quiet hours"),
    "kernel/alerts/actions/preferences.py:set_preference": Exempt(Class.PREFERENCE, "one's own quiet hours"),
    "kernel/alerts/actions/raising.py:end_window": Exempt(Class.DELIVERY, "one update of what was raised together"),
    "kernel/alerts/actions/raising.py:update_alert": Exempt(Class.PART, "what was found out is its caller's entry"),
    "kernel/alerts/actions/telling.py:gather": Exempt(Class.DELIVERY, "an update is asked for"),
    "kernel/alerts/actions/telling.py:send_update": Exempt(Class.DELIVERY, "what was sent is sent again"),
    "kernel/alerts/actions/telling.py:tell": Exempt(Class.DELIVERY, "the step leaves it, with how many"),
    "kernel/alerts/actions/telling.py:tell_webhooks": Exempt(Class.DELIVERY, "programs are told"),
    "kernel/alerts/actions/telling.py:update_soon": Exempt(Class.DELIVERY, "an update is asked for"),
    "kernel/territory/actions.py:create_territory": Exempt(Class.CONTENT, "a name in the tree of places"),
    "kernel/deadlines/actions.py:begin_series": Exempt(Class.PART, "what is done each time leaves it"),
    "kernel/deadlines/actions.py:claim_fired": Exempt(Class.DELIVERY, "a handler's turn is taken"),
    "kernel/deadlines/actions.py:fire_due": Exempt(Class.DELIVERY, "the handler records what follows"),
    "kernel/deadlines/actions.py:handle_fired": Exempt(Class.DELIVERY, "the handler records what it did"),
    "kernel/deadlines/actions.py:meet_deadline": Exempt(Class.PART, "the act that keeps the promise leaves it"),
    "kernel/deadlines/actions.py:note_deadline_fault": Exempt(Class.DELIVERY, "a handler is pushed forward"),
    "kernel/deadlines/actions.py:set_deadline": Exempt(Class.PART, "the act that promises leaves it"),
    "kernel/devices/actions/commands.py:close_command": Exempt(Class.DELIVERY, "asking for the command is the act"),
    "kernel/devices/actions/commands.py:sign_next_command": Exempt(Class.DELIVERY, "asking for the command is the act"),
    "kernel/devices/actions/relaying.py:clear_relay_uses": Exempt(Class.DELIVERY, "a counter of limits"),
    "kernel/devices/actions/relaying.py:count_relay": Exempt(Class.DELIVERY, "a counter of limits"),
    "kernel/alerts/actions/contacts.py:drop_subscription": Exempt(Class.DELIVERY, "a push service says it is nobody's"),
    "kernel/alerts/actions/contacts.py:end_subscription": Exempt(Class.PREFERENCE, "how somebody is told"),
    "kernel/alerts/actions/contacts.py:note_displayed": Exempt(Class.DELIVERY, "a browser showed it"),
    "kernel/alerts/actions/contacts.py:renew_subscription": Exempt(Class.PREFERENCE, "how somebody is told"),
    "kernel/alerts/actions/contacts.py:subscribe": Exempt(Class.PREFERENCE, "how somebody is told"),
    "kernel/alerts/actions/delivery.py:beat": Exempt(Class.DELIVERY, "a process says that it lives"),
    "kernel/alerts/actions/delivery.py:claim_deliveries": Exempt(Class.DELIVERY, "a message is taken"),
    "kernel/alerts/actions/delivery.py:write_to_all": Exempt(Class.DELIVERY, "raising the alert is the act"),
    "kernel/devices/actions/tasks.py:claim_tasks": Exempt(Class.DELIVERY, "a sink's task is taken"),
    "kernel/devices/actions/tasks.py:handle_task": Exempt(Class.DELIVERY, "the sink records what it did"),
    "kernel/devices/actions/tasks.py:note_fault": Exempt(Class.DELIVERY, "a sink's task is pushed forward"),
    "kernel/devices/actions/commissioning.py:certify_line": Exempt(
        Class.DELIVERY, "it gives no right; commissioning is the act"
    ),
    "kernel/devices/actions/health.py:expire_commands": Exempt(Class.DELIVERY, "asking for the command is the act"),
    "kernel/devices/actions/health.py:note_battery": Exempt(Class.TELEMETRY, "what a device says of itself"),
    "kernel/devices/actions/health.py:note_cut": Exempt(Class.TELEMETRY, "what the broker says of a line"),
    "kernel/devices/actions/health.py:note_listening": Exempt(Class.DELIVERY, "a process says that it lives"),
    "kernel/devices/actions/intake.py:count_refused": Exempt(Class.TELEMETRY, "a count of what was not believed"),
    "kernel/devices/actions/intake.py:note_asked": Exempt(Class.TELEMETRY, "what a device says it holds"),
    "kernel/devices/actions/intake.py:store_batches": Exempt(Class.TELEMETRY, "its sinks record what it means"),
    "kernel/accounts/actions.py:forget_people": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/alerts/actions/destruction.py:destroy_audiences": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/alerts/actions/destruction.py:destroy_notices": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/alerts/actions/destruction.py:forget_contacts": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/alerts/actions/destruction.py:forget_takers": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/devices/actions/destruction.py:destroy_batches": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/devices/actions/destruction.py:forget_askers": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/grants/actions/destruction.py:destroy_conventions": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/grants/actions/destruction.py:destroy_grants": Exempt(Class.PART, "retention's destruction leaves it"),
    "kernel/grants/actions/keys.py:take_roots": Exempt(Class.PART, "the key set that a root signs leaves it"),
    "kernel/register/*": Exempt(Class.REGISTER, "its own acts are recorded by itself, or are what recording is"),
    "systems/cabinets/actions/alarms.py:tell_attack_past": Exempt(Class.DELIVERY, "screens look again"),
}


def actions() -> list[tuple[Path, Function]]:
    """Every public function of every actions module."""
    return [
        (path, node)
        for path in product_files()
        if is_action(path)
        for node in parsed(path).body
        if isinstance(node, Function) and not node.name.startswith("_")
    ]


def key(path: Path, node: Function) -> str:
    return f"{named(path)}:{node.name}"


# Work that needs an act's neighbourhood and writes nothing to the database.
NOT_ACTS = {
    "kernel/grants/actions/keys.py:prepare_keyset": "signs on the machine that holds a root; take_keyset is the act",
}

# Nobody is `by`: a process acts on its own account, or the person named is the one who acts.
NOBODY: dict[str, str] = {
    "kernel/alerts/actions/raising.py:end_window": "the worker",
    "kernel/alerts/actions/telling.py:gather": "part of the act that raises, answers or ends",
    "kernel/alerts/actions/telling.py:send_update": "part of the act that raises, answers or ends",
    "kernel/alerts/actions/telling.py:tell": "part of the act that raises or escalates",
    "kernel/alerts/actions/telling.py:tell_webhooks": "part of the act that raises",
    "kernel/alerts/actions/telling.py:update_soon": "part of the act that raises, answers or ends",
    "kernel/deadlines/actions.py:begin_series": "the worker",
    "kernel/deadlines/actions.py:claim_fired": "the worker",
    "kernel/deadlines/actions.py:count_month": "the worker",
    "kernel/deadlines/actions.py:fire_due": "the worker",
    "kernel/deadlines/actions.py:handle_fired": "the worker",
    "kernel/deadlines/actions.py:meet_deadline": "who keeps the promise is in the act's own entry",
    "kernel/deadlines/actions.py:note_deadline_fault": "the worker",
    "kernel/deadlines/actions.py:set_deadline": "who promises is in the act's own entry",
    "kernel/devices/actions/commands.py:close_command": "the device did it",
    "kernel/devices/actions/commands.py:sign_next_command": "the ingest process",
    "kernel/devices/actions/health.py:expire_commands": "the worker",
    "kernel/devices/actions/health.py:note_battery": "the device did it",
    "kernel/devices/actions/health.py:note_cut": "the ingest process",
    "kernel/devices/actions/health.py:note_listening": "the ingest process",
    "kernel/devices/actions/health.py:sweep_conditions": "the worker",
    "kernel/devices/actions/health.py:tell_lost": "the device said it",
    "kernel/devices/actions/health.py:tell_overdue": "the worker",
    "kernel/devices/actions/intake.py:count_refused": "the ingest process",
    "kernel/devices/actions/intake.py:note_asked": "the ingest process",
    "kernel/devices/actions/intake.py:store_batches": "the ingest process",
    "kernel/devices/actions/relaying.py:clear_relay_uses": "the worker",
    "kernel/devices/actions/relaying.py:count_relay": "`person` asks",
    "kernel/alerts/actions/contacts.py:drop_subscription": "the push service said so",
    "kernel/alerts/actions/contacts.py:note_displayed": "the browser itself",
    "kernel/alerts/actions/contacts.py:renew_subscription": "the browser itself",
    "kernel/alerts/actions/delivery.py:beat": "the process itself",
    "kernel/alerts/actions/delivery.py:claim_deliveries": "the alerter",
    "kernel/alerts/actions/delivery.py:note_attempts": "the alerter",
    "kernel/alerts/actions/delivery.py:write_to_all": "the worker",
    "kernel/alerts/actions/watching.py:watch_alerter": "the worker",
    "kernel/alerts/actions/watching.py:watch_worker": "the alerter",
    "kernel/devices/actions/tasks.py:claim_tasks": "the worker",
    "kernel/devices/actions/tasks.py:handle_task": "the worker",
    "kernel/devices/actions/tasks.py:note_fault": "the worker",
    "kernel/grants/actions/holders.py:enrol_phone": "one's own phone: `person` acts",
    "kernel/grants/actions/minting.py:mint_next": "the minting process",
    "kernel/grants/actions/minting.py:publish_revocations": "the minting process",
    "systems/cabinets/actions/alarms.py:note_happening": "the lock did it",
    "systems/cabinets/actions/alarms.py:tell_attack_past": "the worker",
    "systems/cabinets/actions/alarms.py:tell_left_open": "the worker",
    "systems/cabinets/actions/events.py:take_event": "the lock did it",
}

# Actions of a system that run inside a transaction the kernel owns: handlers of what a device or a deadline says.
JOINING: dict[str, str] = {
    "systems/cabinets/actions/alarms.py:forget_door": "part of fitting another lock",
    "systems/cabinets/actions/alarms.py:note_happening": "part of taking an event",
    "systems/cabinets/actions/alarms.py:tell_attack_past": "a deadline's handler, as the next",
    "systems/cabinets/actions/alarms.py:tell_left_open": "a deadline's handler: it is marked done in the same transaction",
    "systems/cabinets/actions/events.py:take_event": "a sink: its task is marked done in the same transaction",
}

ACTIONS = {key(path, node): (path, node) for path, node in actions()}
DOMAIN = {
    name: found for name, found in ACTIONS.items() if not name.startswith("kernel/register/") and name not in NOT_ACTS
}


def called(node: ast.AST) -> set[str]:
    """Last names of everything a function calls."""
    return {dotted(call.func).rpartition(".")[2] for call in calls(node)}


def leaves_an_entry(path: Path, node: Function) -> bool:
    """Whether `record` is called by it, by a function it calls in its app's actions, or by another app's action it calls."""
    app = app_of(path)
    near = {
        one.name: one
        for other in product_files()
        if is_action(other) and app_of(other) == app
        for one in functions(parsed(other))
    }
    recording = {
        name.rpartition(":")[2]
        for name, (where, one) in ACTIONS.items()
        if app_of(where) != app and "record" in called(one)
    }
    seen: set[str] = set()
    todo = called(node)
    while todo:
        name = todo.pop()
        if name == "record" or name in recording:
            return True
        seen.add(name)
        if name in near:
            todo |= called(near[name]) - seen
    return False


def test_only_actions_write() -> None:
    found = []
    for path in product_files():
        if not path.is_relative_to(SRC) or is_action(path) or (app_of(path) is None and "web" not in path.parts):
            continue
        for call in calls(parsed(path)):
            if not isinstance(call.func, ast.Attribute):
                continue
            receiver = ast.unparse(call.func.value)
            rows = "objects" in receiver or receiver.endswith(("rows", "queryset"))
            if call.func.attr in ALWAYS or (call.func.attr in ON_ROWS and rows):
                found.append(f"{named(path)}:{call.lineno} {ast.unparse(call.func)}")
    assert found == []


def test_copy_goes_through_its_one_door() -> None:
    """A cursor's `copy()` goes past Django's wrappers, and so past the write guard: `persistence.guard.copy_into` only."""
    found = [
        f"{named(path)}:{call.lineno}"
        for path in product_files()
        if named(path) not in OWN_CONNECTION
        for call in calls(parsed(path))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "copy"
        and "cursor" in ast.unparse(call.func.value)
    ]
    assert found == []


def test_the_guard_is_opened_by_actions_only() -> None:
    """`writing()` is the guard's key: the two decorators hold it, nobody else."""
    found = {
        named(path) for path in product_files() for call in calls(parsed(path)) if dotted(call.func).endswith("writing")
    }
    assert found <= {"persistence/acts.py"}


def test_an_action_is_one_transaction_with_named_arguments() -> None:
    wrong = []
    for name, (_, node) in DOMAIN.items():
        if not {dotted(one) for one in node.decorator_list} & DOORS:
            wrong.append(f"{name}: kernel_action or system_action")
        if node.args.posonlyargs or node.args.args:
            wrong.append(f"{name}: keyword-only")
        if "by" not in {one.arg for one in node.args.kwonlyargs} and name not in NOBODY:
            wrong.append(f"{name}: who acts? by=")
    none_of(wrong, "not the shape of an action")


def test_an_action_leaves_its_entry() -> None:
    silent = (name for name, found in DOMAIN.items() if name not in OFF_THE_RECORD and not leaves_an_entry(*found))
    none_of(silent, "no entry in the register, and no exemption")


def test_a_system_owns_its_transaction() -> None:
    """What a system's action returned must be what was kept: durable, never nested in another's."""
    nested = [
        name
        for name, (_, node) in ACTIONS.items()
        if name.startswith("systems/") and "kernel_action" in {dotted(one) for one in node.decorator_list}
    ]
    assert sorted(nested) == sorted(JOINING), "system_action, or a line here with its reason"


def test_no_exemption_outlives_its_reason() -> None:
    stale = [
        name
        for name in OFF_THE_RECORD
        if not name.endswith("*") and (name not in ACTIONS or leaves_an_entry(*ACTIONS[name]))
    ]
    assert stale == []
    assert set(NOBODY) | set(JOINING) | set(NOT_ACTS) <= set(ACTIONS)
