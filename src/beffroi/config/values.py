"""Values as people type them: each reader returns what a setting means, or raises SettingError with words for whoever typed it."""

import os
from collections.abc import Collection
from pathlib import Path
from typing import Final

from beffroi.adapters.mail.server import MailServer, MailSettingError
from beffroi.adapters.sensors.saying import SensorError
from beffroi.adapters.sensors.sources import Observed
from beffroi.adapters.sms.gateway import Gateway, GatewayFileError

MOST_PROCESSES: Final = 16
# By itself the web is that many processes at most, each with so many connections at least; who asks for more gives each these.
USUAL_PROCESSES: Final = 4
USUAL_CONNECTIONS: Final = 8
FEWEST_CONNECTIONS: Final = 4


class SettingError(ValueError):
    """A variable of the environment that cannot be used; the message says which, why and what would do."""


class SettingFileError(SettingError):
    """A file that holds settings, or that one names, can't be used: what was typed may be right, and the file there in a moment."""


def whole(name: str, text: str, *, most: int) -> int:
    """A whole number from 1 up."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= most:
        raise SettingError(f"{name} is {text!r}: a whole number from 1 to {most} is needed")
    return int(text)


def flag(name: str, text: str) -> bool:
    """Yes or no."""
    if text not in ("0", "1", ""):
        raise SettingError(f"{name} is {text!r}: 1 (yes) or 0 (no) is needed")
    return text == "1"


def one_of(name: str, text: str, choices: Collection[str]) -> str:
    """One of the choices, or nothing."""
    if text and text not in choices:
        raise SettingError(f"{name} is {text!r}: one of {', '.join(choices)} is needed, or nothing")
    return text


def listed(text: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(each.strip() for each in text.split(",") if each.strip())


def mail_url(name: str, text: str) -> str | None:
    """The address of a mail server, or nothing."""
    if not text:
        return None
    try:
        MailServer.read(text)
    except MailSettingError as error:
        raise SettingError(f"{name} can't be read: {error}") from None
    return text


def observe_file(name: str, text: str) -> Observed | None:
    """The brokers and models that a file describes, or nothing."""
    if not text:
        return None
    try:
        return Observed.read(Path(text).expanduser())
    except SensorError as error:
        raise SettingFileError(f"{name}: {error}") from None


def text_gateway(name: str, text: str) -> Gateway | None:
    """The gateway of text messages that a file describes, or nothing."""
    if not text:
        return None
    try:
        return Gateway.read(Path(text).expanduser())
    except GatewayFileError as error:
        raise SettingFileError(f"{name}: {error}") from None


def web_processes(text: str, *, connections: int, demo: bool) -> int:
    """As many as are asked for, when each has the connections that it needs; by itself what the machine can use."""
    if not text:
        usual = min(USUAL_PROCESSES, os.cpu_count() or 1, connections // USUAL_CONNECTIONS)
        return 1 if demo else max(1, usual)
    processes = whole("BEFFROI_WEB_PROCESSES", text, most=MOST_PROCESSES)
    if processes * FEWEST_CONNECTIONS > connections:
        raise SettingError(
            f"{processes} web processes need {processes * FEWEST_CONNECTIONS} connections to PostgreSQL at least: "
            "raise BEFFROI_WEB_CONNECTIONS, or lower BEFFROI_WEB_PROCESSES"
        )
    return processes
