"""What a cabinet's sensors tell reaches whom it must: a door left open its convention's people, a break-in the police at once."""

from datetime import timedelta
from uuid import UUID

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import override

from beffroi.kernel.alerts.models import Alert, Delivery
from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.deadlines.models import Deadline, DeadlineState
from beffroi.kernel.devices.actions.commissioning import retire_device
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.devices.jobs import do_sinks
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.actions.organisations import create_organisation
from beffroi.kernel.territory.factories import make_member
from beffroi.kernel.territory.models import OrganisationKind
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.systems.cabinets.actions.cabinets import install_lock, set_ladder
from beffroi.systems.cabinets.models import Occurrence, Use
from beffroi.systems.cabinets.rules import Alarm, Door, Happening, Ladder
from beffroi.systems.cabinets.tests.scene import MINUTE, Scene, client


def told(alert: Alert) -> set[UUID]:
    rows = Delivery.objects.filter(notice=alert.notice_id, channel="screen")
    return set(rows.values_list("person_id", flat=True))


def promised(state: DeadlineState) -> int:
    return Deadline.objects.filter(kind="cabinets.open", state=state).count()


def test_a_cabinet_left_open_is_told_to_its_conventions_people_and_updated_when_it_is_shut(scene: Scene) -> None:
    scene.live(scene.used(ago=32 * MINUTE), scene.sign("opened", ago=31 * MINUTE))
    alert = Alert.objects.get()
    assert (alert.kind, alert.organisation_id) == (Alarm.OPEN, scene.street.operator.id)
    assert scene.street.bob.id in told(alert)
    assert scene.officer.id not in told(alert)
    rows = set(Delivery.objects.values_list("pk", flat=True))
    assert scene.cabinet.door == Door.OPEN
    scene.live(scene.sign("closed", ago=timedelta()))
    alert.refresh_from_db()
    assert alert.ended_at is not None
    assert set(Delivery.objects.values_list("pk", flat=True)) == rows, "an update is never a second message"
    assert Occurrence.objects.get(kind=Happening.OPEN).late


def test_a_cabinet_shut_in_time_tells_nobody(scene: Scene) -> None:
    scene.live(
        scene.used(ago=40 * MINUTE), scene.sign("opened", ago=39 * MINUTE), scene.sign("closed", ago=10 * MINUTE)
    )
    assert not Alert.objects.exists()
    scene.live(scene.used(ago=4 * MINUTE), scene.sign("opened", ago=3 * MINUTE))
    assert promised(DeadlineState.WAITING) == 1
    scene.live(scene.sign("closed", ago=MINUTE))
    assert not Alert.objects.exists()
    assert promised(DeadlineState.MET) == 1


def test_nobody_is_called_out_to_a_door_whose_closing_is_stored_and_waits_its_turn(scene: Scene) -> None:
    """The worker was away: what shut the door lies in the table when the deadline fires."""
    scene.hear(scene.used(ago=45 * MINUTE))
    scene.hear(scene.sign("opened", ago=44 * MINUTE))
    do_sinks()
    scene.hear(scene.sign("closed", ago=20 * MINUTE))
    do_deadlines()
    assert not Alert.objects.exists()
    do_sinks()
    assert Occurrence.objects.get(kind=Happening.OPEN).ended_at is not None


def test_events_that_come_late_and_out_of_order_make_the_same_history(scene: Scene) -> None:
    used, opened, closed = (
        scene.used(ago=9 * MINUTE),
        scene.sign("opened", ago=8 * MINUTE),
        scene.sign("closed", ago=5 * MINUTE),
    )
    scene.live(used)
    scene.live(closed)
    scene.live(opened)
    row = Occurrence.objects.get()
    assert row.kind == Happening.OPEN
    assert row.ended_at is not None
    assert scene.cabinet.door == Door.CLOSED
    assert not Alert.objects.exists()


def test_a_forced_cabinet_reaches_the_police_at_once_and_blows_are_one_break_in(scene: Scene) -> None:
    scene.live(scene.sign("forced", ago=MINUTE, cause="shock"))
    alert = Alert.objects.get()
    assert (alert.kind, alert.urgency) == (Alarm.FORCED, "immediate")
    assert told(alert) == {scene.officer.id}
    assert alert.label.startswith("PM-77284-0001")
    scene.live(scene.sign("forced", ago=timedelta(seconds=30), cause="door"))
    row = Occurrence.objects.get(kind=Happening.FORCED)
    assert (row.times, row.cause, row.ended_at) == (2, "door", None)
    assert Alert.objects.filter(kind=Alarm.FORCED).count() == 1
    scene.live(scene.sign("closed", ago=timedelta()))
    alert.refresh_from_db()
    assert alert.ended_at is None, "somebody must have looked"
    assert alert.facts["shut"]
    assert Entry.objects.filter(kind="alert.raised").count() == 1


def test_in_observe_a_break_in_is_a_fact_of_the_history(scene: Scene) -> None:
    set_ladder(cabinet=scene.street.cabinet, ladder=Ladder.OBSERVE, by=None, now=utc_now())
    scene.live(scene.sign("forced", ago=MINUTE, cause="door"))
    assert not Alert.objects.exists()
    assert Occurrence.objects.filter(kind=Happening.FORCED).count() == 1


