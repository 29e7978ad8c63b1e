"""A stolen key, an older key set, an older version: what was once good doesn't come back."""

from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.v1.frames import ChallengeRequest
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.keyset import Use
from tests.attacks.scene import Scene
from tests.edge.town import LOCK, Technician, Town, allow


def test_a_stolen_capability_key_after_rotation(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    stolen = town.signer(Use.CAPABILITY)
    assert scene.lock.bring(keyset=town.rotate(Use.CAPABILITY)) == {"keyset": "taken"}
    forged = Technician(town, technician.keys[:1], town.grant(holder_key(technician.keys[0]), signer=stolen))
    scene.attacked(
        "stolen capability key",
        "a grant minted with the key that was rotated out",
        "grant-key",
        scene.tries(forged.phone()),
    )
    scene.opens(town.technician())


def test_an_older_key_set_is_brought_back(scene: Scene, town: Town) -> None:
    technician = town.technician()
    older, stolen = town.keyset_token, town.signer(Use.CAPABILITY)
    scene.opens(technician)
    scene.lock.bring(keyset=town.rotate(Use.CAPABILITY))
    outcome = scene.lock.bring(keyset=older)["keyset"]
    scene.carried("older key set", "the set from before the rotation, brought again", "keyset-not-newer", outcome)
    forged = Technician(town, technician.keys[:1], town.grant(holder_key(technician.keys[0]), signer=stolen))
    scene.attacked(
        "older key set, then use", "a grant that only the older set admits", "grant-key", scene.tries(forged.phone())
    )


def test_a_key_set_of_a_root_that_the_lock_has_not(scene: Scene, town: Town) -> None:
    scene.opens(town.technician())
    foreign = Town()
    foreign.number = town.number
    outcome = scene.lock.bring(keyset=foreign.rotate(*Use))["keyset"]
    scene.carried("forged key set", "signed by another root", "keyset-root", outcome)
    forged = foreign.technician()
    result = scene.tries(replace(forged.phone(), keyset=town.keyset))
    scene.attacked("forged key set, then use", "a grant by a key of that set", "grant-key", result)


def test_a_grant_that_somebody_else_signed(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    kid, _ = town.signer(Use.CAPABILITY)
    grant = town.grant(holder_key(technician.keys[0]), signer=(kid, Ed25519PrivateKey.generate()))
    forged = Technician(town, technician.keys[:1], grant)
    scene.attacked(
        "forged grant", "signed in the name of the capability key", "grant-signature", scene.tries(forged.phone())
    )


def test_a_grant_signed_by_a_key_for_something_else(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    grant = town.grant(holder_key(technician.keys[0]), signer=town.signer(Use.STAMP))
    forged = Technician(town, technician.keys[:1], grant)
    scene.attacked(
        "key out of place", "a grant signed by a stamp key of the set", "grant-key", scene.tries(forged.phone())
    )


def test_a_response_in_an_older_version(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    phone = technician.phone()
    with scene.lock.connect() as connection:
        meeting = scene.meets(phone, connection)
        frame = connection.exchange(replace(phone.answer(meeting), version=0))
    scene.attacked("downgrade", "the response says version 0", "version", frame)


def test_a_challenge_asked_for_in_another_version(scene: Scene, town: Town) -> None:
    scene.opens(town.technician())
    with scene.lock.connect() as connection:
        frame = connection.exchange(ChallengeRequest(2, LOCK))
    scene.attacked("upgrade", "the request says version 2", "version", frame)


def test_a_certificate_of_another_device_under_the_challenge(scene: Scene, town: Town) -> None:
    """A false lock shows the true one's certificate: the phone sees that the challenge isn't its own."""
    technician = town.technician()
    use = scene.opens(technician)
    phone = technician.phone()
    with scene.lock.connect() as connection:
        meeting = scene.meets(phone, connection)
        answer = connection.exchange(phone.answer(meeting))
        scene.lock.hands.do("advance", seconds=10)
    heard = phone.hear(use.meeting, answer)
    scene.disbelieved("result of another exchange", "a true result shown for another challenge", "result-other", heard)
    assert allow(phone.hear(meeting, answer)).admitted
