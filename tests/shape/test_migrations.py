"""Migrations stand alone: what they take of ours is in tests/seed.py too, or a kept cluster would outlive it."""

import re
import subprocess
from pathlib import Path

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    AlterModelTable,
    CreateModel,
    DeleteModel,
    RemoveField,
    RenameField,
    RenameModel,
    RunPython,
    RunSQL,
)
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import Field

from beffroi.persistence.release import OLDEST, numbers, ours
from tests import seed
from tests.shape.tree import ROOT, none_of
from tests.upgrade.test_upgrade import releases

OURS = re.compile(r"^\s*(?:from|import) (beffroi[\w.]*)", re.MULTILINE)


def test_migrations_take_of_ours_only_what_a_seed_is_named_by() -> None:
    taken = {
        found
        for path in seed.ROOT.glob("src/beffroi/**/migrations/*.py")
        for found in OURS.findall(path.read_text(encoding="utf-8"))
    }
    assert {f"src/{module.replace('.', '/')}.py" for module in taken} <= set(seed.MADE_OF)


def test_a_seed_is_named_by_what_it_is_made_of() -> None:
    for pattern in seed.MADE_OF:
        assert any(seed.ROOT.glob(pattern)), pattern


def test_only_apps_restrict_what_the_application_may_do() -> None:
    restricting = {
        path.name
        for path in seed.ROOT.glob("src/beffroi/**/*.py")
        if "tests" not in path.parts and "import restrict" in path.read_text(encoding="utf-8")
    }
    assert restricting == {"apps.py"}


# Tables that a town fills for years: a migration that reads one through keeps everybody who writes there waiting.
LONG = frozenset(
    {
        ("alerts", "delivery"),
        ("deadlines", "deadline"),
        ("devices", "deviceevent"),
        ("devices", "signedbatch"),
        ("devices", "sinktask"),
        ("grants", "grant"),
        ("grants", "grantresource"),
        ("register", "entry"),
        ("register", "leaf"),
        ("register", "payload"),
        ("reports", "report"),
    }
)


def released() -> set[tuple[str, str]]:
    """(app, migration) of those that a town may have run: the newest release's."""
    *_older, (_version, commit) = releases()
    listed = subprocess.run(
        ["git", "-C", str(ROOT), "ls-tree", "-r", "--name-only", commit, "src"],
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return {(path.parts[-3], path.stem) for path in map(Path, listed.splitlines()) if path.parts[-2] == "migrations"}


def reads_through(operation: Operation) -> str:
    """The model whose rows an operation looks at, one after the other, while it keeps the table; empty for one that doesn't."""
    match operation:
        case AddConstraintNotValid() | AddIndexConcurrently():
            return ""
        case AddConstraint(model_name_lower=name) | AddIndex(model_name_lower=name):
            return str(name)
        case AddField(model_name_lower=name, field=field):
            indexed = getattr(field, "db_index", False) or field.unique
            return str(name) if indexed or not (field.null or field.has_db_default()) else ""
    return ""


def test_no_migration_keeps_a_town_waiting_while_it_reads_a_long_table() -> None:
    known = released()
    loader = MigrationLoader(None, ignore_no_migrations=True)
    migrations = {
        key: migration for key, migration in loader.disk_migrations.items() if key[0] in {app for app, _ in LONG}
    }
    tables = {
        (app, operation.name_lower)
        for (app, name), migration in migrations.items()
        if (app, name) in known
        for operation in migration.operations
        if isinstance(operation, CreateModel)
    }
    assert tables >= LONG
    found = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in migrations.items()
        if (app, name) not in known
        for operation in migration.operations
        if (app, reads_through(operation)) in LONG
    ]
    none_of(found, "operations that read a long table through while others wait")


# What takes something from under the former release, in SQL. A constraint or a trigger that goes leaves it more than it had.
TAKES = re.compile(
    r"\bDROP\s+(?:TABLE|COLUMN|VIEW|TYPE|SCHEMA)\b|\bRENAME\b|\bALTER\s+(?:COLUMN\s+)?\w+\s+(?:SET\s+DATA\s+)?TYPE\b"
    r"|\bTRUNCATE\b|\bVACUUM\s+FULL\b|\bCLUSTER\b",
    re.IGNORECASE,
)


