"""The demonstration's residence: its cameras under their laws, its conventions, the request that runs, and what moves when a port does."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connections
from django.utils.timezone import get_default_timezone
from pytest_django.fixtures import Settings

from beffroi.adapters.keystore import KeyStore
from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.adapters.process.places import port_is_free
from beffroi.cli.demo import film
from beffroi.cli.demo.film import Film, filmed, prepared
from beffroi.cli.demo.lending import LASTS
from beffroi.cli.demo.people import CHARACTERS, OFFICERS
from beffroi.cli.demo.residence import EYES, OF_THE_CAR_PARK, OF_THE_RESIDENCE, furnish_residence
from beffroi.cli.demo.sowing import Sower
from beffroi.config.environment import Environment, read
from beffroi.kernel.accounts.factories import make_person
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.devices.factories import town
from beffroi.kernel.devices.jobs import sign_certificates
from beffroi.kernel.devices.minter import make_boxes
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_membership
from beffroi.kernel.territory.models import OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.lib.years import latest_end
from beffroi.systems.video.models import AccessRequest, Camera, Entrance, Relay
from beffroi.systems.video.rules import PlaceKind, Regime

PACE = 60
SCENES = {
    PlaceKind.HALL: "hall",
    PlaceKind.CORRIDOR: "hall",
    PlaceKind.BASEMENT: "parking",
    PlaceKind.PARKING: "parking",
    PlaceKind.COURTYARD: "street",
    PlaceKind.PREMISES: "hall",
}


@contextmanager
def minting(store: KeyStore) -> Iterator[None]:
    """What the minter does for devices, meanwhile."""
    over = threading.Event()

    def work() -> None:
        try:
            while not over.wait(0.05):
                make_boxes(store, utc_now())
                sign_certificates(store, utc_now())
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def terms(title: str) -> tuple[str, int, int, int, bool]:
    """Who approves, what it covers, how many parties sign it, how many may ask under it, whether its end is within the year."""
    row = Convention.objects.get(title=title)
    within = row.years == 1 and row.valid_until <= latest_end(row.valid_from, 1, get_default_timezone())
    return row.approval, row.resources.count(), row.parties.count(), row.designations.count(), within


def test_a_camera_films_what_it_is_named_after() -> None:
    assert [SCENES[eye.place] for eye in EYES] == list(film.SCENES)


def test_ports_are_those_of_the_run_before_and_others_where_they_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = prepared(tmp_path)
    assert first is not None
    assert port_is_free(first.relay)
    assert prepared(tmp_path) == filmed(tmp_path) == first
    monkeypatch.setattr(film, "port_is_free", lambda port: port != first.relay)
    second = prepared(tmp_path)
    assert second is not None
    assert (second.cameras, second.relay == first.relay) == (first.cameras, False)


def test_without_what_draws_video_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert prepared(tmp_path) is not None
    monkeypatch.setattr(film, "DRAWER", "no_module_of_this_name")
    assert prepared(tmp_path) is None
    assert filmed(tmp_path) is None


def test_the_residence_is_furnished_once_and_found_again_at_other_ports(
    own_database: ConnectionInfo, settings: Settings, tmp_path: Path
) -> None:
    settings.BEFFROI_PACE = PACE
    now = utc_now()
    here = town(tmp_path / "keys", now=now, slug="meaux")
    police = create_organisation(
        name="Police municipale de Meaux", kind=OrganisationKind.MUNICIPAL_POLICE, by=None, serves=here.authority.id
    )
    for each in (*CHARACTERS, *OFFICERS):
        if each.role is Role.OPERATOR:
            make_membership(make_person(each.name, email=each.email), police, each.role)
    sower = Sower(configured(tmp_path), None, utc_now, lambda _text: None)
    with minting(here.store):
        for ports in (Film(relay=20_001, cameras=20_002), Film(relay=20_001, cameras=20_002), Film(20_003, 20_004)):
            told(tmp_path, ports)
            furnish_residence(sower, authority=here.authority.id, police=police)
            relay = Relay.objects.get()
            assert relay.address == ports.address
            cameras = Camera.objects.filter(relay=relay)
            assert {row.number: row.source for row in cameras} == {
                number: ports.source(number) for number in range(1, len(EYES) + 1)
            }
    assert Entrance.objects.filter(name__startswith="Entrée").count() == 3
    assert set(Camera.objects.values_list("regime", flat=True)) == {regime.value for regime in Regime}
    assert terms(OF_THE_RESIDENCE) == ("automatic", 9, 5, 2, True)
    assert terms(OF_THE_CAR_PARK) == ("owner", 2, 5, 2, True)
    assert timedelta(days=365) > LASTS
    assert AccessRequest.objects.get().answered_at is None
    do_deadlines(lambda: now + timedelta(hours=5))
    assert not Alert.objects.exists(), "what is open waits for its visitor"


def configured(home: Path) -> Environment:
    return read({"BEFFROI_HOME": str(home), "BEFFROI_BROKER_URL": "mqtt://127.0.0.1:1883"})


def told(home: Path, ports: Film) -> None:
    """The ports of a run, as that run writes them."""
    (home / "demo").mkdir(exist_ok=True)
    (home / "demo" / "film.json").write_text(f'{{"relay": {ports.relay}, "cameras": {ports.cameras}}}')
