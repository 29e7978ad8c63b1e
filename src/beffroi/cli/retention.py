"""`beffroi retention`: the schedule, durations, holds; destroy what is due now; compare disk, tables and register."""

import argparse
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.config.environment import environment

if TYPE_CHECKING:
    from beffroi.persistence.keeping import Kept

REASONS = ("judicial-request", "right-of-access", "dispute", "archives")


class RetentionCommandError(CommandError):
    """Something that the person who typed must mend."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Its sub-commands."""
    commands = parser.add_subparsers(dest="retention", metavar="WHAT", required=True)
    listing = commands.add_parser("list", help="list what is kept, how long, why, and how much is past its time")
    setting = commands.add_parser("set", help="set how long a kind of thing is kept, within the bounds of its rule")
    setting.add_argument("rule", metavar="RULE", help="its code, as `beffroi retention list` shows it")
    setting.add_argument("length", type=int, metavar="LENGTH", help="in the rule's own unit, days or months")
    running = commands.add_parser("run", help="destroy what is past its time now, without waiting for the night")
    checking = commands.add_parser("check", help="compare disk, tables and register; exit 1 when something differs")
    hold = commands.add_parser("hold", help="keep things past their time, for a reason, until a day")
    hold.add_argument("rule", metavar="RULE", help="the code of their rule")
    hold.add_argument("keys", nargs="+", metavar="ID", help="their identifiers")
    hold.add_argument("--reason", choices=REASONS, required=True, help="why, for the register: one of %(choices)s")
    hold.add_argument("--until", type=date.fromisoformat, required=True, metavar="DAY", help="the last day, 2027-12-31")
    release = commands.add_parser("release", help="hold things no more: they go the next night if their time is over")
    release.add_argument("rule", metavar="RULE", help="the code of their rule")
    release.add_argument("keys", nargs="+", metavar="ID", help="their identifiers")
    for each in (listing, setting, running, checking, hold, release):
        each.add_argument("--authority", metavar="SLUG", help="its short name (not needed when there is one)")


def run(args: argparse.Namespace) -> int:
    """Does it over this installation's database."""
    with installation.opened(environment()):
        from beffroi.kernel.retention.errors import RetentionError  # noqa: PLC0415 - Django is ready only now
        from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above

        act: Callable[[argparse.Namespace, UUID, datetime], int] = {
            "list": _list,
            "set": _set,
            "run": _run,
            "check": _check,
            "hold": _hold,
            "release": _release,
        }[args.retention]
        try:
            return act(args, _authority(args), utc_now())
        except RetentionError as error:
            with installation.in_english():
                raise RetentionCommandError(f"{error.message} ({error})") from error


def _authority(args: argparse.Namespace) -> UUID:
    from beffroi.kernel.territory.queries.authorities import authority_named  # noqa: PLC0415 - Django is ready only now

    found = authority_named(args.authority)
    if found is None:
        raise RetentionCommandError(
            "name the authority with --authority SLUG: there is none, several, or none of that name"
        )
    return found


def _rules(authority: UUID) -> Iterator[tuple["Kept", UUID | None]]:
    """Every rule with whose things it is about: the authority's, then the installation's."""
    from beffroi.kernel.retention.queries.schedule import rules_of  # noqa: PLC0415 - Django is ready only now

    for kept in (*rules_of(installation=False), *rules_of(installation=True)):
        yield kept, None if kept.installation else authority


def _rule(args: argparse.Namespace, authority: UUID) -> tuple["Kept", UUID | None]:
    from beffroi.kernel.retention.queries.schedule import rule_named  # noqa: PLC0415 - Django is ready only now

    kept = rule_named(args.rule)
    return kept, None if kept.installation else authority


def _list(_args: argparse.Namespace, authority: UUID, now: datetime) -> int:
    from beffroi.kernel.retention.queries.schedule import due, duration_of, how_many  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.retention.queries.words import source_words, spoken  # noqa: PLC0415 - as above

    for kept, owner in _rules(authority):
        length = duration_of(kept, owner)
        past, duration = how_many(due(kept, owner, now, length=length)), spoken(length, kept.bounds.unit)
        sys.stdout.write(
            f"{kept.code:<32} {duration:<10} {kept.fate:<7} past its time {past:>7}  {kept.title}; {source_words(kept.source)}\n"
        )
    return 0


def _set(args: argparse.Namespace, authority: UUID, now: datetime) -> int:
    from beffroi.kernel.retention.actions.durations import set_duration  # noqa: PLC0415 - Django is ready only now

    kept, owner = _rule(args, authority)
    changed = set_duration(kept=kept, authority=owner, length=args.length, by=None, now=now)
    said = "from now on" if changed else "already"
    sys.stdout.write(f"{kept.code}: {args.length} {kept.bounds.unit}, {said}.\n")
    return 0


def _run(_args: argparse.Namespace, authority: UUID, now: datetime) -> int:
    from beffroi.kernel.retention.actions.destruction import destroy_due  # noqa: PLC0415 - Django is ready only now
    from beffroi.persistence.keeping import Fate  # noqa: PLC0415 - as above

    total = 0
    for kept, owner in _rules(authority):
        count = 0
        while kept.fate is Fate.ERASED:
            gone = destroy_due(kept=kept, authority=owner, now=now, by=None)
            count += gone
            if gone < kept.at_once:
                break
        if count:
            sys.stdout.write(f"{kept.code}: {count} destroyed\n")
        total += count
    sys.stdout.write(f"{total} destroyed in all.\n")
    return 0


def _check(_args: argparse.Namespace, authority: UUID, now: datetime) -> int:
    from beffroi.kernel.retention.actions.checks import check_authority  # noqa: PLC0415 - Django is ready only now
    from beffroi.kernel.retention.queries.papers import found_lines  # noqa: PLC0415 - as above

    found = found_lines(check_authority(authority=authority, now=now, by=None))
    for line in found:
        sys.stdout.write(f"DIFFERS: {line.words} ({line.subject}: {line.count})\n")
    sys.stdout.write("Disk, tables and register agree.\n" if not found else "")
    return 1 if found else 0


def _hold(args: argparse.Namespace, authority: UUID, now: datetime) -> int:
    from beffroi.kernel.retention.actions.durations import hold  # noqa: PLC0415 - Django is ready only now

    kept, owner = _rule(args, authority)
    held = hold(kept=kept, authority=owner, keys=args.keys, reason=args.reason, until=args.until, by=None, now=now)
    sys.stdout.write(f"{kept.code}: {held} held until {args.until}.\n")
    return 0


def _release(args: argparse.Namespace, authority: UUID, now: datetime) -> int:
    from beffroi.kernel.retention.actions.durations import release  # noqa: PLC0415 - Django is ready only now

    kept, owner = _rule(args, authority)
    freed = release(kept=kept, authority=owner, keys=args.keys, by=None, now=now)
    sys.stdout.write(f"{kept.code}: {freed} held no more.\n")
    return 0
