"""Builders for tests: an installation with one authority, whose register a test writes, publishes and restores."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

from django.db import connections, transaction

from beffroi.kernel.register.actions import record
from beffroi.kernel.register.queries.keys import KeyRing
from beffroi.kernel.register.queries.published import Shelf, signed_checkpoint
from beffroi.kernel.register.registry import KINDS, FieldType, RegisterKind, many, register_kind
from beffroi.kernel.register.sequencer.loop import Sequencer
from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import Checkpoint
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.note import VerifierKey

KIND = RegisterKind("test.act", "An act of the tests.", {"number": FieldType.INTEGER, "things": many(FieldType.DEVICE)})
HOST = "register.example"
NOON = datetime(2026, 11, 22, 12, 0, 41, tzinfo=UTC)


@dataclass
class Town:
    """An installation with one authority, and what a test does with its register."""

    home: Path
    authority: UUID = field(default_factory=uuid4)

    @property
    def shelf(self) -> Shelf:
        return Shelf(home=self.home, host=HOST)

    @property
    def keys(self) -> KeyRing:
        return KeyRing(self.shelf.key_folder)

    @property
    def name(self) -> LogName:
        return LogName(str(self.authority))

    @property
    def origin(self) -> str:
        return self.name.origin(HOST)

    @property
    def archive(self) -> Archive:
        return self.shelf.archive(self.name)

    def vkeys(self, *generations: int) -> list[VerifierKey]:
        names = [LogName(str(self.authority), number) for number in generations or (1,)]
        return [key for name in names for key in self.keys.of(name.log).verifiers_now(name.origin(HOST))]

    def act(self, number: int = 0, *, grant: UUID | None = None, holder: str | None = None) -> UUID:
        """One act on the record of the authority, committed."""
        with transaction.atomic():
            return record(
                kind="test.act",
                authority=self.authority,
                by=None,
                fields={"number": number, "things": ["cabinet-1", "cabinet-2"]},
                grant=grant,
                holder=holder,
                now=NOON,
            )

    def acts(self, count: int) -> list[UUID]:
        return [self.act(number) for number in range(count)]

    def sequencer(self) -> Sequencer:
        """One that has checked what it finds; raises what `begin` raises."""
        sequencer = Sequencer(self.shelf, self.keys)
        sequencer.begin()
        return sequencer

    def sequence(self) -> int:
        """A whole round by a sequencer that has just started."""
        sequencer, total = self.sequencer(), 0
        while found := sequencer.look():
            total += found
        return total

    def published(self) -> Checkpoint:
        """What was last signed; there must be something."""
        checkpoint = signed_checkpoint(self.archive, self.keys.of(self.name.log))
        if checkpoint is None:
            raise LookupError("nothing is published")
        return checkpoint


@contextmanager
def known_kind() -> Iterator[None]:
    """The tests' own kind is known inside, and no other test sees it."""
    register_kind(KIND)
    try:
        yield
    finally:
        del KINDS[KIND.code]


def use_database(name: str) -> None:
    """Make Django of this process use another database of the same server."""
    connections.close_all()
    connections.settings["default"]["NAME"] = name
