"""`beffroi restore`: a backup onto an empty home, of this machine or another."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.adapters.archive.errors import ArchiveError
from beffroi.adapters.archive.folder import MANIFEST, BackupFolder
from beffroi.adapters.keystore import KeyStoreError, read_private
from beffroi.adapters.postgres import access
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.cli import installation
from beffroi.cli.backups import opening, replaying, restoring
from beffroi.cli.backups.absence import note_absence
from beffroi.cli.backups.errors import BackupError, BackupRefused
from beffroi.cli.backups.opening import Found, said
from beffroi.cli.backups.progress import Progress
from beffroi.cli.backups.replaying import Replay
from beffroi.cli.backups.restoring import Restored, Restoring
from beffroi.config import file
from beffroi.config.environment import environment
from beffroi.lib.periods import ZONE
from beffroi.protocol.backup.errors import BackupFormatError
from beffroi.protocol.backup.manifest import INSTALLATION
from beffroi.protocol.register.note import VerifierKey
from beffroi.protocol.v1.keyset import Use

NEXT = """\
Restored into {home}, as it was at {moment}. Every entry of the register was hashed again: {proved}
Next:
  1. {with_home}beffroi register resume --tiles FOLDER|URL
     with the register's folder of the former server, or the address of a copy. Where there is none: --close.
     Until then acts are recorded and wait for their number.
  2. {with_home}beffroi up
     Everybody logs in again. What fell due meanwhile is put off by an hour from this start, so that devices can say first how things are.
"""
BACKED_UP = "each log has the root that was backed up."
PLAYED = "each log begins as it was backed up at {moment}, and has its own root."
MEDIA = """\
  3. {with_home}beffroi backup --base    (while it runs: from then on one can go back again)
Photographs and other media are those of the backup of {moment}: put back from the former disk (its folder `media`) what came after it.
`beffroi retention check` names what the database knows and the disk lacks, and the reverse.
"""
UNOPENED = """\
NOT OPENED: the keys of authority {who}, which are sealed to its own roots. Bring one of them, and before `beffroi up`:
  {with_home}beffroi restore {archive} --only-keys --root FILE
