"""`beffroi check`: are the settings sound, does the database answer, are its two roles apart? Changes nothing."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from beffroi.adapters.postgres import notes
from beffroi.adapters.postgres.bootstrap import answers
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.config.described import values_of
from beffroi.config.environment import Environment, environment
from beffroi.lib.clock import utc_now

if TYPE_CHECKING:
    from beffroi.persistence.checkup import Finding


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What else is looked at."""
    parser.add_argument(
        "--through",
        metavar="URL",
        nargs="?",
        const="",
        help="ask this installation, while it runs, by the address that people type (default: BEFFROI_PUBLIC_URL), and say whether a "
        "proxy passes on what it should: name, HTTPS, visitors' addresses, streams, photographs",
    )


def run(args: argparse.Namespace) -> int:
    """Prints the effective settings, then what is wrong; exit 1 when something is."""
    effective = environment()
    for variable, value in shown(effective):
        sys.stdout.write(f"{variable:<28} {value}\n")
    problems = [*database_problems(effective), *django_problems(https=effective.secure), *https_problems()]
    if args.through is not None:
        problems += through_problems(args.through.rstrip("/") or effective.public_url)
    for problem in problems:
        sys.stdout.write(f"PROBLEM: {problem}\n")
    if not problems:
        sys.stdout.write("All well.\n")
    return 1 if problems else 0


def shown(effective: Environment) -> Iterator[tuple[str, str]]:
    """Each setting's value in force, secrets hidden."""
    for setting, value in values_of(effective):
        if value is None:
            yield setting.variable, setting.default
        elif setting.secret:
            yield setting.variable, "(set)"
        else:
            yield setting.variable, ",".join(value) if isinstance(value, tuple) else str(value)


def database_problems(effective: Environment) -> Iterator[str]:
    """What keeps us from the database, or from telling owner and application apart."""
    if effective.database_url is None:
        cluster = Cluster(effective.home)
        if notes.read(cluster.notes_file) is not None and not cluster.healthy():
            sys.stdout.write("Our own PostgreSQL is not running now: `beffroi up` starts it.\n")
        return
    owner_url = effective.database_owner_url or effective.database_url
    for variable, url in (("DATABASE_URL", effective.database_url), ("BEFFROI_DATABASE_OWNER_URL", owner_url)):
        if not answers(url):
            yield f"no answer from the database of {variable}"
    if urlsplit(effective.database_url).username == urlsplit(owner_url).username:
        yield "the application owns its tables: nothing but our own care protects the register. See BEFFROI_DATABASE_OWNER_URL"


def django_problems(*, https: bool) -> Iterator[str]:
    """What Django's own checks find; those for a deployment once people reach us over HTTPS."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "beffroi.config.settings"
    import django  # noqa: PLC0415 - the settings are read only now
    from django.core import checks  # noqa: PLC0415 - as above

    django.setup()
    for found in checks.run_checks(include_deployment_checks=https):
        if not found.is_silenced() and (found.is_serious() or str(found.id).startswith("security.")):
            yield f"{found.msg} ({found.id})"


def https_problems() -> Iterator[str]:
    """What is wrong with the certificate that we serve, once Django is ready."""
    from beffroi.web.https.certificate import look  # noqa: PLC0415 - as above

    return _told(look(utc_now()))


def through_problems(url: str) -> Iterator[str]:
    """What is wrong with the way from the address that people type to this server."""
    from beffroi.web.https.through import thorough  # noqa: PLC0415 - as above

    sys.stdout.write(f"Asking {url} what arrives here…\n")
    return _told(thorough(url))


def _told(findings: "Iterable[Finding]") -> Iterator[str]:
    from django.utils import translation  # noqa: PLC0415 - as above

    from beffroi.persistence.checkup import State  # noqa: PLC0415 - as above

    with translation.override("en"):  # as all that a command says
        for finding in findings:
            if finding.state is not State.WELL:
                yield f"{finding.seen} {finding.todo}"
