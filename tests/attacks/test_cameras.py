"""A camera over the network: what was overheard, taken back, meant for another or carried elsewhere shows nothing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from beffroi.protocol.v1.exchange import respond
from beffroi.protocol.v1.frames import ChallengeRequest, RefusedFrame
from beffroi.protocol.v1.grant import LOCAL, RELAY, Policy
from beffroi.protocol.v1.keyset import Use
from beffroi.simulator.screen import ACTION
from tests.attacks.gallery import Gallery
from tests.attacks.scene import ATTACK
from tests.edge.relay.site import LIST_AGE, Cameras, Site
from tests.edge.server import MOSQUITTO, Broker
from tests.edge.town import CAMERA, HOUR, LOCK, NOW, OTHER_CAMERA, Town, allow

pytestmark = pytest.mark.skipif(MOSQUITTO is None, reason="Mosquitto is not installed: apt install mosquitto")


@pytest.fixture
def gallery(town: Town, tmp_path: Path, record_property: Callable[[str, object], None]) -> Iterator[Gallery]:
    """An officer before a relay's cameras. A test that ends without having attacked something that is shown fails."""
    cameras = Cameras()
    try:
        with (
            Broker(tmp_path) as broker,
            Site.build(town, tmp_path / "relay", broker, cameras, "--clock", "hands") as site,
        ):
            played = Gallery(site, lambda row: record_property(ATTACK, row))
            yield played
            assert played.rows, "nothing was attacked"
    finally:
        cameras.close()


