"""What open maps are told: every change of how a cabinet is shown, the ones that only time brings too."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from beffroi.kernel.deadlines.jobs import do_deadlines
from beffroi.kernel.devices.actions.commissioning import retire_device
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Post, Role, Viewer
from beffroi.persistence.layers import LAYERS, Severity
from beffroi.persistence.live import read_since
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, install_lock
from beffroi.systems.cabinets.rules import ATTACK_SHOWN, LEFT_OPEN, SYSTEM
from beffroi.systems.cabinets.tests.scene import MINUTE, Scene


def told_by(act: Callable[[], object]) -> set[UUID]:
    """Cabinets that open maps look at again because of it."""
    place = read_since(None).place
    before = {one.id for one in read_since(place).changes}
    act()
    found = (one for one in read_since(place).changes if one.id not in before)
    return {one.subject for one in found if one.topic == LAYERS[SYSTEM].topic}


def test_a_cabinet_that_is_written_down_comes_to_open_maps(scene: Scene) -> None:
    added: list[UUID] = []

    def add() -> None:
        row = add_cabinet(
            authority=scene.street.town.authority.id,
            operator=scene.street.operator.id,
            reference="PM-77284-0002",
            address="3 rue Saint-Rémy",
            latitude=48.961,
            longitude=2.881,
            by=None,
            now=utc_now(),
        )
        added.append(row.pk)

    told = told_by(add)
    assert set(added) <= told


def test_a_lock_that_was_replaced_is_unknown_on_open_maps(scene: Scene) -> None:
    retire_device(device=scene.street.lock.id, reason="broken", by=None, now=utc_now())

    def fit() -> None:
        install_lock(cabinet=scene.cabinet, request=FieldDevice().request, conventions=[], by=None, now=utc_now())

    assert scene.cabinet.pk in told_by(fit)


def severity(scene: Scene, at: datetime) -> Severity:
    """How the cabinet is on an officer's map, as of a moment."""
    post = Post(scene.police.id, Role.OPERATOR, scene.street.town.authority.id)
    viewer = Viewer(person=scene.officer.pk, posts=(post,), conventions=frozenset(), as_of=at)
    (feature,) = LAYERS[SYSTEM].features(viewer, frozenset([scene.cabinet.pk]))
    return feature.severity


def test_a_break_in_is_red_for_an_hour_after_its_last_blow_and_open_maps_are_told_when_it_is_past(scene: Scene) -> None:
    now = utc_now()
    scene.live(scene.sign("forced", ago=8 * MINUTE, cause="shock"), scene.sign("forced", ago=MINUTE, cause="shock"))
    after_the_first, after_the_last = now - 7 * MINUTE + ATTACK_SHOWN, now + ATTACK_SHOWN
    assert scene.cabinet.pk not in told_by(lambda: do_deadlines(lambda: now + 51 * MINUTE))
    do_deadlines(lambda: after_the_first)
    assert severity(scene, after_the_first) is Severity.ALARM
    assert scene.cabinet.pk in told_by(lambda: do_deadlines(lambda: after_the_last))
    assert severity(scene, after_the_last) is Severity.CALM
    assert scene.cabinet.pk not in told_by(lambda: do_deadlines(lambda: after_the_last + timedelta(days=1)))


def test_a_door_is_amber_once_its_half_hour_is_past_and_open_maps_are_told_then(scene: Scene) -> None:
    now = utc_now()
    scene.live(scene.used(ago=2 * MINUTE), scene.sign("opened", ago=MINUTE))
    later = now + LEFT_OPEN
    assert severity(scene, now) is Severity.NOTICE
    assert scene.cabinet.pk in told_by(lambda: do_deadlines(lambda: later))
    assert severity(scene, later) is Severity.WARNING
