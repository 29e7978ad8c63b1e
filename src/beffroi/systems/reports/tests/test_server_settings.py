"""An administrator says where another organisation's server is, and what becomes what there; nobody else sees it."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from beffroi.adapters.open311.documents import Service
from beffroi.adapters.open311.fake import FakeTown
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.reports.actions.sending import note_read
from beffroi.systems.reports.actions.servers import keep_server, note_services
from beffroi.systems.reports.factories import make_category, reported, switched_on
from beffroi.systems.reports.models import Category, Push, PushState, Server
from beffroi.systems.reports.tests.darkroom import store_in

SERVERS = "/settings/meaux/reports/servers/"


@pytest.fixture(autouse=True)
def keys(own_database: object, settings: Settings, tmp_path: Path) -> None:
    store_in(tmp_path, settings)
    settings.BEFFROI_INTERNAL_HOSTS = frozenset({"127.0.0.1"})


@pytest.fixture
def town() -> Iterator[FakeTown]:
    fake = FakeTown(utc_now, services=[Service("L1", "Lampadaire éteint"), Service("P9", "Poteau penché")])
    with fake.running():
        yield fake


@pytest.fixture
def meaux(own_database: object) -> Authority:
    authority = make_authority()
    switched_on(authority.pk)
    return authority


@pytest.fixture
def lamp(meaux: Authority) -> Category:
    return make_category(meaux.pk, "Lampadaire éteint")


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def admin(meaux: Authority) -> Client:
    return as_(make_member("ada", meaux.organisation, Role.ADMINISTRATOR))


def told(meaux: Authority, url: str, **more: str) -> dict[str, str]:
    return {"name": "Voirie", "organisation": str(meaux.organisation.pk), "url": url, "key": "sésame", **more}


def test_a_server_is_added_found_out_mapped_and_ended(
    meaux: Authority, lamp: Category, admin: Client, town: FakeTown
) -> None:
    answer = admin.post(SERVERS, told(meaux, f"{town.address}/discovery.xml"), follow=True)
    shown = answer.content.decode()
    server = Server.objects.get()
    assert server.url == f"{town.address}/v2"
    assert server.services == [["L1", "Lampadaire éteint"], ["P9", "Poteau penché"]]
    assert "2 services are offered there" in shown
    assert "sésame" not in shown
    assert "sésame".encode() not in bytes(server.sealed_key)
    page = f"{SERVERS}{server.pk}/"
    # What bears the same name is proposed; the name of a service does as well as its code.
    assert list(server.mapped.values_list("code", flat=True)) == ["L1"]
    assert "no service of this name" in admin.post(f"{page}services/", {lamp.pk.hex: "tram"}).content.decode()
    admin.post(f"{page}services/", {lamp.pk.hex: "poteau PENCHÉ"})
    assert list(server.mapped.values_list("code", flat=True)) == ["P9"]
    report = reported(lamp)
    assert Push.objects.get(report=report).state == PushState.QUEUED
    admin.post(f"{page}pause/")
    admin.post(f"{page}pause/", {"again": "1"})
    admin.post(f"{page}end/")
    server.refresh_from_db()
    assert (bytes(server.sealed_key), Push.objects.get().state) == (b"", PushState.DROPPED)
    assert "Ended on" in admin.get(SERVERS).content.decode()
    assert Entry.objects.filter(kind="report.server-changed").count() == 6
    assert Server.objects.count() == 1
    admin.post(SERVERS, told(meaux, f"{town.address}/v2"))
    assert Server.objects.count() == 2


def test_one_that_is_ended_while_it_is_asked_stays_ended_without_its_key(
    meaux: Authority, admin: Client, town: FakeTown
) -> None:
    admin.post(SERVERS, told(meaux, f"{town.address}/v2"))
    asked = Server.objects.get()
    admin.post(f"{SERVERS}{asked.pk}/end/")
    note_services(server=asked, url=asked.url, form="xml", services=[("L1", "Lampe")], by=None, now=utc_now())
    keep_server(server=asked, key="autre", by=None, now=utc_now())
    server = Server.objects.get()
    assert (server.ended_at is None, bytes(server.sealed_key)) == (False, b"")


def test_what_the_worker_read_meanwhile_stays_read(meaux: Authority, admin: Client, town: FakeTown) -> None:
    admin.post(SERVERS, told(meaux, f"{town.address}/v2"))
    asked, until = Server.objects.get(), utc_now() + timedelta(minutes=5)
    note_read(server=asked.pk, attempt=asked.attempts, until=until, by_request=False, now=until)
    note_services(server=asked, url=asked.url, form="xml", services=[("L1", "Lampe")], by=None, now=utc_now())
    assert Server.objects.get().read_until == until


def test_a_kind_that_is_not_public_becomes_nothing_by_itself(meaux: Authority, admin: Client, town: FakeTown) -> None:
    make_category(meaux.pk, "Lampadaire éteint")
    make_category(meaux.pk, "Poteau penché", public=False)
    admin.post(SERVERS, told(meaux, f"{town.address}/v2"))
    assert list(Server.objects.get().mapped.values_list("code", flat=True)) == ["L1"]


@pytest.mark.parametrize(
    "url", ["http://voirie.example", "https://10.0.0.1/open311", "ftp://voirie.example", "https://a:b@voirie.example"]
)
def test_an_address_inside_is_refused_and_what_was_typed_stays(meaux: Authority, admin: Client, url: str) -> None:
    answer = admin.post(SERVERS, told(meaux, url))
    assert answer.status_code == 422
    assert f'value="{url}"' in answer.content.decode()
    assert Server.objects.count() == 0


def test_a_server_that_is_none_is_kept_and_said_and_an_organisation_has_one(
    meaux: Authority, admin: Client, town: FakeTown
) -> None:
    page = admin.post(SERVERS, told(meaux, f"{town.address}/elsewhere"), follow=True).content.decode()
    assert "look at the address" in page
    twice = admin.post(SERVERS, told(meaux, f"{town.address}/v2"))
    assert (twice.status_code, Server.objects.count()) == (422, 1)
    server = Server.objects.get()
    answer = admin.post(
        f"{SERVERS}{server.pk}/", {"name": "Voirie", "url": f"{town.address}/v2", "key": ""}, follow=True
    )
    assert "2 services are offered there" in answer.content.decode()
    assert bytes(Server.objects.get().sealed_key) == bytes(server.sealed_key)


def test_agents_and_strangers_see_no_server(meaux: Authority, admin: Client, town: FakeTown) -> None:
    admin.post(SERVERS, told(meaux, f"{town.address}/v2"))
    server = Server.objects.get()
    other = make_authority("provins")
    switched_on(other.pk)
    alice = as_(make_member("alice", meaux.organisation))
    charlie = as_(make_member("charlie", other.organisation, Role.ADMINISTRATOR))
    for client in (alice, charlie):
        for path in (SERVERS, f"{SERVERS}{server.pk}/", f"/settings/provins/reports/servers/{server.pk}/"):
            assert client.get(path).status_code == 404
        assert client.post(f"{SERVERS}{server.pk}/end/").status_code == 404
    assert Server.objects.get().ended_at is None