Without either root, `beffroi keys sign` can't help: its locks have to be commissioned again.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describes the command's arguments."""
    parser.add_argument(
        "archive", type=Path, metavar="BACKUP", help="a backup, or a folder of backups, of which the newest"
    )
    parser.add_argument(
        "--root",
        action="append",
        type=Path,
        required=True,
        metavar="FILE",
        help="a root of the authority that was created first, or another key that the backup is sealed to (repeatable: the keys of "
        "every other authority open with its own roots)",
    )
    parser.add_argument("--home", type=Path, metavar="FOLDER", help="an empty folder (default: BEFFROI_HOME)")
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="VKEY",
        help="a verifier key of the register (`beffroi register key`) that you kept elsewhere: the backup must be signed by it",
    )
    parser.add_argument(
        "--to",
        metavar="MOMENT",
        help="BACKUP is the folder of backups: the database as it was then ('2026-11-23 14:05', the town's time; Z for UTC), or at the end "
        "of its log (end)",
    )
    parser.add_argument(
        "--wal",
        type=Path,
        metavar="FOLDER",
        help="for --to: the folder of BEFFROI_WAL_ARCHIVE of the former server (default: that setting)",
    )
    parser.add_argument(
        "--only-keys",
        action="store_true",
        help="into a home that was restored: the keys of authorities whose root came later",
    )


def run(args: argparse.Namespace) -> int:
    """Restores, checks, says what comes next."""
    if args.home is not None:
        os.environ["BEFFROI_HOME"] = str(args.home.absolute())
        environment.cache_clear()
    progress = Progress(sys.stderr)
    try:
        replay = _replay(args) if args.to else None
        found = opening.find(args.archive) if replay is None else replaying.newest(replay.base.folder, replay.until)
        if args.only_keys:
            came = only_keys(found, args.root, progress)
        else:
            progress.say(restoring.describe(found))
            came = restore(found, args.root, args.key, progress, replay)
    except (ArchiveError, BackupFormatError) as error:
        raise BackupRefused(str(error)) from error
    _tell(args, found, came, replay)
    return 0


def restore(
    found: Found, roots: Sequence[Path], keys: Sequence[str], progress: Progress, replay: Replay | None = None
) -> Restored:
    """Restore into BEFFROI_HOME and make Django ready over it. Raises BackupError, ArchiveError, PostgresError; nothing is left then.

    With `replay` the database is not the backup's: it is played up to a later moment.
    """
    home = environment().home
    restoring.check_place(home, found)
    identities = opening.identities(roots)
    if keys:
        opening.check_note(found, opening.parsed_keys(keys))
    restoring.check_whole(found, progress)
    if replay is not None:
        if replay.base.manifest.name != found.manifest.name:
            restoring.check_whole(replay.base, progress)
        replaying.check_whole(replay, progress)
    work = Restoring(found, home, identities, progress)
    work.begin()
    try:
        work.files()
        own = _own_keys(found, home)
        opening.check_note(found, own)
        _keep_origin(found, home)
        settings = environment()
        if replay is not None:
            opening.check_note(replay.base, own)
            replaying.check_notes(replay, own)
            replaying.recover(replay, home, identities, progress)
        progress.step("starting the database")
        with access.database(home, app_url=settings.database_url, owner_url=settings.database_owner_url) as info:
            _database(work, info, progress, replay)
        work.objects()
        _mark(found, home, found.manifest.snapshot if replay is None else replay.until or replay.last)
        work.finish()
    except BaseException:
        work.abandon()
        raise
    return work.restored


def _replay(args: argparse.Namespace) -> Replay:
    """What is to be played; raises BackupRefused with what is missing."""
    settings = environment()
    if settings.database_url:
        raise BackupError("--to restores into our own PostgreSQL: leave DATABASE_URL out (docs/operators/backup.md)")
    place = args.wal or settings.backups.log
    if place is None:
        raise BackupError("--to needs the log: --wal FOLDER, the BEFFROI_WAL_ARCHIVE of the former server")
    named = args.archive.absolute()
    folder = BackupFolder(named.parent if (named / MANIFEST).is_file() else named)
    return replaying.plan(folder, place.absolute(), replaying.moment(args.to, ZONE))


def only_keys(found: Found, roots: Sequence[Path], progress: Progress) -> Restored:
    """Put the keys of authorities into a home that was restored without them; what is there is left alone."""
    home = environment().home
    installation.refuse_unfinished(home)
    if not (home / "keys" / INSTALLATION).is_dir():
        raise BackupError(f"{home} was not restored yet: leave --only-keys out")
    restoring.check_whole(found, progress)
    work = Restoring(found, home, opening.identities(roots), progress)
    for part in found.manifest.parts:
        owner = part.name.removeprefix("keys-").removesuffix(".age")
        if part.name.startswith("keys-") and owner != INSTALLATION and not (home / "keys" / owner).exists():
            work.keys(part)
    progress.close()
    return work.restored


def _tell(args: argparse.Namespace, found: Found, came: Restored, replay: Replay | None) -> None:
    home = environment().home
    with_home = f"BEFFROI_HOME={home} " if args.home is not None else ""
    if not args.only_keys:
        at = found.manifest.snapshot if replay is None else replay.until or replay.last
        proved = BACKED_UP if replay is None else PLAYED.format(moment=said(found.manifest.snapshot))
        sys.stdout.write(NEXT.format(home=home, moment=said(at), with_home=with_home, proved=proved))
        if replay is not None:
            sys.stdout.write(MEDIA.format(moment=said(found.manifest.snapshot), with_home=with_home))
        if came.left_out:
            sys.stdout.write(
                f"Left out of settings.env, as they speak of the former machine: {', '.join(came.left_out)}.\n"
            )
        if not args.key:
            sys.stdout.write(
                "No --key was given: the backup is whole and signed by the keys inside it. `beffroi register key` shows them: compare them "
                "with the copy that you keep elsewhere.\n"
            )
    for who in came.unopened:
        sys.stdout.write(UNOPENED.format(who=who, archive=found.place, with_home=with_home))


def _database(work: Restoring, info: ConnectionInfo, progress: Progress, replay: Replay | None) -> None:
    """The dump, checked against the manifest, or what was played, which goes on from it; then brought to this release."""
    os.environ.update(installation.variables_for(info, owner=True))
    environment.cache_clear()
    with installation.opened(environment(), owner=True, unfinished=True):
        from django.core.management import call_command  # noqa: PLC0415 - Django is ready only now
        from django.db import connection  # noqa: PLC0415 - as above
        from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415 - as above

        from beffroi.cli.backups.agreement import differences, extensions  # noqa: PLC0415 - as above
        from beffroi.cli.backups.snapshot import migrations  # noqa: PLC0415 - as above
        from beffroi.persistence import release  # noqa: PLC0415 - as above
        from beffroi.persistence.roles import grant_app_role  # noqa: PLC0415 - as above

        known: dict[str, set[str]] = {}
        for app, name in MigrationLoader(None).disk_migrations or {}:
            known.setdefault(app, set()).add(name)
        if replay is None:
            restoring.check_known(work.found, work.found.manifest.migrations, known)
            work.database(info)
        else:
            restoring.check_known(work.found, migrations(), known)
        check = differences if replay is None else extensions
        if wrong := list(check(work.found.manifest, progress)):
            raise BackupError("what was restored is not what was backed up:\n  " + "\n  ".join(wrong))
        progress.step("bringing the tables to this release")
        call_command("migrate", interactive=False, verbosity=0)
        release.leave(connection)
        grant_app_role(connection)  # a dump says nothing of rights: roles may have other names here
        progress.close()


def _own_keys(found: Found, home: Path) -> list[VerifierKey]:
    """Those that came with the backup, by which it and the log must be signed."""
    folder = home / "keys" / INSTALLATION / str(Use.CHECKPOINT)
    try:
        private = [read_private(path) for path in (*folder.glob("*.jwk"), *folder.glob("*.retired"))]
    except KeyStoreError as error:
        raise BackupRefused(str(error)) from error
    signing = [key for key in private if isinstance(key, Ed25519PrivateKey)]
    return opening.verifier_keys(found.manifest.host, signing)


def _keep_origin(found: Found, home: Path) -> None:
    """The register's origin is signed: on a machine of another name it stays what it was."""
    environment.cache_clear()
    if environment().register_host != found.manifest.host:
        file.save(file.path_in(home), {"BEFFROI_REGISTER_HOST": found.manifest.host})
        environment.cache_clear()


def _mark(found: Found, home: Path, at: datetime) -> None:
    """What the next commands must know: the register is held, and since when nobody kept promises."""
    from beffroi.kernel.register.queries.published import Shelf  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.register.sequencer.hold import Hold, put_hold  # noqa: PLC0415 - as above

    snapshot = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    put_hold(Shelf(home=home, host=found.manifest.host), Hold(found.manifest.name, snapshot))
    note_absence(home, since=at)
