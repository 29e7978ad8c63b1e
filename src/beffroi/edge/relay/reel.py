"""The picture as it is sent: frames become parts once, whoever watches, and what a latecomer needs is kept."""

from contextlib import suppress
from typing import Final

from beffroi.edge.relay.boxes import FRAGMENT as HEAD
from beffroi.edge.relay.boxes import fragment_head, initialization
from beffroi.edge.relay.faults import CameraFault
from beffroi.edge.relay.h264 import Unit
from beffroi.edge.relay.parameters import PPS, SPS, ParameterSets
from beffroi.edge.relay.parts import FRAGMENT, INITIALIZATION, Part
from beffroi.edge.relay.timeline import Timeline

# Since the last key picture. Beyond it a latecomer waits for the next one.
KEPT_BYTES: Final = 4 * 1024 * 1024
KEPT_FRAMES: Final = 1_500
# Pictures out of order in a stream that didn't say how many.
USUAL_REORDER: Final = 2


class Reel:
    """Of one source, for as long as somebody watches it: also over a camera that was lost and came back."""

    def __init__(self) -> None:
        self._timeline = Timeline()
        self._sets = ParameterSets()
        self._changed = False
        self._initialization: Part | None = None
        self._kept: list[Part] = []
        self._kept_bytes = 0
        self._number = 0
        # No frame can follow until a key picture comes.
        self._broken = True

    @property
    def catching_up(self) -> list[Part]:
        """What one who comes now is sent first; nothing while there is nothing to begin with."""
        return [self._initialization, *self._kept] if self._initialization and self._kept else []

    def resume(self, sets: tuple[bytes, ...]) -> None:
        """A connection begins; the camera said these sets beforehand."""
        self.leave()
        # What is unreadable here the picture itself says again.
        with suppress(CameraFault):
            self._learn(tuple(each for each in sets if each and each[0] & 0x1F in (SPS, PPS)))
        picture = self._sets.picture
        self._timeline.resume(picture.tick if picture else 0)

    def leave(self) -> None:
        """The camera is gone: what it sent is nothing to begin with any more."""
        self._forget()
        self._broken = True

    def take(self, unit: Unit, arrival: float) -> list[Part]:
        """Parts of one picture: nothing while there is none to begin with. Raises CameraFault."""
        if unit.sets:
            self._learn(unit.sets)
        if unit.key and self._sets.whole:
            self._broken = False
        elif self._changed or not self._sets.whole:
            # Sets that change away from a key picture can't be told to a player until the next.
            self._broken = True
        if self._broken:
            return []
        parts = [self._initialized()] if self._changed or self._initialization is None else []
        parts.append(self._fragment(unit, arrival))
        return parts

    def _learn(self, sets: tuple[bytes, ...]) -> None:
        new = [each for each in sets if self._sets.take(each)]
        self._changed |= bool(new)
        picture = self._sets.picture
        if new and picture is not None and picture.reorder is not None:
            self._timeline.reorder = picture.reorder

    def _initialized(self) -> Part:
        data = initialization(self._sets)
        self._initialization = Part(INITIALIZATION, (data,), len(data))
        self._changed = False
        return self._initialization

    def _fragment(self, unit: Unit, arrival: float) -> Part:
        if unit.reordered and not self._timeline.reorder:
            self._timeline.reorder = USUAL_REORDER
        moment = self._timeline.place(unit.timestamp, arrival)
        self._number += 1
        head = fragment_head(self._number, moment, unit.size, key=unit.key)
        part = Part(FRAGMENT, (head, *unit.pieces), HEAD.size + unit.size)
        if unit.key:
            self._forget()
        if unit.key or self._kept:
            self._keep(part)
        return part

    def _keep(self, part: Part) -> None:
        self._kept.append(part)
        self._kept_bytes += len(part.wire)
        if self._kept_bytes > KEPT_BYTES or len(self._kept) > KEPT_FRAMES:
            self._forget()

    def _forget(self) -> None:
        self._kept.clear()
        self._kept_bytes = 0
