"""What limits remember: kept once, for as long as was said, never more than there is room for."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.core.cache.backends import db
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from beffroi.persistence.memory import COUNTED_EVERY, Memory

pytestmark = pytest.mark.django_db
MOST = 100


def test_what_is_kept_is_found_until_its_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    now = datetime.now(UTC)
    cache.set("tried", [1.0], timeout=60)
    assert cache.get("tried") == [1.0]
    assert not cache.add("tried", [2.0], timeout=60)
    assert cache.get("tried") == [1.0]
    assert cache.touch("tried", timeout=600)
    assert not cache.touch("never-kept", timeout=600)
    monkeypatch.setattr(db, "tz_now", lambda: now + timedelta(seconds=300))
    assert cache.get("tried") == [1.0]
    monkeypatch.setattr(db, "tz_now", lambda: now + timedelta(seconds=900))
    assert cache.add("tried", [3.0], timeout=1200), "what is over is as nothing"
    assert cache.get("tried") == [3.0]
    assert cache.delete("tried")
    assert cache.get("tried") is None


def test_a_write_asks_once_whatever_is_kept(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for tried in ([1.0], [1.0, 2.0]):
        with django_assert_num_queries(1):
            cache.set("tried", tried, timeout=60)


def test_there_is_an_end_to_what_is_kept() -> None:
    small = Memory("persistence_cache", {"OPTIONS": {"MAX_ENTRIES": MOST}})
    for number in range(2 * COUNTED_EVERY):
        small.set(f"tried-{number}", 1, timeout=60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM persistence_cache")
        assert 0 < cursor.fetchone()[0] < 2 * COUNTED_EVERY
