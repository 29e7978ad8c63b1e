"""Builders for tests: a town with a kind of deadline whose firings can be looked at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from beffroi.kernel.deadlines.registry import DEADLINE_KINDS, DeadlineKind, Fired, register_deadline
from beffroi.kernel.territory.actions.authorities import create_authority


@dataclass
class Promised:
    """An authority, and what its deadlines of kind `test.promise` did when they fired; `poison` makes a subject's handler fail."""

    authority: UUID
    fired: list[Fired] = field(default_factory=list)
    poison: set[UUID] = field(default_factory=set)

    def handle(self, fired: Fired) -> None:
        """Keep what fired, or fail."""
        if fired.subject in self.poison:
            raise ValueError("poisoned")
        self.fired.append(fired)


@contextmanager
def promising() -> Iterator[Promised]:
    """`test.promise` exists, as a promise to somebody, for the length of a test."""
    promised = Promised(create_authority(slug="meaux", name="Meaux", by=None).id)
    register_deadline(DeadlineKind("test.promise", "A test's promise.", promised.handle, promised=True))
    try:
        yield promised
    finally:
        del DEADLINE_KINDS["test.promise"]
