"""Django over this installation's database, for one command."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.mqtt import certificates
from beffroi.adapters.postgres import access
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.push import identity
from beffroi.cli.errors import CommandError
from beffroi.config.environment import Environment, environment
from beffroi.lib.clock import utc_now
from beffroi.protocol.register.entry import INSTALLATION
from beffroi.protocol.v1.keyset import Use

# There while a restore puts a backup's pieces together: what is in the home until then is no installation.
RESTORING = "restoring.json"
APP_URL, OWNER_URL, PROCESS = "DATABASE_URL", "BEFFROI_DATABASE_OWNER_URL", "BEFFROI_PROCESS"


def variables_for(info: ConnectionInfo, *, owner: bool = False) -> dict[str, str]:
    """What a process is told of the database: only one that changes tables learns the owner's password."""
    if owner:
        return {APP_URL: info.app_url, OWNER_URL: info.owner_url, PROCESS: "migrate"}
    return {APP_URL: info.app_url, OWNER_URL: "", PROCESS: ""}


def refuse_unfinished(home: Path) -> None:
    """Raises CommandError for a home into which a backup was not restored to the end."""
    if (home / RESTORING).exists():
        raise CommandError(
            f"a restore into {home} was cut short: run the same `beffroi restore` again, which begins anew, or empty the folder"
        )


def furnish(home: Path) -> None:
    """What every installation has from its first day: the key of its web sessions, one for the register's checkpoints,
    the authority that certifies devices on the line, and the key that seals media files.
    """
    refuse_unfinished(home)
    furnish_secret(home)
    identity.furnish(home)
    certificates.furnish(home / "keys", utc_now())
    if not any((home / "keys" / INSTALLATION / str(Use.CHECKPOINT)).glob("*.jwk")):
        KeyStore(home / "keys").create(authority=INSTALLATION, use=Use.CHECKPOINT)
    if not KeyStore(home / "keys").media_keys():
        KeyStore(home / "keys").create_media_key()


def furnish_secret(home: Path) -> None:
    """The key of the web's sessions: without the file each process would make one up, and know no session of another's."""
    folder = home / "keys" / "web"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secret = folder / "secret"
    if not secret.exists():
        partial = folder / "secret.partial"
        partial.touch(mode=0o600)
        partial.write_text(secrets.token_urlsafe(64), encoding="ascii")
        partial.replace(secret)


@contextmanager
def opened(
    settings: Environment, *, owner: bool = False, web: bool = False, unfinished: bool = False
) -> Iterator[None]:
    """Django is ready inside: over DATABASE_URL, the cluster that runs, or ours, run for the length of the block. `unfinished`: also
    while a backup is being restored, for whoever restores it.
    """
    if not unfinished:
        refuse_unfinished(settings.home)
    if not owner and not settings.database_url and not Cluster(settings.home).notes_file.exists():
        raise CommandError(
            f"{settings.home} holds no installation: `beffroi init` makes one, `beffroi restore` puts one back"
        )
    with access.database(settings.home, app_url=settings.database_url, owner_url=settings.database_owner_url) as info:
        os.environ.update(variables_for(info, owner=owner))
        if web:
            os.environ[PROCESS] = "web"
        os.environ["DJANGO_SETTINGS_MODULE"] = "beffroi.config.settings"
        environment.cache_clear()
        import django  # noqa: PLC0415 - commands that need no database never load it

        django.setup()
        from django.db import OperationalError, connections  # noqa: PLC0415 - as above

        if not owner:
            _refuse_older_code()
        try:
            yield
        except OperationalError as error:
            if _answers():
                raise
            raise CommandError(
                f"the database can't be reached: {str(error).strip()}. `beffroi doctor` says more"
            ) from error
        connections.close_all()


@contextmanager
def in_english() -> Iterator[None]:
    """What screens have for people, in the language of the command line. Django is ready."""
    from django.utils.translation import override  # noqa: PLC0415 - as above

    with override("en"):
        yield


def _answers() -> bool:
    from django.db import DatabaseError, connection  # noqa: PLC0415 - Django is ready only now

    connection.close()
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True


def _refuse_older_code() -> None:
    """Raises CommandError on tables that a release after ours changed too much. Whether the database answers is for others to say."""
    from django.db import DatabaseError, connection  # noqa: PLC0415 - Django is ready only now

    from beffroi.persistence import release  # noqa: PLC0415 - as above

    try:
        refusal = release.refusal(release.newest(connection))
    except DatabaseError:
        return
    finally:
        connection.close()  # a pool's share is for those who ask
    if refusal:
        raise CommandError(refusal)
