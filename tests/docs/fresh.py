"""What a fresh process says of the code: the reference pages, the register's kinds. Nothing that a test registered is in it."""

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).parents[2]


class Kind(TypedDict):
    """A kind of entry, as JSON."""

    description: str
    fields: dict[str, str]
    optional: list[str]


class Made(TypedDict):
    """Pages by path from the root, and the kinds of entries by code."""

    pages: dict[str, str]
    kinds: dict[str, Kind]


@functools.cache
def made() -> Made:
    """All of it; once a process."""
    given = {name: value for name, value in os.environ.items() if not name.startswith(("BEFFROI_", "DATABASE_"))}
    command = [sys.executable, "-m", "tests.docs", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: Made = json.loads(done.stdout)
    return found
