"""A new cluster: `initdb`, who may connect from where, the two roles and the database."""

import os
import subprocess
import tempfile
from pathlib import Path

import psycopg
from psycopg import sql

from beffroi.adapters.postgres.archiving import BASE_ROLE
from beffroi.adapters.postgres.binaries import Binaries
from beffroi.adapters.postgres.errors import ClusterStartError
from beffroi.adapters.postgres.notes import APP, DATABASE, OWNER, SUPERUSER, Notes
from beffroi.adapters.process import child
from beffroi.adapters.process.child import Account

BUILTIN_LOCALES_SINCE = 17
WHO_MAY_CONNECT = f"""\
# Written by Beffroi. The superuser comes in by the private socket only; loopback only, and never without a password.
local all all scram-sha-256
host all {SUPERUSER} all reject
host all all 127.0.0.1/32 scram-sha-256
"""
WHO_MAY_COPY = f"host replication {BASE_ROLE} 127.0.0.1/32 scram-sha-256\n"
SERVER_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "cluster_name": "beffroi",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_line_prefix": "",
    "logging_collector": "off",
}
# Safety on power loss given up for speed: a database that lives as long as a run of the tests.
# No autovacuum: its worker is a superuser's process, and DROP DATABASE … WITH (FORCE) may not end one.
TEST_OPTIONS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


def initialise(programs: Binaries, folder: Path, account: Account | None, notes: Notes, *, synced: bool) -> None:
    """Runs initdb into this empty folder, as this account. The password goes by a file that only that account reads."""
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as password:  # made 0600
        password.write(notes.superuser_password)
        password.flush()
        if account:
            os.chown(password.name, account.uid, account.gid)
        locale = ["--encoding=UTF8", "--locale=C.UTF-8"]
        if programs.major >= BUILTIN_LOCALES_SINCE:  # sorts alike on every system, whatever its libraries
            locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        running = child.spawn(
            [
                str(programs.initdb),
                f"--pgdata={folder}",
                f"--username={SUPERUSER}",
                f"--pwfile={password.name}",
                "--auth=scram-sha-256",
                "--data-checksums",
                "--no-instructions",
                *locale,
                *([] if synced else ["--no-sync"]),
            ],
            account=account,
            output=subprocess.PIPE,
        )
        said, _ = running.communicate()
    if running.returncode != 0:
        raise ClusterStartError("initdb failed:\n" + said.decode(errors="replace").strip())
    admit(folder, copying=False)


def admit(data: Path, *, copying: bool) -> None:
    """Who may connect from the next start on; `copying`: also the role that copies the whole cluster."""
    (data / "pg_hba.conf").write_text(WHO_MAY_CONNECT + (WHO_MAY_COPY if copying else ""), encoding="ascii")


def answers(url: str) -> bool:
    """Whether a connection can be made and a query gets its answer, within seconds."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def make_roles(superuser: str, notes: Notes, *, owner_creates_databases: bool) -> None:
    """The two roles and the database, as far as they aren't there yet (a first start may have been interrupted)."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role, password in ((OWNER, notes.owner_password), (APP, notes.app_password)):
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        if owner_creates_databases:
            connection.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(OWNER)))
            # Dropping one ends the application's connections that are still closing.
            connection.execute(sql.SQL("GRANT pg_signal_backend TO {}").format(sql.Identifier(OWNER)))
        database, owner, app = sql.Identifier(DATABASE), sql.Identifier(OWNER), sql.Identifier(APP)
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
        connection.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(database, app))


def make_base_role(superuser: str, password: str) -> None:
    """The role that copies the whole cluster, and may do nothing else: it reads no table by itself."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        role = sql.Identifier(BASE_ROLE)
        if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", BASE_ROLE):
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN REPLICATION").format(role))
        connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))


def set_passwords(superuser: str, notes: Notes) -> None:
    """Those of a cluster that was copied from elsewhere become the ones noted here, on the disk when it returns."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        for role, password in (
            (SUPERUSER, notes.superuser_password),
            (OWNER, notes.owner_password),
            (APP, notes.app_password),
        ):
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
        connection.execute("CHECKPOINT")


def _exists(connection: psycopg.Connection[tuple[object, ...]], query: str, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None
