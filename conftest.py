"""What every test shares: one PostgreSQL a run, one template migrated from zero, a clone a worker, and people to look as.

Tests run as the application's role: what it may not do, it can't do here either.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from tests import database
from tests.scheduling import ByModule, long_first

if TYPE_CHECKING:
    from xdist.remote import Producer


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--conformance", help="folder of the published schemas and vectors (tests that need them are skipped without)"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    os.environ["BEFFROI_PROCESS"] = ""
    if not hasattr(config, "workerinput"):
        home = Path(tempfile.mkdtemp(prefix="beffroi-home-"))
        home.chmod(0o711)
        os.environ["BEFFROI_HOME"] = str(home)
        database.begin(config)
        with database.emptied(database.TEMPLATE) as info:
            migrate(info)
    os.environ["DJANGO_SETTINGS_MODULE"] = "beffroi.config.settings"
    import django  # only now that the environment names this run's home and database

    django.setup()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        database.end(config)
        shutil.rmtree(os.environ["BEFFROI_HOME"], ignore_errors=True)


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> ByModule:
    return ByModule(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    long_first(items)


def migrate(info: ConnectionInfo) -> None:
    """Migrations from zero, by the owner, in a process of their own: as in a town."""
    variables = {
        **os.environ,
        "DATABASE_URL": info.app_url,
        "BEFFROI_DATABASE_OWNER_URL": info.owner_url,
        "BEFFROI_PROCESS": "migrate",
        "DJANGO_SETTINGS_MODULE": "beffroi.config.settings",
    }
    program = "import django; django.setup(); from django.core.management import call_command; call_command('migrate', verbosity=0)"
    subprocess.run([sys.executable, "-c", program], env=variables, check=True)


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """This worker's name, "main" when there is one."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
def django_db_setup(worker: str, django_db_blocker: "pytest.FixtureRequest") -> Iterator[None]:
    """This worker's database: a clone of the migrated template."""
    with database.cloned(database.TEMPLATE, f"beffroi_{worker}") as info, pointed_at(info):
        yield


@contextmanager
def pointed_at(info: ConnectionInfo) -> Iterator[None]:
    """Make Django of this process use that database, as the application's role."""
    from django.db import connections

    from beffroi.config.settings.database import connection as described

    settings = connections.settings["default"]
    before = dict(settings)
    connections.close_all()
    settings.update(described(info.app_url), CONN_MAX_AGE=0)
    try:
        yield
    finally:
        connections.close_all()
        settings.update(before)


@pytest.fixture
def own_database(worker: str, django_db_setup: None, django_db_blocker: "object") -> Iterator[ConnectionInfo]:
    """A database of this test alone, for what commits, notifies or uses another process."""
    with (
        database.cloned(database.TEMPLATE, f"beffroi_own_{worker}") as info,
        django_db_blocker.unblock(),  # type: ignore[attr-defined]  # pytest-django's blocker has no public type
        pointed_at(info),
    ):
        yield info
