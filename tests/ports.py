"""Which ports of loopback this worker's servers get.

A port is chosen a moment before a server listens there, and a town that is stopped comes back to its own: whoever else chooses
meanwhile must not meet it. So each worker has a share of its own, and all of them lie below those that a town chooses by
itself (`beffroi up` in a test is a process apart).
"""

from typing import Final

import pytest

from beffroi.adapters.process import places

FIRST: Final = 10_000


def share_out(config: pytest.Config) -> None:
    """Gives this worker its share, the run's own process the first one."""
    given: dict[str, object] = getattr(config, "workerinput", {})
    number = int(str(given.get("workerid", "gw-1")).removeprefix("gw")) + 1
    size = (places.FIRST_PORT - FIRST) // (int(str(given.get("workercount", 0))) + 1)
    first = FIRST + number * size
    vars(places).update(FIRST_PORT=first, LAST_PORT=first + size - 1)
