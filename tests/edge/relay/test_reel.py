"""What is kept for latecomers, and what waits for a key picture."""

from beffroi.edge.relay.h264 import Unit
from beffroi.edge.relay.parts import FRAGMENT, INITIALIZATION, Part
from beffroi.edge.relay.reel import KEPT_BYTES, KEPT_FRAMES, Reel
from tests.edge.relay.test_parameters import MEDIUM, encoded
from tests.edge.relay.watching import read_fragment

SETS = MEDIUM, encoded(320, 240, options={"preset": "medium"})[1]
OTHER = tuple(encoded(640, 480, options={"preset": "medium"}))
IN_ORDER = tuple(encoded(320, 240, options={"profile": "baseline"}))
FRAME = 3_600


class Camera:
    """Gives a reel one unit after another."""

    def __init__(self, said: tuple[bytes, ...] = SETS) -> None:
        self.reel = Reel()
        self.reel.resume(said)
        self.at = 0

    def sends(
        self, *, key: bool = False, sets: tuple[bytes, ...] = (), size: int = 6, reordered: bool = False
    ) -> list[int]:
        """Kinds of the parts that come of a picture."""
        unit = Unit(self.at * FRAME, key, reordered, [(size - 4).to_bytes(4, "big"), bytes(size - 4)], size, sets)
        self.at += 1
        return [part.kind for part in self.reel.take(unit, self.at / 25)]

    @property
    def kept(self) -> list[int]:
        return [part.kind for part in self.reel.catching_up]


def content(part: Part) -> bytes:
    return bytes(part.bare)[5:]


def test_it_begins_with_a_key_picture_and_its_parameters() -> None:
    camera = Camera()
    assert camera.sends() == []
    assert camera.kept == []
    assert camera.sends(key=True) == [INITIALIZATION, FRAGMENT]
    assert camera.sends() == [FRAGMENT]
    assert camera.kept == [INITIALIZATION, FRAGMENT, FRAGMENT]
    assert camera.sends(key=True) == [FRAGMENT]
    assert camera.kept == [INITIALIZATION, FRAGMENT]


def test_without_parameters_a_key_picture_is_nothing() -> None:
    for said in ((), (SETS[0],), (SETS[1],), (b"", b"\x06\x05", b"\x67\xff", *SETS[:1])):
        camera = Camera(said)
        assert camera.sends(key=True) == []
        assert camera.sends() == []
        assert camera.sends(key=True, sets=SETS) == [INITIALIZATION, FRAGMENT]


def test_parameters_that_change_away_from_a_key_picture_hold_from_the_next() -> None:
    camera = Camera()
    camera.sends(key=True)
    first = camera.reel.catching_up[0]
    assert camera.sends(sets=OTHER) == []
    assert camera.sends() == []
    assert camera.sends(key=True) == [INITIALIZATION, FRAGMENT]
    assert content(camera.reel.catching_up[0]) != content(first)


def test_the_same_parameters_again_change_nothing() -> None:
    camera = Camera()
    camera.sends(key=True)
    assert camera.sends(key=True, sets=SETS) == [FRAGMENT]
    assert camera.sends(sets=SETS) == [FRAGMENT]


def test_a_camera_that_is_lost_leaves_nothing_for_latecomers() -> None:
    camera = Camera()
    camera.sends(key=True)
    number = read_fragment(content(camera.reel.catching_up[-1])).number
    camera.reel.leave()
    assert camera.kept == []
    camera.reel.resume(SETS)
    assert camera.sends() == []
    assert camera.sends(key=True) == [FRAGMENT]
    assert camera.kept == [INITIALIZATION, FRAGMENT]
    assert read_fragment(content(camera.reel.catching_up[-1])).number == number + 1


def test_what_is_kept_has_an_end() -> None:
    """Who comes then waits for the next key picture; who watches goes on."""
    for size, frames in ((6, KEPT_FRAMES), (200_000, KEPT_BYTES // 200_000)):
        camera = Camera()
        camera.sends(key=True, size=size)
        kinds = [camera.sends(size=size) for _ in range(frames)]
        assert kinds == [[FRAGMENT]] * frames
        assert camera.kept == []
        camera.sends(key=True, size=size)
        assert camera.kept == [INITIALIZATION, FRAGMENT]


def test_pictures_out_of_order_are_seen_where_the_parameters_say_that_there_are_none() -> None:
    """And not forgotten when the same parameters come again."""
    camera = Camera(IN_ORDER)
    camera.sends(key=True, sets=IN_ORDER)
    camera.sends()
    assert {read_fragment(content(part)).offset for part in camera.reel.catching_up[1:]} == {0}
    camera.sends(reordered=True)
    camera.sends(key=True, sets=IN_ORDER)
    assert read_fragment(content(camera.reel.catching_up[-1])).offset > 0
