"""A cabinet with no lock of ours is observed by a door contact: left open it is told as any other, and nobody's name is said."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction
from django.utils.translation import override

from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.contacts.actions.registration import retire_contact
from beffroi.kernel.contacts.errors import ThingUnfit
from beffroi.kernel.contacts.factories import EUI, OFF, OPENED, SHUT, hear, make_contact, uplink
from beffroi.kernel.contacts.jobs import do_events
from beffroi.kernel.contacts.models import Contact
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.persistence.guard import writing
from beffroi.persistence.layers import LAYERS, Severity
from beffroi.persistence.live import read_since
from beffroi.systems.cabinets.actions.cabinets import add_cabinet
from beffroi.systems.cabinets.models import Cabinet, Occurrence, Use
from beffroi.systems.cabinets.queries.cabinets import lockable, without_lock
from beffroi.systems.cabinets.rules import SYSTEM, Alarm, Door
from beffroi.systems.cabinets.tests.scene import MINUTE, Scene, client


class Street:
    """A cabinet of the scene's operator, observed."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.began = scene, utc_now()
        self.authority: UUID = scene.street.town.authority.id
        row = add_cabinet(
            authority=self.authority,
            operator=scene.street.operator.id,
            reference="PM-77284-0900",
            address="3 quai Jacques-Prévert",
            latitude=48.95,
            longitude=2.87,
            by=None,
            now=self.began,
        )
        self.contact = make_contact(self.authority, now=self.began, name=row.reference, thing=("cabinet", row.pk))
        self.pk, self.counter = row.pk, 0

    def says(self, data: str, *, after: timedelta) -> None:
        """Its contact speaks, the worker does what follows, deadlines as of then."""
        self.counter += 1
        at = self.began + after
        hear(self.authority, uplink(data, at=at, counter=self.counter), at=at)
        while do_events(lambda: at):
            continue
        do_deadlines(lambda: at)

    @property
    def cabinet(self) -> Cabinet:
        return Cabinet.objects.get(pk=self.pk)


@pytest.fixture
def street(scene: Scene) -> Street:
    return Street(scene)


def test_left_open_it_is_told_to_its_conventions_people_until_it_is_shut(street: Street) -> None:
    street.says(OPENED, after=MINUTE)
    assert street.cabinet.door == Door.OPEN
    do_deadlines(lambda: street.began + 30 * MINUTE)
    assert not Alert.objects.filter(kind=Alarm.OPEN).exists()
    do_deadlines(lambda: street.began + 31 * MINUTE)
    alert = Alert.objects.get(kind=Alarm.OPEN)
    assert alert.convention_id == street.scene.street.convention.id, (
        "the operator's convention covers it since the contact is on it"
    )
    page = client(street.scene.street.bob).get(f"/cabinets/{street.pk}/").text
    assert "Observed, unsigned" in page
    street.says(SHUT, after=40 * MINUTE)
    alert.refresh_from_db()
    assert alert.ended_at is not None
    row = Occurrence.objects.get(cabinet=street.pk)
    assert (row.observed, row.grant, row.ended_at) == (True, None, street.began + 40 * MINUTE)
    assert not Use.objects.filter(cabinet=street.pk).exists(), "a contact admits nobody"


def test_an_alert_says_that_nobody_knows_who(street: Street) -> None:
    street.says(OPENED, after=MINUTE)
    do_deadlines(lambda: street.began + 31 * MINUTE)
    alert = Alert.objects.get(kind=Alarm.OPEN)
    page = client(street.scene.street.bob).get(f"/alerts/{alert.pk}/").text
    assert "observed by a door contact, unsigned: who opened isn’t known" in page


def test_shut_in_time_it_is_a_line_of_its_history(street: Street) -> None:
    street.says(OPENED, after=MINUTE)
    street.says(SHUT, after=5 * MINUTE)
    do_deadlines(lambda: street.began + 60 * MINUTE)
    assert not Alert.objects.exists()
    assert street.cabinet.door == Door.CLOSED


def test_a_contact_taken_off_is_told_on_the_cabinets_page_and_counts_as_no_break_in(street: Street) -> None:
    street.says(OFF, after=MINUTE)
    assert Alert.objects.get(ended_at=None).kind == "contacts.tampered"
    assert not Occurrence.objects.exists()


def test_a_cabinet_is_told_of_by_one_of_them_only(street: Street) -> None:
    assert street.pk not in set(without_lock(street.authority).values_list("pk", flat=True))
    for thing in (street.pk, street.scene.cabinet.pk):  # one has a contact, the other a lock
        with pytest.raises(ThingUnfit):
            make_contact(street.authority, now=utc_now(), label="0" * 16, name=f"{thing}", thing=("cabinet", thing))
    assert Contact.objects.get().address == EUI, "a refusal leaves nothing"
    assert street.contact.pk in set(lockable(street.authority).values_list("resource", flat=True))


def test_without_its_contact_nothing_is_known_of_its_door(street: Street) -> None:
    street.says(OPENED, after=MINUTE)
    retire_contact(authority=street.authority, contact=street.contact.pk, reason="broken", by=None, now=utc_now())
    assert (street.cabinet.door, street.cabinet.contact) == (Door.UNKNOWN, None)
    assert Occurrence.objects.get().ended_at is not None
    do_deadlines(lambda: street.began + 60 * MINUTE)
    assert not Alert.objects.exists()


def test_on_the_map_the_cabinet_stands_where_it_does_with_how_its_contact_is(street: Street) -> None:
    def shown() -> tuple[str, Severity]:
        post = Post(street.scene.police.id, Role.OPERATOR, street.authority)
        viewer = Viewer(person=None, posts=(post,), conventions=frozenset(), as_of=street.began + 2 * MINUTE)
        with override("en"):
            (feature,) = LAYERS[SYSTEM].features(viewer, frozenset([street.pk]))
        return feature.state, feature.severity

    street.says(SHUT, after=MINUTE)
    assert shown() == ("closed", Severity.CALM)
    place = read_since(None).place
    street.says(OFF, after=2 * MINUTE)
    assert shown() == ("closed · contact tampered with", Severity.WARNING)
    told = {one.subject for one in read_since(place).changes if one.topic == LAYERS[SYSTEM].topic}
    assert street.pk in told, "open maps look again"
    with pytest.raises(IntegrityError), transaction.atomic(), writing():
        Contact.objects.update(latitude=48.96, longitude=2.88)