def test_an_opening_that_nobody_had_the_right_to_is_malice_in_control_only(scene: Scene) -> None:
    set_ladder(cabinet=scene.street.cabinet, ladder=Ladder.IDENTIFY, by=None, now=utc_now())
    scene.live(scene.sign("opened", ago=3 * MINUTE), scene.sign("closed", ago=2 * MINUTE))
    assert Occurrence.objects.filter(kind=Happening.UNIDENTIFIED).count() == 1
    assert not Alert.objects.exists()
    set_ladder(cabinet=scene.street.cabinet, ladder=Ladder.CONTROL, by=None, now=utc_now())
    scene.live(scene.sign("opened", ago=MINUTE))
    assert Alert.objects.get().kind == Alarm.FORCED


def test_another_lock_ends_what_the_one_before_was_telling(scene: Scene) -> None:
    scene.live(scene.used(ago=32 * MINUTE), scene.sign("opened", ago=31 * MINUTE))
    scene.live(scene.sign("forced", ago=3 * MINUTE, cause="shock"))
    retire_device(device=scene.street.lock.id, reason="broken", by=None, now=utc_now())
    install_lock(
        cabinet=scene.cabinet,
        request=FieldDevice().request,
        conventions=[scene.street.convention.id],
        by=scene.street.administrator.id,
        now=utc_now(),
    )
    assert set(Alert.objects.filter(kind=Alarm.OPEN).values_list("reason", flat=True)) == {"lock-replaced"}
    assert not Occurrence.objects.filter(ended_at__isnull=True).exists()
    assert scene.cabinet.door == Door.UNKNOWN


def test_a_promise_about_a_lock_that_was_taken_off_is_withdrawn_on_the_record(scene: Scene) -> None:
    scene.live(scene.used(ago=4 * MINUTE), scene.sign("opened", ago=3 * MINUTE))
    retire_device(device=scene.street.lock.id, reason="broken", by=None, now=utc_now())
    install_lock(
        cabinet=scene.cabinet, request=FieldDevice().request, conventions=[], by=scene.street.bob.id, now=utc_now()
    )
    assert promised(DeadlineState.CANCELLED) == 1
    assert Entry.objects.filter(kind="deadline.cancelled").count() == 1


def test_a_missing_event_accuses_nobody(scene: Scene) -> None:
    """The right may have been used in the event that did not come."""
    missing = scene.used(ago=3 * MINUTE)
    scene.live(scene.sign("opened", ago=2 * MINUTE))
    assert not Alert.objects.exists()
    scene.live(missing)
    assert not Alert.objects.exists()


def test_a_bolt_that_does_not_move_is_the_desks_affair(scene: Scene) -> None:
    scene.live(scene.used(ago=2 * MINUTE), scene.sign("latch-failed", ago=MINUTE))
    alert = Alert.objects.get()
    assert alert.kind == Alarm.LATCH
    assert told(alert) == {scene.street.bob.id}


def test_a_name_is_shown_to_those_who_need_it_and_each_look_is_on_the_record(scene: Scene) -> None:
    scene.live(scene.used(ago=9 * MINUTE), scene.sign("opened", ago=8 * MINUTE), scene.sign("closed", ago=5 * MINUTE))
    use = Use.objects.get()
    page, who, name = f"/uses/{use.pk}/", f"/uses/{use.pk}/who/", scene.street.technician.name
    assert name == "Tech"
    desk = client(scene.street.bob)
    assert f", {name}" not in desk.get(page).content.decode()
    assert f", {name}" in desk.post(who).content.decode()
    seen = Entry.objects.get(kind="cabinet.name-seen")
    assert Payload.objects.get(entry=seen.id).fields["by"]["value"] == str(scene.street.bob.id)
    assert client(scene.street.alice).post(who).status_code == 404
    officer = client(scene.officer)
    assert officer.post(who).status_code == 404, "nothing malicious happened here"
    scene.live(scene.sign("forced", ago=MINUTE, cause="door"))
    assert f", {name}" in officer.post(who).content.decode()
    assert Entry.objects.filter(kind="cabinet.name-seen").count() == 2
    assert "you" in client(scene.street.technician).get(page).content.decode()


def test_the_history_of_a_cabinet_tells_all_of_it(scene: Scene) -> None:
    scene.live(scene.used(ago=9 * MINUTE), scene.sign("opened", ago=8 * MINUTE), scene.sign("closed", ago=5 * MINUTE))
    scene.live(scene.sign("forced", ago=MINUTE, cause="door"))
    with override("en"):
        at = date_format(localtime(Occurrence.objects.get(kind=Happening.FORCED).since), "TIME_FORMAT")
    for person in (scene.street.alice, scene.street.bob, scene.officer):
        said = client(person).get(f"/cabinets/{scene.cabinet.pk}/").content.decode()
        assert "Open until" in said
        assert "the door opened while the bolt was out" in said
        assert f"forced at {at}" in said
    stranger = make_member(
        "Charlie", create_organisation(name="X", kind=OrganisationKind.SUBCONTRACTOR_1, by=None), Role.AGENT
    )
    assert client(stranger).get(f"/cabinets/{scene.cabinet.pk}/").status_code == 404


def test_the_battery_of_a_cabinet_is_what_its_lock_said_last(scene: Scene) -> None:
    early = scene.sign("battery", ago=9 * MINUTE, level=80)
    scene.live(scene.sign("battery", ago=MINUTE, level=35))
    scene.live(early)
    for person in (scene.street.alice, scene.street.bob):
        said = client(person).get(f"/cabinets/{scene.cabinet.pk}/").content.decode()
        assert "35 %" in said
        assert "80 %" not in said
