"""First steps lead to the sheet."""

import pytest
from django.test import Client

from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.lib.viewer import Role


@pytest.mark.django_db
def test_first_steps_show_whether_a_sheet_is_in_the_safe() -> None:
    town = make_authority()
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Boss", town.organisation, Role.ADMINISTRATOR))
    page = client.get("/start/meaux/").content.decode()
    assert "A sheet of codes in the safe" in page
    assert "no sheet is in the safe" in page
