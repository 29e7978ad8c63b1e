"""Requests, counted by the processes that answer them and read by the one that serves measures: files that they map in
BEFFROI_HOME/run/requests, which prometheus-client keeps.

Imported only where measures are served: `begin` says where before the library is loaded, which decides then how it counts.
"""

import os
import shutil
from pathlib import Path
from typing import Final

FOLDER: Final = "PROMETHEUS_MULTIPROC_DIR"
# Seconds: a page is meant to take a tenth, an export may take ten.
BOUNDS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def folder_in(home: Path) -> Path:
    """Where the counts lie."""
    return home / "run" / "requests"


def clear(home: Path) -> None:
    """Counts begin anew with the processes: whoever reads them knows that counters do."""
    shutil.rmtree(folder_in(home), ignore_errors=True)
    folder_in(home).mkdir(parents=True, mode=0o700)


def begin(home: Path) -> None:
    """This process counts there."""
    folder_in(home).mkdir(parents=True, exist_ok=True, mode=0o700)
    os.environ[FOLDER] = str(folder_in(home))


class Counts:
    """One a process that answers requests."""

    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram  # noqa: PLC0415 - only where measures are served

        self._requests = Counter(
            "beffroi_http_requests",
            "Requests answered, by part of the product and class of status.",
            ("part", "status"),
        )
        self._seconds = Histogram(
            "beffroi_http_request_seconds",
            "Seconds until an answer begins, streams left out.",
            ("part",),
            buckets=BOUNDS,
        )

    def count(self, *, part: str, status: int, seconds: float | None) -> None:
        """One answer; `seconds` is None for what lasts as long as somebody looks."""
        self._requests.labels(part, f"{status // 100}xx").inc()
        if seconds is not None:
            self._seconds.labels(part).observe(seconds)
