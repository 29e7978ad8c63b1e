"""A judge's hold and a destruction that come at the same moment: one waits for the other, and neither says what isn't so."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

import psycopg
import pytest
from django.db import connection, transaction

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.register.models import Entry
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.retention.actions.durations import hold
from beffroi.kernel.retention.actions.slips import carry_out
from beffroi.kernel.retention.errors import ThingUnknown
from beffroi.kernel.retention.models import Hold, SlipState
from beffroi.kernel.retention.rules import civil_day
from beffroi.persistence.keeping import KEPT
from beffroi.systems.cabinets.models import Use
from tests.retention.test_slips import ended, with_visa
from tests.retention.town import A_YEAR, OpenedOnce


class Crossing:
    """Two acts: the second begins when the first has done all but commit."""

    def __init__(self, info: ConnectionInfo) -> None:
        self.info = info

    def __call__(self, first: Callable[[], int], second: Callable[[], int]) -> "Future[int]":
        with ThreadPoolExecutor(1) as elsewhere:
            with transaction.atomic():
                first()
                after = elsewhere.submit(self._ended, second)
                with psycopg.connect(self.info.owner_url, autocommit=True) as owner:
                    while not (self._waits(owner) or wait([after], timeout=0.02).done):
                        pass
            return after

    @staticmethod
    def _ended(act: Callable[[], int]) -> int:
        try:
            return act()
        finally:
            connection.close()

    @staticmethod
    def _waits(owner: "psycopg.Connection[tuple[object, ...]]") -> bool:
        row = owner.execute(
            "SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
            " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
        ).fetchone()
        return row is not None


@pytest.fixture
def crossing(own_database: ConnectionInfo) -> Crossing:
    return Crossing(own_database)


def held(here: OpenedOnce, rule: str, key: object) -> int:
    return hold(
        kept=KEPT[rule],
        authority=here.use.authority_id,
        keys=[str(key)],
        reason="judicial-request",
        until=civil_day(here.at + 2 * A_YEAR),
        by=None,
        now=here.at,
    )


def destroyed(here: OpenedOnce) -> int:
    return destroy_due(kept=KEPT["cabinets.uses"], authority=here.use.authority_id, now=here.at + A_YEAR, by=None)


def test_a_hold_that_comes_during_the_destruction_says_that_it_holds_nothing(
    opened_once: OpenedOnce, crossing: Crossing
) -> None:
    key = opened_once.use.id
    after = crossing(lambda: destroyed(opened_once), lambda: held(opened_once, "cabinets.uses", key))
    with pytest.raises(ThingUnknown):
        after.result()
    assert not Use.objects.exists()
    assert not Hold.objects.exists()
    assert not Entry.objects.filter(kind="retention.held").exists()


def test_a_destruction_that_comes_during_the_hold_leaves_what_is_held(
    opened_once: OpenedOnce, crossing: Crossing
) -> None:
    key = opened_once.use.id
    after = crossing(lambda: held(opened_once, "cabinets.uses", key), lambda: destroyed(opened_once))
    assert after.result() == 0
    assert Use.objects.filter(pk=key).exists()


def test_a_slip_carried_out_during_the_hold_leaves_what_is_held(opened_once: OpenedOnce, crossing: Crossing) -> None:
    old = [ended(opened_once, "Fibre d’hier", 6), ended(opened_once, "Fibre d’avant-hier", 8)]
    slip = with_visa(opened_once.client(opened_once.street.administrator))
    after = crossing(
        lambda: held(opened_once, "grants.conventions", old[0].pk),
        lambda: carry_out(slip=slip, by=None, now=opened_once.at),
    )
    assert after.result() == 1
    assert set(Convention.objects.filter(pk__in=[one.pk for one in old])) == {old[0]}
    slip.refresh_from_db()
    assert slip.state == SlipState.VISA
