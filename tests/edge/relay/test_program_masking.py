"""A mask as the server's list brings it, changes it and takes it away, while somebody looks and while the relay dies."""

import os
import signal
from dataclasses import replace

from beffroi.protocol.v1.mask import Mask
from beffroi.protocol.v1.sources import Source
from beffroi.simulator.screen import Look
from tests.edge.relay.pixels import MASK, is_covered, masking_processes, shots
from tests.edge.relay.site import Site
from tests.edge.town import CAMERA, NOW, OTHER_CAMERA

ELSEWHERE = Mask((((0, 100), (300, 100), (300, 900), (0, 900)),), "Tournebride")


def masked(site: Site, mask: Mask | None) -> tuple[Source, Source]:
    """Both cameras, the first one behind a mask."""
    first, second = site.cameras.place(CAMERA, 1), site.cameras.place(OTHER_CAMERA, 2)
    return replace(first, mask=mask), second


def covered(look: Look) -> set[bool]:
    """Whether the pictures of a look had the zone covered."""
    return {is_covered(shot) for shot in shots(look.picture.film)}


def taken(site: Site) -> None:
    """Waits until the relay holds the last list."""
    site.hands.until(lambda state: state["sources"] == [site.town.number, site.lists])


def test_a_mask_that_comes_changes_or_goes_cuts_whoever_looks_and_holds_from_the_first_picture_on(site: Site) -> None:
    with site.watch(OTHER_CAMERA, site.officer(resources=(OTHER_CAMERA,))) as other:
        for mask, seen in ((None, {False}), (MASK, {True}), (ELSEWHERE, {False}), (MASK, {True}), (None, {False})):
            if mask is not None or site.lists > 1:
                site.bring_sources(*masked(site, mask))
                taken(site)
            with site.watch(frames=20) as look:
                # The same list again, with a mask that says something else: whoever looks is cut before anything is shown of it. Nobody
                # looks at the pictures meanwhile: whoever doesn't read for a while is cut for that.
                site.bring_sources(*masked(site, replace(mask or ELSEWHERE, words="Autre")))
                assert look.rest().cause == "closed"
            assert covered(look) == seen
        before = other.picture.frames
        other.until(lambda picture: picture.frames > before + 10)


def test_a_relay_that_dies_takes_the_process_with_it_and_comes_back_with_the_mask(site: Site) -> None:
    site.bring_sources(*masked(site, MASK))
    taken(site)
    with site.watch(frames=10) as look:
        (process,) = masking_processes(site.process._process.pid)
        site.process.kill()
        assert covered(look) == {True}
    site.restart()
    site.set_time(NOW)
    taken(site)
    with site.watch(frames=20) as look:
        assert covered(look) == {True}
        (again,) = masking_processes(site.process._process.pid)
        assert again != process
        os.kill(again, signal.SIGKILL)
        before = look.picture.frames
        look.until(lambda picture: picture.frames > before + 20)
        assert covered(look) == {True}
