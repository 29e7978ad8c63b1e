"""The relay through its front doors: an exchange, a picture, and its end, each for its own reason."""

import pytest

from beffroi.protocol.v1.keyset import Use
from beffroi.simulator.screen import IN_ORDER
from tests.edge.relay.site import LIST_AGE, Site
from tests.edge.relay.watching import decoded
from tests.edge.town import CAMERA, HOUR, NOW, OTHER_CAMERA, allow


def test_whoever_has_the_right_sees_the_picture_and_the_camera_rests_before_and_after(site: Site) -> None:
    assert site.cameras.viewers(1) == 0
    with site.watch(frames=30) as look:
        assert site.cameras.viewers(1) == 1
        assert site.cameras.viewers(2) == 0
        assert "application/vnd.beffroi.watch" in look.head
        assert len(decoded(look.picture.film)) >= 25
        assert site.state()["uses"] == [look.nonce]
    site.server.until(lambda: "use-ended" in site.server.kinds)
    site.hands.until(lambda state: state["uses"] == [])
    site.server.until(lambda: site.cameras.viewers(1) == 0)


def test_each_look_is_on_record_before_its_first_picture_and_so_is_its_end(site: Site) -> None:
    with site.watch() as look:
        site.server.until(lambda: "use-admitted" in site.server.kinds)
        site.hands.do("advance", milliseconds=65_000)
        look.until(lambda picture: picture.frames >= 20)
    site.server.until(lambda: "use-ended" in site.server.kinds)
    (admitted,), (ended,) = site.server.of("use-admitted"), site.server.of("use-ended")
    assert [admitted.get(name) for name in ("nonce", "gate", "transport")] == [look.nonce, CAMERA, "network"]
    assert [ended.get(name) for name in ("nonce", "gate", "cause")] == [look.nonce, CAMERA, "left"]
    assert ended.get("lasted") == 65_000
    result = look.result()
    assert getattr(result, "sequence", None) == site.server.kinds.index("use-admitted") + 1


def test_it_is_cut_when_the_right_ends(site: Site) -> None:
    with site.watch(officer=site.officer(end=NOW + 60, start=NOW - HOUR)) as look:
        site.hands.do("advance", milliseconds=59_999)
        seen = look.picture.frames
        look.until(lambda picture: picture.frames > seen + 5)
        site.hands.do("advance", milliseconds=1)
        picture = look.rest()
    assert (picture.cause, picture.ended) == ("expired", IN_ORDER)
    site.server.until(lambda: "use-ended" in site.server.kinds)
    assert site.server.of("use-ended")[0].get("cause") == "expired"
    assert site.refused(officer=site.officer(end=NOW + 60)) == "expired"


def test_it_is_cut_by_a_list_that_names_the_grant(site: Site) -> None:
    officer = site.officer(grant="demande-7")
    with site.watch(officer=officer) as look, site.watch(officer=site.officer()) as other:
        site.bring(revocation=site.town.revocations(2, grants=frozenset({"demande-7"})))
        assert look.rest().cause == "revoked"
        seen = other.picture.frames
        other.until(lambda picture: picture.frames > seen + 20)
    assert site.refused(officer=officer) == "grant-revoked"


def test_it_is_cut_by_a_list_that_names_the_holder_s_key(site: Site) -> None:
    officer = site.officer()
    with site.watch(officer=officer) as look:
        site.bring(revocation=site.town.revocations(2, keys=frozenset({officer.thumbprint})))
        assert look.rest().cause == "revoked"


def test_it_is_cut_when_the_key_that_signed_the_right_leaves_the_set(site: Site) -> None:
    with site.watch() as look:
        site.bring(keyset=site.town.rotate(Use.CAPABILITY))
        assert look.rest().cause == "revoked"


def test_it_is_cut_when_the_list_has_grown_too_old_and_not_when_a_newer_one_came(site: Site) -> None:
    with site.watch() as look:
        site.hands.do("advance", milliseconds=(LIST_AGE - 60) * 1_000)
        site.bring(revocation=site.town.revocations(2, issued=NOW + LIST_AGE - 60))
        site.hands.until(lambda state: state["revocations"] == [1, 2])
        site.hands.do("advance", milliseconds=120_000)
        seen = look.picture.frames
        look.until(lambda picture: picture.frames > seen + 10)
        site.hands.do("advance", milliseconds=LIST_AGE * 1_000)
        assert look.rest().cause == "list-old"
    assert site.refused() == "revocations-old"


