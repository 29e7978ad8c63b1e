"""What has changed, told to the screens that are open: rows of the act's own transaction, and one NOTIFY when it commits.

A row says "look again at this" and nothing of what it is: each reader reads the thing itself, as its own viewer. So to be
told twice does no harm, and a place to resume from is the oldest transaction that was still running: whatever committed
late is told then, and a long transaction holds nobody else up.
"""

import re
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from beffroi.lib.viewer import Viewer
from beffroi.persistence.guard import inside_act
from beffroi.persistence.wake import wake
from beffroi.persistence.work import repeated

CHANNEL: Final = "beffroi_live"
KEPT: Final = timedelta(hours=1)
# A reader whose place is older than this reads everything afresh: the rows it misses may be gone at any moment.
RESUMED_WITHIN: Final = KEPT - timedelta(minutes=5)
MOST_AT_ONCE: Final = 20_000
FORGOTTEN_EVERY: Final = 300.0

Read = Callable[[Viewer, UUID, frozenset[UUID]], Mapping[UUID, Mapping[str, object] | None]]

_PLACE: Final = re.compile(r"(\d{1,19})-(\d{1,12})")


@dataclass(frozen=True, slots=True)
class Topic:
    """A kind of thing that screens follow. `read(viewer, authority, subjects)` gives JSON objects, as that viewer may see them.

    A subject that is absent or None is not (or no longer) visible to them: a thing that merely ended stays visible.
    `rights`: what changes is what viewers may see, so that each open screen looks at once whether it still may.
    """

    code: str
    read: Read
    rights: bool = False


TOPICS: dict[str, Topic] = {}


def register_topic(topic: Topic) -> None:
    """Make a topic known; a code is one topic."""
    if TOPICS.setdefault(topic.code, topic) != topic:
        raise ValueError(f"two topics are called {topic.code}")


def changed(*, authority: UUID, topic: str, subjects: Iterable[UUID]) -> None:
    """Say, inside an act, that screens should look at these again; they are told once it has committed."""
    inside_act("a change told to screens")
    if topic not in TOPICS:
        raise LookupError(f"no topic is called {topic}")
    given = sorted(set(subjects))
    if not given:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO persistence_change (authority, topic, subject) SELECT %s, %s, unnest(%s::uuid[])",
            [authority, topic, given],
        )
    wake(CHANNEL)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands: every transaction before `xid` is over and told. `at` is that moment, in PostgreSQL's seconds."""

    xid: int
    at: int

    def __str__(self) -> str:
        return f"{self.xid}-{self.at}"


def place_of(text: str) -> Place | None:
    """A place as a reader brings it back; None when it is none of ours."""
    found = _PLACE.fullmatch(text)
    return Place(int(found[1]), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to look at again."""

    id: int
    xid: int
    authority: UUID
    topic: str
    subject: UUID


@dataclass(frozen=True, slots=True)
class Reading:
    """What was found since a place, and the place to go on from. `whole` is false when the place is too old, ahead of us or
    too much has happened since: what was found is not all, and everything must be read afresh.
    """

    place: Place
    changes: tuple[Change, ...]
    whole: bool


def read_since(place: Place | None) -> Reading:
    """Every change whose transaction is not before the place, committed by now; none of them without a place."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH here AS MATERIALIZED (
                SELECT pg_snapshot_xmin(pg_current_snapshot()) AS xmin, pg_snapshot_xmax(pg_current_snapshot()) AS xmax,
                       extract(epoch FROM clock_timestamp())::bigint AS at
            )
            SELECT here.xmin::text, here.xmax::text, here.at, c.id, c.xid::text, c.authority, c.topic, c.subject
            FROM here LEFT JOIN LATERAL (
                SELECT * FROM persistence_change WHERE xid >= %s::text::xid8 ORDER BY xid, id LIMIT %s
            ) c ON true
            """,
            [str(place.xid) if place else None, MOST_AT_ONCE + 1],
        )
        rows = cursor.fetchall()
    xmin, xmax, at = int(rows[0][0]), int(rows[0][1]), rows[0][2]
    here = Place(xmin, at)
    if place is None:
        return Reading(here, (), whole=True)
    changes = tuple(Change(row[3], int(row[4]), *row[5:]) for row in rows if row[3] is not None)
    fresh = place.xid <= xmax and 0 <= at - place.at < RESUMED_WITHIN.total_seconds()
    return Reading(here, changes[:MOST_AT_ONCE], whole=fresh and len(changes) <= MOST_AT_ONCE)


def forget_changes() -> int:
    """Delete what no reader comes back for; returns how many rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM persistence_change WHERE at < now() - make_interval(secs => %s)", [KEPT.total_seconds()]
        )
        return int(cursor.rowcount)


def run_forgetting(stop: threading.Event) -> None:
    """Until told to stop: what nobody comes back for is deleted, some rows now and then rather than many once."""

    def turn() -> float:
        forget_changes()
        return FORGOTTEN_EVERY

    repeated(turn, stop)
