"""A room with a place stands on the console's map, as it is; open maps are told each time that changes; whoever has no map sees none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils.translation import override

from beffroi.kernel.contacts.actions.hearing import note_line
from beffroi.kernel.contacts.actions.registration import place_contact, retire_contact
from beffroi.kernel.contacts.factories import LINE, LOW, OFF, OPENED, SHUT, hear, make_contact, uplink
from beffroi.kernel.contacts.jobs import do_events, sweep
from beffroi.kernel.contacts.models import Contact
from beffroi.kernel.contacts.registry import LAYER
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority, make_member
from beffroi.kernel.territory.models import Authority
from beffroi.lib.clock import utc_now
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.persistence.guard import writing
from beffroi.persistence.layers import LAYERS, Feature, Severity
from beffroi.persistence.live import read_since

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HERE = Position(48.9602, 2.8785)


@pytest.fixture
def town() -> Authority:
    return make_authority()


@pytest.fixture
def now() -> datetime:
    return utc_now()


def placed(town: Authority, now: datetime) -> Contact:
    row = make_contact(town.pk, now=now)
    assert place_contact(authority=town.pk, contact=row.pk, place=HERE, by=None, now=now)
    return row


def seen(town: Authority, at: datetime, role: Role = Role.OPERATOR) -> list[Feature]:
    """What the map of somebody of the town shows at a moment."""
    viewer = Viewer(person=None, posts=(Post(town.organisation_id, role, town.pk),), conventions=frozenset(), as_of=at)
    layer = LAYERS[LAYER]
    with override("en"):
        return list(layer.features(viewer, None)) if layer.shown(viewer) else []


def told_by(act: Callable[[], object]) -> set[UUID]:
    """Rooms that open maps look at again because of it."""
    place = read_since(None).place
    before = {one.id for one in read_since(place).changes}
    act()
    found = (one for one in read_since(place).changes if one.id not in before)
    return {one.subject for one in found if one.topic == LAYERS[LAYER].topic}


def work(now: datetime) -> None:
    while do_events(lambda: now):
        continue
    do_deadlines(lambda: now)


def test_a_room_is_open_then_open_for_too_long_then_shut(town: Authority, now: datetime) -> None:
    room = placed(town, now)
    (feature,) = seen(town, now)
    assert (feature.latitude, feature.longitude, feature.label) == (HERE.latitude, HERE.longitude, room.name)
    hear(town.pk, uplink(OPENED, at=now, counter=1), at=now)
    for after, severity in ((MINUTE, Severity.NOTICE), (30 * MINUTE, Severity.WARNING)):
        (feature,) = seen(town, now + after)
        assert (feature.state, feature.severity) == ("open", severity)
    hear(town.pk, uplink(SHUT, at=now + MINUTE, counter=2), at=now + MINUTE)
    (feature,) = seen(town, now + MINUTE)
    assert (feature.state, feature.severity) == ("closed", Severity.CALM)


def test_what_is_wrong_with_its_contact_stands_beside_its_door(town: Authority, now: datetime) -> None:
    placed(town, now)
    hear(town.pk, uplink(SHUT, at=now, counter=1), at=now)
    hear(town.pk, uplink(LOW, at=now, counter=2), at=now)
    (feature,) = seen(town, now)
    assert (feature.state, feature.severity) == ("closed · battery nearly empty", Severity.NOTICE)
    later = now + timedelta(days=3)
    note_line(authority=town.pk, name=LINE, network="lorawan", since=now, fault="", now=later)
    sweep(lambda: later)
    assert seen(town, later)[0].state == "closed · contact silent"
    hear(town.pk, uplink(OFF, at=later, counter=3), at=later)
    (feature,) = seen(town, later)
    assert (feature.state, feature.severity) == ("closed · contact tampered with", Severity.WARNING)


def test_open_maps_are_told_of_each_change(town: Authority, now: datetime) -> None:
    room = make_contact(town.pk, now=now)
    later = now + timedelta(days=3)

    def place() -> None:
        place_contact(authority=town.pk, contact=room.pk, place=HERE, by=None, now=now)

    def be_silent() -> None:
        note_line(authority=town.pk, name=LINE, network="lorawan", since=now, fault="", now=later)
        sweep(lambda: later)

    for act in (
        place,
        lambda: hear(town.pk, uplink(OPENED, at=now, counter=1), at=now),
        lambda: work(now + 30 * MINUTE),
        be_silent,
        lambda: retire_contact(authority=town.pk, contact=room.pk, reason="broken", by=None, now=later),
    ):
        assert told_by(act) == {room.pk}
    assert seen(town, later) == [], "what is taken off stands there no more"
    assert Entry.objects.filter(kind="contact.placed").count() == 1


def test_only_those_of_its_authority_see_it(town: Authority, now: datetime) -> None:
    placed(town, now)
    other = make_authority("provins")
    assert [len(seen(town, now, role)) for role in (Role.OPERATOR, Role.AGENT, Role.ADMINISTRATOR)] == [1, 1, 1]
    assert seen(other, now) == []
    assert seen(town, now, Role.OFFICIAL) == []


@pytest.mark.parametrize(
    "half", [{"latitude": 48.96}, {"longitude": 2.88}, {"latitude": 91.0, "longitude": 2.88}], ids=str
)
def test_the_database_keeps_no_half_of_a_place(town: Authority, now: datetime, half: dict[str, float]) -> None:
    room = make_contact(town.pk, now=now)
    with pytest.raises(IntegrityError, match="contact_place_of_a_room"), writing(), transaction.atomic():
        Contact.objects.filter(pk=room.pk).update(**half)


def test_the_panel_says_what_happens_by_itself(town: Authority, now: datetime) -> None:
    room = placed(town, now)
    client = Client(headers={"accept-language": "en"})
    client.force_login(make_member("Olga", town.organisation, Role.OPERATOR))
    address = f"/console/things/{LAYER}/{room.pk}/"
    assert "after 30 minutes" in client.get(address).text
    hear(town.pk, uplink(OPENED, at=now, counter=1), at=now)
    assert "If it isn’t shut" in client.get(address).text
    (layer,) = (one for one in client.get("/console/state/").json()["layers"] if one["code"] == LAYER)
    assert [thing["href"] for thing in layer["things"]] == [f"/contacts/{room.pk}/"]


class TestItsPage:
    def client(self, town: Authority, role: Role = Role.ADMINISTRATOR) -> Client:
        client = Client(headers={"accept-language": "en"})
        client.force_login(make_member(f"{role}", town.organisation, role))
        return client

    def test_a_room_is_placed_moved_and_taken_off_the_map(self, town: Authority, now: datetime) -> None:
        room, client = make_contact(town.pk, now=now), self.client(town)
        address = f"/contacts/{room.pk}/place/"
        assert "nowhere yet" in client.get(f"/contacts/{room.pk}/").text
        done = client.post(address, {"latitude": "48.96", "longitude": "2.88"}, follow=True).text
        assert "48.96000, 2.88000" in done
        assert "Take it off the map" in client.get(address).text
        client.post(address, {"latitude": "48.96", "longitude": "2.88", "off": "yes"})
        room.refresh_from_db()
        assert (room.latitude, room.longitude) == (None, None)

    @pytest.mark.parametrize(
        ("typed", "words"),
        [
            ({"latitude": "48.96"}, "Give both, or neither."),
            ({"latitude": "91", "longitude": "2"}, "less than or equal to 90"),
            ({"latitude": "nan", "longitude": "2"}, "Enter a number."),
            ({"latitude": "2.88", "longitude": "48.96"}, "stand in each other’s place"),
            ({"latitude": "0", "longitude": "0"}, "This is no place in France."),
        ],
    )
    def test_what_is_no_place_is_refused(
        self, town: Authority, now: datetime, typed: dict[str, str], words: str
    ) -> None:
        room = make_contact(town.pk, now=now)
        answer = self.client(town).post(f"/contacts/{room.pk}/place/", typed)
        assert answer.status_code == 422
        assert words in answer.text

    def test_it_is_placed_when_it_is_put_on_its_door(self, town: Authority) -> None:
        fields = {
            "label": "24e124538b223213",
            "model": "milesight-ws301",
            "thing": "",
            "name": "Local",
            "patience": "30",
        }
        self.client(town).post("/contacts/add/", {**fields, "latitude": "48.96", "longitude": "2.88"})
        assert Contact.objects.get().latitude == 48.96
