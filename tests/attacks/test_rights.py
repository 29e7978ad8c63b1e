"""Rights that have ended, that were taken back, or that are for something else."""

from beffroi.protocol.v1.grant import Policy
from beffroi.protocol.v1.jwk import holder_key
from tests.attacks.scene import Scene
from tests.edge.town import DAY, HOUR, NOW, OTHER_LOCK, Town


def test_use_after_the_grant_is_revoked(scene: Scene, town: Town) -> None:
    technician = town.technician(grant="ordre-77")
    scene.opens(technician)
    assert scene.lock.bring(revocation=town.revocations(2, grants=frozenset({"ordre-77"})))["revocation"] == "taken"
    result = scene.tries(technician.phone())
    scene.attacked("use after revocation", "the list names the grant", "grant-revoked", result)


def test_use_after_the_phone_is_revoked(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    scene.lock.bring(revocation=town.revocations(2, keys=frozenset({technician.thumbprint})))
    result = scene.tries(technician.phone())
    scene.attacked("use after revocation, phone", "the list names the technician's key", "holder-revoked", result)


def test_use_after_a_firm_in_the_middle_is_revoked(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    firm = holder_key(technician.keys[1]).thumbprint
    scene.lock.bring(revocation=town.revocations(2, keys=frozenset({firm})))
    result = scene.tries(technician.phone())
    scene.attacked("use after revocation, firm", "the list names a firm in the middle", "holder-revoked", result)


def test_an_older_list_is_brought_back(scene: Scene, town: Town) -> None:
    technician = town.technician(grant="ordre-77")
    before = town.revocations(2)
    scene.opens(technician)
    scene.lock.bring(revocation=town.revocations(3, grants=frozenset({"ordre-77"})))
    outcome = scene.lock.bring(revocation=before)["revocation"]
    scene.carried("older list", "the list from before the revocation, brought again", "revocations-not-newer", outcome)
    result = scene.tries(technician.phone())
    scene.attacked("older list, then use", "a use that only the older list would admit", "grant-revoked", result)


def test_the_list_is_kept_from_the_lock(scene: Scene, town: Town) -> None:
    technician = town.technician(end=NOW + 10 * DAY)
    scene.opens(technician)
    scene.lock.hands.do("advance", seconds=73 * HOUR)
    result = scene.tries(technician.phone(now=NOW + 73 * HOUR))
    scene.attacked("withheld list", "no list reaches the lock for 73 hours", "revocations-old", result)


def test_a_grant_that_has_ended(scene: Scene, town: Town) -> None:
    technician = town.technician(end=NOW + HOUR)
    scene.opens(technician)
    scene.lock.hands.do("advance", seconds=HOUR)
    result = scene.tries(technician.phone())
    scene.attacked("ended grant", "one hour later", "expired", result)


def test_a_grant_that_has_not_begun(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    result = scene.tries(technician.given(start=NOW + HOUR).phone())
    scene.attacked("grant of tomorrow", "begins in an hour", "too-early", result)


def test_a_grant_for_another_cabinet(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    result = scene.tries(technician.given(resources=(OTHER_LOCK,)).phone())
    scene.attacked("other cabinet's grant", "names another cabinet", "resource-not-granted", result)


def test_a_grant_for_another_action(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    result = scene.tries(technician.phone(), "reset")
    scene.attacked("other action", "asks for an action that the grant has not", "action-not-granted", result)


def test_a_grant_for_the_relay_only(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    result = scene.tries(technician.given(policy=Policy(transports=("relay",))).phone())
    scene.attacked("other transport", "a right for the relay, used beside the lock", "transport-not-admitted", result)
