"""Dates and times read the same way in both languages: the day before the month, twenty-four hours."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

EVENING = datetime(2026, 7, 14, 19, 5, tzinfo=UTC)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_day_comes_before_the_month_and_the_day_has_24_hours(language: str) -> None:
    with translation.override(language):
        shown = Template('{{ at|date:"SHORT_DATETIME_FORMAT" }} {{ at|date:"TIME_FORMAT" }}').render(
            Context({"at": EVENING})
        )
    assert shown == "14/07/2026 21:05 21:05"
