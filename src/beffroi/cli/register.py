"""`beffroi register`: the register's keys, exports, verification, and taking it up again after a restore.

`verify` needs no database and never loads Django, so that a stranger can run it anywhere.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment
from beffroi.protocol.register.entry import INSTALLATION
from beffroi.protocol.register.errors import RegisterFormatError
from beffroi.protocol.register.export import ExportWriter
from beffroi.protocol.register.names import LogName
from beffroi.protocol.register.note import VerifierKey
from beffroi.protocol.register.receipt import GREATEST_RECEIPT, parse_receipt, verify_receipt
from beffroi.protocol.register.verify import Verifier

if TYPE_CHECKING:
    from beffroi.kernel.register.sequencer.mirror import Mirror

_GZIP = b"\x1f\x8b"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The subcommands."""
    commands = parser.add_subparsers(dest="register_command", metavar="COMMAND", required=True)
    key = commands.add_parser("key", help="print the verifier keys, in the C2SP form, to be kept outside this server")
    key.set_defaults(register_run=_key)
    export = commands.add_parser("export", help="write the whole register to a file that can be verified anywhere")
    export.add_argument("file", type=Path, metavar="FILE", help="where to write it")
    export.set_defaults(register_run=_export)
    verify = commands.add_parser("verify", help="verify an export or a receipt; needs neither database nor network")
    verify.add_argument("file", type=Path, metavar="FILE", help="the export or the receipt")
    verify.add_argument(
        "--key",
        action="append",
        required=True,
        metavar="VKEY",
        help="a verifier key, from outside the file (repeatable)",
    )
    verify.add_argument(
        "--since",
        action="append",
        default=[],
        type=Path,
        metavar="CHECKPOINT",
        help="file with an older signed checkpoint, which the log must still extend (repeatable; exports only)",
    )
    verify.set_defaults(register_run=_verify)
    resume = commands.add_parser("resume", help="take the register up again after a restored or replaced database")
    resume.add_argument(
        "--close",
        action="store_true",
        help="give up what cannot be taken back: close the log by a signed end and go on in a new generation",
    )
    resume.add_argument(
        "--tiles",
        metavar="FOLDER|URL",
        help="after a restore: the register's files of the former server (its folder `register`), or the address of a copy, from which "
        "what was signed since the backup is taken back",
    )
    resume.set_defaults(register_run=_resume)


def run(args: argparse.Namespace) -> int:
    """Exit code: 0 well, 1 what was verified does not hold or the log needs a decision, 2 badly asked."""
    command: Callable[[argparse.Namespace], int] = args.register_run
    return command(args)


def _key(_args: argparse.Namespace) -> int:
    from beffroi.kernel.register.errors import KeyUnusable  # noqa: PLC0415 - loads Django, which `verify` must not
    from beffroi.kernel.register.queries.keys import KeyRing  # noqa: PLC0415 - as above
    from beffroi.kernel.register.queries.published import Shelf  # noqa: PLC0415 - as above

    settings = environment()
    place = Shelf(home=settings.home, host=settings.register_host)
    ring = KeyRing(place.key_folder)
    origins = {LogName(INSTALLATION): LogName(INSTALLATION).origin(place.host)}
    for name in place.names():
        note = place.archive(name).checkpoint()
        origins[name] = name.origin(place.host) if note is None else note.partition("\n")[0]
    try:
        for name, origin in sorted(origins.items()):
            for key in ring.of(name.log).verifiers_now(origin):
                _say(str(key))
    except KeyUnusable as error:
        raise CommandError(f"{error}; `beffroi init` makes one") from error
    return 0


def _verify(args: argparse.Namespace) -> int:
    keys = [_verifier_key(text) for text in args.key]
    with _opened(args.file) as file:
        is_export = file.read(2) == _GZIP
        file.seek(0)
        if is_export:
            return _verify_export(file, keys, [_text(path) for path in args.since])
        if args.since:
            raise CommandError("--since is for exports: a receipt is verified at its own checkpoint")
        return _verify_receipt(file, keys)


def _verify_export(file: BinaryIO, keys: list[VerifierKey], since: list[str]) -> int:
    verdict = Verifier(keys, since).verify(file)
    for log in verdict.logs:
        missing = f"{log.erased} erased, {log.lost} lost" if log.erased or log.lost else "every value present"
        _say(f"{log.origin}: {log.size} entries, {missing}{', closed' if log.closed else ''}, root {log.root}")
    for fault in verdict.faults:
        _say(f"NOT VERIFIED: {fault}")
    if verdict.sound:
        _say(f"verified: {verdict.leaves} entries in {len(verdict.logs)} logs")
    return 0 if verdict.sound else 1