def test_it_is_cut_when_its_camera_leaves_the_list_and_nobody_else_is(site: Site) -> None:
    both = site.officer(resources=(CAMERA, OTHER_CAMERA))
    with site.watch(CAMERA, both) as look, site.watch(OTHER_CAMERA, both) as other:
        site.bring_sources(site.cameras.place(OTHER_CAMERA, 2))
        assert look.rest().cause == "closed"
        seen = other.picture.frames
        other.until(lambda picture: picture.frames > seen + 10)
    assert site.refused(CAMERA, both) == "gate-other"


def test_it_is_cut_when_its_camera_is_elsewhere_and_the_next_look_sees_the_new_place(site: Site) -> None:
    with site.watch() as look:
        site.bring_sources(site.cameras.place(CAMERA, 2), site.cameras.place(OTHER_CAMERA, 1))
        assert look.rest().cause == "closed"
    with site.watch():
        assert site.cameras.viewers(2) == 1
        site.server.until(lambda: site.cameras.viewers(1) == 0)


def test_the_same_holder_watches_one_camera_once(site: Site) -> None:
    officer = site.officer()
    with site.watch(officer=officer) as first, site.watch(officer=officer) as second:
        assert first.rest().cause == "replaced"
        seen = second.picture.frames
        second.until(lambda picture: picture.frames > seen + 10)


def test_what_a_watched_look_began_with_counts_although_time_is_set_back(site: Site) -> None:
    """A master stamp that sets the clock back gives nobody more than they had."""
    with site.watch(officer=site.officer(end=NOW + 60)) as look:
        site.asked_again()
        nonce = site.server.asks[-1].nonce
        assert nonce is not None
        stamp = site.town.master_stamp(NOW - HOUR, nonce=nonce, device=site.device)
        site.bring(master_stamp=stamp)
        site.hands.until(lambda state: state["time"] == NOW - HOUR)
        site.hands.do("advance", milliseconds=60_000)
        assert look.rest().cause == "expired"


def test_a_stop_ends_every_look_and_says_so(site: Site) -> None:
    with site.watch() as look:
        site.server.until(lambda: "use-admitted" in site.server.kinds)
        assert site.process.stop() == 0
        assert look.rest().cause == "stopped"
    site.server.until(lambda: "use-ended" in site.server.kinds)
    assert site.server.of("use-ended")[0].get("cause") == "stopped"
    site.server.until(lambda: bool(site.server.beats) and site.server.beats[-1].uses == ())


@pytest.mark.parametrize("place", [0, 1])
def test_a_relay_that_was_killed_writes_the_end_at_its_next_start(site: Site, place: int) -> None:
    """Once before its first second was kept, and once after."""
    with site.watch(frames=5) as look:
        if place:
            site.hands.do("advance", milliseconds=40_000)
            seen = look.picture.frames
            look.until(lambda picture: picture.frames > seen + 1)
            site.hands.do("advance", milliseconds=700)
        site.process.kill()
    site.restart()
    site.server.until(lambda: "use-ended" in site.server.kinds)
    (ended,) = site.server.of("use-ended")
    assert [ended.get(name) for name in ("nonce", "gate", "cause")] == [look.nonce, CAMERA, "restarted"]
    lasted = ended.get("lasted")
    assert isinstance(lasted, int)
    assert lasted >= (40_000 if place else 0)
    assert site.state()["uses"] == []
    assert site.refused() == "time-unknown"
    site.set_time(NOW)
    with site.watch():
        pass


def test_a_use_that_can_not_be_stored_is_refused(site: Site) -> None:
    """Whoever is admitted has an event; once the disk is full nobody is, and nothing is shown."""
    site.hands.do("fill-disk")
    outcomes = []
    for _ in range(60):
        with allow(site.screen().look(CAMERA)) as look:
            result = allow(look.result())
            outcomes.append((result.outcome, result.sequence))
            if not result.admitted:
                assert look.rest().frames == 0
                break
    assert outcomes[-1] == ("internal", 0)
    assert site.state()["uses"] == []
