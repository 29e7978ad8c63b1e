"""`beffroi bridge`: listens to the town's door contacts, on the brokers that BEFFROI_OBSERVE names."""

import argparse
import sys
import threading

from beffroi.adapters.mqtt.foreign import ForeignBroker, Said
from beffroi.adapters.sensors import chirpstack
from beffroi.adapters.sensors.saying import LORAWAN
from beffroi.adapters.sensors.sources import Broker
from beffroi.adapters.sensors.zigbee import Zigbee
from beffroi.cli import installation
from beffroi.cli.errors import CommandError
from beffroi.cli.signals import stop_event
from beffroi.config.environment import environment

TRIED_FOR = 10.0
LOOK_EVERY = 0.1
WHY = {
    "unreachable": "it doesn't answer: look at its url, and at the way there",
    "certificate": "its certificate isn't one to be trusted: give the authority that signed it in `ca`",
    "refused": "it refuses this user or password",
    "subscription": "it lets this user in, and not listen: let it read",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One: to try and leave."""
    parser.add_argument("--check", action="store_true", help="connect to each broker once, say how that went, and end")


def run(args: argparse.Namespace) -> int:
    """Until SIGTERM or SIGINT; with --check, 1 when a broker can't be heard."""
    settings = environment()
    if settings.observe is None:
        raise CommandError("BEFFROI_OBSERVE names no file: docs/operators/observe.md says what to write there")
    if args.check:
        return 0 if all([_heard(broker) for broker in settings.observe.brokers]) else 1  # noqa: C419 - each is tried
    stop = stop_event()
    with installation.opened(settings):
        from beffroi.kernel.contacts.ingest import run_bridge  # noqa: PLC0415 - Django is ready only now

        run_bridge(stop)
    return 0


def _heard(broker: Broker) -> bool:
    """Whether it takes us, with what it publishes for us to hear."""
    topics = [chirpstack.TOPICS] if broker.network == LORAWAN else Zigbee(broker.base).topics
    line = ForeignBroker(
        broker.url,
        client_id=f"beffroi-{broker.name}-check",
        topics=topics,
        handler=_let_go,
        user=broker.user,
        password=broker.password,
        ca=broker.ca,
        keep_session=False,
    )
    pause, tries = threading.Event(), round(TRIED_FOR / LOOK_EVERY)
    with line:
        while tries and not line.ready and line.fault not in ("certificate", "refused", "subscription"):
            pause.wait(LOOK_EVERY)
            tries -= 1
        said = "heard" if line.ready else WHY[line.fault]
        heard = line.ready
    sys.stdout.write(f"{broker.name} ({broker.kind}, {broker.url}): {said}\n")
    return heard


def _let_go(said: Said) -> None:
    said.acknowledge()
