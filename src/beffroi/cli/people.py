"""A list of people as an organisation keeps it: a CSV file from a spreadsheet, French or English, read whole before anything is done."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from beffroi.cli.errors import CommandError
from beffroi.lib.viewer import Role

if TYPE_CHECKING:
    from beffroi.kernel.grants.actions.team import Named

COLUMNS = {
    "name": "name",
    "nom": "name",
    "email": "email",
    "e-mail": "email",
    "courriel": "email",
    "role": "role",
    "rôle": "role",
    "language": "language",
    "langue": "language",
}
NEEDED = ("name", "email")
ROLES = (Role.MEMBER, Role.TECHNICIAN, Role.DISPATCHER, Role.OPERATOR)
LANGUAGES = ("fr", "en")
LONGEST_NAME, LONGEST_ADDRESS = 120, 254  # as accounts keep them
MOST_FAULTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that can't be taken, by its number in the file, and why."""

    line: int
    why: str


def read_people(path: Path) -> list["Named"]:
    """Everybody in the file. Raises CommandError, which says every line that can't be taken."""
    faults: list[Fault] = []
    found = list(_people(_text(path), faults))
    if faults:
        shown = [f"  line {fault.line}: {fault.why}" for fault in faults[:MOST_FAULTS_SHOWN]]
        more = len(faults) - len(shown)
        tail = [f"  and {more} more"] if more else []
        raise CommandError("\n".join([f"{path}: nobody was added, {len(faults)} lines can't be taken:", *shown, *tail]))
    return found


def _text(path: Path) -> str:
    """UTF-8 with or without a mark, else what French spreadsheets write."""
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise CommandError(f"{path}: {fault.strerror}") from fault
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _people(text: str, faults: list[Fault]) -> Iterator["Named"]:
    head, _, _ = text.partition("\n")
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=";" if ";" in head else ",")
    columns = [COLUMNS.get(word.strip().lower(), "") for word in next(lines, [])]
    missing = [word for word in NEEDED if word not in columns]
    if missing:
        faults.append(Fault(1, f"the columns {', '.join(missing)} are needed; the first line names the columns"))
        return
    seen: dict[str, int] = {}
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        row = {column: cell.strip() for column, cell in zip(columns, cells, strict=False) if column}
        why, named = _named(row)
        if named is not None:
            first = seen.setdefault(named.newcomer.address, lines.line_num)
            why = f"this address is on line {first} too" if first != lines.line_num else ""
        if why:
            faults.append(Fault(lines.line_num, why))
        elif named is not None:
            yield named


def _named(row: dict[str, str]) -> "tuple[str, Named | None]":
    """The person of one line, or why there is none."""
    from django.core.exceptions import ValidationError  # noqa: PLC0415 - Django is ready only now
    from django.core.validators import validate_email  # noqa: PLC0415 - as above

    from beffroi.kernel.accounts.actions import Newcomer  # noqa: PLC0415 - as above
    from beffroi.kernel.grants.actions.team import Named  # noqa: PLC0415 - as above

    name, email = row.get("name", ""), row.get("email", "")
    role, language = row.get("role") or Role.MEMBER.value, (row.get("language") or "fr").lower()
    if not name or len(name) > LONGEST_NAME:
        return f"a name of 1 to {LONGEST_NAME} characters is needed", None
    try:
        validate_email(email)
    except ValidationError:
        return f"{email or 'nothing'} is no e-mail address", None
    if len(email) > LONGEST_ADDRESS:
        return f"the address is longer than {LONGEST_ADDRESS} characters", None
    if role not in ROLES:
        return f"{role} is no role: one of {', '.join(ROLES)}, or nothing", None
    if language not in LANGUAGES:
        return f"{language} is no language of the screens: {' or '.join(LANGUAGES)}", None
    return "", Named(Newcomer(email=email, name=name, language=language), Role(role))
