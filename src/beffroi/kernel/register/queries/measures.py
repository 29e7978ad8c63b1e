"""The register's size, and acts that have no place in it yet, as they are measured."""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Count, Sum
from django.utils.translation import gettext_lazy as _

from beffroi.kernel.register.models import Head
from beffroi.kernel.register.queries.published import shelf
from beffroi.persistence.queues import Queue, Standing, register_queue

# Every entry of all time against every leaf would take a minute in an old town: what has waited for longer is as late as can be told.
LOOKED_BACK: Final = timedelta(days=1)
_UNNUMBERED: Final = """
SELECT count(*), min(e.at) FROM register_entry e
WHERE e.at >= %s AND NOT EXISTS (SELECT 1 FROM register_leaf l WHERE l.entry = e.id)
"""


def unnumbered(now: datetime) -> Standing:
    """Entries of the last day without a leaf. Their time is kept to the minute: the age is up to a minute too long."""
    with connection.cursor() as cursor:
        cursor.execute(_UNNUMBERED, [now - LOOKED_BACK])
        waiting, since = cursor.fetchone()
    return Standing(waiting, since)


def size() -> tuple[int, int]:
    """How many logs are open, how many leaves they hold."""
    found = Head.objects.filter(closed=False).aggregate(logs=Count("log"), leaves=Sum("size"))
    return found["logs"], found["leaves"] or 0


def published_at() -> float | None:
    """When the last checkpoint of any log was written, in seconds of the wall clock; None before the first."""
    place = shelf()
    written = []
    for name in place.names():
        path = place.archive(name).folder / "checkpoint"
        if path.exists():
            written.append(path.stat().st_mtime)
    return max(written, default=None)


def register() -> None:
    """Its queue."""
    register_queue(
        Queue("register", _("Acts without a place in the register"), unnumbered, timedelta(minutes=3), "sequencer")
    )
