"""Only actions write, and an action is one function with named arguments, in one transaction, on the record.

The runtime guard (persistence.guard) is what holds the first; this is its quick form, and the only form of the others.
"""

import ast
import functools
from pathlib import Path

from tests.shape.exempt_actions import JOINING, NOBODY, NOT_ACTS, OFF_THE_RECORD
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


ACTIONS = {key(path, node): (path, node) for path, node in actions()}
DOMAIN = {
    name: found for name, found in ACTIONS.items() if not name.startswith("kernel/register/") and name not in NOT_ACTS
}


@functools.cache
def called(node: ast.AST) -> frozenset[str]:
    """Last names of everything a function calls."""
    return frozenset(dotted(call.func).rpartition(".")[2] for call in calls(node))


@functools.cache
def near_in(app: Path | None) -> dict[str, Function]:
    """The functions of an app's actions."""
    return {
        one.name: one
        for other in product_files()
        if is_action(other) and app_of(other) == app
        for one in functions(parsed(other))
    }


@functools.cache
def recording_beside(app: Path | None) -> frozenset[str]:
    """Actions of other apps that call `record` themselves."""
    return frozenset(
        name.rpartition(":")[2]
        for name, (where, one) in ACTIONS.items()
        if app_of(where) != app and "record" in called(one)
    )


def leaves_an_entry(path: Path, node: Function) -> bool:
    """Whether `record` is called by it, by a function it calls in its app's actions, or by another app's action it calls."""
    near, recording = near_in(app_of(path)), recording_beside(app_of(path))
    seen: set[str] = set()
    todo = set(called(node))
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
            if not isinstance(call.func, ast.Attribute) or call.func.attr not in ALWAYS | ON_ROWS:
                continue
            receiver = ast.unparse(call.func.value)
            if receiver == "request.session":  # Django's own, written at each request
                continue
            rows = "objects" in receiver or receiver.endswith(("rows", "queryset"))
            if call.func.attr in ALWAYS or rows:
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
