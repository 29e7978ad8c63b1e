"""`beffroi backup`: makes one, lists them, verifies one, tries one."""

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from beffroi.adapters.archive import noted
from beffroi.adapters.archive.age import identity_file
from beffroi.adapters.archive.errors import ArchiveError
from beffroi.adapters.archive.folder import BackupFolder, write_whole
from beffroi.adapters.archive.verification import faults, seal_faults
from beffroi.adapters.postgres.errors import PostgresError
from beffroi.cli import installation
from beffroi.cli.backups import opening, restoring
from beffroi.cli.backups.errors import BackupBusy, BackupError, BackupRefused
from beffroi.cli.backups.progress import Progress, size_in_words, span_in_words
from beffroi.cli.errors import CommandError
from beffroi.config.environment import Environment, environment
from beffroi.lib.clock import utc_now
from beffroi.protocol.backup.errors import BackupFormatError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Without a sub-command a backup is made."""
    parser.add_argument(
        "--to",
        type=Path,
        metavar="FOLDER",
        help="folder of backups (default: BEFFROI_BACKUP_FOLDER, else BEFFROI_HOME/backups)",
    )
    parser.add_argument(
        "--base",
        action="store_true",
        help="with a copy of the database's files, from which one goes back to any later minute (BEFFROI_WAL_ARCHIVE)",
    )
    parser.add_argument(
        "--nightly", action="store_true", help=argparse.SUPPRESS
    )  # the worker's: another one at work is no failure
    parser.set_defaults(backup_run=_make)
    _add_commands(parser.add_subparsers(dest="backup_command", metavar="WHAT", required=False))


def _add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """What is done with backups that are there."""
    listing = commands.add_parser("list", help="the backups of a folder, the newest last")
    listing.add_argument("folder", type=Path, nargs="?", metavar="FOLDER", help="default: where backups are made")
    listing.set_defaults(backup_run=_list)
    verify = commands.add_parser("verify", help="say whether a backup is whole; needs no key and no database")
    verify.add_argument(
        "archive", type=Path, nargs="?", metavar="BACKUP", help="a backup, or a folder of them (its newest)"
    )
    verify.add_argument(
        "--root",
        action="append",
        default=[],
        type=Path,
        metavar="FILE",
        help="also open everything with this root (repeatable)",
    )
    verify.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="VKEY",
        help="a verifier key of the register, which must have signed it",
    )
    verify.set_defaults(backup_run=_verify)
    identity = commands.add_parser(
        "identity", help="write a root as an OpenSSH private key, which any age program takes"
    )
    identity.add_argument("--root", type=Path, required=True, metavar="FILE", help="the root, from where it is kept")
    identity.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="the file to write (0600), never over another"
    )
    identity.set_defaults(backup_run=_identity)
    drill = commands.add_parser(
        "drill", help="restore the newest backup into a folder of its own, look it over, take it away, note the trial"
    )
    drill.add_argument(
        "archive", type=Path, nargs="?", metavar="BACKUP", help="default: the newest where backups are made"
    )
    drill.add_argument(
        "--root", action="append", required=True, type=Path, metavar="FILE", help="as for `beffroi restore`"
    )
    drill.add_argument(
        "--in", dest="inside", type=Path, metavar="FOLDER", help="where there is room (default: beside the home)"
    )
    drill.set_defaults(backup_run=_drill)


def run(args: argparse.Namespace) -> int:
    """Exit code: 0 well, 1 a backup that is not whole, 2 nothing could be done."""
    command: Callable[[argparse.Namespace], int] = args.backup_run
    try:
        return command(args)
    except (ArchiveError, BackupFormatError) as error:
        raise BackupError(str(error)) from error


def folder_of(settings: Environment, to: Path | None = None) -> Path:
    """Where backups are made."""
    return (to or settings.backups.folder or settings.home / "backups").absolute()


def _make(args: argparse.Namespace) -> int:
    settings = environment()
    if not settings.home.is_dir():
        raise BackupError(f"{settings.home} is no installation: `beffroi init` makes one")
    started, began = time.monotonic(), utc_now()
    folder = folder_of(settings, args.to)
    try:
        name, length, written, at = _made(settings, folder, args)
    except BackupBusy as busy:  # nothing failed
        if not args.nightly:
            raise
        sys.stdout.write(f"{busy}\n")
        return 0
    except (CommandError, ArchiveError, BackupFormatError, PostgresError, OSError) as error:
        noted.write(settings.home, noted.read(settings.home).after_failure(reason=str(error), at=began))
        raise
    seconds = time.monotonic() - started
    after = noted.read(settings.home).after_success(name=name, folder=folder, at=at, length=length, seconds=seconds)
    noted.write(settings.home, after)
    sys.stdout.write(
        f"{folder / name}: {size_in_words(length)}, of which {size_in_words(written)} are new, in {span_in_words(seconds)}\n"
    )
    return 0


def _made(settings: Environment, folder: Path, args: argparse.Namespace) -> tuple[str, int, int, datetime]:
    """Name, length with its objects, bytes written, moment of the snapshot."""
    with installation.opened(settings):
        from beffroi.cli.backups import keeping  # noqa: PLC0415 - Django is ready only now
        from beffroi.cli.backups.making import Asked, make  # noqa: PLC0415 - as above
        from beffroi.kernel.register.queries.published import shelf  # noqa: PLC0415 - as above

        with_base = args.base or (args.nightly and keeping.due_now(settings, utc_now()))
        asked = Asked(
            shelf(),
            os.environ[installation.APP_URL],
            BackupFolder(folder),
            settings.backups.recipients,
            settings.backups.keep,
            keeping.log_of(settings),
            keeping.basing(settings) if with_base else None,
        )
        made = make(asked, Progress(sys.stderr), utc_now)
    manifest = made.manifest
    return manifest.name, manifest.bytes + manifest.object_bytes, made.written, manifest.snapshot


def _list(args: argparse.Namespace) -> int:
    folder = BackupFolder(folder_of(environment(), args.folder))
    names = folder.names()
    for name in names:
        try:
            manifest, _ = folder.manifest(name)
        except BackupFormatError as error:
            sys.stdout.write(f"{name}  NOT READABLE: {error}\n")
            continue
        entries = sum(log.size for log in manifest.logs)
        length = size_in_words(manifest.bytes + manifest.object_bytes)
        sys.stdout.write(f"{name}  {length:>9}  {entries} register entries  release {manifest.release}\n")
    sys.stdout.write("" if names else f"No backup in {folder.folder}.\n")
    return 0


def _verify(args: argparse.Namespace) -> int:
    found = opening.find(args.archive or folder_of(environment()))
    progress = Progress(sys.stderr)
    try:
        if args.key:
            opening.check_note(found, opening.parsed_keys(args.key))
    except BackupRefused as error:
        sys.stdout.write(f"NOT WHOLE: {error}\n")
        return 1
    whole = found.manifest.bytes + found.manifest.object_bytes
    progress.step("reading", whole)
    wrong = list(faults(found.folder, found.manifest, progress.told))
    if args.root and not wrong:
        progress.step("opening", whole)
        wrong = list(seal_faults(found.folder, found.manifest, opening.identities(args.root), progress.told))
    progress.close()
    for fault in wrong:
        sys.stdout.write(f"NOT WHOLE: {fault}\n")
    if wrong:
        return 1
    how = "opens to its end" if args.root else "is whole (nothing was opened: --root does)"
    sys.stdout.write(f"{restoring.describe(found)}: {how}, {size_in_words(whole)}\n")
    return 0


def _identity(args: argparse.Namespace) -> int:
    try:
        write_whole(args.out, identity_file(opening.read_root(args.root)))
    except OSError as error:
        raise BackupError(f"{args.out} can't be written: {error.strerror}") from error
    sys.stdout.write(
        f"{args.out}: it opens every backup: destroy it when you are done (age --decrypt --identity {args.out} …)\n"
    )
    return 0


def _drill(args: argparse.Namespace) -> int:
    from beffroi.cli.backups.drilling import drill  # noqa: PLC0415 - only here

    settings = environment()
    found = opening.find(args.archive or folder_of(settings))
    return drill(settings, found, args.root, args.inside)
