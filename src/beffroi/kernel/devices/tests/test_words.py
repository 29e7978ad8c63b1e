"""What people read about devices."""

from uuid import uuid4

import pytest

from beffroi.kernel.alerts.registry import AlertKind, Facts
from beffroi.kernel.devices.queries.words import ALERTS
from beffroi.kernel.devices.tests.desk import NOW


@pytest.mark.parametrize("kind", ALERTS, ids=lambda kind: str(kind.code))
@pytest.mark.parametrize("ended", ["", "heard-again", "filled", "noted", "retired"])
def test_each_alert_has_words_in_both_languages(kind: AlertKind, ended: str) -> None:
    facts = Facts(
        alert=uuid4(),
        authority=uuid4(),
        subject=uuid4(),
        resource=None,
        where="PM 1",
        since=NOW,
        organisation="",
        ended=bool(ended),
        reason=ended,
        values={"name": "PM 1", "first": 2, "last": 3, "events": 2},
    )
    for language in ("fr", "en"):
        said = kind.words(facts, language)
        assert "PM 1" in said.title
        assert "%" not in said.title + said.body
