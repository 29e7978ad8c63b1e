"""The file of settings, BEFFROI_HOME/settings.env: lines NAME=value as systemd's EnvironmentFile reads them, beneath the environment.

It may hold secrets, so others than its owner and group may not read it. A line that systemd or a shell would read in another way than we
do is refused, with its number.
"""

import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from beffroi.config.values import SettingError, SettingFileError

NAME: Final = "settings.env"
# What a machine with the service says of where its home is: one line, a path. `beffroi service` writes it.
POINTER: Final = Path("/etc/beffroi/home")
BY_DEFAULT: Final = "~/.local/share/beffroi"
LINE: Final = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
# What stands for itself in a shell, in systemd and here.
PLAIN: Final = re.compile(r"[A-Za-z0-9_@%+=:,./\-]*")
# What a backslash makes plain between double quotes.
ESCAPED: Final = re.compile(r'\\(["\\`$])')
WITHIN: Final = re.compile(r'(?:[^"\\`$]|\\["\\`$])*')
NOT_FOR_OTHERS: Final = stat.S_IWGRP | stat.S_IRWXO


def home_of(variables: Mapping[str, str], *, pointer: Path = POINTER) -> Path:
    """Where everything is kept: BEFFROI_HOME, else what the machine's service says, else a folder of one's own."""
    given = variables.get("BEFFROI_HOME", "").strip()
    if not given:
        try:
            given = pointer.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            given = BY_DEFAULT
        except OSError as error:
            raise SettingFileError(
                f"{pointer}, which says where the installation is, can't be read: {error.strerror}"
            ) from None
    return Path(given).expanduser().absolute()


def path_in(home: Path) -> Path:
    """Where the file lies."""
    return home / NAME


def read(path: Path) -> dict[str, tuple[int, str]]:
    """Each name with the number of its line and its value; nothing when there is no file. Raises SettingError."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except PermissionError:
        raise SettingFileError(
            f"{path} is not for this account: run the command as the one that the folder belongs to, or with sudo"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingFileError(f"{path} can't be read: {error}") from None
    if mode & NOT_FOR_OTHERS:
        raise SettingError(f"{path} may hold secrets, and others than its owner can reach it: chmod 600 {path}")
    return parsed(text, called=str(path))


def parsed(text: str, *, called: str = NAME) -> dict[str, tuple[int, str]]:
    """What a file says: each name with the number of its line and its value. Raises SettingError."""
    found: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip(" \t\r")
        if not stripped or stripped[0] in "#;":
            continue
        match = LINE.fullmatch(stripped)
        if match is None:
            raise SettingError(
                f"{called}, line {number}: NAME=value is needed, with no space before the = and no `export`"
            )
        name = match[1]
        if name in found:
            raise SettingError(f"{called}, line {number}: {name} stands in line {found[name][0]} already")
        value = _value(match[2].strip(" \t"))
        if value is None:
            raise SettingError(
                f'{called}, line {number}: what {name} is needs single quotes, or double ones with \\ before each of " \\ ` $'
            )
        found[name] = number, value
    return found


def _value(text: str) -> str | None:
    """What a value says, None when it could be read in two ways."""
    if "\0" in text or "\r" in text:
        return None
    if text[:1] == "'":
        return text[1:-1] if len(text) > 1 and text.find("'", 1) == len(text) - 1 else None
    if text[:1] == '"':
        inside = text[1:-1]
        return ESCAPED.sub(r"\1", inside) if len(text) > 1 and text[-1] == '"' and WITHIN.fullmatch(inside) else None
    return text if not re.search(r"[\"'\\`$]", text) else None


def written(values: Mapping[str, str], *, over: str = "") -> str:
    """A file that says these things: the lines of `over` stay where and as they are, but for those whose value is another now."""
    known, left, lines = parsed(over), dict(values), over.split("\n") if over else []
    for name, (number, value) in known.items():
        if name in left and left.pop(name) != value:
            lines[number - 1] = _line(name, values[name])
    while lines and not lines[-1].strip():
        lines.pop()
    return "\n".join([*lines, *(_line(name, value) for name, value in left.items()), ""])


def _line(name: str, value: str) -> str:
    if "\n" in value or "\r" in value or "\0" in value:
        raise SettingError(f"{name} has a line break: it can't stand in {NAME}")
    if PLAIN.fullmatch(value):
        return f"{name}={value}"
    return f'{name}="' + re.sub(r'(["\\`$])', r"\\\1", value) + '"'


def save(path: Path, values: Mapping[str, str]) -> None:
    """Put these values in the file, 0600, in one step; what it says besides stays."""
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    unfinished = path.with_name(f"{NAME}.part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(written(values, over=before))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
