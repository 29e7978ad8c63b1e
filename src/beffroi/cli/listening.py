"""The socket that the web processes share: whoever starts them binds it, they listen on it.

It is bound once, so that a taken port is said at once, and stays with the one that starts them: those that connect while a process is
started again wait in the kernel's queue, for another process or for that one.
"""

import socket
from typing import Final

from beffroi.cli.errors import PortInUseError
from beffroi.config.environment import Environment

# Which descriptor it is, for a process that is given one.
VARIABLE: Final = "BEFFROI_WEB_SOCKET"


def bound(settings: Environment) -> socket.socket:
    """The socket at BEFFROI_BIND and BEFFROI_PORT; nobody is answered before somebody listens on it. Raises PortInUseError."""
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    door = socket.socket(family)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind((settings.bind, settings.port))
    except PermissionError:
        door.close()
        raise PortInUseError(
            f"This account may not listen on port {settings.port}. Choose one from 1024 up with BEFFROI_PORT, "
            "and put a proxy with HTTPS before it."
        ) from None
    except OSError as error:
        door.close()
        raise PortInUseError(
            f"Can't listen on {settings.bind} port {settings.port}: {error.strerror}. "
            "Stop the program that uses it (`ss -ltnp` names it), or set BEFFROI_PORT to another port."
        ) from None
    return door
