"""The list of conventions says which are to be written anew, and which came to their end with nothing after them."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils.formats import date_format
from django.utils.timezone import localtime

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.grants.actions.conventions import Manner, sign_convention
from beffroi.kernel.grants.factories import HOUR, Residence, purposes, residence
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import visible_conventions
from beffroi.kernel.grants.queries.renewal import marked
from beffroi.kernel.grants.rules import Capacity, Party, surely
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.web.viewers import viewer_for

DAY = timedelta(days=1)


@pytest.fixture
def here(own_database: ConnectionInfo) -> Residence:
    return residence(make_authority("charenton"), now=utc_now())


def lasting(here: Residence, partner: Organisation, title: str, *, begins: datetime, days: int = 300) -> Convention:
    return surely(
        sign_convention(
            authority=here.authority.pk,
            partner=partner.pk,
            system=here.convention.system,
            title=title,
            valid_from=begins,
            valid_until=begins + days * DAY,
            purposes=purposes(HOUR, 2 * HOUR),
            transports=("network",),
            list_age=timedelta(minutes=15),
            list_old="refuse",
            time_unknown="refuse",
            by=None,
            now=here.now,
            parties=[Party(partner.pk, Capacity.OWNS, here.now.date()), Party(here.police.pk, Capacity.ASKS)],
            manner=Manner(years=1),
        )
    )


def test_the_list_marks_what_is_to_be_renewed_before_all_else_and_what_nothing_followed(here: Residence) -> None:
    administrator = make_member("Ada", here.authority.organisation, Role.ADMINISTRATOR)
    newer = lasting(here, make_organisation("OPH"), "Another, begun later", begins=here.now + 200 * DAY)
    ends = here.convention.valid_until

    def at(moment: datetime) -> list[tuple[str, bool, bool]]:
        viewer = viewer_for(person=administrator.pk, as_of=moment)
        rows = [vars(row) for row in marked(visible_conventions(viewer), moment)]
        return [(row["title"], row["due"], row["lapsed"]) for row in rows]

    old = here.convention.title
    assert at(ends - 62 * DAY) == [(newer.title, False, False), (old, False, False)]
    assert at(ends - 61 * DAY) == [(old, True, False), (newer.title, False, False)]
    assert at(ends) == [(newer.title, False, False), (old, False, True)]
    lasting(here, here.landlord, "The next", begins=ends)
    assert at(ends - 61 * DAY) == [("The next", False, False), (newer.title, False, False), (old, False, False)]
    assert (old, False, False) in at(ends)


def test_whoever_reads_the_list_sees_which_to_renew_and_by_when(here: Residence) -> None:
    administrator = make_member("Ada", here.authority.organisation, Role.ADMINISTRATOR)
    browser = Client(headers={"accept-language": "en"})
    browser.force_login(administrator)
    assert "To be renewed" not in browser.get("/conventions/").content.decode()
    soon = lasting(here, make_organisation("OPH"), "Ends in a month", begins=here.now - 300 * DAY, days=330)
    told = browser.get("/conventions/").content.decode()
    assert told.count("To be renewed") == 1
    assert f"ends on {date_format(localtime(soon.valid_until - timedelta(seconds=1)), 'DATE_FORMAT')}" in told
    assert told.index(soon.title) < told.index(here.convention.title)