def _verify_receipt(file: BinaryIO, keys: list[VerifierKey]) -> int:
    try:
        proven = verify_receipt(parse_receipt(file.read(GREATEST_RECEIPT + 1)), keys)
    except RegisterFormatError as error:
        _say(f"NOT VERIFIED: {error}")
        return 1
    _say(f"verified: entry {proven.index} of {proven.checkpoint.origin}, at a size of {proven.checkpoint.size}")
    _say(f"{proven.entry.kind}, {proven.entry.at}")
    for name in sorted(proven.entry.fields):
        opening = proven.openings.get(name)
        _say(f"  {name}: {'(not opened)' if opening is None else opening.value}")
    return 0


def _export(args: argparse.Namespace) -> int:
    from beffroi.cli.installation import opened  # noqa: PLC0415 - loads Django, which `verify` must not

    with opened(environment()):
        from beffroi.kernel.register.queries.export import export_lines  # noqa: PLC0415 - as above
        from beffroi.kernel.register.queries.published import shelf  # noqa: PLC0415 - as above

        temporary = args.file.with_name(f".{args.file.name}.{os.getpid()}.tmp")
        try:
            with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                writer = ExportWriter(file, made=datetime.now(UTC).strftime("%Y-%m-%dT%H:%MZ"))
                for line in export_lines(shelf()):
                    writer.write(line)
                leaves = writer.finish()
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(args.file)
        except OSError as error:
            raise CommandError(f"{args.file} cannot be written: {error.strerror}") from error
        finally:
            temporary.unlink(missing_ok=True)
    _say(f"{leaves} entries written to {args.file}; it holds values: keep it as you keep the database")
    return 0


def _resume(args: argparse.Namespace) -> int:
    from beffroi.cli.installation import opened  # noqa: PLC0415 - loads Django, which `verify` must not

    with opened(environment()):
        from beffroi.kernel.register.errors import (  # noqa: PLC0415 - as above
            KeyUnusable,
            RegisterHeld,
            SequencerBusy,
            SequencerStopped,
        )
        from beffroi.kernel.register.queries.published import key_ring, shelf  # noqa: PLC0415 - as above
        from beffroi.kernel.register.sequencer.resumption import resume  # noqa: PLC0415 - as above

        place = shelf()
        try:
            mirror = _mirror(args.tiles)
            for outcome in resume(place, key_ring(place), close=args.close, now=datetime.now(UTC), mirror=mirror):
                numbers = outcome.numbers
                detail = (
                    ""
                    if numbers is None
                    else f": {numbers.leaves} leaves, {numbers.lost} values lost, {numbers.erased} erased again"
                )
                _say(f"{outcome.name.folder}: {outcome.code}{detail}")
                if outcome.unexplained:
                    _say(
                        f"  {outcome.unexplained} erasures since the backup do not say what they erased (their journal is not published): "
                        "retention destroys again what is past its time; `beffroi retention check` names what differs"
                    )
        except (SequencerStopped, SequencerBusy, KeyUnusable) as error:
            _say(f"NOT RESUMED: {error}")
            if not args.close and isinstance(error, SequencerStopped) and not isinstance(error, RegisterHeld):
                _say(
                    "If no backup is better than this database, `beffroi register resume --close` goes on in a new generation."
                )
            return 1
    return 0


def _mirror(where: str | None) -> "Mirror | None":
    from beffroi.kernel.register.sequencer.mirror import FolderMirror, WebMirror  # noqa: PLC0415 - Django is ready only now

    if where is None:
        return None
    if "://" in where:
        return WebMirror(where)
    folder = Path(where)
    inside = folder / "register"  # the former home itself may be given
    if not folder.is_dir():
        raise CommandError(
            f"{folder} is no folder: the register's files are in BEFFROI_HOME/register of the former server"
        )
    return FolderMirror((inside if inside.is_dir() else folder).absolute())


def _verifier_key(text: str) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except RegisterFormatError as error:
        raise CommandError(f"--key {text!r}: {error}") from error


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}") from error
    with file:
        yield file


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path} cannot be read as a checkpoint") from error


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
