"""`beffroi export`: everything of one authority, as one file of open formats. It is on the record, as a file taken from the page is."""

import argparse
import os
import sys
import uuid
from pathlib import Path
from typing import Final

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment
from beffroi.lib.clock import utc_now

LANGUAGES: Final = ("fr", "en")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose, where to."""
    parser.add_argument("authority", metavar="AUTHORITY", help="short name of the authority")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.zip", help="where it goes; never over a file")
    parser.add_argument("--language", choices=LANGUAGES, default="fr", help="of headings and papers (default: fr)")


def run(args: argparse.Namespace) -> int:
    """Writes it beside its name first: what bears its name is whole."""
    out: Path = args.out
    if out.exists():
        raise CommandError(f"{out} is there already: name another file")
    part = out.with_name(f"{out.name}.part")
    with installation.opened(environment()):
        from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - Django is ready only now

        authority = authority_named(args.authority)
        if authority is None:
            raise CommandError(f"there is no authority called {args.authority}")
        try:
            size = _written(part, out, authority, args.language)
        except OSError as error:
            raise CommandError(f"{out} can't be written: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
    sys.stdout.write(
        f"{out}: {size} bytes. It holds names and traces of access: keep it as you keep the installation.\n"
    )
    return 0


def _written(part: Path, out: Path, authority: uuid.UUID, language: str) -> int:
    """Makes the file, puts on record that everything was taken, then gives it its name: no file without its entry."""
    from django.utils import translation  # noqa: PLC0415 - Django is ready only now

    from beffroi.kernel.townhall.actions.exports import record_export  # noqa: PLC0415 - as above
    from beffroi.kernel.townhall.queries.bundle import write_bundle  # noqa: PLC0415 - as above
    from beffroi.kernel.townhall.queries.exports import measured, private  # noqa: PLC0415 - as above

    now = utc_now()
    with private(part) as file, translation.override(language):
        write_bundle(file, authority, now, tell=_tell, scratch=part.absolute().parent)
        file.flush()
        os.fsync(file.fileno())
    size, digest = measured(part)
    record_export(export=uuid.uuid4(), authority=authority, digest=digest, by=None, now=now)
    part.rename(out)
    return size


def _tell(done: int, total: int) -> None:
    """How far it is: on one line of a terminal, each tenth in a log."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{done} of {total} parts{'' if done < total else chr(10)}")
        sys.stderr.flush()
    elif done * 10 // total != (done - 1) * 10 // total:
        sys.stderr.write(f"{done} of {total} parts\n")
