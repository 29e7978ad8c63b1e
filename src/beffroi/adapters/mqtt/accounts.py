"""Who may connect to the broker and what each may do: a password file and an access list, as Mosquitto reads them.

Both brokers of ours read the same files. Passwords of devices are random: the hash protects a copy of the file, so
few rounds do, and eighty locks that come back together don't hold the broker up.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID

from beffroi.adapters.mqtt import notes, topics

ROUNDS = 1_000
MOST_ROUNDS = 1_000_000
SALT_BYTES = 12  # the only length that Mosquitto takes
SERVER = "server"
PASSWORDS, ACCESS = "passwords", "access"
SERVER_PASSWORDS, SERVER_ACCESS = "server-passwords", "server-access"


def hashed(password: str, *, salt: bytes | None = None) -> str:
    """PBKDF2-SHA512 in Mosquitto's form: `$7$rounds$salt$hash`."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def verify(password: str, stored: str) -> bool:
    """Whether this is the password; False for a stored form that isn't ours."""
    try:
        empty, kind, rounds, salt, digest = stored.split("$")
        known, count = base64.b64decode(digest, validate=True), int(rounds)
        if empty or kind != "7" or not 0 < count <= MOST_ROUNDS:
            return False
        given = hashlib.pbkdf2_hmac("sha512", password.encode(), base64.b64decode(salt, validate=True), count)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(given, known)


def publish(home: Path, devices: Mapping[tuple[UUID, UUID], str]) -> bool:
    """Makes these, by (authority, device), the only devices that our own broker admits; whether that changed anything.

    The broker takes it up by itself within a second. Does nothing where no broker of ours was ever started.
    """
    known = notes.read(home)
    return known is not None and write_devices(Path(known.folder), devices)


def write_devices(folder: Path, devices: Mapping[tuple[UUID, UUID], str]) -> bool:
    """Writes the devices' two files into the broker's folder; whether anything changed."""
    ordered = sorted(devices.items(), key=str)
    passwords = [f"{device}:{stored}" for (_, device), stored in ordered]
    access = []
    for (authority, device), _ in ordered:
        access.append(f"user {device}")
        access += [f"topic write {topics.root(authority, device)}/{each}" for each in topics.DEVICE_PUBLISHES]
        access += [f"topic read {topics.root(authority, device)}/{each}" for each in topics.DEVICE_READS]
    changed = _replace(folder / ACCESS, access)
    return _replace(folder / PASSWORDS, passwords) or changed


def write_server(folder: Path, known: notes.Notes) -> None:
    """Writes the server's own two files: it comes in by another port than the devices."""
    _replace(folder / SERVER_PASSWORDS, [f"{SERVER}:{hashed(known.password, salt=known.salt_bytes)}"])
    _replace(folder / SERVER_ACCESS, [f"user {SERVER}", f"topic readwrite {topics.ROOT}/#"])


def _replace(path: Path, lines: list[str]) -> bool:
    text = "\n".join([*lines, ""])
    if path.exists() and path.read_text(encoding="ascii") == text:
        return False
    owner = path.parent.stat()
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        if owner.st_uid != os.geteuid():
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(text)
    unfinished.replace(path)
    return True
