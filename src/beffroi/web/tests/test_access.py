"""Who can see what of a town that works with many: a page asks the rules of a few of them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority, OrganisationKind
from beffroi.lib.viewer import Role

pytestmark = pytest.mark.django_db


def open_services(town: Authority, first: int, last: int) -> None:
    for number in range(first, last):
        service = create_organisation(
            name=f"Service {number:02}", kind=OrganisationKind.MUNICIPAL_POLICE, serves=town.pk, by=None
        )
        make_member(f"Operator {number:02}", service, Role.OPERATOR)


def test_a_page_holds_ten_and_costs_the_same_however_many_there_are() -> None:
    town = make_authority("meaux")
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Claire Moreau", town.organisation, Role.ADMINISTRATOR))
    address, asked = "/access/of/meaux/", []
    open_services(town, 0, 12)
    for last in (12, 30):
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address).content.decode()
        asked.append(len(queries))
        assert page.count('<section class="card"') == 10
        assert page.index(">Meaux</h2>") < page.index(">Service 00</h2>") < page.index(">Service 08</h2>")
        open_services(town, last, 30)
    assert "Page 1 of 4" in page
    assert asked[0] == asked[1]
    assert ">Service 29</h2>" in client.get(f"{address}?page=4").content.decode()
