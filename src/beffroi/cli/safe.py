"""`beffroi break-glass`: a sheet of codes for the town's safe. It is printed once; the one before is void from then on."""

import argparse
import sys

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment
from beffroi.lib.clock import utc_now

SHEET = """\
{line}
{authority}: SHEET OF THE SAFE, {day}

For the day when nobody can log in otherwise: the directory is away, the passkeys are lost.
Each code opens an administrator's account once, for an hour, at

    {address}/login/safe/

Every administrator is told at once, and it is on record. Cross out what was used.

{codes}

Put this in a sealed envelope, in the safe. Whoever holds it administers the town: when the
seal is broken, `beffroi break-glass` prints another, and this one opens nothing any more.
{line}
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose safe it is."""
    parser.add_argument(
        "--authority", metavar="SLUG", help="short name of the authority; not needed where there is one only"
    )


def run(args: argparse.Namespace) -> int:
    """Prints the sheet on the standard output: pipe it to a printer (`beffroi break-glass | lp`), keep no file of it."""
    settings = environment()
    with installation.opened(settings):
        from django.conf import settings as django  # noqa: PLC0415 - Django is ready only now
        from django.utils import translation  # noqa: PLC0415 - as above

        from beffroi.kernel.safe.actions import seal_sheet  # noqa: PLC0415 - as above
        from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - as above

        authority = authority_named(args.authority)
        if authority is None:
            raise CommandError("name the authority whose safe it is: --authority SLUG")
        with translation.override(django.LANGUAGE_CODE):
            sealed = seal_sheet(authority=authority, now=utc_now(), by=None)
    codes = "\n".join(f"    {number}.  {code}" for number, code in enumerate(sealed.codes, start=1))
    told = {"authority": sealed.authority, "day": f"{sealed.at:%Y-%m-%d}", "codes": codes, "line": "-" * 92}
    sys.stdout.write(SHEET.format(address=settings.public_url, **told))
    return 0
