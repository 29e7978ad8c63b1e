"""What goes wrong while an export is made is said in the log, and stops nothing else that the worker does."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.test import override_settings

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.townhall.factories import Desk, browser, desk
from beffroi.kernel.townhall.jobs import make_next
from beffroi.kernel.townhall.models import Export


@pytest.fixture
def there(own_database: ConnectionInfo, tmp_path: Path) -> Iterator[Desk]:
    with override_settings(BEFFROI_HOME=tmp_path):
        yield desk()


def test_a_table_that_cannot_be_read_leaves_it_waiting(
    there: Desk, own_database: ConnectionInfo, caplog: pytest.LogCaptureFixture
) -> None:
    browser(there.administrator, confirmed=True).post("/export/meaux/")
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("ALTER TABLE townhall_thing RENAME TO townhall_elsewhere")
    assert make_next()
    assert Export.objects.get().state == "waiting"
    assert not make_next(), "its lease keeps it from being tried without rest"
    assert "export" in caplog.text
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("ALTER TABLE townhall_elsewhere RENAME TO townhall_thing")
