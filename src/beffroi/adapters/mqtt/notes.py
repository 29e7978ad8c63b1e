"""What we write down about our own broker: its folder, its ports, the server's password. One file, 0600, in BEFFROI_HOME."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from beffroi.adapters.mqtt.errors import BrokerUnusableError

FORMAT = 1
SALT_BYTES = 12  # the only length that Mosquitto takes
PLAIN_PORT, TLS_PORT = 1883, 8883


@dataclass(frozen=True, slots=True)
class Notes:
    """`port` is the devices', `server_port` the server's own (both on loopback); `salt` keeps the password file stable."""

    folder: str
    port: int
    server_port: int
    password: str
    salt: str
    v: int = FORMAT

    @classmethod
    def fresh(cls, folder: Path, port: int, server_port: int) -> "Notes":
        """Notes of a broker about to be made."""
        salt = base64.b64encode(secrets.token_bytes(SALT_BYTES)).decode()
        return cls(str(folder), port, server_port, secrets.token_urlsafe(24), salt)

    @property
    def salt_bytes(self) -> bytes:
        """The salt of the server's password hash."""
        return base64.b64decode(self.salt)

    @property
    def url(self) -> str:
        """Where the server connects: a BEFFROI_BROKER_URL."""
        return f"mqtt://server:{self.password}@127.0.0.1:{self.server_port}"


def path_in(home: Path) -> Path:
    """Where the file lies."""
    return home / "broker" / "broker.json"


def read(home: Path) -> Notes | None:
    """None when no broker of ours was ever started. Raises BrokerUnusableError for a file we did not write."""
    path = path_in(home)
    try:
        known = Notes(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise BrokerUnusableError(f"{path} is damaged ({error}): restore it from your backup") from error
    if known.v != FORMAT:
        raise BrokerUnusableError(f"{path} is of format {known.v}; this release reads format {FORMAT}")
    return known


def write(home: Path, known: Notes) -> None:
    """Replaces the file in one step."""
    path = path_in(home)
    unfinished = path.with_suffix(".part")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(known), file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def device_address(home: Path, broker_url: str | None) -> tuple[str, int]:
    """Host and port that a device's commissioning names: BEFFROI_BROKER_URL's, else our own broker's for devices.

    Our own parts are told a BEFFROI_BROKER_URL that is the server's door: the devices' is beside it. Raises
    BrokerUnusableError when there is neither.
    """
    known = read(home)
    if known is not None and broker_url in (None, known.url):
        return "127.0.0.1", known.port
    if broker_url is None:
        raise BrokerUnusableError("there is no broker yet: `beffroi up` starts one, or set BEFFROI_BROKER_URL")
    parts = urlsplit(broker_url)
    return parts.hostname or "127.0.0.1", port_of(parts)


def port_of(address: SplitResult) -> int:
    """The port of a broker's address, or the usual one."""
    return address.port or (TLS_PORT if address.scheme == "mqtts" else PLAIN_PORT)
