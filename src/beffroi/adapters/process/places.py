"""Where our servers live and listen: ports of loopback, folders that an unprivileged account can reach."""

import atexit
import hashlib
import os
import secrets
import socket
import sys
import tempfile
from collections import deque
from pathlib import Path
from typing import Final

from beffroi.adapters.process.child import Account

OUT_OF_HOME = Path("/var/lib/beffroi")
# Below the ports that Linux lends to connections that leave (32768 to 60999, ip_local_port_range): one of those may be taken
# between the moment a server is given its port and the moment it listens, and each time the server starts again.
FIRST_PORT: Final = 20_000
LAST_PORT: Final = 32_767
# The last ports that this process gave, claimed: a server takes a while to listen, and until then nobody else of us must be given its port.
_GIVEN: Final[deque[socket.socket]] = deque()
MOST_GIVEN: Final = 64


def free_port(following: int = 0) -> int:
    """A port of loopback that nobody listens on at this moment, nor on so many that follow it, and that nobody of us was given lately."""
    while True:
        port = FIRST_PORT + secrets.randbelow(LAST_PORT - following - FIRST_PORT + 1)
        if all(port_is_free(each) and _given(each) for each in range(port, port + following + 1)):
            return port


def _given(port: int) -> bool:
    """Whether it could be claimed."""
    claim = claim_port(port)
    if claim is None:
        return False
    _GIVEN.append(claim)
    if len(_GIVEN) > MOST_GIVEN:
        _GIVEN.popleft().close()
    return True


@atexit.register
def _given_back() -> None:
    while _GIVEN:
        _GIVEN.pop().close()


def claim_port(port: int) -> socket.socket | None:
    """While this is held, nobody of us is given the port; None when somebody else holds it. It is a name that one process at a time can
    have, and that Linux takes back when its process ends; another system has no such names.
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        if sys.platform == "linux":
            claim.bind(f"\0beffroi-port-{port}")
    except OSError:
        claim.close()
        return None
    return claim


def port_is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Whether we could listen on this port of an address of ours."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
        return True


def open_folder(path: Path) -> None:
    """Makes a folder that, when we are root, the servers' accounts pass through without listing it; else for us alone."""
    if not path.exists():
        path.mkdir(parents=True)
        path.chmod(0o711 if os.geteuid() == 0 else 0o700)


def put_once(path: Path, content: bytes) -> None:
    """A file for us alone (0600), whole or not at all, never over another: of several that come at once, the first one's stays."""
    descriptor, partial = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)
    except FileExistsError:
        return
    finally:
        Path(partial).unlink()


def reachable(folder: Path, account: Account | None) -> Path | None:
    """None when this account can enter the folder (it exists); else the one under /var/lib/beffroi that stands for it."""
    if account is None or account.reaches(folder):
        return None
    return OUT_OF_HOME / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
