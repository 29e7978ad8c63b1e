"""Which release the tables are of, and which code may run on them. Whoever migrates leaves a mark; whoever starts looks at it.

The release before may run on our tables, and does so while we migrate and after a way back: we add to what it uses and change nothing
of it (tests/shape/test_migrations.py). Older code is refused: it would write what the tables no longer mean.
"""

import re
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from django.db.backends.base.base import BaseDatabaseWrapper

# The oldest release whose code runs on our tables: the one before ours.
OLDEST: Final = "0.5.0"


@dataclass(frozen=True, slots=True)
class Mark:
    """The newest release that changed the tables, and the oldest that runs on them."""

    version: str
    oldest: str


def ours() -> str:
    """The release of this code, such as 0.5.0."""
    return version("beffroi")


def numbers(text: str) -> tuple[int, ...]:
    """A release as it is compared: (0, 5, 0) of 0.5.0, and of 0.5.0.dev3."""
    found = re.match(r"\d+(?:\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def newest(connection: BaseDatabaseWrapper) -> Mark | None:
    """The mark of the newest release; None on tables that have none yet (before 0.6.0, or from zero)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('persistence_release') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return None
        cursor.execute("SELECT version, oldest FROM persistence_release")
        marks = [Mark(*row) for row in cursor.fetchall()]
    return max(marks, key=lambda mark: numbers(mark.version), default=None)


def leave(connection: BaseDatabaseWrapper) -> None:
    """Say that our tables are in place; as their owner."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persistence_release (version, oldest) VALUES (%s, %s) ON CONFLICT (version) DO NOTHING",
            [ours(), OLDEST],
        )


def is_newer(mark: Mark | None) -> bool:
    """Whether a release after ours changed the tables."""
    return mark is not None and numbers(mark.version) > numbers(ours())


def refusal(mark: Mark | None) -> str:
    """Why our code may not run on the tables, and what to do; empty when it may."""
    if mark is None or not is_newer(mark) or numbers(ours()) >= numbers(mark.oldest):
        return ""
    return (
        f"the database's tables are of release {mark.version}, on which {mark.oldest} or later runs; this is {ours()}. Start the newer "
        f"release again (`beffroi upgrade` names those that are here), or restore the backup that was made before it (`beffroi restore`)"
    )
