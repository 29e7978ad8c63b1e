"""What several reports were handed over for is undone only to whoever may still have them in charge."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.handling import hand_over
from beffroi.systems.reports.actions.settings import keep_team
from beffroi.systems.reports.factories import make_category, make_convention, reported, switched_on
from beffroi.systems.reports.models import Report, Team

pytestmark = pytest.mark.usefixtures("own_database")


def test_it_is_given_back_only_while_a_convention_covers_it(own_database: ConnectionInfo) -> None:
    town, now = make_authority("meaux"), utc_now()
    switched_on(town.pk)
    hole, lamp = make_category(town.pk), make_category(town.pk, "Lampadaire")
    firm, grid = make_organisation("Fibre 77"), make_organisation("Lumières 77")
    ending = make_convention(town.pk, firm.pk, [hole], until=now + timedelta(days=9))
    make_convention(town.pk, grid.pk, [lamp], until=now + timedelta(days=9))
    team = Team(pk=uuid4(), authority=town, organisation=town.organisation, name="Voirie")
    keep_team(team=team, by=None, now=now)
    dug, dark = reported(hole), reported(lamp)
    hand_over(report=dug, organisation=firm.pk, team=None, by=None, now=now)
    hand_over(report=dark, organisation=grid.pk, team=None, by=None, now=now)
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Alice", town.organisation, Role.AGENT))
    new = client.post("/reports/queue/batch/", {"act": "hand", "chosen": [str(dug.pk), str(dark.pk)]})["Location"]
    client.post(new, {"to": f"{town.organisation.pk}:{team.pk}"})
    assert set(Report.objects.values_list("organisation", flat=True)) == {town.organisation.pk}
    end_convention(convention=ending, by=None, now=utc_now())
    page = client.post(new, {"act": "undo"}, follow=True).content.decode()
    assert "no convention in force covers it" in page
    assert dug.reference in page
    found = {row.pk: row.organisation_id for row in Report.objects.all()}
    assert found == {dug.pk: town.organisation.pk, dark.pk: grid.pk}
