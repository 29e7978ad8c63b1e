"""The database of a test run: one cluster of our own for the whole run, started before the workers are.

For `tests/conftest.py`:

    def pytest_configure(config):       # hookimpl(tryfirst=True)
        database.begin(config)
    def pytest_unconfigure(config):
        database.end(config)

A run that already has DATABASE_URL (a server of the developer's, or these are workers of a run) starts nothing.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql

from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.postgres.notes import DATABASE, ConnectionInfo
from beffroi.cli.main import LOOKED_FOR_RINGS
from tests import memory, seed

TEMPLATE = "beffroi_template"  # every other database of a run is a copy of it
APP, OWNER = "DATABASE_URL", "BEFFROI_DATABASE_OWNER_URL"
# Twice as quick as by the log of writes, which nobody reads after a crash here.
COPY = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
MIGRATE = f"""
import gc
gc.set_threshold({LOOKED_FOR_RINGS})  # as `beffroi migrate`: a quarter of its work otherwise
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
"""
RUNNING = pytest.StashKey[Cluster]()


def begin(config: pytest.Config) -> ConnectionInfo:
    """Starts the cluster unless there is a database already, and says where it is by the environment and to Django; a server of
    the developer's gets its template migrated from zero.
    """
    if APP not in os.environ:
        home = memory.folder("beffroi-test-")
        cluster = Cluster(home, for_tests=True)
        try:
            seed.sow(home, migrate)
            info = cluster.start()
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            raise
        config.stash[RUNNING] = cluster
        os.environ[APP], os.environ[OWNER] = info.app_url, info.owner_url
        with psycopg.connect(info.owner_url, autocommit=True) as connection:
            names = map(sql.Identifier, (TEMPLATE, DATABASE))
            connection.execute(COPY.format(*names))
        _point_django(info)
    else:
        with emptied(TEMPLATE) as info:
            migrate(info)
    return current()


def migrate(info: ConnectionInfo) -> None:
    """Migrations from zero, by the owner, in a process of their own: as in a town."""
    variables = {
        **os.environ,
        APP: info.app_url,
        OWNER: info.owner_url,
        "BEFFROI_PROCESS": "migrate",
        "DJANGO_SETTINGS_MODULE": "beffroi.config.settings",
    }
    subprocess.run([sys.executable, "-c", MIGRATE], env=variables, check=True)


def end(config: pytest.Config) -> None:
    """Stops the cluster that `begin` started, if it did, and removes it."""
    cluster = config.stash.get(RUNNING, None)
    if cluster is not None:
        del config.stash[RUNNING]
        cluster.stop()
        shutil.rmtree(cluster.home, ignore_errors=True)
        del os.environ[APP], os.environ[OWNER]


def current() -> ConnectionInfo:
    """The database of this run, as both roles (one and the same when only DATABASE_URL was given)."""
    app = os.environ[APP]
    return ConnectionInfo(owner_url=os.environ.get(OWNER) or app, app_url=app)


def named(database: str) -> ConnectionInfo:
    """Another database of the same server."""
    here = current()
    return ConnectionInfo(
        owner_url=urlsplit(here.owner_url)._replace(path=f"/{database}").geturl(),
        app_url=urlsplit(here.app_url)._replace(path=f"/{database}").geturl(),
    )


@contextmanager
def cloned(template: str, name: str) -> Iterator[ConnectionInfo]:
    """A database copied from this one (nobody may be connected to it), for tests that commit or use another process.

    It is dropped at the end, connections and all.
    """
    copy, original = sql.Identifier(name), sql.Identifier(template)
    with psycopg.connect(current().owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))
        connection.execute(COPY.format(copy, original))
        try:
            yield named(name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy))


def _point_django(info: ConnectionInfo) -> None:
    """Corrects settings that pytest-django read before any conftest ran: in place, before the first connection."""
    if "DJANGO_SETTINGS_MODULE" not in os.environ:
        return
    from django.conf import settings  # noqa: PLC0415 - as above

    from beffroi.config import environment  # noqa: PLC0415 - pure tests run without Django's settings
    from beffroi.config.settings import database  # noqa: PLC0415 - as above

    environment.environment.cache_clear()
    app, owner = database.connection(info.app_url), database.connection(info.owner_url)
    settings.DATABASES["default"].update(app)
    settings.BEFFROI_APP_ROLE = str(app["USER"]) if app["USER"] != owner["USER"] else None


@contextmanager
def emptied(name: str) -> Iterator[ConnectionInfo]:
    """A new, empty database of this name, kept for the run: what the workers' databases are copied from."""
    with psycopg.connect(current().owner_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    yield named(name)
