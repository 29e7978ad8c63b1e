"""Hangs the write guard on every connection, and opens it for migrations."""

import os

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from beffroi.persistence.guard import guard
from beffroi.persistence.slow import timed


def watch(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    """Put the guard on a new connection, once, and what says which statements take long."""
    for wrapper in (guard, timed):
        if wrapper not in connection.execute_wrappers:
            connection.execute_wrappers.append(wrapper)


class PersistenceConfig(AppConfig):
    """Django without a domain word."""

    name = "beffroi.persistence"
    label = "persistence"

    def ready(self) -> None:
        """Django's own hook for a new connection: the only way to reach those of every thread. And the checks of what we stand on."""
        if os.environ.get("BEFFROI_PROCESS") == "migrate":
            from beffroi.persistence.migrating import hasten  # noqa: PLC0415 - no other process needs what migrates

            hasten()
            return
        connection_created.connect(watch, dispatch_uid="beffroi.persistence.guard")
        from beffroi.persistence import queues, room, servers, slowest, timekeeping  # noqa: PLC0415 - settings must be read first

        for each in (servers, room, timekeeping, queues, slowest):
            each.register_own()
