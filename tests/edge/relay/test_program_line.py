"""The relay's line to the server, against Mosquitto: beats, what is brought, a broker that goes away, another relay beside it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from beffroi.protocol.v1.errors import Reason, Refused
from beffroi.protocol.v1.frames import ChallengeRequest
from beffroi.protocol.v1.keyset import VERSION
from beffroi.simulator.screen import Place, Screen
from tests.edge.relay.site import ORIGIN, Cameras, Site
from tests.edge.server import Broker
from tests.edge.street import PATIENCE
from tests.edge.town import CAMERA, OTHER_CAMERA, OTHER_RELAY, Town


def test_it_beats_while_somebody_watches_and_once_more(site: Site) -> None:
    beats = site.server.beats
    with site.watch() as look:
        site.server.until(lambda: len(beats) >= 3)
        assert {beat.uses for beat in beats} == {(look.nonce,)}
    site.server.until(lambda: beats[-1].uses == ())
    quiet = beats[-1].number
    with site.watch() as again:
        site.server.until(lambda: beats[-1].uses == (again.nonce,))
        assert next(beat.number for beat in beats if beat.number > quiet) == quiet + 1, (
            "it said something about nothing"
        )


def test_it_says_which_sources_it_holds_and_to_which_key_they_are_sealed(site: Site) -> None:
    site.asked_again()
    ask = site.server.asks[-1]
    assert ask.sources == (site.town.number, site.lists)
    assert ask.sealing is not None
    assert ask.revocations == (1, 1)


def test_a_list_for_another_relay_or_an_older_one_changes_nothing(site: Site) -> None:
    sealing = site.server.asks[-1].sealing
    assert sealing is not None
    before = site.state()["sources"]
    older = site.town.sources(site.certificate, sealing, number=site.lists)
    forged = Town().sources(site.certificate, sealing, number=site.lists + 1)
    elsewhere = site.town.sources(site.certificate, sealing, number=site.lists + 1, sealed_to="e30.A.A.A.A")
    for token, reason in ((older, "sources-not-newer"), (forged, "token"), (elsewhere, "sealed-form")):
        site.bring(sources=token)
        assert reason in site.process.wait_for(r"sources not taken: ([a-z-]+)")[1]
        site.bring(sources=token)  # once more: no more is said of it
        site.process.wait_for(r"sources not taken: ([a-z-]+)")
    site.server.until(lambda: len(site.server.of("list-refused")) >= 2)
    said = [(str(event.get("list")), str(event.get("reason"))) for event in site.server.of("list-refused")]
    assert [name for name, _ in said] == ["sources", "sources"]
    assert "token" in said[0][1]
    assert said[1][1] == "sealed-form"
    assert site.state()["sources"] == before
    with site.watch():
        pass


def test_a_camera_that_was_withdrawn_does_not_come_back_by_an_old_list(site: Site) -> None:
    sealing = site.server.asks[-1].sealing
    assert sealing is not None
    both = site.town.sources(
        site.certificate,
        sealing,
        site.cameras.place(CAMERA, 1),
        site.cameras.place(OTHER_CAMERA, 2),
        number=site.lists,
    )
    site.bring_sources(site.cameras.place(OTHER_CAMERA, 2))
    site.hands.until(lambda state: state["gates"] == [OTHER_CAMERA])
    site.bring(sources=both)
    site.process.wait_for("sources not taken: sources-not-newer")
    assert site.refused() == "gate-other"


def test_a_server_that_is_away_ends_no_look_and_misses_nothing(site: Site, broker: Broker) -> None:
    broker.kill()
    site.process.wait_for("disconnected")
    with site.watch(frames=40) as look:
        broker.start()
        site.server.until(lambda: "use-admitted" in site.server.kinds)
        site.server.until(lambda: bool(site.server.beats) and site.server.beats[-1].uses == (look.nonce,))
    site.server.until(lambda: "use-ended" in site.server.kinds)


def test_no_camera_is_reached_through_the_server(site: Site) -> None:
    """It doesn't even listen there: what is asked next is answered, what was asked there never was."""
    site.server.say("relay/req/c1", b'{"f":"hello","ver":1}', site.device)
    site.asked_again()
    assert site.server.replies == {}


def test_what_it_holds_outlives_it(site: Site) -> None:
    held = [site.state()[name] for name in ("gates", "sources", "revocations", "keyset")]
    site.process.kill()
    site.restart()
    assert [site.state()[name] for name in ("gates", "sources", "revocations", "keyset")] == held
    assert site.state()["boot"] == 2


THIRD = "camera-21"


@pytest.fixture
def other(town: Town, tmp_path: Path, broker: Broker, cameras: Cameras, site: Site) -> Iterator[Site]:
    """Another relay of the same town, behind the same broker, with a camera of its own and one that both serve."""
    assert site.device != OTHER_RELAY
    with Site.build(
        town,
        tmp_path / "other",
        broker,
        cameras,
        "--clock",
        "hands",
        device=OTHER_RELAY,
        gates=(CAMERA, THIRD),
    ) as running:
        yield running


def beats(site: Site, nonce: str) -> None:
    """Waits until that viewing, and no other, is what its relay says lives."""
    site.server.until(lambda: bool(site.server.beats) and site.server.beats[-1].uses == (nonce,))


def test_two_relays_behind_one_broker_serve_each_its_own(site: Site, other: Site) -> None:
    officer = site.officer(resources=(CAMERA, OTHER_CAMERA, THIRD))
    assert site.refused(THIRD, officer) == "gate-other"
    assert other.refused(OTHER_CAMERA, officer) == "gate-other"
    with site.watch(OTHER_CAMERA, officer) as look, other.watch(THIRD, officer) as beside:
        beats(site, look.nonce)
        beats(other, beside.nonce)
        with ThreadPoolExecutor() as reading:  # what nobody has read when a line is cut is thrown away with it
            rest = reading.submit(look.rest)
            site.bring_sources(site.cameras.place(CAMERA, 1))
            assert rest.result().cause == "closed"
        pictures = beside.picture.frames
        beside.until(lambda picture: picture.frames > pictures + 10)
    assert site.server.of("use-admitted")[0].get("gate") == OTHER_CAMERA


def test_a_challenge_of_one_relay_answered_at_the_other(site: Site, other: Site) -> None:
    officer = site.officer()
    asked = site.screen(officer)
    meeting = asked.meet(CAMERA)
    assert not isinstance(meeting, Refused)
    with other.answered(officer, meeting, asked.answer(meeting)) as look:
        assert look.refusal() == "challenge-unknown"


def test_a_browser_sent_to_another_relay_than_the_page_named_stops_there(site: Site, other: Site) -> None:
    place = Place(other.port, site.device, ORIGIN, patience=PATIENCE)
    stopped = Screen(site.officer().phone(), place).look(CAMERA)
    assert isinstance(stopped, Refused)
    assert stopped.reason is Reason.GATE_OTHER
    frame = other.screen().exchange(CAMERA)(ChallengeRequest(VERSION, OTHER_CAMERA))
    assert getattr(frame, "reason", None) is Reason.GATE_OTHER
