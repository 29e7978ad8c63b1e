"""Waking a process: one NOTIFY when the transaction commits. It only wakes; what is to be done lies in rows."""

from django.db import connection, transaction


def wake(channel: str) -> None:
    """Have the processes that listen on this channel look at their rows, once this transaction has committed.

    NOTIFY is itself transactional and PostgreSQL merges equal ones, so it is simply said inside.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{channel} was woken outside a transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [channel])
