"""Since when this process hears the broker without a break: a device's silence counts only from then."""

from collections.abc import Callable
from datetime import datetime

from beffroi.kernel.devices.actions.health import note_listening
from beffroi.kernel.devices.rules import LISTENING_SAID


class Listening:
    """`line` is the number of the present connection to the broker, None while there is none."""

    def __init__(self, process: str, line: Callable[[], int | None]) -> None:
        self._process = process
        self._line = line
        self._known: tuple[int, datetime] | None = None
        self._noted_at: datetime | None = None

    def since(self, now: datetime) -> datetime | None:
        """Since when; None while the broker is away."""
        line = self._line()
        if line is None:
            self._known = self._noted_at = None
            return None
        if self._known is None or self._known[0] != line:
            self._known, self._noted_at = (line, now), None
        return self._known[1]

    def note(self, now: datetime) -> None:
        """Keep it where those who judge silence look, now and then; nothing while the broker is away."""
        since = self.since(now)
        if since is not None and (self._noted_at is None or now - self._noted_at >= LISTENING_SAID):
            note_listening(process=self._process, since=since, now=now)
            self._noted_at = now
