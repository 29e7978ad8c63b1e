"""Which batches go up now, and which again.

Events are offered in order, some batches ahead of the server's receipts. What the server says it misses goes first. When
receipts stay away although events wait, everything not signed for is offered again, at growing intervals: the server
tells repeats by their sequence.
"""

from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.edge.device.journal import Journal
from beffroi.protocol.v1.messages import Range

AHEAD: Final = 8
WANTED: Final = 64
FIRST_PATIENCE: Final = 15.0
LAST_PATIENCE: Final = 240.0


class Outbox:
    """`due` is asked whenever something may have to go; times are seconds of the event loop."""

    def __init__(self, journal: Journal, key: Ed25519PrivateKey) -> None:
        self._journal = journal
        self._key = key
        self._offered = 0
        self._in_flight = 0
        self._wanted: list[Range] = []
        self._repeat_at: float | None = None
        self.patience = FIRST_PATIENCE

    def rewind(self) -> None:
        """A new connection: offer everything that is not signed for."""
        self._offered, self._in_flight, self._repeat_at = 0, 0, None
        self.patience = FIRST_PATIENCE

    def receipted(self) -> None:
        """The server lives: go on, and be patient again."""
        self._in_flight, self._repeat_at = 0, None
        self.patience = FIRST_PATIENCE

    def want(self, wanted: Range) -> None:
        """The server misses these."""
        if wanted not in self._wanted and len(self._wanted) < WANTED:
            self._wanted.append(wanted)

    def due(self, now: float) -> Iterator[str]:
        """The tokens of the batches to send now."""
        if self._repeat_at is not None and now >= self._repeat_at:
            self._offered, self._in_flight, self._repeat_at = 0, 0, None
            self.patience = min(2 * self.patience, LAST_PATIENCE)
        yield from self._missed()
        while self._in_flight < AHEAD:
            batch = self._journal.batch(after=self._offered, key=self._key)
            if batch is None:
                break
            self._offered = batch.last
            self._in_flight += 1
            yield batch.token
        if self._repeat_at is None and not self._journal.empty:
            self._repeat_at = now + self.patience

    def _missed(self) -> Iterator[str]:
        wanted, self._wanted = self._wanted, []
        for first, last in wanted:
            after = first - 1
            while after < last and (batch := self._journal.batch(after=after, key=self._key, upto=last)) is not None:
                after = batch.last
                yield batch.token
