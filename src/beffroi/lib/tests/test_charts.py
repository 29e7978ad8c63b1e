"""Bars lie inside their drawing and grow with what they count."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.lib.charts import LEFT, WIDTH, Chart, Series, step_of

COUNTS = st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=40)


@given(COUNTS, st.booleans())
def test_every_bar_is_inside_the_drawing(values: list[float | None], lying: bool) -> None:
    chart = Chart(
        "c", "t", "l", tuple(map(str, values)), (Series("a", tuple(values)), Series("b", tuple(values))), lying=lying
    )
    for bar in chart.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH + 0.2
        assert bar.y >= -0.2
        assert bar.y + bar.height <= chart.height
    assert len(chart.bars) == 2 * sum(1 for value in values if value)
    assert chart.empty == (not any(values))
    assert len(chart.rows) == len(values)


@pytest.mark.parametrize(("most", "step"), [(0, 1), (4, 1), (5, 2), (9, 5), (41, 20), (1_000, 500)])
def test_the_scale_is_round_and_reaches_beyond(most: float, step: float) -> None:
    assert step_of(most) == step
    assert step * 4 >= most
