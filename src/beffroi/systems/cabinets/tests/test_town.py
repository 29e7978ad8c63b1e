"""What a town and a firm do through their pages, from an empty system to a cabinet in control."""

from io import BytesIO
from pathlib import Path

import pytest
from django.test import Client

from beffroi.adapters.postgres.notes import ConnectionInfo
from beffroi.kernel.accounts.models import Person
from beffroi.kernel.devices.actions.commissioning import register_device
from beffroi.kernel.devices.factories import FieldDevice, Town, town
from beffroi.kernel.grants.models import Activation
from beffroi.kernel.grants.queries import covered_resources
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.kernel.territory.models import Organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.factories import Street, make_convention, street
from beffroi.systems.cabinets.models import Cabinet
from beffroi.systems.cabinets.rules import SYSTEM

# A refusal that is an exception dooms its act's transaction: each test has a database of its own, as the web process has its connection.
pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture
def here(own_database: ConnectionInfo, tmp_path: Path) -> Town:
    return town(tmp_path, now=utc_now())


@pytest.fixture
def operator(own_database: ConnectionInfo) -> Organisation:
    return make_organisation("Fibre 77")


def as_(person: Person) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(person)
    return client


@pytest.fixture
def admin(here: Town) -> Client:
    return as_(make_member("Claire", here.authority.organisation, Role.ADMINISTRATOR))


def kinds(*prefixes: str) -> list[str]:
    found = Entry.objects.order_by("number").values_list("kind", flat=True)
    return [kind for kind in found if kind.startswith(prefixes)]


def test_the_system_stays_off_until_its_assessment_is_dated(here: Town, admin: Client) -> None:
    page = f"/systems/{here.authority.slug}/cabinets/"
    refused = admin.post(page, {"on": "on"})
    assert refused.status_code == 422
    assert "Date the impact assessment first" in refused.content.decode()
    assert not Activation.objects.get().on
    assert admin.post(page, {"aipd_on": "2026-11-01", "on": "on"}).status_code == 302
    assert Activation.objects.get().on
    assert kinds("system.") == ["system.switched"] * 3


def cabinet_form(operator: Organisation) -> dict[str, str]:
    return {
        "operator": str(operator.pk),
        "reference": "PM-77284-0142",
        "address": "avenue Roosevelt",
        "latitude": "48.96",
        "longitude": "2.88",
    }


def request_file(lock: FieldDevice) -> BytesIO:
    file = BytesIO(lock.request.encode())
    file.name = "request.txt"
    return file


def test_a_cabinet_gets_its_lock_and_climbs_the_ladder(admin: Client, operator: Organisation) -> None:
    address = admin.post("/cabinets/add/", cabinet_form(operator))["Location"]
    assert "is written down" in admin.get(address).content.decode()
    assert "already has this reference" in admin.post("/cabinets/add/", cabinet_form(operator)).content.decode()
    admin.post(f"{address}ladder/", {"ladder": "control"})
    assert Cabinet.objects.get().ladder == "observe"
    lock = FieldDevice()
    assert admin.post(f"{address}lock/", {"request": request_file(lock)}).status_code == 302
    assert Cabinet.objects.get().lock_id == lock.id
    admin.post(f"{address}ladder/", {"ladder": "control"})
    assert Cabinet.objects.get().ladder == "control"
    sticker = admin.get(f"{address}sticker/").content.decode()
    assert Cabinet.objects.get().code in sticker
    assert "<svg" in sticker
    assert kinds("cabinet.", "device.") == [
        "cabinet.added",
        "device.registered",
        "cabinet.lock-fitted",
        "cabinet.ladder-set",
    ]


def test_a_lock_comes_under_its_operators_conventions_about_cabinets_only(
    here: Town, admin: Client, operator: Organisation
) -> None:
    person = Person.objects.get(memberships__organisation=here.authority.organisation)
    ours, other = (
        make_convention(here, operator, now=utc_now(), by=person, system=system) for system in (SYSTEM, "images")
    )
    lock = FieldDevice()
    address = admin.post("/cabinets/add/", cabinet_form(operator))["Location"]
    admin.post(f"{address}lock/", {"request": request_file(lock)})
    assert covered_resources([ours.pk]) == {lock.id}
    assert not covered_resources([other.pk])


@pytest.mark.parametrize("content", [b"", b"x.y.z", b"\xff\xfe", b"a" * 20_000])
def test_what_is_no_lock_s_request_leaves_the_cabinet_bare(
    admin: Client, operator: Organisation, content: bytes
) -> None:
    address = admin.post("/cabinets/add/", cabinet_form(operator))["Location"]
    file = BytesIO(content)
    file.name = "request.txt"
    assert admin.post(f"{address}lock/", {"request": file}).status_code == 302
    assert Cabinet.objects.get().lock_id is None
    assert kinds("device.") == []


def test_a_lock_that_is_known_is_refused_whole(admin: Client, operator: Organisation, here: Town) -> None:
    lock = FieldDevice()
    register_device(authority=here.authority.id, request=lock.request, name="elsewhere", now=utc_now(), by=None)
    address = admin.post("/cabinets/add/", cabinet_form(operator))["Location"]
    admin.post(f"{address}lock/", {"request": request_file(lock)})
    assert "is registered already" in admin.get(address).content.decode()
    assert Cabinet.objects.get().lock_id is None


def test_searching_finds_what_is_written_on_the_cabinet(tmp_path: Path) -> None:
    here: Street = street(tmp_path, now=utc_now())
    alice = as_(here.alice)
    for text in (here.cabinet.reference, "saint-rémy", here.cabinet.code):
        assert here.cabinet.reference in alice.get("/cabinets/", {"q": text}).content.decode()
    assert "No cabinet matches." in alice.get("/cabinets/", {"q": "nowhere"}).content.decode()
    assert alice.get("/cabinets/", {"page": "99"}).status_code == 200
