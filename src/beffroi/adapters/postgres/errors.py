"""What can go wrong when we run PostgreSQL ourselves.

PostgresError
├── BinariesMissing     no PostgreSQL (of the version this cluster needs) on this machine
├── ClusterInUse        another `beffroi` runs this cluster
├── ClusterUnusable     a folder or file is not what we wrote
└── ClusterStartFailed  the server did not start; the message carries the end of its log
"""


class PostgresError(Exception):
    """Our own PostgreSQL can't run; the message says what to do."""

    code = "postgres"


class BinariesMissing(PostgresError):
    """No PostgreSQL of the needed version was found."""

    code = "postgres-binaries-missing"


class ClusterInUse(PostgresError):
    """Another process of ours holds the cluster."""

    code = "postgres-in-use"


class ClusterUnusable(PostgresError):
    """The cluster's folder or its notes are damaged, or belong to an account we can't become."""

    code = "postgres-unusable"


class ClusterStartFailed(PostgresError):
    """The server ended, or never answered, while starting."""

    code = "postgres-start-failed"
