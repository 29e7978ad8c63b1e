"""Django over this installation's database, for one command."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from beffroi.adapters.postgres import access
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.config.environment import Environment, environment

APP_URL, OWNER_URL, PROCESS = "DATABASE_URL", "BEFFROI_DATABASE_OWNER_URL", "BEFFROI_PROCESS"


def variables_for(info: ConnectionInfo, *, owner: bool = False) -> dict[str, str]:
    """What a process is told of the database: only one that changes tables learns the owner's password."""
    if owner:
        return {APP_URL: info.app_url, OWNER_URL: info.owner_url, PROCESS: "migrate"}
    return {APP_URL: info.app_url, OWNER_URL: "", PROCESS: ""}


@contextmanager
def opened(settings: Environment, *, owner: bool = False) -> Iterator[None]:
    """Django is ready inside: over DATABASE_URL, the cluster that runs, or ours, run for the length of the block."""
    with access.database(settings.home, app_url=settings.database_url, owner_url=settings.database_owner_url) as info:
        os.environ.update(variables_for(info, owner=owner))
        os.environ["DJANGO_SETTINGS_MODULE"] = "beffroi.config.settings"
        environment.cache_clear()
        import django  # noqa: PLC0415 - commands that need no database never load it

        django.setup()
        yield
        from django.db import connections  # noqa: PLC0415 - as above

        connections.close_all()
