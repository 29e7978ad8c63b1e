"""The installation's database for one command: DATABASE_URL's, the cluster that runs already, or ours for a while."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from beffroi.adapters.postgres import notes
from beffroi.adapters.postgres.bootstrap import answers
from beffroi.adapters.postgres.errors import ClusterInUseError, ClusterStartError
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.postgres.notes import ConnectionInfo

PATIENCE = 60.0
LOOK_EVERY = 0.1


@contextmanager
def database(home: Path, *, app_url: str | None, owner_url: str | None) -> Iterator[ConnectionInfo]:
    """Where the database is while the block lasts. `app_url` (DATABASE_URL) wins, and then nothing is launched."""
    if app_url:
        yield ConnectionInfo(owner_url=owner_url or app_url, app_url=app_url)
        return
    with Cluster(home) as cluster:
        try:
            info = cluster.start()
        except ClusterInUseError:
            info = _running(cluster)
        yield info


def _running(cluster: Cluster) -> ConnectionInfo:
    """The cluster that another process of ours runs, once it answers (it may be starting)."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        known = notes.read(cluster.notes_file)
        if known is not None and known.roles_made and answers(known.connection().app_url):
            return known.connection()
        time.sleep(LOOK_EVERY)
    raise ClusterStartError(f"another process runs the database of {cluster.home}, but it does not answer")
