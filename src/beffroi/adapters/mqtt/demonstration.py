"""The demonstration broker: amqtt, pure Python, where Mosquitto is not installed. Not for a real town.

It keeps nothing when it stops, knows no TLS here, and anybody on this machine who knows a client's identifier can cut
that client off. Accounts and access are Mosquitto's, from the same files. What we mend of it: retained messages, which
it shows to whoever connects, are not kept (we use none); an identifier belongs to the account that first used it; a
subscription that comes while a message goes round no longer loses that message.
"""

import asyncio
import signal
from collections import UserDict
from collections.abc import Callable, ItemsView, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Generic, TypeVar

from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext, BrokerConfig, ListenerConfig
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session

from beffroi.adapters.mqtt import accounts, topics
from beffroi.adapters.mqtt.notes import Notes

T = TypeVar("T")
ALLOWED: Final = {
    Action.PUBLISH: frozenset({"write", "readwrite"}),
    Action.SUBSCRIBE: frozenset({"read", "readwrite"}),
    Action.RECEIVE: frozenset({"read", "readwrite"}),
}


class Lists:
    """Accounts and access as the files say now: they are read again when they change."""

    def __init__(self, folder: Path) -> None:
        self._passwords = Watched((folder / accounts.PASSWORDS, folder / accounts.SERVER_PASSWORDS), read_passwords)
        self._access = Watched((folder / accounts.ACCESS, folder / accounts.SERVER_ACCESS), read_access)

    def admits(self, username: str, password: str) -> bool:
        """Whether this account exists and this is its password."""
        stored = self._passwords.now().get(username)
        return stored is not None and accounts.verify(password, stored)

    def allows(self, username: str, topic: str, action: Action) -> bool:
        """Whether this account may do this; a subscription wider than what it may read is refused as a whole."""
        if username not in self._passwords.now():
            return False
        rules = self._access.now().get(username, ())
        return any(kind in ALLOWED[action] and topics.matches(topic, pattern) for kind, pattern in rules)


class Watched(Generic[T]):
    """What some files hold, read again when one of them has changed."""

    def __init__(self, files: tuple[Path, ...], read: Callable[[list[str]], T]) -> None:
        self._files = files
        self._read = read
        self._seen: tuple[int, ...] = ()
        self._content: T | None = None

    def now(self) -> T:
        """The content of all files together."""
        seen = tuple(file.stat().st_mtime_ns for file in self._files)
        if self._content is None or seen != self._seen:
            lines = [line for file in self._files for line in file.read_text(encoding="ascii").splitlines() if line]
            self._seen, self._content = seen, self._read(lines)
        return self._content


def read_passwords(lines: list[str]) -> dict[str, str]:
    """`account:hash`."""
    return dict(line.split(":", 1) for line in lines)


def read_access(lines: list[str]) -> dict[str, list[tuple[str, str]]]:
    """`user ACCOUNT`, then `topic KIND PATTERN` for each of its rules; gives (kind, pattern) by account."""
    rules: dict[str, list[tuple[str, str]]] = {}
    account = ""
    for line in lines:
        word, _, rest = line.partition(" ")
        if word == "user":
            account = rest
        else:
            kind, _, pattern = rest.partition(" ")
            rules.setdefault(account, []).append((kind, pattern))
    return rules


class Access(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc]  # amqtt ships no types
    """Our lists as a plugin of amqtt.

    A session's user name can be changed by a stranger who presents its identifier with a wrong password, so access goes
    by the account that the identifier was bound to when it last proved itself.
    """

    @dataclass
    class Config:
        """`folder` holds the lists."""

        folder: str = ""

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._lists = Lists(Path(self._get_config_option("folder")))
        self._bound: dict[str, str] = {}

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the account proves itself, under an identifier that is nobody else's."""
        identifier, username = session.client_id or "", session.username or ""
        if self._bound.get(identifier, username) != username:
            return False
        if not self._lists.admits(username, session.password or ""):
            return False
        self._bound[identifier] = username
        return True

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Whether the account behind the session may do this."""
        if session is None or topic is None or action is None:
            return False
        return self._lists.allows(self._bound.get(session.client_id or "", ""), topic, action)


class Steady(UserDict[str, list[tuple[Session, int]]]):
    """Subscriptions that may change while amqtt goes through them (it awaits meanwhile): one sees them as they were."""

    def __iter__(self) -> Iterator[str]:
        return iter(list(self.data))

    def items(self) -> ItemsView[str, list[tuple[Session, int]]]:
        """As they were when asked."""
        return dict(self.data).items()


class DemonstrationBroker(Broker):  # type: ignore[misc]  # amqtt ships no types
    """amqtt with what we mend of it."""

    def __init__(self, config: BrokerConfig) -> None:
        super().__init__(config)
        self._subscriptions = Steady()

    async def retain_message(
        self, source_session: Session | None, topic_name: str | None, data: object, qos: int | None = None
    ) -> None:
        """Keeps nothing: amqtt gives retained messages to sessions that may not read them."""


async def serve(known: Notes) -> None:
    """Runs until SIGINT or SIGTERM."""
    access = {f"{Access.__module__}.{Access.__qualname__}": {"folder": known.folder}}
    listeners = {"default": f"127.0.0.1:{known.port}", "server": f"127.0.0.1:{known.server_port}"}
    config = BrokerConfig(
        listeners={name: ListenerConfig(bind=address) for name, address in listeners.items()}, plugins=access
    )
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    broker = DemonstrationBroker(config)
    await broker.start()
    await stop.wait()
    await broker.shutdown()
