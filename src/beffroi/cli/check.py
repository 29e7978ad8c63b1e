"""`beffroi check`: are the settings sound, does the database answer, are its two roles apart? Changes nothing."""

import argparse
import os
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

from beffroi.adapters.postgres import notes
from beffroi.adapters.postgres.bootstrap import answers
from beffroi.adapters.postgres.launcher import Cluster
from beffroi.config.described import values_of
from beffroi.config.environment import Environment, environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None."""


def run(_args: argparse.Namespace) -> int:
    """Prints the effective settings, then what is wrong; exit 1 when something is."""
    effective = environment()
    for variable, value in shown(effective):
        sys.stdout.write(f"{variable:<28} {value}\n")
    problems = [*database_problems(effective), *django_problems(https=effective.secure)]
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
        if found.is_serious() or str(found.id).startswith("security."):
            yield f"{found.msg} ({found.id})"
