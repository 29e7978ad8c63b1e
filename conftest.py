"""What every test shares: one PostgreSQL a run, one migrated template (tests/seed.py), a clone a worker, and people to look as.

Tests run as the application's role: what it may not do, it can't do here either.
"""

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.cli.main import LOOKED_FOR_RINGS
from tests import database, memory, ports
from tests.cost import Cost
from tests.scheduling import ByModule, long_first

if TYPE_CHECKING:
    from xdist.remote import Producer

# How long an example takes, or its making, is the machine's affair.
settings.register_profile("whatever the machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("whatever the machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--conformance", help="folder of the published schemas and vectors (tests that need them are skipped without)"
    )
    parser.addoption("--cost", help="write in this file what each test costs the processor (with -n0: tests/cost.py)")
    parser.addoption(
        "--slow-browser", type=float, default=1.0, help="so many times slower are pages (tests/slowness.py)"
    )
    parser.addoption("--late-scripts", type=int, default=0, help="so many milliseconds late are scripts of pages")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    gc.set_threshold(LOOKED_FOR_RINGS)  # as every process of ours
    os.environ["BEFFROI_PROCESS"] = ""
    ports.share_out(config)
    if not hasattr(config, "workerinput"):
        os.environ["BEFFROI_HOME"] = str(memory.folder("beffroi-home-"))
        database.begin(config)
    os.environ["DJANGO_SETTINGS_MODULE"] = "beffroi.config.settings"
    import django  # only now that the environment names this run's home and database

    django.setup()
    if config.getoption("--cost"):
        config.pluginmanager.register(Cost(Path(config.getoption("--cost"))))
    if config.getoption("--slow-browser") > 1 or config.getoption("--late-scripts"):
        from tests.slowness import hold_back

        hold_back(config.getoption("--slow-browser"), config.getoption("--late-scripts"))


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        database.end(config)
        shutil.rmtree(os.environ["BEFFROI_HOME"], ignore_errors=True)


def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> ByModule:
    return ByModule(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    long_first(items)


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


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """None is handed on by what a former test asked for: each begins in the house's own, French."""
    from django.utils import translation

    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture
def own_database(worker: str, django_db_setup: None, django_db_blocker: "object") -> Iterator[ConnectionInfo]:
    """A database of this test alone, for what commits, notifies or uses another process."""
    with (
        database.cloned(database.TEMPLATE, f"beffroi_own_{worker}") as info,
        django_db_blocker.unblock(),  # type: ignore[attr-defined]  # pytest-django's blocker has no public type
        pointed_at(info),
    ):
        yield info


@pytest.fixture(scope="module")
def shared_database(worker: str, django_db_setup: None, django_db_blocker: "object") -> Iterator[ConnectionInfo]:
    """A database of one module's tests together, for what is long to build and is only read."""
    with (
        database.cloned(database.TEMPLATE, f"beffroi_shared_{worker}") as info,
        django_db_blocker.unblock(),  # type: ignore[attr-defined]  # as above
        pointed_at(info),
    ):
        yield info
