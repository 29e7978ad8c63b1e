"""Who looks after devices sees how each is, the worst first, and tells it something; others learn nothing of it."""

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from beffroi.kernel.devices.actions.health import note_cut, note_listening
from beffroi.kernel.devices.actions.intake import note_asked
from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.factories import FieldDevice, in_service
from beffroi.kernel.devices.jobs import sweep
from beffroi.kernel.devices.minter import sign_lists_of_sources
from beffroi.kernel.devices.models import Command
from beffroi.kernel.devices.registry import SOURCES, GateSource
from beffroi.kernel.devices.tests.desk import NOW, Desk
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.carriage import Ask, Events

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def logged_in(desk: Desk, role: Role = Role.ADMINISTRATOR) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member(f"{role} of Meaux", desk.town.authority.organisation, role))
    return client


def text(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def heard(device: FieldDevice, now: datetime) -> None:
    note_asked(device=device.id, keyset=1, revocations=(0, 0), now=now)


def swept(now: datetime, *, since: datetime) -> None:
    note_listening(process="ingest-1", since=since, now=now)
    sweep(lambda: now)


def test_the_worst_comes_first_and_filters_count(desk: Desk) -> None:
    now = utc_now()
    start = now - timedelta(hours=2)
    well, late, down = (in_service(desk.town, now=start, name=f"PM {name}") for name in ("1", "2", "3"))
    heard(well, now)
    heard(late, now - 30 * MINUTE)
    heard(down, now - 50 * MINUTE)
    swept(now, since=start)
    client = logged_in(desk)
    page = text(client, "/devices/")
    assert page.index(">PM 3<") < page.index(">PM 2<") < page.index(">PM 1<")
    assert "Late, called silent in 15 min" in page
    assert "Silent (1)" in page
    assert ">PM 3<" in text(client, "/devices/?state=down")
    assert ">PM 1<" not in text(client, "/devices/?state=down")
    assert ">PM 2<" in text(client, "/devices/?q=pm+2")
    assert "Nobody listens" not in page


def test_a_list_of_many_comes_in_pages_and_a_fixed_number_of_questions(
    desk: Desk, django_assert_max_num_queries: object
) -> None:
    for number in range(55):
        in_service(desk.town, now=NOW, name=f"PM {number:03}")
    client = logged_in(desk)
    first, second = text(client, "/devices/"), text(client, "/devices/?page=2")
    assert ">PM 000<" in first
    assert ">PM 054<" not in first
    assert ">PM 054<" in second
    with django_assert_max_num_queries(25):  # type: ignore[operator]  # pytest-django's fixture
        client.get("/devices/")


def test_it_says_when_nobody_listens(desk: Desk) -> None:
    in_service(desk.town, now=NOW)
    assert "Nobody listens" in text(logged_in(desk), "/devices/")


def test_a_device_s_page_tells_its_line_its_log_and_what_was_refused(desk: Desk) -> None:
    device = in_service(desk.town, now=NOW)
    desk.now = utc_now()
    first, _missing, last = device.write("boot"), device.write("opened"), device.write("battery", level=7)
    desk.ingest.process([desk.message(device.id, "up/events", Events(batch)) for batch in (first, last)], desk.now)
    stranger = FieldDevice(id=device.id).write("boot")
    desk.ingest.process([desk.message(device.id, "up/events", Events(stranger))], desk.now)
    desk.ingest.process([desk.message(FieldDevice().id, "up/events", Events(stranger))], desk.now)
    note_cut(devices=[device.id], now=desk.now + timedelta(seconds=1))
    swept(desk.now + timedelta(seconds=2), since=desk.now - MINUTE)
    page = text(logged_in(desk), f"/devices/{device.id}/")
    assert "Late, called silent in" in page
    assert "Asked for again, 10 min left" in page
    assert "the signature isn’t this device’s" in page
    assert "it names no device of ours" in text(logged_in(desk, Role.ADMINISTRATOR), "/devices/")
    assert "it names no device of ours" not in text(logged_in(desk, Role.AGENT), "/devices/")


def test_an_administrator_tells_a_device_something_and_follows_it(desk: Desk) -> None:
    device = in_service(desk.town, now=NOW)
    client = logged_in(desk)
    assert client.post(f"/devices/{device.id}/tell/").status_code == 302
    assert client.post(f"/devices/{device.id}/tell/", {"first": "1", "last": "5"}).status_code == 302
    assert set(Command.objects.values_list("action", flat=True)) == {"report", "send-events"}
    assert Entry.objects.filter(kind="command.asked").count() == 2
    page = text(client, f"/devices/{device.id}/")
    assert "Send events 1 to 5 again" in page
    assert "Waits for the device" in page
    refused = client.post(f"/devices/{device.id}/tell/", {"first": "5", "last": "1"})
    assert refused.status_code == 422
    assert "The last event comes after the first." in refused.content.decode()
    assert Command.objects.count() == 2


def test_an_administrator_takes_a_device_out_of_service(desk: Desk) -> None:
    device = in_service(desk.town, now=NOW)
    client = logged_in(desk)
    assert client.post(f"/devices/{device.id}/retire/", {"reason": "whim"}).status_code == 302
    assert "Say why it leaves." in text(client, f"/devices/{device.id}/")
    assert logged_in(desk, Role.AGENT).post(f"/devices/{device.id}/retire/", {"reason": "stolen"}).status_code == 404
    assert client.post(f"/devices/{device.id}/retire/", {"reason": "stolen"}).status_code == 302
    page = text(client, f"/devices/{device.id}/")
    assert "Out of service" in page
    assert "Tell it something" not in page
    assert Entry.objects.filter(kind="device.retired").count() == 1
    assert client.post(f"/devices/{device.id}/retire/", {"reason": "stolen"}).status_code == 404
    assert client.post(f"/devices/{device.id}/tell/").status_code == 404


def test_only_those_who_look_after_it_see_it_and_only_administrators_tell_it(desk: Desk) -> None:
    device = in_service(desk.town, now=NOW)
    agent = logged_in(desk, Role.AGENT)
    assert "Tell it something" not in text(agent, f"/devices/{device.id}/")
    assert agent.post(f"/devices/{device.id}/tell/").status_code == 404
    elsewhere, firm = make_authority("provins", "Provins"), make_organisation("Réseau de l’Ourcq")
    for organisation, role in ((elsewhere.organisation, Role.ADMINISTRATOR), (firm, Role.DISPATCHER)):
        stranger = Client(headers={"accept-language": "en"})
        stranger.force_login(make_member(f"{role} elsewhere", organisation, role))
        assert stranger.get(f"/devices/{device.id}/").status_code == 404
        assert stranger.post(f"/devices/{device.id}/tell/").status_code == 404
    assert not Command.objects.exists()


def test_a_relay_s_page_says_how_far_its_addresses_are_and_which_password_is_to_be_typed_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates = [GateSource(uuid4(), "Hall", "rtsp://10.0.0.12/", "sealed for somebody else")]
    monkeypatch.setitem(SOURCES, "relay", lambda _device: gates)
    relay = in_service(desk.town, now=NOW, name="Relais", device=FieldDevice(kind="relay"))
    client = logged_in(desk)

    def ask(held: tuple[int, int]) -> None:
        asked = Ask(str(relay.id), 1, (0, 0), sources=held, sealing=relay.sealing_key)
        desk.ingest.process([desk.message(relay.id, "up/ask", asked)], NOW)

    assert "Addresses of what it serves" not in text(client, f"/devices/{relay.id}/")
    ask((0, 0))
    assert "On their way" in text(client, f"/devices/{relay.id}/")
    sign_lists_of_sources(desk.town.store, NOW)
    page = text(client, f"/devices/{relay.id}/")
    assert "On their way" in page
    assert "1 password to type again" in page
    then = int(NOW.timestamp())
    desk.hear(relay, relay.write("list-refused", at=then - 60, list="sources", reason="json-syntax"))
    desk.hear(relay, relay.write("list-refused", at=then, list="revocation", reason="json-syntax"))
    assert "On their way" in text(client, f"/devices/{relay.id}/")
    desk.hear(relay, relay.write("list-refused", at=then, list="sources", reason="sealed-key"))
    page = text(client, f"/devices/{relay.id}/")
    assert "It refuses them" in page
    assert ">sealed-key<" in page
    ask((1, 1))
    assert "Up to date" in text(client, f"/devices/{relay.id}/")
    gates += [GateSource(uuid4(), "Hall", "rtsp://10.0.0.12/") for _ in range(256)]
    sources_changed(device=relay.id)
    sign_lists_of_sources(desk.town.store, NOW)
    assert "Can’t be brought to it" in text(client, f"/devices/{relay.id}/")
