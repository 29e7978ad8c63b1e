"""Somebody remains who can let people in, whatever two administrators do at the same moment."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Membership
from beffroi.lib.viewer import Role
from tests.holding import held


def stop(by: Person, whose: Person) -> int:
    """Press the button, from a thread of its own."""
    client = Client()
    try:
        client.force_login(by)
        return client.post(f"/roles/{Membership.objects.get(person=whose).pk}/stop/").status_code
    finally:
        connections.close_all()


def test_two_administrators_who_end_each_other_s_role_at_once_leave_one(own_database: ConnectionInfo) -> None:
    town = make_authority("meaux").organisation
    ada, alix = (make_member(name, town, Role.ADMINISTRATOR) for name in ("Ada Lemoine", "Alix Costa"))
    with ThreadPoolExecutor(max_workers=2) as threads:
        with held(own_database, "territory_organisation", town.pk) as waits:
            pressed = [threads.submit(stop, ada, alix), threads.submit(stop, alix, ada)]
            waits(2, over=lambda: all(press.done() for press in pressed))
        assert [press.result() for press in pressed] == [302, 302]
    assert Membership.objects.filter(role=Role.ADMINISTRATOR.value, valid_until=None).count() == 1
