"""What was overheard, recorded or copied opens nothing."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from tests.attacks.scene import Scene
from tests.edge.town import Town, allow


def test_a_response_sent_again(scene: Scene, town: Town) -> None:
    use = scene.opens(town.technician())
    with scene.lock.connect() as connection:
        frame = connection.exchange(use.response)
    scene.attacked("replay", "the response that opened, sent again", "challenge-used", frame)


def test_a_recorded_response_put_to_a_fresh_challenge(scene: Scene, town: Town) -> None:
    technician = town.technician()
    use = scene.opens(technician)
    phone = technician.phone()
    with scene.lock.connect() as connection:
        meeting = scene.meets(phone, connection)
        forged = replace(use.response, challenge=meeting.challenge.hash)
        result = allow(phone.hear(meeting, connection.exchange(forged)))
    scene.attacked("replay, fresh challenge", "the recorded proof under a fresh challenge", "proof-signature", result)


def test_a_response_recorded_before_a_power_loss(scene: Scene, town: Town) -> None:
    use = scene.opens(town.technician())
    scene.lose_power()
    scene.lock.set_time()
    with scene.lock.connect() as connection:
        frame = connection.exchange(use.response)
    scene.attacked("replay after power loss", "the response that opened, after a restart", "challenge-unknown", frame)


def test_an_answer_that_comes_late(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    phone = technician.phone()
    with scene.lock.connect() as connection:
        meeting = scene.meets(phone, connection)
        scene.lock.hands.do("advance", seconds=31)
        frame = connection.exchange(phone.answer(meeting))
    scene.attacked("late answer", "the challenge is 31 s old", "challenge-expired", frame)


def test_a_chain_copied_without_its_key(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    thief = generate_private_key(SECP256R1())
    result = scene.tries(technician.phone(key=thief))
    scene.attacked("copied chain", "the same chain, another phone's key", "proof-signature", result)


def test_an_earlier_holder_shows_the_chain_of_the_last(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    result = scene.tries(technician.phone(key=technician.keys[2]))
    scene.attacked("earlier holder", "the subcontractor's key under the technician's chain", "proof-signature", result)


def test_the_action_is_changed_on_the_way(scene: Scene, town: Town) -> None:
    technician = town.technician(actions=("inspect", "open"))
    scene.opens(technician)
    phone = technician.phone()
    with scene.lock.connect() as connection:
        meeting = scene.meets(phone, connection)
        changed = replace(phone.answer(meeting, "inspect"), action="open")
        result = allow(phone.hear(meeting, connection.exchange(changed)))
    scene.attacked("changed action", "asks to open where the holder signed to inspect", "proof-signature", result)
