"""Which worker runs what. A module's tests stay together, so that what its fixtures start serves them all. What takes long begins
first: nobody waits for the last one alone.

pytest-xdist's own groups (`xdist_group`) don't hold with pytest 9.2: it sets a name that pytest no longer reads.
"""

from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

# The folders whose longest module takes longest come first; whatever starts a town, a server or a browser comes before what does not.
LONG: Final = (
    "tests/matrix/",
    "tests/journeys/",
    "tests/cli/",
    "tests/backup/",
    "tests/battery/",
    "tests/faces/",
    "tests/morning/",
    "tests/install/",
    "tests/upgrade/",
    "tests/",
    "src/beffroi/kernel/devices/",
)
# These take up the same town, one after the other (tests/journeys/demonstration.py): no worker waits for another's.
TOGETHER: Final = ("tests/journeys/test_first_alarm.py", "tests/journeys/test_first_opening.py")


class ByModule(LoadScopeScheduling):
    """Hands out whole modules, in the order in which they were collected."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        return TOGETHER[0] if module in TOGETHER else module


def long_first(items: list[pytest.Item]) -> None:
    """Puts what takes long before the rest, and leaves the order be otherwise."""
    items.sort(
        key=lambda item: next((rank for rank, path in enumerate(LONG) if item.nodeid.startswith(path)), len(LONG))
    )
