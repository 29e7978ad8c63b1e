"""A right is withdrawn: act committed → the new revocation list at every relay; and what the relays' beats cost meanwhile.

``python -m bench lists [--quick]``. PostgreSQL, Mosquitto, two ingest processes, a worker and a minter, all of its own, under a
temporary folder. Fifty relays beat every two seconds; now and then a phone is lost, whose key every gate must refuse.
"""

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.devices import Town, cpu, started
from bench.register import Line

KIND = "relay"
RELAYS, ACTS, IDLE_SECONDS = 50, 25, 20.0
QUICK_ACTS, QUICK_IDLE_SECONDS = 3, 4.0
BEAT_EVERY, PATIENCE = 2.0, 20.0
# Of the two seconds between the act and the last byte on the wire, what the server may take.
GREATEST_MS = 1500.0
USE = "A" * 22


class Relays:
    """The broker's other side: relays that beat by the clock, and the moment at which each was brought each list."""

    def __init__(self, town: Town) -> None:
        from beffroi.adapters.mqtt.client import BrokerClient, Message  # noqa: PLC0415 - Django is ready only now

        self._town = town
        self._number = 0
        self._changed = threading.Condition()
        self._brought: dict[UUID, float] = {}
        self._client = BrokerClient(town.url, client_id="bench-lists")

        def hear(message: Message) -> None:
            if "revocation" in json.loads(message.payload):
                with self._changed:
                    self._brought.setdefault(message.topic.device, time.monotonic())
                    self._changed.notify_all()
            message.acknowledge()

        self._client.subscribe("beffroi/1/+/+/down/trust", hear)
        self._client.start()
        self._client.await_connection(PATIENCE)

    def close(self) -> None:
        self._client.stop()

    def beat(self) -> None:
        """Every relay says once that a use lives there."""
        from beffroi.adapters.mqtt import topics  # noqa: PLC0415 - as above
        from beffroi.protocol.v1.beat import Beat, make_beat  # noqa: PLC0415 - as above
        from beffroi.protocol.v1.carriage import BeatFrame  # noqa: PLC0415 - as above
        from beffroi.protocol.v1.frames import encode_frame  # noqa: PLC0415 - as above

        self._number += 1
        for device in self._town.devices:
            beat = Beat(str(device.id), 1, self._number, time=None, uptime=2000 * self._number, uses=(USE,))
            token = make_beat(beat, key=Ed25519PrivateKey.from_private_bytes(device.secret))
            topic = topics.parse(device.topic.replace(topics.UP_EVENTS, topics.UP_BEAT))
            self._client.post(topic, encode_frame(BeatFrame(token)))

    def beating(self, seconds: float) -> None:
        """Beats by the clock for so long."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.beat()
            time.sleep(BEAT_EVERY)

    def check_kept(self) -> None:
        """What was measured is what was meant: the last beats are in the table."""
        from beffroi.kernel.devices.models import Beat  # noqa: PLC0415 - as above

        if Beat.objects.filter(number__gte=self._number - 1).count() != len(self._town.devices):
            raise SystemExit("beats were not kept")

    def forget(self) -> None:
        with self._changed:
            self._brought.clear()

    def waits(self, since: float) -> list[float]:
        """Seconds until each relay was brought a list; infinite for one that was not."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._brought) == len(self._town.devices), PATIENCE)
            found = [at - since for at in self._brought.values()]
            return [*found, *[float("inf")] * (len(self._town.devices) - len(found))]


def lose_a_phone(person: UUID) -> float:
    """Somebody enrols a phone and says that it is lost; when that was committed."""
    from beffroi.kernel.grants.actions.holders import enrol_phone, revoke_phone  # noqa: PLC0415 - Django is ready only now
    from beffroi.lib.clock import utc_now  # noqa: PLC0415 - as above
    from beffroi.protocol.v1.jwk import holder_key  # noqa: PLC0415 - as above

    key = holder_key(ec.generate_private_key(ec.SECP256R1()))
    enrol_phone(person=person, key=key, code=None, passkey=True, now=utc_now())
    revoke_phone(person=person, by=None, now=utc_now())
    return time.monotonic()


def busy(town: Town, relays: Relays, seconds: float, *, beats: bool) -> float:
    """The share of a core that the ingest processes and the database take, in percent."""
    shown = {name: pid for name, pid in town.processes.items() if name.startswith(("ingest", "database"))}
    begun, before = time.monotonic(), sum(cpu(shown).values())
    if beats:
        relays.beating(seconds)
    else:
        threading.Event().wait(seconds)
    return 100 * (sum(cpu(shown).values()) - before) / (time.monotonic() - begun)


def measure(*, quick: bool = False) -> list[Line]:
    """Every figure of this bench."""
    acts, idle_seconds = (QUICK_ACTS, QUICK_IDLE_SECONDS) if quick else (ACTS, IDLE_SECONDS)
    firsts, lasts = list[float](), list[float]()
    with ExitStack() as stack:
        town = stack.enter_context(started(RELAYS, kind=KIND))
        child = subprocess.Popen([sys.executable, "-m", "beffroi", "minter"], env=os.environ)
        stack.callback(child.wait)
        stack.callback(child.terminate)
        from beffroi.kernel.accounts.factories import make_person  # noqa: PLC0415 - Django is ready only now

        person = make_person("Technicien").id
        relays = Relays(town)
        stack.callback(relays.close)
        relays.beating(2 * BEAT_EVERY)
        lose_a_phone(person)
        relays.waits(time.monotonic())  # every process has signed, and read, one list
        for _act in range(acts):
            relays.beating(BEAT_EVERY)
            relays.forget()
            waits = relays.waits(lose_a_phone(person))
            firsts.append(1000 * min(waits))
            lasts.append(1000 * max(waits))
        idle = busy(town, relays, idle_seconds, beats=False)
        beating = busy(town, relays, idle_seconds, beats=True)
        relays.check_kept()
    first, last, worst = statistics.median(firsts), statistics.median(lasts), max(lasts)
    return [
        Line("first relay", first, "ms", f"median of {acts} acts, from the commit to the list at the relay"),
        Line("last of 50 relays", last, "ms", "median"),
        Line("last of 50, worst act", worst, "ms", f"limit {GREATEST_MS:.0f}", worst <= GREATEST_MS),
        Line(
            "beats of 50 relays",
            beating - idle,
            "%",
            f"of a core, ingest and database together, beside {idle:.1f} % without",
        ),
    ]


def main() -> None:
    """Print the table; exit 1 when a limit is passed."""
    lines = measure(quick="--quick" in sys.argv[1:])
    print("lists")
    for line in lines:
        verdict = {None: "", True: "kept", False: "PASSED"}[line.kept]
        print(f"{line.name:25}{line.figure:10.1f} {line.unit:3} {line.beside:80}{verdict}")
    sys.exit(0 if all(line.kept is not False for line in lines) else 1)


if __name__ == "__main__":
    main()
