"""PostgreSQL's own dump and restore programs, as streams. Passwords go by the environment, never by arguments."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

import psycopg
from psycopg import conninfo

from beffroi.adapters.postgres.binaries import DEBIAN, WHEEL, wheel_package
from beffroi.adapters.postgres.errors import DumpFailedError, ToolsMissingError
from beffroi.adapters.process.child import harmless_environment

# libpq's names of what an address may say (its documentation, "Environment Variables").
_VARIABLES: Final = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "options": "PGOPTIONS",
    "sslmode": "PGSSLMODE",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcrl": "PGSSLCRL",
    "channel_binding": "PGCHANNELBINDING",
    "gssencmode": "PGGSSENCMODE",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
_LOCK_PATIENCE: Final = 60_000  # milliseconds: a migration that holds a table ends well before
# Of zlib, which every build has, and the wheel nothing else: the fastest, since a town waits for it and most of a register is hashes.
_COMPRESSION: Final = 1
_SAID: Final = 2000


@dataclass(frozen=True, slots=True)
class Tools:
    """A folder with `pg_dump` and `pg_restore` of one version ("18.6")."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """18 for "18.6"."""
        return int(re.split(r"\D", self.version, maxsplit=1)[0])


def server_version(url: str) -> tuple[int, str]:
    """The major and the version of the server at this address; raises psycopg.OperationalError."""
    with psycopg.connect(url, connect_timeout=10) as connection:
        return connection.info.server_version // 10_000, connection.info.parameter_status("server_version") or ""


def tools_for(server: int, copies: Path, *, made_by: int = 0) -> Tools:
    """Tools of the server's major, else of the next one here: an older pg_dump refuses a newer server.

    `made_by`: the major whose dump is to be read, which must not be newer than the tools. `copies` is the folder of the copied wheels
    (BEFFROI_HOME/postgres). Raises ToolsMissingError, which says what to install.
    """
    wanted = max(server, made_by)
    fit = sorted((tools for tools in _found(copies) if tools.major >= wanted), key=lambda tools: tools.major)
    if not fit:
        raise ToolsMissingError(
            f"pg_dump and pg_restore of PostgreSQL {wanted} or later are needed and were not found. "
            f"Debian: apt install postgresql-client-{wanted}"
        )
    return fit[0]


def _found(copies: Path) -> Iterator[Tools]:
    folders = sorted(DEBIAN.glob("*/bin"), reverse=True)
    on_path = shutil.which("pg_dump")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    package = wheel_package()
    if package:
        folders.append(package / "pginstall" / "bin")
    folders += sorted(copies.glob(f"server-*/{WHEEL}/pginstall/bin"), reverse=True)
    for folder in folders:
        if all(os.access(folder / name, os.X_OK) for name in ("pg_dump", "pg_restore")):
            version = _version(folder / "pg_dump")
            if version:
                yield Tools(folder, version)


def _version(program: Path) -> str:
    try:
        said = subprocess.run(  # noqa: S603 - a program found on this machine, a fixed argument
            [str(program), "--version"], capture_output=True, text=True, check=True, timeout=60
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
    match = re.search(r"\(PostgreSQL\) (\d+[\w.]*)", said)
    return match[1] if match else ""


def _environment(url: str) -> dict[str, str]:
    known = conninfo.conninfo_to_dict(url)
    told = {_VARIABLES[name]: str(value) for name, value in known.items() if name in _VARIABLES and value is not None}
    return {**harmless_environment(), **told, "PGAPPNAME": "beffroi backup"}


@contextmanager
def dump(tools: Tools, url: str, *, snapshot: str | None = None) -> Iterator[IO[bytes]]:
    """The dump as a stream, to be read to its end inside the block. Raises DumpFailedError when the program didn't do it all.

    `snapshot` is one that another session exported (`pg_export_snapshot`) and holds open.
    """
    arguments = [
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--lock-wait-timeout={_LOCK_PATIENCE}",
        f"--compress={_COMPRESSION}",
        *([f"--snapshot={snapshot}"] if snapshot else []),
    ]
    with _running(tools.folder / "pg_dump", arguments, url, stdout=subprocess.PIPE) as process:
        yield cast("IO[bytes]", process.stdout)


@contextmanager
def base_backup(tools: Tools, url: str, *, label: str) -> Iterator[IO[bytes]]:
    """A copy of the whole cluster as a tar, pressed by gzip, to be read to its end inside the block. It is good with the log from its
    first segment on. `url`: of a role that may copy; its database is not looked at. Raises DumpFailedError.
    """
    arguments = [
        "--pgdata=-",
        "--format=tar",
        "--wal-method=none",
        "--checkpoint=fast",
        f"--compress=client-gzip:{_COMPRESSION}",
        "--no-password",
        f"--label={label}",
    ]
    with _running(tools.folder / "pg_basebackup", arguments, url, stdout=subprocess.PIPE) as process:
        yield cast("IO[bytes]", process.stdout)


@contextmanager
def load(tools: Tools, url: str) -> Iterator[IO[bytes]]:
    """Takes a dump as a stream into an empty database, in one transaction: all of it is there after the block, or nothing.

    Run as the role that will own the tables. Raises DumpFailedError.
    """
    name = conninfo.conninfo_to_dict(url).get("dbname") or "beffroi"
    arguments = ["--no-owner", "--no-privileges", "--no-password", "--exit-on-error", "--single-transaction"]
    with _running(tools.folder / "pg_restore", [*arguments, f"--dbname={name}"], url, stdin=subprocess.PIPE) as process:
        pipe = cast("IO[bytes]", process.stdin)
        try:
            yield pipe
            pipe.close()
        except BrokenPipeError:  # what it said tells why
            process.wait()


@contextmanager
def _running(
    program: Path, arguments: Sequence[str], url: str, *, stdin: int | None = None, stdout: int | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - a list, no shell
            [str(program), *arguments],
            env=_environment(url),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=subprocess.DEVNULL if stdout is None else stdout,
            stderr=said,
            cwd="/",
        )
        try:
            yield process
            process.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None and not pipe.closed:
                    _close(pipe)
        if process.returncode != 0:
            said.seek(0)
            words = said.read().decode("utf-8", "replace").strip()
            raise DumpFailedError(f"{program.name} ended with {process.returncode}: {words[-_SAID:]}")


def _close(pipe: IO[bytes]) -> None:
    try:
        pipe.close()
    except BrokenPipeError:
        return
