"""Conventions of a release that knew no parties, or that it still signs beside this one: their partner asks, as it did."""

from importlib import import_module

import psycopg
import pytest

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.grants.actions.conventions import sign_convention
from beffroi.kernel.grants.factories import HOUR, purposes, residence
from beffroi.kernel.grants.models import Convention, ConventionParty
from beffroi.kernel.grants.queries import conventions_of_partners
from beffroi.kernel.grants.queries.parties import is_party, parties_of
from beffroi.kernel.grants.rules import Capacity, surely
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.web.viewers import viewer_for

PARTNERS_ASK = import_module("beffroi.kernel.grants.migrations.0004_requests_and_emergencies").PARTNERS_ASK
NOW = utc_now()


@pytest.fixture
def former(own_database: ConnectionInfo) -> Convention:
    """A convention that names no party, as the release before left it."""
    partner = make_organisation("Fibre 77")
    row = surely(
        sign_convention(
            authority=make_authority("meaux").pk,
            partner=partner.pk,
            system="cabinets",
            title="Cabinets",
            valid_from=NOW - HOUR,
            valid_until=NOW + 99 * HOUR,
            purposes=purposes(HOUR, 2 * HOUR),
            transports=("local",),
            list_age=72 * HOUR,
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=NOW,
        )
    )
    with psycopg.connect(own_database.owner_url) as owner:
        owner.execute("DELETE FROM grants_conventionparty WHERE convention_id = %s", [row.pk])
    return row


def test_where_no_party_was_named_the_partner_asks_and_does_nothing_else(former: Convention) -> None:
    desk = make_member("Bob", former.partner, Role.DISPATCHER)
    assert is_party(former, former.partner_id, Capacity.ASKS)
    assert not is_party(former, former.partner_id, Capacity.OWNS)
    viewer = viewer_for(person=desk.pk, as_of=NOW)
    assert conventions_of_partners(viewer, organisations=[former.partner_id]) == {former.pk}


def test_the_migration_names_each_partner_once_and_touches_no_other(
    former: Convention, own_database: ConnectionInfo
) -> None:
    here = residence(make_authority("charenton"), now=NOW)
    before = set(ConventionParty.objects.values_list("pk", flat=True))
    with psycopg.connect(own_database.owner_url) as owner:
        for _again in range(2):
            owner.execute(PARTNERS_ASK)
    assert parties_of(former, Capacity.ASKS) == [former.partner]
    made = ConventionParty.objects.exclude(pk__in=before)
    assert {row.convention_id for row in made} == {former.pk}
    assert parties_of(here.convention, Capacity.ASKS) == [here.police]
