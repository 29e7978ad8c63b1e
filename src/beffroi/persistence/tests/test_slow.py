"""A statement that takes long is in the log, without its values."""

import logging

import pytest
from django.db import ProgrammingError, connection

from beffroi.persistence import slow


@pytest.mark.django_db
def test_it_is_said_by_its_shape(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "LONG", -1.0)
    with caplog.at_level(logging.WARNING, "beffroi.slow"), connection.cursor() as cursor:
        cursor.execute("SELECT %s,\n  'jeanne@example.org'", ["hush"])
    (record,) = caplog.records
    assert record.getMessage().endswith("ms: SELECT %s, '…'")
    assert vars(record)["shape"] == "SELECT %s, '…'"


@pytest.mark.django_db
def test_one_that_fails_is_said_too_and_still_fails(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow, "LONG", -1.0)
    with (
        caplog.at_level(logging.WARNING, "beffroi.slow"),
        connection.cursor() as cursor,
        pytest.raises(ProgrammingError),
    ):
        cursor.execute("SELECT nothing_of_the_kind")
    assert "nothing_of_the_kind" in caplog.text


@pytest.mark.django_db
def test_the_others_are_not(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow, "LONG", 3600.0)
    with caplog.at_level(logging.WARNING, "beffroi.slow"), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert not caplog.records
