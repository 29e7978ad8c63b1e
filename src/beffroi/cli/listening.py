"""The sockets that the web processes share: whoever starts them binds these, they listen on them.

The main one is BEFFROI_PORT's; where we speak HTTPS there, BEFFROI_HTTP_PORT's leads people to it from plain HTTP. Each is bound once, so
that a taken port is said at once, and stays with the one that starts them: those that connect while a process is started again wait in the
kernel's queue, for another process or for that one.
"""

import contextlib
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from beffroi.cli.errors import PortInUseError
from beffroi.config.environment import Environment

# Which descriptors they are, for a process that is given them.
VARIABLE: Final = "BEFFROI_WEB_SOCKET"
PLAIN: Final = "BEFFROI_PLAIN_SOCKET"
FIRST_FREE: Final = 1024


@dataclass(frozen=True, slots=True)
class Doors:
    """Where people knock."""

    main: socket.socket
    plain: socket.socket | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """The descriptors that a child keeps."""
        return tuple(each.fileno() for each in (self.main, self.plain) if each is not None)

    @property
    def ports(self) -> tuple[int, int | None]:
        """On which they are."""
        return self.main.getsockname()[1], None if self.plain is None else self.plain.getsockname()[1]

    @property
    def variables(self) -> dict[str, str]:
        """What a child is told of them."""
        return {
            VARIABLE: str(self.main.fileno()),
            PLAIN: "" if self.plain is None else str(self.plain.fileno()),
        }

    def handed_on(self) -> dict[str, str]:
        """What the program that we become is told of them. They stay open: whoever knocks meanwhile waits for it."""
        copies = [os.dup(number) for number in self.numbers]
        for number in copies:
            os.set_inheritable(number, True)
        return dict(zip((VARIABLE, PLAIN), map(str, copies), strict=False))


@contextlib.contextmanager
def given(variables: Mapping[str, str] = os.environ) -> Iterator[Doors | None]:
    """Those that whoever started this process bound, if somebody did."""
    main, plain = variables.get(VARIABLE), variables.get(PLAIN)
    if not main:
        yield None
        return
    with contextlib.ExitStack() as held:
        yield Doors(
            held.enter_context(socket.socket(fileno=int(main))),
            held.enter_context(socket.socket(fileno=int(plain))) if plain else None,
        )


@contextlib.contextmanager
def kept_or_bound(settings: Environment) -> Iterator[Doors]:
    """Those that the release before us kept open, where the settings are still the same; else new ones. Raises PortInUseError."""
    with contextlib.ExitStack() as held:
        kept = held.enter_context(given())
        for name in (VARIABLE, PLAIN):
            os.environ.pop(name, None)
        if kept is not None and kept.ports == (settings.port, settings.https.plain_port):
            yield kept
            return
        held.close()
        yield held.enter_context(bound(settings))


@contextlib.contextmanager
def bound(settings: Environment) -> Iterator[Doors]:
    """Those that the settings name; nobody is answered before somebody listens on them. Raises PortInUseError."""
    with contextlib.ExitStack() as held:
        main = held.enter_context(_door(settings, settings.port, "BEFFROI_PORT"))
        plain = settings.https.plain_port
        yield Doors(main, held.enter_context(_door(settings, plain, "BEFFROI_HTTP_PORT")) if plain else None)


def _door(settings: Environment, port: int, named: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.bind else socket.AF_INET
    door = socket.socket(family)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            door.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        door.bind((settings.bind, port))
    except PermissionError:
        door.close()
        raise PortInUseError(
            f"This account may not listen on port {port}. The service made by `beffroi service` may; "
            f"else choose one from {FIRST_FREE} up with {named}, and put a proxy with HTTPS before it."
        ) from None
    except OSError as error:
        door.close()
        raise PortInUseError(
            f"Can't listen on {settings.bind} port {port}: {error.strerror}. "
            f"Stop the program that uses it (`ss -ltnp` names it), or set {named} to another port."
        ) from None
    return door
