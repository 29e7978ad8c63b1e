"""The clock can't be set back, pushed far, or set by a recording."""

from beffroi.simulator.phone import ask
from tests.attacks.scene import Scene
from tests.edge.town import DAY, HOUR, NOW, YEAR, Town, allow


def fresh_nonce(scene: Scene) -> str:
    with scene.lock.connect() as connection:
        nonce = allow(ask(connection.exchange)).nonce
    assert nonce is not None
    return nonce


def test_a_stamp_of_yesterday(scene: Scene, town: Town) -> None:
    technician = town.technician(end=NOW + HOUR)
    recorded = town.stamp(NOW + 60)
    scene.opens(technician)
    scene.lock.hands.do("advance", seconds=2 * HOUR)
    outcome = scene.lock.bring(stamp=recorded)["stamp"]
    scene.carried("stamp back", "a stamp recorded two hours ago", "stamp-back", outcome)
    outcome = scene.lock.bring(stamp=town.stamp(NOW, nonce=fresh_nonce(scene)))["stamp"]
    scene.carried("stamp back, bound", "an earlier time under the lock's fresh nonce", "stamp-back", outcome)
    result = scene.tries(technician.phone())
    scene.attacked("stamp back, then use", "a grant that only the earlier time admits", "expired", result)


def test_a_stamp_of_next_year(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    tomorrow = technician.given(start=NOW + YEAR - HOUR, end=NOW + YEAR + DAY)
    outcome = scene.lock.bring(stamp=town.stamp(NOW + YEAR))["stamp"]
    scene.carried("stamp forward a year", "a stamp a year ahead", "stamp-far", outcome)
    outcome = scene.lock.bring(stamp=town.stamp(NOW + YEAR, nonce=fresh_nonce(scene)))["stamp"]
    scene.carried(
        "stamp forward a year, bound", "the same, bound to the fresh nonce: one is not enough", "held", outcome
    )
    result = scene.tries(tomorrow.phone())
    scene.attacked("stamp forward, then use", "a grant that only next year admits", "too-early", result)


def test_a_stamp_recorded_before_a_power_loss(scene: Scene, town: Town) -> None:
    technician = town.technician()
    nonce = fresh_nonce(scene)
    bound, unbound = town.stamp(NOW + 5, nonce=nonce), town.stamp(NOW + 5)
    assert scene.lock.bring(stamp=bound) == {"stamp": "taken"}
    scene.opens(technician)
    scene.lose_power()
    assert scene.lock.state()["time"] == "unknown"
    outcome = scene.lock.bring(stamp=unbound)["stamp"]
    scene.carried("recorded stamp after power loss", "a stamp with no nonce", "stamp-unbound", outcome)
    fresh_nonce(scene)
    outcome = scene.lock.bring(stamp=bound)["stamp"]
    scene.carried("recorded bound stamp after power loss", "a stamp bound to an earlier nonce", "stamp-nonce", outcome)
    result = scene.tries(technician.phone())
    scene.attacked("unknown time", "the grant that opened, while time is unknown", "time-unknown", result)


def test_a_stamp_for_another_lock(scene: Scene, town: Town) -> None:
    scene.opens(town.technician())
    stamp = town.stamp(NOW + 60, nonce=fresh_nonce(scene), device="armoire-0043")
    scene.carried(
        "another lock's stamp", "bound to another device", "stamp-device", scene.lock.bring(stamp=stamp)["stamp"]
    )


def test_a_stamp_that_nobody_signed(scene: Scene, town: Town) -> None:
    scene.opens(town.technician())
    stamp = Town().stamp(NOW + 60)
    kid_taken = scene.lock.bring(stamp=stamp)["stamp"]
    scene.carried("forged stamp", "signed by another authority's key of that name", "token-signature", kid_taken)
