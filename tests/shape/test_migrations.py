"""Migrations stand alone: what they take of ours is in tests/seed.py too, or a kept cluster would outlive it."""

import re
import subprocess
from pathlib import Path

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations import AddConstraint, AddField, AddIndex, CreateModel
from django.db.migrations.operations.base import Operation

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
