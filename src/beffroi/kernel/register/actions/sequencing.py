"""Giving entries their place: leaves and heads in one transaction of their own, with as many statements for 200 logs as for one."""

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from django.db import connection

from beffroi.kernel.register.errors import LogForked
from beffroi.kernel.register.models import Head
from beffroi.kernel.register.queries.standing import HeadState, state_of
from beffroi.persistence.acts import system_action
from beffroi.protocol.register.merkle import Frontier, leaf_hash

Waiting = Sequence[tuple[UUID, bytes]]

_FIRST_HEADS = """
INSERT INTO register_head (log, generation, origin, size, frontier, closed)
SELECT given.log, 1, given.origin, 0, ''::bytea, false FROM unnest(%s::text[], %s::text[]) AS given (log, origin)
WHERE NOT EXISTS (SELECT 1 FROM register_head h WHERE h.log = given.log) ON CONFLICT DO NOTHING
"""
_LEAVES = """
INSERT INTO register_leaf (log, generation, index, entry, hash)
SELECT * FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::uuid[], %s::bytea[])
"""
_HEADS = """
UPDATE register_head h SET size = given.size, frontier = given.frontier
FROM unnest(%s::text[], %s::int[], %s::bigint[], %s::bytea[]) AS given (log, generation, size, frontier)
WHERE h.log = given.log AND h.generation = given.generation
"""


@system_action
def sequence(
    *,
    entries: Mapping[str, Waiting],
    origins: Mapping[str, str],
    expected: Mapping[str, HeadState],
    check: Callable[[HeadState], None],
) -> dict[str, HeadState]:
    """Give each log's `entries` (id, body) the next places; returns the new heads, by log.

    `expected` is the heads as this sequencer left them: when a row says otherwise, `check` must accept it (it raises
    SequencerStopped when the database lost what was published). Entries that got a leaf meanwhile are left out.
    """
    heads = lock_heads(origins={log: origins[log] for log in entries})
    for log, head in heads.items():
        state = state_of(head)
        if state != expected.get(log):
            check(state)
    already = _with_leaf([identifier for waiting in entries.values() for identifier, _ in waiting])
    add_leaves(
        [
            (heads[log], [(identifier, leaf_hash(body)) for identifier, body in waiting if identifier not in already])
            for log, waiting in entries.items()
        ]
    )
    return {log: state_of(head) for log, head in heads.items()}


def lock_heads(*, origins: Mapping[str, str]) -> dict[str, Head]:
    """The open head of each log, locked until the transaction ends; made, under its origin, when the log is new."""
    with connection.cursor() as cursor:
        cursor.execute(_FIRST_HEADS, [list(origins), list(origins.values())])
    rows = Head.objects.select_for_update().filter(log__in=list(origins), closed=False).order_by("log")
    heads = {head.log: head for head in rows}
    missing = origins.keys() - heads.keys()
    if missing:
        raise LogForked(f"{', '.join(sorted(missing))}: every generation is closed")
    return heads


def add_leaves(grown: Sequence[tuple[Head, Sequence[tuple[UUID, bytes]]]]) -> None:
    """Append (entry, leaf hash) to each of these locked logs."""
    leaves: list[tuple[str, int, int, UUID, bytes]] = []
    for head, added in grown:
        tree = Frontier.from_bytes(head.size, bytes(head.frontier))
        tree.extend(digest for _, digest in added)
        places = range(head.size, tree.size)
        leaves.extend((head.log, head.generation, i, *leaf) for i, leaf in zip(places, added, strict=True))
        head.size, head.frontier = tree.size, tree.to_bytes()
    if not leaves:
        return
    heads = [(head.log, head.generation, head.size, head.frontier) for head, _ in grown]
    with connection.cursor() as cursor:
        cursor.execute(_LEAVES, [list(column) for column in zip(*leaves, strict=True)])
        cursor.execute(_HEADS, [list(column) for column in zip(*heads, strict=True)])
        if cursor.rowcount != len(heads):
            raise LogForked("a head disappeared while it was locked")


def _with_leaf(identifiers: Sequence[UUID]) -> frozenset[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT entry FROM register_leaf WHERE entry = ANY(%s)", [list(identifiers)])
        return frozenset(entry for (entry,) in cursor.fetchall())
