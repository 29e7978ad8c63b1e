"""A mask reaches the relay that hides with it, whichever version of the minter looked before."""

from dataclasses import replace

import pytest

from beffroi.kernel.devices.actions.sources import sources_changed
from beffroi.kernel.devices.minter import SourceLists
from beffroi.kernel.devices.tests import test_sources
from beffroi.kernel.devices.tests.desk import NOW
from beffroi.kernel.devices.tests.test_sources import SECRET, Scene
from beffroi.kernel.grants.registry import MINTINGS
from beffroi.protocol.v1.mask import Mask

pytestmark = pytest.mark.django_db
scene = test_sources.scene


def test_a_mask_reaches_the_relay_and_another_one_has_the_list_signed_again(scene: Scene) -> None:
    hall = scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET)
    scene.ask()
    for mask in (Mask((((0, 0), (300, 0), (300, 1000)),)), Mask(words="Meaux"), None):
        scene.gates[:] = [replace(hall, mask=mask)]
        sources_changed(device=scene.relay.id)
        assert scene.mint() == 1
        assert [(one.mask, one.password) for one in scene.take(scene.ask()[0])] == [(mask, SECRET)]
        sources_changed(device=scene.relay.id)
        assert scene.mint() == 0


def test_a_minter_that_starts_looks_at_every_list_since_the_former_version_may_have_known_no_mask(scene: Scene) -> None:
    hall, store = scene.camera("Hall", "rtsp://10.0.0.12/live", "csu", SECRET), scene.desk.town.store
    scene.ask()
    former = SourceLists()
    assert former.sign(store, NOW) == 1
    assert scene.take(scene.ask()[0])[0].mask is None
    mask = Mask((((0, 0), (300, 0), (300, 1000)),))
    scene.gates[:] = [replace(hall, mask=mask)]
    # Nobody says that it changed: the former version took the row that said so, and found what it knows of unchanged.
    assert former.sign(store, NOW) == 0
    assert SourceLists().sign(store, NOW) == 1
    assert scene.take(scene.ask()[0])[0].mask == mask
    assert SourceLists().sign(store, NOW) == 0
    assert isinstance(getattr(MINTINGS["devices-sources"], "__self__", None), SourceLists)
