"""One release goes on where another worked: the running supervisor is asked to begin anew, and what it tells of itself is awaited."""

import contextlib
import http.client
import json
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from beffroi.adapters.process import status
from beffroi.config.environment import Environment

PATIENCE: Final = 900.0
LOOK_EVERY: Final = 0.5
TELL_EVERY: Final = 5.0
ANSWERS_WITHIN: Final = 60
BOOTED: Final = Path("/run/systemd/system")  # sd_booted(3)
LOOPBACK: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where to knock, not where to listen


@dataclass(frozen=True, slots=True)
class Installation:
    """The one that runs on this machine."""

    settings: Environment

    def running(self) -> status.Status | None:
        """What its supervisor says; None when none runs."""
        now = status.read(self.settings.home)
        return None if now is None or now.stale(time.time()) else now

    def renew(self) -> bool:
        """Ask the supervisor to begin anew as the release that is current; False when none runs."""
        now = self.running()
        if now is None or now.supervisor <= 1:
            return False
        try:
            self._signal(now.supervisor)
        except (ProcessLookupError, FileNotFoundError):
            return False
        return True

    def revive(self) -> None:
        """Have systemd start the service, which it left alone when a release refused what its settings say."""
        if BOOTED.is_dir():
            subprocess.run(["systemctl", "start", "--no-block", "beffroi"], check=False)  # noqa: S607 - root's own path

    def _signal(self, supervisor: int) -> None:
        """Root signals a process of the home's account only: the number stands in a file that this account writes."""
        held = os.pidfd_open(supervisor)
        try:
            if Path(f"/proc/{supervisor}").stat().st_uid != self.settings.home.stat().st_uid:
                raise ProcessLookupError(supervisor)
            signal.pidfd_send_signal(held, signal.SIGUSR2)
        finally:
            os.close(held)

    def unwell(self) -> frozenset[str]:
        """The parts that don't do their work, as the supervisor and /healthz see it; "web" when nobody answers there."""
        now, missing = self.running(), self._missing()
        parts = {part.name for part in now.parts if not part.well} if now else set()
        return frozenset(parts | ({"web"} if missing is None else missing))

    def await_well(self, release: str, before: frozenset[str], say: Callable[[str], None]) -> str:
        """Until this release runs and nothing is unwell that was not `before`; else what is."""
        began = told = time.monotonic()
        unwell: frozenset[str] = frozenset()
        while time.monotonic() - began < PATIENCE:
            now = self.running()
            if now is not None and now.release == release:
                unwell = self.unwell() - before
                down = [part for part in now.parts if part.state == "down" and part.name in unwell]
                if down:
                    return f"{down[0].name} is down: {down[0].reason}"
                if not unwell:
                    return ""
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                say(f"   waiting for {', '.join(sorted(unwell)) or 'the former one to stop'}")
            time.sleep(LOOK_EVERY)
        return f"{', '.join(sorted(unwell)) or release} did not come up within {PATIENCE / 60:.0f} minutes"

    def _missing(self) -> set[str] | None:
        """Programs that have no connection to the database; None when nobody answers."""
        host = LOOPBACK.get(self.settings.bind, self.settings.bind)
        connection: http.client.HTTPConnection
        if self.settings.tls is not None:
            ours = ssl.create_default_context()
            ours.check_hostname, ours.verify_mode = False, ssl.CERT_NONE  # our own process, on this machine
            connection = http.client.HTTPSConnection(host, self.settings.port, timeout=ANSWERS_WITHIN, context=ours)
        else:
            connection = http.client.HTTPConnection(host, self.settings.port, timeout=ANSWERS_WITHIN)
        with contextlib.closing(connection):
            try:
                connection.request("GET", "/healthz", headers={"Host": "localhost"})
                database = json.loads(connection.getresponse().read())["database"]
                return set(database["missing"]) if database["answers"] else {"database"}
            except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
                return None
