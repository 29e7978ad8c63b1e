"""Whoever comes in twice in the same moment is one person."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.directory.actions.following import Refusal, arrive
from beffroi.kernel.directory.factories import POLICE, make_group_rule, seen
from beffroi.kernel.directory.models import Held
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now
from tests.holding import held


def test_somebody_who_logs_in_twice_at_once_for_the_first_time_has_one_account(own_database: ConnectionInfo) -> None:
    town = make_authority("charenton")
    make_group_rule(town)

    def log_in() -> Person | Refusal:
        try:
            return arrive(authority=town.pk, seen=seen("ada", POLICE), now=utc_now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=2) as threads:
        with held(own_database, "territory_organisation", town.organisation.pk) as waits:
            coming = [threads.submit(log_in) for _time in range(2)]
            waits(2, over=lambda: all(one.done() for one in coming))
        assert [one.result() for one in coming] == [Person.objects.get()] * 2
    assert Held.objects.count() == 1
