"""What we write down about our own broker: its folder, its doors, the server's password. One file, 0600, in BEFFROI_HOME."""

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from beffroi.adapters.mqtt.errors import BrokerUnusableError

FORMAT = 1
SALT_BYTES = 12  # the only length that Mosquitto takes
PLAIN_PORT, TLS_PORT = 1883, 8883
TLS = "mqtts"
OWN = "own"
LOOPBACK = "127.0.0.1"
MOSQUITTO, DEMONSTRATION = "mosquitto", "demonstration"


@dataclass(frozen=True, slots=True)
class Door:
    """Where devices with a certificate come in: the address listened on, the port (None: any, kept from then on), and the name
    or address by which they call it, which our certificate bears.
    """

    bind: str = LOOPBACK
    port: int | None = None
    host: str = LOOPBACK


LOOPBACK_ONLY = Door()


@dataclass(frozen=True, slots=True)
class DeviceAddress:
    """Where a device that is commissioned now connects; by certificate, or else by password."""

    host: str
    port: int
    by_certificate: bool


@dataclass(frozen=True, slots=True)
class Notes:
    """Three doors. `port`: devices with a password, `server_port`: the server itself, both on loopback; `tls_port`: devices
    with a certificate, who call us `host` (0 until Mosquitto was prepared once). `kind` is the broker that was prepared last.
    `salt` keeps the password file stable.
    """

    folder: str
    port: int
    server_port: int
    password: str
    salt: str
    v: int = FORMAT
    tls_port: int = 0
    host: str = LOOPBACK
    kind: str = ""

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
    """None when no broker of ours was ever started; what lies in the home moves with it. Raises BrokerUnusableError for a file we did
    not write.
    """
    path = path_in(home)
    try:
        known = Notes(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise BrokerUnusableError(f"{path} is damaged ({error}): restore it from your backup") from error
    if known.v != FORMAT:
        raise BrokerUnusableError(f"{path} is of format {known.v}; this release reads format {FORMAT}")
    in_a_home = Path(known.folder).parts[-2:] == (path.parent.name, OWN)
    return replace(known, folder=str(path.parent / OWN)) if in_a_home else known


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


def device_address(home: Path, broker_url: str | None, elsewhere: tuple[str, int] | None = None) -> DeviceAddress:
    """Where a device's commissioning sends it: the broker of BEFFROI_BROKER_URL, else our own broker's door for devices.

    Our own parts are told a BEFFROI_BROKER_URL that is the server's door: the devices' is beside it. On a broker that isn't ours
    the door for certificates is `elsewhere` (its host, empty for the same, and port) when it has one. Raises BrokerUnusableError
    when there is no broker.
    """
    known = read(home)
    if known is not None and broker_url in (None, known.url):
        if known.kind == MOSQUITTO and known.tls_port:
            return DeviceAddress(known.host, known.tls_port, by_certificate=True)
        return DeviceAddress(LOOPBACK, known.port, by_certificate=False)
    if broker_url is None:
        raise BrokerUnusableError("there is no broker yet: `beffroi up` starts one, or set BEFFROI_BROKER_URL")
    parts = urlsplit(broker_url)
    host = parts.hostname or LOOPBACK
    if elsewhere is not None:
        return DeviceAddress(elsewhere[0] or host, elsewhere[1], by_certificate=True)
    if parts.scheme == TLS:
        raise BrokerUnusableError(
            "a broker over TLS takes devices by their certificate: give it what `beffroi device broker` writes, and set "
            "BEFFROI_DEVICE_PORT to that door's port"
        )
    return DeviceAddress(host, port_of(parts), by_certificate=False)


def port_of(address: SplitResult) -> int:
    """The port of a broker's address, or the usual one."""
    return address.port or (TLS_PORT if address.scheme == TLS else PLAIN_PORT)
