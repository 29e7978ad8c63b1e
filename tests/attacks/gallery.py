"""What every attack on a camera has in common: first the look that shows pictures, then its mutation, refused and on record.

`Gallery.attacked` fails unless something was shown in the same test, the refusal bears the expected reason, nothing is shown
now, and the last refusal in the relay's own log is that one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from beffroi.protocol.v1.errors import Refused
from beffroi.protocol.v1.frames import RefusedFrame, Response
from beffroi.simulator.phone import Meeting
from tests.attacks.scene import Row, Use
from tests.edge.relay.site import Site
from tests.edge.town import CAMERA, Technician, allow


@dataclass
class Gallery:
    site: Site
    record: Callable[[Row], None]
    rows: list[Row] = field(default_factory=list)
    shown: bool = False

    def shows(self, officer: Technician, gate: str = CAMERA) -> Use:
        """The look as it should be: pictures come, and it ends because its holder leaves."""
        screen = self.site.screen(officer)
        meeting = allow(screen.meet(gate))
        response = screen.answer(meeting)
        with self.site.answered(officer, meeting, response) as look:
            result = allow(look.result())
            assert result.admitted, result
            look.until(lambda picture: picture.frames >= 3)
        self.site.hands.until(lambda state: state["uses"] == [])
        self.shown = True
        return Use(meeting, response, result)

    def answer(self, officer: Technician, meeting: Meeting, response: Response) -> str:
        """The reason for which a response is refused."""
        with self.site.answered(officer, meeting, response) as look:
            return look.refusal()

    def attacked(self, name: str, mutates: str, reason: str, outcome: str) -> None:
        """The mutated look was refused for this reason by the camera, which shows nothing and has it on record."""
        self._row(name, mutates, reason, outcome)
        assert self.site.state()["uses"] == []
        assert self.site.cameras.viewers(1) == 0
        self.site.server.until(lambda: self._recorded() == reason)

    def disbelieved(self, name: str, mutates: str, reason: str, outcome: object) -> None:
        """The browser, not the camera, saw through it."""
        assert isinstance(outcome, Refused | RefusedFrame), outcome
        self._row(name, mutates, reason, str(outcome.reason))

    def _recorded(self) -> object:
        refused = self.site.server.of("use-refused")
        return refused[-1].get("reason") if refused else None

    def _row(self, name: str, mutates: str, reason: str, outcome: str) -> None:
        assert self.shown, "an attack is the mutation of a look that shows something"
        row = (name, mutates, reason, "yes" if outcome == reason else f"NO: {outcome}")
        self.rows.append(row)
        self.record(row)
        assert outcome == reason
