"""Who may connect to the broker and what each may do: passwords, the list of certificates struck off, and an access list, as
Mosquitto reads them.

Both brokers of ours read the same passwords and access. Passwords of devices are random: the hash protects a copy of the file, so
few rounds do, and eighty locks that come back together don't hold the broker up.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from pathlib import Path
from uuid import UUID

from beffroi.adapters.mqtt import certificates, notes, topics
from beffroi.adapters.mqtt.certificates import Issuer, StruckOff

ROUNDS = 1_000
MOST_ROUNDS = 1_000_000
SALT_BYTES = 12  # the only length that Mosquitto takes
SERVER = "server"
PASSWORDS, ACCESS = "passwords", "access"
SERVER_PASSWORDS, SERVER_ACCESS = "server-passwords", "server-access"
TRUSTED, CERTIFICATE = (
    "trusted.pem",
    "broker.pem",
)  # the second holds the broker's key too: one file, so they always fit
STRUCK_OFF, STRUCK_OFF_LIST = "struck-off", "struck-off.pem"


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
    """Makes these, by (authority, device), the only devices that our own broker lets say or hear anything; whether that changed
    anything. One with no password comes by its certificate.

    The broker takes it up by itself within a second. Does nothing where no broker of ours was ever started.
    """
    folder = _folder(home)
    return folder is not None and write_devices(folder, devices)


def written(home: Path) -> tuple[object, ...] | None:
    """Another value when the devices' two files are others than before; None where no broker of ours was ever started."""
    folder = _folder(home)
    if folder is None:
        return None
    found: list[object] = [folder]
    for name in (PASSWORDS, ACCESS):
        try:
            state = (folder / name).stat()
        except FileNotFoundError:
            found.append(None)
        else:
            found.append((state.st_ino, state.st_mtime_ns, state.st_size))
    return tuple(found)


def _folder(home: Path) -> Path | None:
    known = notes.read(home)
    folder = Path(known.folder) if known is not None else None
    return folder if folder is not None and folder.is_dir() else None


def write_devices(folder: Path, devices: Mapping[tuple[UUID, UUID], str]) -> bool:
    """Writes the devices' two files into the broker's folder; whether anything changed."""
    ordered = sorted(devices.items(), key=str)
    passwords = [f"{device}:{stored}" for (_, device), stored in ordered if stored]
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


def takes_certificates(home: Path) -> bool:
    """Whether a broker of ours was ever started that takes devices by their certificates."""
    folder = _folder(home)
    return folder is not None and (folder / STRUCK_OFF_LIST).exists()


def refuses(home: Path, devices: Collection[UUID]) -> bool:
    """Whether a broker that takes certificates refuses those of all these."""
    folder = _folder(home)
    if folder is None or not struck_off(folder).issuperset(devices):
        return False
    # The names are written first: who was killed before the list was signed leaves one that is shorter.
    return len(certificates.numbers((folder / STRUCK_OFF_LIST).read_text(encoding="ascii"))) >= len(devices)


def strike_off(
    home: Path, struck: Mapping[UUID, StruckOff], issuer: Callable[[], Issuer], now: datetime
) -> frozenset[UUID]:
    """Has our own broker refuse the certificates of these devices, by a list signed anew when it must say more; returns those
    that are new on it. The broker takes it up by itself within a second, and cuts them off. Raises CertificateError.

    Does nothing where no broker of ours takes certificates.
    """
    folder = _folder(home)
    if folder is None or not takes_certificates(home):
        return frozenset()
    return write_struck_off(folder, struck, issuer, now)


def write_struck_off(
    folder: Path, struck: Mapping[UUID, StruckOff], issuer: Callable[[], Issuer], now: datetime
) -> frozenset[UUID]:
    """The list, anew, in the broker's folder, when it must say more; the devices that are new on it. Raises CertificateError."""
    path = folder / STRUCK_OFF_LIST
    held = path.read_text(encoding="ascii")
    listed = certificates.numbers(held)
    fresh = frozenset(device for device, each in struck.items() if each.serial not in listed)
    if fresh:
        names = struck_off(folder) | fresh
        _replace(folder / STRUCK_OFF, sorted(map(str, names)))
        text = issuer().strike(struck.values(), number=certificates.number_of(held) + 1, now=now)
        _replace(path, text.splitlines())
    return fresh


def struck_off(folder: Path) -> frozenset[UUID]:
    """The devices whose certificate is refused."""
    path = folder / STRUCK_OFF
    return frozenset(UUID(line) for line in path.read_text(encoding="ascii").split()) if path.exists() else frozenset()


def write_door(folder: Path, keys: Path, hosts: Collection[str], now: datetime) -> None:
    """Writes what the door for certificates needs: whom it trusts, the broker's own certificate for the names by which it is called
    (anew when its end is near), and the list of those struck off. Raises CertificateError when something must be signed and the key
    is not there.
    """
    _replace(folder / TRUSTED, certificates.admitted(keys).splitlines())
    chain = folder / CERTIFICATE
    if not chain.exists() or certificates.is_due(chain.read_text(encoding="ascii"), hosts, now):
        public, private = certificates.new_key()
        text = certificates.issuer(keys).certify_broker(hosts, public, now)
        _replace(chain, [*private.splitlines(), *text.splitlines()])
    if not (folder / STRUCK_OFF_LIST).exists():
        _replace(folder / STRUCK_OFF_LIST, certificates.issuer(keys).strike((), number=1, now=now).splitlines())


def _replace(path: Path, lines: list[str]) -> bool:
    text = "\n".join([*lines, ""])
    if path.exists() and path.read_text(encoding="ascii") == text:
        return False
    owner = path.parent.stat()
    # The broker's own process writes here too, where it finds none.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        if owner.st_uid != os.geteuid():
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
        file.write(text)
    unfinished.replace(path)
    return True
