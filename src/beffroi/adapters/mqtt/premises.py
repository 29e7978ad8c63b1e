"""The folder, the ports and the password of our own broker, whichever it is."""

import os
from dataclasses import dataclass, replace
from pathlib import Path

from beffroi.adapters.mqtt import accounts, notes
from beffroi.adapters.mqtt.errors import BrokerUnusableError
from beffroi.adapters.mqtt.notes import LOOPBACK, Door, Notes
from beffroi.adapters.process import places
from beffroi.adapters.process.child import Account

STATE = "state"


@dataclass(frozen=True, slots=True)
class Premises:
    """Of one BEFFROI_HOME; `account` runs the broker (None: we do)."""

    home: Path
    account: Account | None

    def furnish(self) -> Notes:
        """Makes what is missing; gives what is known. What is there already stays as it is, ports above all: devices in
        the field know theirs.
        """
        places.open_folder(self.home)
        beside = self.home / "broker"
        places.open_folder(beside)
        if self.account is not None:
            beside.chmod(0o711)  # a restored home has it for us alone, and the broker's account passes through
        known = notes.read(self.home) or self._first(beside)
        folder = Path(known.folder)
        for each in (folder, folder / STATE):
            each.mkdir(parents=True, exist_ok=True)
            if self.account is not None:
                os.chown(each, self.account.uid, self.account.gid)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        (folder / STATE).chmod(0o700)
        accounts.write_server(folder, known)
        if not (folder / accounts.PASSWORDS).exists():
            accounts.write_devices(folder, {})
        return known

    def open_for(self, kind: str, door: Door | None = None) -> Notes:
        """Notes which broker runs from now on, and where devices with a certificate come in when there is such a door. A port
        that was not asked for is chosen once.
        """
        known = self.furnish()
        now = replace(known, kind=kind)
        if door is not None:
            now = replace(now, tls_port=door.port or known.tls_port or places.free_port(), host=door.host)
        if now != known:
            notes.write(self.home, now)
        return now

    def _first(self, beside: Path) -> Notes:
        folder = (places.reachable(beside, self.account) or beside) / notes.OWN
        known = Notes.fresh(folder, places.free_port(), places.free_port())
        notes.write(self.home, known)
        return known


def refuse_taken_ports(known: Notes, door: Door | None = None) -> None:
    """Devices in the field know their port, so another is never chosen silently. Raises BrokerUnusableError."""
    wanted = [(LOOPBACK, known.port), (LOOPBACK, known.server_port)]
    if door is not None:
        wanted.append((door.bind, known.tls_port))
    for address, port in wanted:
        if not places.port_is_free(port, address):
            raise BrokerUnusableError(
                f"port {port} of our broker is taken by another program, or {address} is no address of this machine "
                "(`ss -ltnp` names who listens): stop that program. Devices know this port, so no other is chosen for them."
            )
