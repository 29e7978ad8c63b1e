"""The matrix's town, in a database of the module's own, behind a real web server: each role has its session."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo

if TYPE_CHECKING:
    from tests.faces.stand import Stand


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--axe-report",
        help="try every page in every language, theme and width, and write what was found in this folder",
    )


@pytest.fixture(scope="module")
def stand(shared_database: ConnectionInfo, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Stand"]:
    """Where pages stand to be looked at."""
    from tests.faces.stand import raised

    with raised(shared_database, tmp_path_factory.mktemp("town")) as stand:
        yield stand
