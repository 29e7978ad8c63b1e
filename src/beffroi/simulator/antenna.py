"""What stands for a town's ChirpStack and Zigbee2MQTT: a broker with a user who may only read, and contacts on doors that say what they do.

    python -m beffroi.simulator.antenna PLAN

The plan is a JSON file that nobody else may read: it holds the passwords.
"""

import argparse
import asyncio
import contextlib
import hmac
import json
import logging
import random
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import paho.mqtt.client as paho
from amqtt.broker import Broker
from amqtt.contexts import Action, BaseContext, BrokerConfig, ListenerConfig
from amqtt.plugins.base import BaseAuthPlugin, BaseTopicPlugin
from amqtt.session import Session
from paho.mqtt.enums import CallbackAPIVersion

from beffroi.lib.clock import Clock, utc_now
from beffroi.simulator.contacts import LoRaContact, ZigbeeBridge
from beffroi.simulator.life.doors import Doors

LOOPBACK: Final = "127.0.0.1"
LORAWAN, ZIGBEE = "lorawan", "zigbee"
# Who may listen, and who publishes.
READER, WRITER = "reader", "writer"
AT_LEAST_ONCE: Final = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A contact: what its network is, 16 hexadecimal digits, what it is called there."""

    network: str
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The broker's port, the passwords of the two users, how many times faster the town goes, the contacts."""

    port: int
    passwords: Mapping[str, str] = field(repr=False)
    pace: int
    contacts: tuple[Placed, ...]

    @classmethod
    def read(cls, path: Path) -> Self:
        """From the file that the demonstration writes."""
        said = json.loads(path.read_text(encoding="utf-8"))
        placed = tuple(Placed(**each) for each in said["contacts"])
        return cls(said["port"], dict(said["passwords"]), said["pace"], placed)


class Users(BaseAuthPlugin, BaseTopicPlugin):  # type: ignore[misc]  # amqtt ships no types
    """Two users; one of them writes."""

    @dataclass
    class Config:
        """Their passwords."""

        passwords: dict[str, str] = field(default_factory=dict)

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._passwords: Mapping[str, str] = self._get_config_option("passwords")

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the password is that user's."""
        known = self._passwords.get(session.username or "")
        return known is not None and hmac.compare_digest(known.encode(), (session.password or "").encode())

    async def topic_filtering(
        self, *, session: Session | None = None, topic: str | None = None, action: Action | None = None
    ) -> bool:
        """Anything for who writes; listening for the other."""
        if session is None or topic is None:
            return False
        return session.username == WRITER or (session.username == READER and action is not Action.PUBLISH)


class Air:
    """What the contacts are heard through: a client of that broker. What is said while it is away is lost, as on the air."""

    def __init__(self, plan: Plan) -> None:
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=WRITER, protocol=paho.MQTTv311)
        self._client.username_pw_set(WRITER, plan.passwords[WRITER])
        self._client.connect_async(LOOPBACK, plan.port)
        self._client.reconnect_delay_set(1, 1)
        self.up = threading.Event()
        self._client.on_connect = lambda *_said: self.up.set()

    def __enter__(self) -> Self:
        self._client.loop_start()
        return self

    def __exit__(self, *_why: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        """As those softwares do."""
        self._client.publish(topic, payload, AT_LEAST_ONCE, retain)


def contacts(plan: Plan, air: Air, clock: Clock) -> list[LoRaContact | ZigbeeBridge]:
    """Those of the plan, shut."""
    return [
        (LoRaContact if each.network == LORAWAN else ZigbeeBridge)(each.address, each.name, air.publish, clock)
        for each in plan.contacts
    ]


async def serve(plan: Plan, clock: Clock) -> None:
    """Runs until SIGINT or SIGTERM."""
    users = {f"{Users.__module__}.{Users.__qualname__}": {"passwords": dict(plan.passwords)}}
    broker = Broker(BrokerConfig(listeners={"default": ListenerConfig(bind=f"{LOOPBACK}:{plan.port}")}, plugins=users))
    asked, over = asyncio.Event(), threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    await broker.start()
    with Air(plan) as air:
        doors = Doors(contacts(plan, air, clock), random.Random(), over.wait, plan.pace)  # noqa: S311 - whose door is next is no secret

        def live() -> None:
            air.up.wait()
            if not over.is_set():
                doors.run()

        life = threading.Thread(target=live, name="doors", daemon=True)
        life.start()
        await asked.wait()
        over.set()
        air.up.set()
        await asyncio.to_thread(life.join)
    await broker.shutdown()


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plan", type=Path, metavar="PLAN")
    # Whoever looks whether the port answers says nothing, which amqtt warns of.
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.ERROR)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve(Plan.read(parser.parse_args().plan), utc_now))


if __name__ == "__main__":
    main()
