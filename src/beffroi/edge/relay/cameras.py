"""The sources that run: one for each camera that somebody has watched, made again when the list says that it is elsewhere."""

from collections.abc import Callable
from functools import partial

from beffroi.edge.relay.masking.darkroom import Darkroom
from beffroi.edge.relay.roster import Roster
from beffroi.edge.relay.source import DEFAULT_PACE, Pace, Source
from beffroi.protocol.v1.members import Moment
from beffroi.protocol.v1.sources import Source as Place


class Cameras:
    """By gate. A source without viewers has no connection and costs nothing. `now` is what masked pictures say the time is."""

    def __init__(self, roster: Roster, now: Callable[[], Moment], pace: Pace = DEFAULT_PACE) -> None:
        self._roster = roster
        self._now = now
        self._pace = pace
        self._running: dict[str, tuple[Place, Source]] = {}

    def find(self, gate: str) -> Source | None:
        """The source of a camera that this relay serves."""
        place = self._roster.find(gate)
        if place is None:
            return None
        if gate not in self._running:
            darkroom = None if place.mask is None else partial(Darkroom, place.mask, self._now)
            source = Source(place.url, place.user, place.password, pace=self._pace, darkroom=darkroom)
            self._running[gate] = (place, source)
        return self._running[gate][1]

    def follow(self) -> dict[str, Source]:
        """What a newer list moved or took away; it is no longer found here, and whoever watches it watches the wrong place."""
        moved = {gate: source for gate, (place, source) in self._running.items() if self._roster.find(gate) != place}
        for gate in moved:
            del self._running[gate]
        return moved

    def recheck(self) -> None:
        """Something may have ended viewings: everybody's is looked at now."""
        for _, source in self._running.values():
            source.recheck()
