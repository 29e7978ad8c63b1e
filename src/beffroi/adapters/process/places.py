"""Where our servers live and listen: ports of loopback, folders that an unprivileged account can reach."""

import hashlib
import os
import socket
from pathlib import Path

from beffroi.adapters.process.child import Account

OUT_OF_HOME = Path("/var/lib/beffroi")


def free_port() -> int:
    """A port of loopback that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


def reachable(folder: Path, account: Account | None) -> Path | None:
    """None when this account can enter the folder (it exists); else the one under /var/lib/beffroi that stands for it."""
    if account is None or account.reaches(folder):
        return None
    return OUT_OF_HOME / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
