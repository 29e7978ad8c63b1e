"""What can go wrong when we run PostgreSQL ourselves.

PostgresError
├── BinariesMissingError     no PostgreSQL (of the version this cluster needs) on this machine
├── ClusterInUseError        another `beffroi` runs this cluster
├── ClusterUnusableError     a folder or file is not what we wrote
├── ClusterStartError        the server did not start; the message carries the end of its log
├── ToolsMissingError        no pg_dump of the server's major or a later one on this machine
├── MomentNotReached         the log ends before the moment that was asked for
└── DumpFailedError          pg_dump or pg_restore did not do it all; the message carries what it said
"""


class PostgresError(Exception):
    """Our own PostgreSQL can't run; the message says what to do."""

    code = "postgres"


class BinariesMissingError(PostgresError):
    """No PostgreSQL of the needed version was found."""

    code = "postgres-binaries-missing"


class ClusterInUseError(PostgresError):
    """Another process of ours holds the cluster."""

    code = "postgres-in-use"


class ClusterUnusableError(PostgresError):
    """The cluster's folder or its notes are damaged, or belong to an account we can't become."""

    code = "postgres-unusable"


class ClusterStartError(PostgresError):
    """The server ended, or never answered, while starting."""

    code = "postgres-start-failed"


class MomentNotReached(PostgresError):
    """A log that was played to its end has no act as late as the moment that was asked for."""

    code = "postgres-moment"


class ToolsMissingError(PostgresError):
    """No pg_dump and pg_restore that fit the server."""

    code = "postgres-tools-missing"


class DumpFailedError(PostgresError):
    """A dump or a restore was not done to its end."""

    code = "postgres-dump-failed"
