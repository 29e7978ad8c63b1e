"""`beffroi broker`: the demonstration broker alone; and which broker of ours the supervisor runs."""

import argparse
import asyncio
import logging
import subprocess
import time

from beffroi.adapters.mqtt import demonstration, mosquitto
from beffroi.adapters.mqtt.client import answers
from beffroi.adapters.mqtt.mosquitto import Mosquitto
from beffroi.adapters.mqtt.notes import DEMONSTRATION, LOOPBACK, MOSQUITTO, Door, Notes
from beffroi.adapters.mqtt.premises import Premises, refuse_taken_ports
from beffroi.cli.parts import LOOK_EVERY, Program
from beffroi.config.environment import Environment, environment

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - recognised, not listened on


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None: ports and accounts are those of BEFFROI_HOME."""


def run(_args: argparse.Namespace) -> int:
    """Serves until SIGINT or SIGTERM."""
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.WARNING)
    known = Premises(environment().home, None).open_for(DEMONSTRATION)
    refuse_taken_ports(known)
    asyncio.run(demonstration.serve(known))
    return 0


class Demonstration:
    """The demonstration broker as a part."""

    kind = DEMONSTRATION

    def __init__(self, settings: Environment) -> None:
        self._premises = Premises(settings.home, None)
        self._program = Program(("broker",))
        self._process: subprocess.Popen[bytes] | None = None

    def furnish(self) -> Notes:
        """Ports and password, made at the first call."""
        return self._premises.furnish()

    def prepare(self) -> None:
        """Raises BrokerUnusableError."""
        refuse_taken_ports(self._premises.open_for(self.kind))

    def spawn(self, output: int) -> subprocess.Popen[bytes]:
        """Starts `beffroi broker`."""
        self._process = self._program.spawn(output)
        return self._process

    def await_ready(self) -> None:
        """Waits until it takes the server's connection, or ends (the supervisor sees that)."""
        while self._process is not None and self._process.poll() is None and not answers(self.furnish().url):
            time.sleep(LOOK_EVERY)

    def attend(self) -> None:
        """It looks at its lists by itself."""


def own_broker(settings: Environment) -> Mosquitto | Demonstration:
    """The one that the settings name, else Mosquitto where it is installed, else the demonstration broker."""
    kind = settings.broker or (MOSQUITTO if mosquitto.program() else DEMONSTRATION)
    return Mosquitto(settings.home, device_door(settings)) if kind == MOSQUITTO else Demonstration(settings)


def device_door(settings: Environment) -> Door:
    """Where devices come in, and what they call it: what the settings say, else the address listened on, else our public name."""
    host = settings.device_host or (settings.host if settings.device_bind in EVERYWHERE else settings.device_bind)
    return Door(settings.device_bind or LOOPBACK, settings.device_port, host)