def test_a_response_sent_again(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    use = gallery.shows(officer)
    again = gallery.answer(officer, use.meeting, use.response)
    gallery.attacked("camera: replay", "the same response a second time", "challenge-used", again)


def test_a_recorded_response_put_to_a_fresh_challenge(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    use = gallery.shows(officer)
    fresh = allow(gallery.site.screen(officer).meet(CAMERA))
    moved = replace(use.response, challenge=fresh.challenge.hash)
    gallery.attacked(
        "camera: replay on a fresh challenge",
        "a recorded proof under a new challenge's hash",
        "proof-signature",
        gallery.answer(officer, fresh, moved),
    )


def test_an_answer_that_comes_late(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    screen = gallery.site.screen(officer)
    meeting = allow(screen.meet(CAMERA))
    gallery.site.hands.do("advance", milliseconds=30_001)
    gallery.attacked(
        "camera: late answer",
        "the right response 30.001 s after the challenge",
        "challenge-expired",
        gallery.answer(officer, meeting, screen.answer(meeting)),
    )


def test_a_response_recorded_before_the_relay_died(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    screen = gallery.site.screen(officer)
    meeting = allow(screen.meet(CAMERA))
    gallery.site.process.kill()
    gallery.site.restart()
    gallery.site.set_time(NOW)
    gallery.attacked(
        "camera: answer over a restart",
        "a challenge from before the relay was killed",
        "challenge-unknown",
        gallery.answer(officer, meeting, screen.answer(meeting)),
    )


def test_a_chain_copied_without_its_key(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    meeting = allow(gallery.site.screen(officer).meet(CAMERA))
    thief = generate_private_key(SECP256R1())
    response = respond(meeting.challenge, chain=officer.chain, action=ACTION, holder=thief)
    gallery.attacked(
        "camera: copied chain",
        "the officer's chain, another key's proof",
        "proof-signature",
        gallery.answer(officer, meeting, response),
    )


def test_a_right_to_another_camera(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    gallery.attacked(
        "camera: a right to another",
        "the same holder's right to camera 12, used at camera 13",
        "resource-not-granted",
        gallery.site.refused(OTHER_CAMERA, officer),
    )


def test_a_camera_of_nobody_s(gallery: Gallery) -> None:
    officer = gallery.site.officer(resources=(CAMERA, "camera-99"))
    gallery.shows(officer)
    gallery.attacked(
        "camera: not of this relay",
        "a right to a camera that the relay doesn't serve",
        "gate-other",
        gallery.site.refused("camera-99", officer),
    )


def test_an_answer_to_one_camera_carried_to_the_other(gallery: Gallery) -> None:
    """Both are the same relay's, with one key: the gate's name in the proof tells them apart, and each has its own challenges."""
    officer = gallery.site.officer(resources=(CAMERA, OTHER_CAMERA))
    gallery.shows(officer)
    screen = gallery.site.screen(officer)
    meeting = allow(screen.meet(CAMERA))
    moved = replace(screen.answer(meeting), gate=OTHER_CAMERA)
    gallery.attacked(
        "camera: answered at the next one",
        "an answer to camera 12, put to camera 13 of the same relay",
        "challenge-unknown",
        gallery.answer(officer, meeting, moved),
    )


def test_the_challenge_of_one_under_the_name_of_another(gallery: Gallery) -> None:
    """Whoever sits in between has the browser answer camera 13 when it wanted camera 12: it sees that."""
    officer = gallery.site.officer(resources=(CAMERA, OTHER_CAMERA))
    gallery.shows(officer)
    screen = gallery.site.screen(officer)
    wire = screen.exchange(OTHER_CAMERA)

    def swapped(frame: object) -> object:
        return wire(ChallengeRequest(1, OTHER_CAMERA) if isinstance(frame, ChallengeRequest) else frame)  # type: ignore[arg-type]  # reason: frames only

    outcome = officer.phone().meet(swapped, CAMERA, relay=gallery.site.device)  # type: ignore[arg-type]  # reason: as above
    gallery.disbelieved("camera: swapped on the way", "a challenge of camera 13 for camera 12", "gate-other", outcome)


@pytest.mark.parametrize(("transport", "other"), [(LOCAL, "next to it"), (RELAY, "through the server")])
def test_a_right_that_is_not_for_the_network(gallery: Gallery, transport: str, other: str) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    elsewhere = gallery.site.officer(keys=officer.keys, policy=Policy((transport,)))
    gallery.attacked(
        f"camera: a right {other}",
        f"a right for `{transport}`, used over the network",
        "transport-not-admitted",
        gallery.site.refused(CAMERA, elsewhere),
    )


def test_a_right_to_something_else_at_the_camera(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    opens = gallery.site.officer(keys=officer.keys, actions=("open",))
    gallery.attacked(
        "camera: another action",
        "a right to open, used to view",
        "action-not-granted",
        gallery.site.refused(CAMERA, opens),
    )


def test_an_action_that_is_granted_and_is_not_the_live_image(gallery: Gallery) -> None:
    """A right may open more at a camera than its live image; what it opens beside is no way to that."""
    officer = gallery.site.officer()
    gallery.shows(officer)
    both = gallery.site.officer(keys=officer.keys, actions=("replay", ACTION))
    meeting = allow(gallery.site.screen(both).meet(CAMERA))
    gallery.attacked(
        "camera: a granted action beside",
        "a right to view and to replay, answered with `replay`",
        "action-not-granted",
        gallery.answer(both, meeting, both.phone().answer(meeting, "replay")),
    )


def test_a_right_that_has_ended_and_one_that_has_not_begun(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    past = gallery.site.officer(keys=officer.keys, start=NOW - HOUR, end=NOW)
    gallery.attacked("camera: ended", "a right that ends this second", "expired", gallery.site.refused(CAMERA, past))
    future = gallery.site.officer(keys=officer.keys, start=NOW + 60, end=NOW + HOUR)
    gallery.attacked(
        "camera: early", "a right that begins in a minute", "too-early", gallery.site.refused(CAMERA, future)
    )


def test_what_was_revoked_and_an_older_list_brought_back(gallery: Gallery) -> None:
    site = gallery.site
    officer = site.officer(grant="demande-7")
    gallery.shows(officer)
    site.bring(revocation=site.town.revocations(2, grants=frozenset({"demande-7"})))
    site.hands.until(lambda state: state["revocations"] == [1, 2])
    gallery.attacked("camera: revoked", "a list that names the request", "grant-revoked", site.refused(CAMERA, officer))
    site.bring(revocation=site.town.revocations(1))
    site.process.wait_for("revocation not taken: revocations-not-newer")
    gallery.attacked(
        "camera: older list", "the list from before, brought again", "grant-revoked", site.refused(CAMERA, officer)
    )


def test_the_list_is_kept_from_the_relay(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    gallery.site.hands.do("advance", milliseconds=(LIST_AGE + 1) * 1_000)
    gallery.attacked(
        "camera: starved of lists",
        "the same right, the list a second older than it allows",
        "revocations-old",
        gallery.site.refused(CAMERA, officer),
    )


def test_a_stolen_capability_key_after_rotation(gallery: Gallery) -> None:
    site = gallery.site
    officer = site.officer()
    gallery.shows(officer)
    stolen = site.town.signer(Use.CAPABILITY)
    site.bring(keyset=site.town.rotate(Use.CAPABILITY))
    site.hands.until(lambda state: state["keyset"] == site.town.number)
    forged = site.officer(keys=officer.keys, signer=stolen)
    gallery.attacked(
        "camera: stolen capability key",
        "a right signed by a key that left the set",
        "grant-key",
        site.refused(CAMERA, forged),
    )


def test_a_lock_s_right_at_a_camera(gallery: Gallery) -> None:
    officer = gallery.site.officer()
    gallery.shows(officer)
    lock = gallery.site.officer(keys=officer.keys, resources=(LOCK,), actions=("open",), policy=Policy())
    gallery.attacked(
        "camera: a cabinet's right",
        "an order to open a cabinet",
        "resource-not-granted",
        gallery.site.refused(CAMERA, lock),
    )


def test_a_look_through_the_frames_path(gallery: Gallery) -> None:
    """A response is answered where the picture is, and nowhere else: no result without its stream."""
    officer = gallery.site.officer()
    gallery.shows(officer)
    screen = gallery.site.screen(officer)
    frame = screen.exchange(CAMERA)(screen.answer(allow(screen.meet(CAMERA))))
    assert isinstance(frame, RefusedFrame)
    gallery.attacked(
        "camera: a response as a frame", "the right response, put to the other path", "frame-type", str(frame.reason)
    )


def test_a_certificate_of_a_lock_under_the_challenge(gallery: Gallery) -> None:
    """Whoever is certified as another kind of thing signs for no camera, even under the id that the page named."""
    site, officer = gallery.site, gallery.site.officer()
    gallery.shows(officer)
    lock = replace(allow(site.screen(officer).meet(CAMERA)).certificate, kind="lock")
    phone = officer.phone()
    outcome = phone.ask_challenge(site.screen(officer).exchange(CAMERA), CAMERA, lock, relay=site.device)
    gallery.disbelieved(
        "camera: a lock signs", "the relay's key under a certificate of kind lock", "gate-other", outcome
    )