GOES = (DeleteModel, AlterModelTable, RenameModel, RemoveField, RenameField)


def takes(operation: Operation, app: str, before: ProjectState, held: frozenset[tuple[str, str]]) -> bool:
    """Whether the former release, which still runs, would miss something: the tables it has are `held`."""
    if isinstance(operation, RunSQL):
        return bool(TAKES.search(str(operation.sql)))
    of = getattr(
        operation, "model_name_lower", getattr(operation, "old_name_lower", getattr(operation, "name_lower", ""))
    )
    if (app, of) not in held:
        return False
    match operation:
        case AddField(field=field):  # it writes rows without the new column
            return not (field.null or field.many_to_many or field.has_db_default())
        case AlterField(name=column, field=field):
            former = before.models[app, of].fields[column]
            return (former.null and not field.null) or not wider(former, field)
    return isinstance(operation, GOES)


def wider(former: "Field[object, object]", field: "Field[object, object]") -> bool:
    """Whether a column takes all that it took, and nobody's rows are written again for it."""
    types = former.db_type(connection), field.db_type(connection)
    lengths = former.max_length or 0, field.max_length or 0
    return types[0] == types[1] or (
        former.get_internal_type() == field.get_internal_type() == "CharField" and lengths[0] <= lengths[1]
    )


def test_no_migration_takes_what_the_former_release_uses() -> None:
    """Add first; remove in the release after the one that no longer uses it (SeparateDatabaseAndState keeps the two apart)."""
    loader, known = MigrationLoader(None, ignore_no_migrations=True), released()
    held = frozenset(
        (app, operation.name_lower)
        for (app, name), migration in loader.disk_migrations.items()
        if (app, name) in known
        for operation in migration.operations
        if isinstance(operation, CreateModel)
    )
    assert held
    ours_alone = {
        key for key, migration in loader.disk_migrations.items() if migration.__module__.startswith("beffroi.")
    }
    state, found = loader.project_state([key for key in loader.graph.nodes if key in known], at_end=True), []
    later = [key for key, _ in _in_order(loader) if key in ours_alone - known]
    for app, name in later:
        for operation in loader.disk_migrations[app, name].operations:
            if takes(operation, app, state, held):
                found.append(f"{app}.{name}: {operation.describe()}")
            operation.state_forwards(app, state)
    none_of(found, "operations that take something from under the former release")


def _in_order(loader: MigrationLoader) -> list[tuple[tuple[str, str], None]]:
    plan: dict[tuple[str, str], None] = {}
    for leaf in loader.graph.leaf_nodes():
        plan.update(dict.fromkeys(loader.graph.forwards_plan(leaf)))
    return list(plan.items())


def test_a_migration_in_no_transaction_makes_an_index_beside_others_or_can_be_run_again() -> None:
    """It is tried again when a lock isn't had (persistence/patience.py), and what it did by then is done."""
    loader, known = MigrationLoader(None, ignore_no_migrations=True), released()
    again = re.compile(r"\bIF (?:NOT )?EXISTS\b")
    found = []
    for (app, name), migration in loader.disk_migrations.items():
        if migration.atomic or not migration.__module__.startswith("beffroi.") or (app, name) in known:
            continue
        operations = migration.operations
        if all(isinstance(each, (AddIndexConcurrently, RemoveIndexConcurrently)) for each in operations):
            continue
        found += [
            f"{app}.{name}: {each.describe()}"
            for each in operations
            if not isinstance(each, (ValidateConstraint, RunPython))
            and not (isinstance(each, RunSQL) and all(map(again.search, str(each.sql).strip().strip(";").split(";"))))
        ]
    none_of(found, "operations that could not be run again")


def test_the_oldest_code_that_runs_on_our_tables_is_the_release_before_ours() -> None:
    before = [version for version, _ in releases() if numbers(version) < numbers(ours())]
    assert before[-1] == OLDEST
