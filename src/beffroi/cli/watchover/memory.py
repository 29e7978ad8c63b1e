"""What is kept from one start to the next: a small JSON file, replaced whole."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ValidationError

from beffroi.cli.errors import CommandError
from beffroi.cli.watchover.vigil import Known


class _Line(BaseModel):
    at: int | None
    silent: bool


class _File(BaseModel):
    v: int
    towns: dict[str, _Line]


def read(path: Path) -> Mapping[str, Known]:
    """By key; nothing where there is no file. Raises CommandError."""
    try:
        found = _File.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (OSError, ValidationError) as error:
        raise CommandError(f"{path} can't be read back: put its copy back, or delete it and begin anew") from error
    return {key: Known(line.at, line.silent) for key, line in found.towns.items()}


def write(path: Path, known: Mapping[str, Known]) -> None:
    """Readers see the old one or the new one."""
    content = {"v": 1, "towns": {key: {"at": each.at, "silent": each.silent} for key, each in known.items()}}
    partial = path.with_suffix(".part")
    partial.write_text(json.dumps(content, indent=1), encoding="ascii")
    partial.replace(path)
