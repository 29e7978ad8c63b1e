"""What open maps are told: every change of how a cabinet is shown, the ones that only time brings too."""

from collections.abc import Callable
from uuid import UUID

from beffroi.kernel.devices.actions.commissioning import retire_device
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.lib.clock import utc_now
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import read_since
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, install_lock
from beffroi.systems.cabinets.rules import SYSTEM
from beffroi.systems.cabinets.tests.scene import Scene


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
