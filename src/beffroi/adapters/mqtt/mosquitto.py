"""Mosquitto as our own child: its configuration is written at each start, and its lists are read again when they change.

Two doors on loopback: devices come in by one, where a client's identifier is its account (nobody takes another's
session); the server by the other. What it queues is bounded by the disk, not by a number: by default it drops nine
messages of ten for a slow reader.
"""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

from beffroi.adapters.mqtt import accounts
from beffroi.adapters.mqtt.client import answers
from beffroi.adapters.mqtt.errors import BrokerStartError, BrokerUnusableError
from beffroi.adapters.mqtt.notes import Notes
from beffroi.adapters.mqtt.premises import STATE, Premises, refuse_taken_ports
from beffroi.adapters.process import child, orphans

SYSTEM = Path("/usr/sbin/mosquitto")
START_PATIENCE = 60.0
ORPHAN_STEPS = ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0))
LOOK_EVERY = 0.05
CONFIGURATION = """\
# Written by Beffroi at each start: what you change here is lost.
per_listener_settings true
persistence true
persistence_location {state}/
autosave_interval 10
persistent_client_expiration 14d
max_queued_messages 0
max_inflight_messages 1000
max_packet_size 262144
set_tcp_nodelay true
connection_messages false
log_dest stdout
log_timestamp false
log_type error
log_type warning
log_type notice

listener {port} 127.0.0.1
allow_anonymous false
use_username_as_clientid true
password_file {passwords}
acl_file {access}

listener {server_port} 127.0.0.1
allow_anonymous false
password_file {server_passwords}
acl_file {server_access}
"""


def program() -> Path | None:
    """The Mosquitto of this machine; Debian keeps it out of an ordinary account's PATH."""
    found = shutil.which("mosquitto")
    if found:
        return Path(found)
    return SYSTEM if os.access(SYSTEM, os.X_OK) else None


class Mosquitto:
    """The broker of one BEFFROI_HOME. As root it runs as the account `mosquitto`, else `nobody`."""

    kind = "mosquitto"

    def __init__(self, home: Path) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._premises = Premises(home, child.unprivileged(("mosquitto",)))
        self._read: tuple[float, ...] = ()

    def furnish(self) -> Notes:
        """Ports and password, made at the first call."""
        return self._premises.furnish()

    def prepare(self) -> None:
        """Writes the configuration; ends what an earlier run left. Raises BrokerUnusableError."""
        known = self.furnish()
        folder = Path(known.folder)
        left = orphans.end(folder / STATE, ORPHAN_STEPS)
        if left:
            raise BrokerUnusableError(f"processes {left} of an earlier broker can't be stopped")
        refuse_taken_ports(known)
        text = CONFIGURATION.format(
            state=folder / STATE,
            port=known.port,
            server_port=known.server_port,
            passwords=folder / accounts.PASSWORDS,
            access=folder / accounts.ACCESS,
            server_passwords=folder / accounts.SERVER_PASSWORDS,
            server_access=folder / accounts.SERVER_ACCESS,
        )
        (folder / "mosquitto.conf").write_text(text, encoding="utf-8")

    def spawn(self, output: int | None = None) -> subprocess.Popen[bytes]:
        """Starts the prepared broker, from the main thread."""
        binary = program()
        if binary is None:
            raise BrokerStartError("Mosquitto is not installed any more")
        folder = Path(self.furnish().folder)
        self._read = self._written(folder)
        self.process = child.spawn(
            [str(binary), "-c", str(folder / "mosquitto.conf")],
            account=self._premises.account,
            at_our_death=signal.SIGTERM,
            output=output,
            folder=folder / STATE,
        )
        return self.process

    def await_ready(self) -> None:
        """Waits until it takes the server's connection. Raises BrokerStartError."""
        until = time.monotonic() + START_PATIENCE
        while not answers(self.furnish().url):
            if self.process is None or self.process.poll() is not None:
                raise BrokerStartError("Mosquitto ended while starting")
            if time.monotonic() > until:
                raise BrokerStartError(f"Mosquitto did not answer within {START_PATIENCE:.0f} s")
            time.sleep(LOOK_EVERY)

    def attend(self) -> None:
        """Has the lists read again when they have changed; those who lost their account are cut off."""
        written = self._written(Path(self.furnish().folder))
        if written != self._read and self.process is not None and self.process.poll() is None:
            self._read = written
            self.process.send_signal(signal.SIGHUP)

    @staticmethod
    def _written(folder: Path) -> tuple[float, ...]:
        return tuple((folder / name).stat().st_mtime_ns for name in (accounts.PASSWORDS, accounts.ACCESS))
