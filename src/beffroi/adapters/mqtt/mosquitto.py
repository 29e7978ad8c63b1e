"""Mosquitto as our own child: its configuration is written at each start, and its lists are read again when they change.

Three doors. By the first a device comes with its certificate, over TLS 1.3: the certificate names it, and what it may say and
hear goes by that name. By the second, on loopback, come devices that were given a password. By the third, on loopback, the server.
At the first two a client's identifier is its name, so nobody takes another's session.

What is queued for the server while it is away is bounded by memory, not by a number of messages (the default drops nine of ten for
a slow reader); beyond the bound messages are dropped, and no event is lost: a device keeps each until our own receipt. For the same
reason the queue is saved at intervals and not at each change, which would write the whole of it each time.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from beffroi.adapters.mqtt import accounts, certificates
from beffroi.adapters.mqtt.client import answers, cut_off
from beffroi.adapters.mqtt.errors import (
    BrokerStartError,
    BrokerUnreachableError,
    BrokerUnusableError,
    CertificateError,
)
from beffroi.adapters.mqtt.notes import LOOPBACK, LOOPBACK_ONLY, MOSQUITTO, Door, Notes
from beffroi.adapters.mqtt.premises import STATE, Premises, refuse_taken_ports
from beffroi.adapters.process import child, orphans
from beffroi.lib.clock import Clock, utc_now

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
persistent_client_expiration 1h
max_queued_messages 0
max_queued_bytes 268435456
max_inflight_messages 5000
max_packet_size 262144
set_tcp_nodelay true
connection_messages false
log_dest stdout
log_timestamp false
log_type error
log_type warning
log_type notice

listener {tls_port} {bind}
allow_anonymous false
require_certificate true
use_identity_as_username true
use_username_as_clientid true
tls_version tlsv1.3
cafile {trusted}
certfile {certificate}
keyfile {certificate}
crlfile {struck_off}
acl_file {access}

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
WATCHED = (accounts.PASSWORDS, accounts.ACCESS, accounts.STRUCK_OFF_LIST, accounts.CERTIFICATE)
RENEWAL_LOOKED_AT = timedelta(hours=6)


def program() -> Path | None:
    """The Mosquitto of this machine; Debian keeps it out of an ordinary account's PATH."""
    found = shutil.which("mosquitto")
    if found:
        return Path(found)
    return SYSTEM if os.access(SYSTEM, os.X_OK) else None


def _names(known: Notes) -> frozenset[str]:
    """By which devices, and those of this machine, call our broker."""
    return frozenset({known.host, LOOPBACK, "localhost"})


class Mosquitto:
    """The broker of one BEFFROI_HOME. As root it runs as the account `mosquitto`, else `nobody`."""

    kind = MOSQUITTO

    def __init__(self, home: Path, door: Door = LOOPBACK_ONLY, clock: Clock = utc_now) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._keys = home / "keys"
        self._door = door
        self._clock = clock
        self._premises = Premises(home, child.unprivileged(("mosquitto",)))
        self._read: tuple[float, ...] = ()
        self._refused: frozenset[UUID] = frozenset()
        self._look_again = clock()

    def furnish(self) -> Notes:
        """Ports and password, made at the first call."""
        return self._premises.furnish()

    def prepare(self) -> None:
        """Writes the configuration; ends what an earlier run left. Raises BrokerUnusableError, CertificateError."""
        known = self._premises.open_for(self.kind, self._door)
        folder = Path(known.folder)
        left = orphans.end(folder / STATE, ORPHAN_STEPS)
        if left:
            raise BrokerUnusableError(f"processes {left} of an earlier broker can't be stopped")
        refuse_taken_ports(known, self._door)
        certificates.furnish(self._keys, self._clock())
        accounts.write_door(folder, self._keys, _names(known), self._clock())
        text = CONFIGURATION.format(
            state=folder / STATE,
            bind=self._door.bind,
            tls_port=known.tls_port,
            port=known.port,
            server_port=known.server_port,
            trusted=folder / accounts.TRUSTED,
            certificate=folder / accounts.CERTIFICATE,
            struck_off=folder / accounts.STRUCK_OFF_LIST,
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
        self._read, self._refused = self._written(folder), accounts.struck_off(folder)
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
        """Has what it goes by read again when it has changed, and cuts off those whose account or certificate is refused from now
        on. Its own certificate is made anew before its end.
        """
        known = self.furnish()
        folder = Path(known.folder)
        if self._clock() >= self._look_again:
            self._look_again = self._clock() + RENEWAL_LOOKED_AT
            self._renew(folder, known)
        written = self._written(folder)
        if written == self._read or self.process is None or self.process.poll() is not None:
            return
        self._read = written
        self.process.send_signal(signal.SIGHUP)  # it reads them before it answers any connection made from here on
        refused, self._refused = self._refused, accounts.struck_off(folder)
        if fresh := self._refused - refused:
            threading.Thread(target=self._cut_off, args=(known.url, fresh), daemon=True).start()

    def _renew(self, folder: Path, known: Notes) -> None:
        """Without the key that signs, the certificate that is there serves until its end."""
        with contextlib.suppress(CertificateError):
            accounts.write_door(folder, self._keys, _names(known), self._clock())

    @staticmethod
    def _cut_off(url: str, devices: frozenset[UUID]) -> None:
        """A device whose certificate is refused can't come back; whatever is missed here ends with its connection."""
        with contextlib.suppress(BrokerUnreachableError):
            cut_off(url, devices)

    @staticmethod
    def _written(folder: Path) -> tuple[float, ...]:
        return tuple((folder / name).stat().st_mtime_ns for name in WATCHED)
