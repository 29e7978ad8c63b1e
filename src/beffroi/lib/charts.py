"""What a chart shows, and where its bars stand: plain values, for a page, a PDF and a CSV alike."""

import math
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720
LEFT: Final = 44  # for the scale
TOP: Final = 12
HEIGHT: Final = 200  # of the bars alone
BELOW: Final = 26  # for the labels
LINE: Final = 26  # of a lying bar
NAMES: Final = 250  # for the names of lying bars
LABELS: Final = 10  # more of them would run into one another
STEPS: Final = 4
LONGEST: Final = 34  # letters of a name beside a lying bar


@dataclass(frozen=True, slots=True)
class Series:
    """One thing that is counted, for each label. None: nothing to say there."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of the drawing, of the series numbered `series`, from 1."""

    x: float
    y: float
    width: float
    height: float
    series: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A text of the drawing, or a figure, which whoever draws writes as the language does.

    `anchor` as SVG's `text-anchor`; `line`: a thin line goes with it, there.
    """

    x: float
    y: float
    text: str | float
    anchor: str
    line: tuple[float, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """Series over the same labels, stacked. `lying`: bars lie, for labels that are names. `unit` is said beside the title."""

    code: str
    title: str
    label: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    lying: bool = False
    note: str = ""

    @property
    def empty(self) -> bool:
        """Nothing to draw."""
        return not any(value for series in self.series for value in series.values)

    @property
    def rows(self) -> list[tuple[str, list[float | None]]]:
        """The table: each label with its values."""
        return [(label, [series.values[at] for series in self.series]) for at, label in enumerate(self.labels)]

    @property
    def height(self) -> float:
        """Of the drawing."""
        return TOP + LINE * len(self.labels) + BELOW if self.lying else TOP + HEIGHT + BELOW

    @property
    def bars(self) -> list[Bar]:
        """Where the bars stand, in a drawing 720 wide."""
        return self._lying_bars() if self.lying else self._standing_bars()

    @property
    def marks(self) -> list[Mark]:
        """The scale and the labels."""
        return self._lying_marks() if self.lying else self._standing_marks()

    def _top(self) -> float:
        sums = [sum(series.values[at] or 0 for series in self.series) for at in range(len(self.labels))]
        return step_of(max(sums, default=0)) * STEPS

    def _standing_bars(self) -> list[Bar]:
        step = (WIDTH - LEFT) / max(len(self.labels), 1)
        scale, found = HEIGHT / self._top(), []
        for at in range(len(self.labels)):
            base = 0.0
            for number, series in enumerate(self.series, start=1):
                size = (series.values[at] or 0) * scale
                if size:
                    y = TOP + HEIGHT - base - size
                    found.append(Bar(_r(LEFT + at * step + step * 0.15), _r(y), _r(step * 0.7), _r(size), number))
                base += size
        return found

    def _standing_marks(self) -> list[Mark]:
        step, found = (WIDTH - LEFT) / max(len(self.labels), 1), []
        for number in range(STEPS + 1):
            y = _r(TOP + HEIGHT - HEIGHT * number / STEPS)
            found.append(Mark(LEFT - 6, y + 4, self._top() * number / STEPS, "end", (LEFT, y, WIDTH, y)))
        every = math.ceil(len(self.labels) / LABELS)
        for at, label in enumerate(self.labels):
            if at % every == 0:
                found.append(Mark(_r(LEFT + at * step + step / 2), TOP + HEIGHT + 18, label, "middle"))
        return found

    def _lying_bars(self) -> list[Bar]:
        scale, found = (WIDTH - NAMES - LEFT) / self._top(), []
        for at in range(len(self.labels)):
            base = 0.0
            for number, series in enumerate(self.series, start=1):
                size = (series.values[at] or 0) * scale
                if size:
                    y = TOP + at * LINE + LINE * 0.15
                    found.append(Bar(_r(NAMES + base), _r(y), _r(size), _r(LINE * 0.7), number))
                base += size
        return found

    def _lying_marks(self) -> list[Mark]:
        scale, found = (WIDTH - NAMES - LEFT) / self._top(), []
        for at, label in enumerate(self.labels):
            y = TOP + at * LINE + LINE / 2 + 4
            total = sum(series.values[at] or 0 for series in self.series)
            shown = label if len(label) <= LONGEST else f"{label[: LONGEST - 1]}…"
            found.append(Mark(NAMES - 8, _r(y), shown, "end"))
            found.append(Mark(_r(NAMES + total * scale + 6), _r(y), total, "start"))
        return found


def step_of(most: float) -> float:
    """A round step of the scale: four of them reach beyond the highest bar."""
    if most <= STEPS:
        return 1.0
    rough = most / STEPS
    power: float = 10.0 ** math.floor(math.log10(rough))
    return next(power * round_ for round_ in (1, 2, 5, 10) if power * round_ >= rough)


def _r(value: float) -> float:
    return round(value, 1)
