"""Giving entries their place: leaves and head in one transaction of their own."""

from collections.abc import Callable, Sequence
from uuid import UUID

from django.db import connection

from beffroi.kernel.register.errors import LogForked
from beffroi.kernel.register.models import Head
from beffroi.kernel.register.queries.standing import HeadState, state_of
from beffroi.persistence.acts import system_action
from beffroi.protocol.register.merkle import Frontier, leaf_hash
from beffroi.protocol.register.names import LogName

_FIRST_HEAD = """
INSERT INTO register_head (log, generation, origin, size, frontier, closed)
SELECT %(log)s, 1, %(origin)s, 0, ''::bytea, false
WHERE NOT EXISTS (SELECT 1 FROM register_head WHERE log = %(log)s) ON CONFLICT DO NOTHING
"""
_LEAVES = """
INSERT INTO register_leaf (log, generation, index, entry, hash)
SELECT %s, %s, place, entry, hash FROM unnest(%s::bigint[], %s::uuid[], %s::bytea[]) AS given (place, entry, hash)
"""


@system_action
def sequence(
    *,
    log: str,
    origin: str,
    entries: Sequence[tuple[UUID, bytes]],
    expected: HeadState | None,
    check: Callable[[HeadState], None],
) -> HeadState:
    """Give `entries` (id, body) the next places of their log; returns the new head.

    `expected` is the head as this sequencer left it: when the row says otherwise, `check` must accept it (it raises
    SequencerStopped when the database lost what was published). Entries that got a leaf meanwhile are left out.
    """
    head = lock_head(log=log, origin=origin)
    state = state_of(head)
    if state != expected:
        check(state)
    already = _with_leaf([identifier for identifier, _ in entries])
    add_leaves(head, [(identifier, leaf_hash(body)) for identifier, body in entries if identifier not in already])
    return state_of(head)


def lock_head(*, log: str, origin: str) -> Head:
    """The open head of a log, locked until the transaction ends; made when the log is new."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_HEAD, {"log": log, "origin": origin})
    head = Head.objects.select_for_update().filter(log=log, closed=False).first()
    if head is None:
        raise LogForked(f"{log}: every generation is closed")
    return head


def add_leaves(head: Head, leaves: Sequence[tuple[UUID, bytes]]) -> None:
    """Append (entry, leaf hash) to a locked log."""
    if not leaves:
        return
    name = LogName(head.log, head.generation)
    tree = Frontier.from_bytes(head.size, bytes(head.frontier))
    tree.extend(digest for _, digest in leaves)
    places = list(range(head.size, tree.size))
    with connection.cursor() as cursor:
        cursor.execute(
            _LEAVES,
            [name.log, name.generation, places, [entry for entry, _ in leaves], [digest for _, digest in leaves]],
        )
    head.size, head.frontier = tree.size, tree.to_bytes()
    head.save(update_fields=["size", "frontier"])


def _with_leaf(identifiers: Sequence[UUID]) -> frozenset[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry FROM register_leaf WHERE entry = ANY(%s)", [list(identifiers)])
        return frozenset(entry for (entry,) in cursor.fetchall())
