"""The demonstration's fault reports: a month that went by and what is open, none of it late while somebody looks around."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.cli.demo.limits import DISTRICTS, OF_MEAUX, OF_PROVINS, draw
from beffroi.cli.demo.pictures import CHECKED, SUBJECTS, check_some, drawn
from beffroi.cli.demo.reports import OPEN, PAST, report_in_meaux, report_in_provins
from beffroi.cli.demo.rounds import ASIDE, set_out
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.territory.factories import make_authority, make_membership, make_organisation
from beffroi.kernel.territory.models import OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.models import Asset, Photo, Report, Round, Shortlisted, Team, Way, Wording
from beffroi.systems.reports.queries.settings import kept_ways


@pytest.fixture(autouse=True)
def hurried(own_database: ConnectionInfo, settings: Settings, tmp_path: Path) -> None:
    """As fast as the demonstration, with what seals its photos."""
    settings.BEFFROI_PACE, settings.BEFFROI_HOME, settings.BEFFROI_MEDIA = 60, tmp_path, tmp_path / "media"
    KeyStore(tmp_path / "keys").create_media_key()


def test_a_month_went_by_and_nothing_is_late_for_hours() -> None:
    now = utc_now()
    meaux, provins = make_authority(slug="meaux", name="Meaux"), make_authority(slug="provins", name="Provins")
    operator = make_organisation("Fibre 77", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    draw(authority=meaux.pk, limit=OF_MEAUX, districts=DISTRICTS, by=None, now=now)
    draw(authority=provins.pk, limit=OF_PROVINS, districts={}, by=None, now=now)
    for _again in range(2):
        report_in_meaux(authority=meaux.pk, operator=operator.pk, official=None, by=None, now=now)
        report_in_provins(authority=provins.pk, official=None, now=now)
    rows = Report.objects.filter(authority=meaux)
    assert rows.count() == len(PAST) + 1 + len(OPEN)
    assert rows.filter(closed_at=None).count() == len(OPEN)
    assert rows.filter(held=True).count() == 1
    assert rows.filter(into__isnull=False).count() == 1
    assert rows.filter(organisation=operator).exists()
    assert rows.exclude(territory=None).exists()
    assert Team.objects.filter(authority=meaux).exclude(email="").count() == 3
    cables = Asset.objects.filter(authority=meaux, kind="cable", line__isnull=False)
    assert cables.filter(pk__in=rows.values("asset")).exists(), "one of them was reported"
    assert kept_ways(meaux.pk).count() == 10
    assert not Way.objects.filter(authority=provins).exists()
    assert Report.objects.filter(authority=provins).count() == 6
    do_deadlines(lambda: now + timedelta(hours=5))
    assert not Alert.objects.exists(), "what is open waits for its visitor"


def test_photos_go_the_way_of_any_photo_and_some_are_checked() -> None:
    meaux = make_authority(slug="meaux", name="Meaux")
    operator = make_organisation("Fibre 77", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    draw(authority=meaux.pk, limit=OF_MEAUX, districts=DISTRICTS, by=None, now=utc_now())
    report_in_meaux(authority=meaux.pk, operator=operator.pk, official=None, by=None, now=utc_now())
    assert Photo.objects.filter(authority=meaux).count() == len(OPEN)
    check_some(authority=meaux.pk, by=None, clock=utc_now)
    states = list(Photo.objects.filter(authority=meaux).values_list("state", flat=True))
    assert sorted(set(states)) == ["checked", "waiting"]
    assert states.count("checked") == CHECKED
    same = drawn(SUBJECTS["pothole"], "pothole 1")
    assert same == drawn(SUBJECTS["pothole"], "pothole 1")


def test_an_agent_has_a_shortlist_and_a_round_and_the_technician_one_for_today() -> None:
    meaux = make_authority(slug="meaux", name="Meaux")
    operator = make_organisation("Fibre 77", OrganisationKind.INFRASTRUCTURE_OPERATOR)
    make_membership(make_person("Alice", email="alice@meaux.example"), meaux.organisation)
    make_membership(make_person("Théo", email="theo@fibre77.example"), operator, Role.TECHNICIAN)
    draw(authority=meaux.pk, limit=OF_MEAUX, districts=DISTRICTS, by=None, now=utc_now())
    report_in_meaux(authority=meaux.pk, operator=operator.pk, official=None, by=None, now=utc_now())
    for _again in range(2):
        set_out(authority=meaux.pk, operator=operator.pk, by=None, now=utc_now())
    assert Shortlisted.objects.count() == ASIDE
    assert sorted(row.stops.count() for row in Round.objects.all()) == [2, len(OPEN) - 2 - ASIDE]
    assert Wording.objects.filter(authority=meaux, label="Bien reçu").exists()
