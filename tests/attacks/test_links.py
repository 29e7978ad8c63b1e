"""Hostile hand-overs: every link stays inside the one before it, whoever signs it."""

import json
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key

from beffroi.protocol.v1.chain import LINK_PLACE, hash_of
from beffroi.protocol.v1.grant import Policy
from beffroi.protocol.v1.jwk import confirmation, holder_key
from beffroi.protocol.v1.jws import sign_es256
from beffroi.protocol.v1.members import encode_bytes
from tests.attacks.scene import Case, Scene
from tests.edge.town import DAY, LOCK, NOW, OTHER_LOCK, Technician, Town

Body = dict[str, object]


class Forger:
    """Signs any link at all, with any key: what a hostile firm can do with its own key."""

    def __init__(self, town: Town, **grant: object) -> None:
        self.town = town
        self.firm, self.heir, self.stranger = (generate_private_key(SECP256R1()) for _ in range(3))
        self.grant = town.grant(holder_key(self.firm), **grant)  # type: ignore[arg-type]  # passed on as it came

    def payload(self, **changes: object) -> Body:
        return {"cnf": confirmation(holder_key(self.heir)), "dep": 0, "par": hash_of(self.grant)} | changes

    def chain(self, payload: Body, key: EllipticCurvePrivateKey | None = None) -> str:
        return f"{self.grant}~{LINK_PLACE.make(payload, key or self.firm)}"

    def honest(self) -> Technician:
        return Technician(self.town, [self.firm, self.heir], self.chain(self.payload()))


def policy(**changes: object) -> Body:
    return Policy().body() | changes


HOSTILE: list[tuple[Case, Body]] = [
    (Case("longer window", "a link that ends a year after its parent", "chain-window"), {"exp": NOW + 365 * DAY}),
    (Case("earlier window", "a link that begins before its parent", "chain-window"), {"nbf": NOW - 365 * DAY}),
    (Case("other resource", "a link that adds a cabinet", "chain-resources"), {"res": [LOCK, OTHER_LOCK]}),
    (Case("other link action", "a link that adds an action", "chain-actions"), {"act": ["open", "reset"]}),
    (Case("deeper link", "a link that gives itself more hand-overs", "chain-depth"), {"dep": 4}),
    (Case("looser policy, age", "a link that admits an older list", "chain-policy"), {"pol": policy(age=9_999_999)}),
    (
        Case("looser policy, time", "a link that admits unknown time", "chain-policy"),
        {"pol": policy(unk="admit-marked")},
    ),
    (Case("swapped parent", "a link that extends another grant", "chain-parent"), {"par": hash_of("another grant")}),
]


@pytest.mark.parametrize(("case", "changes"), HOSTILE, ids=[str(case) for case, _ in HOSTILE])
def test_a_link_wider_than_its_parent(scene: Scene, town: Town, case: Case, changes: Body) -> None:
    forger = Forger(town)
    scene.opens(forger.honest())
    result = scene.tries(forger.honest().phone(chain=forger.chain(forger.payload(**changes))))
    scene.attacked(case.name, case.mutates, case.reason, result)


def test_a_link_by_another_signer(scene: Scene, town: Town) -> None:
    forger = Forger(town)
    scene.opens(forger.honest())
    result = scene.tries(forger.honest().phone(chain=forger.chain(forger.payload(), forger.stranger)))
    scene.attacked("wrong signer", "a link signed by somebody else", "link-signature", result)


def test_a_chain_spliced_from_two(scene: Scene, town: Town) -> None:
    """A firm with two grants puts the link of one behind the other; and behind a grant that is not even its own."""
    forger, other = Forger(town), Forger(town)
    scene.opens(forger.honest())
    link = forger.chain(forger.payload()).partition("~")[2]
    wide = town.grant(holder_key(forger.firm), depth=5)
    result = scene.tries(forger.honest().phone(chain=f"{wide}~{link}"))
    scene.attacked("spliced chain", "a link of one grant behind another grant of the same firm", "chain-parent", result)
    result = scene.tries(forger.honest().phone(chain=f"{other.grant}~{link}"))
    scene.attacked("spliced chain, other firm", "a link behind another firm's grant", "link-signature", result)


def test_a_chain_with_a_link_left_out(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    grant, first, _second, third = technician.chain.split("~")
    result = scene.tries(technician.phone(chain=f"{grant}~{first}~{third}"))
    scene.attacked("dropped link", "the subcontractor's link left out", "link-signature", result)


def test_more_links_than_five(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    grant, *links = technician.chain.split("~")
    result = scene.tries(technician.phone(chain="~".join([grant, *links, *links])))
    scene.attacked("too many links", "six links", "chain-length", result)


def test_a_chain_of_more_than_four_kilobytes(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    result = scene.tries(technician.phone(chain=technician.chain + "~" + "A" * 4096))
    scene.attacked("oversized chain", "a chain of more than 4 KB", "chain-size", result)


def raw_token(header: str, payload: bytes, sign: Callable[[bytes], bytes]) -> str:
    message = f"{encode_bytes(header.encode())}.{encode_bytes(payload)}"
    return f"{message}.{encode_bytes(sign(message.encode()))}"


def test_a_link_with_alg_none(scene: Scene, town: Town) -> None:
    forger = Forger(town)
    scene.opens(forger.honest())
    payload = json.dumps(forger.payload(), sort_keys=True, separators=(",", ":")).encode()
    unsigned = raw_token('{"alg":"none","typ":"beffroi-link+jwt"}', payload, lambda _message: bytes(64))
    result = scene.tries(forger.honest().phone(chain=f"{forger.grant}~{unsigned}"))
    scene.attacked("alg none", "a link whose header says none", "token-alg", result)


def test_a_link_with_a_member_twice(scene: Scene, town: Town) -> None:
    """JSON.parse would keep the last `dep` and a naive reader the first."""
    forger = Forger(town)
    scene.opens(forger.honest())
    payload = json.dumps(forger.payload(), sort_keys=True, separators=(",", ":")).replace('"dep":0', '"dep":0,"dep":4')
    twice = raw_token(
        '{"alg":"ES256","typ":"beffroi-link+jwt"}', payload.encode(), lambda message: sign_es256(forger.firm, message)
    )
    result = scene.tries(forger.honest().phone(chain=f"{forger.grant}~{twice}"))
    scene.attacked("duplicate member", "a signed link that names dep twice", "json-duplicate", result)


def test_a_link_with_an_unknown_member(scene: Scene, town: Town) -> None:
    forger = Forger(town)
    scene.opens(forger.honest())
    result = scene.tries(forger.honest().phone(chain=forger.chain(forger.payload(crit=["all"]))))
    scene.attacked("unknown member", "a signed link with a member of its own", "member-unknown", result)


def test_a_grant_as_a_link(scene: Scene, town: Town) -> None:
    forger = Forger(town)
    scene.opens(forger.honest())
    result = scene.tries(forger.honest().phone(chain=f"{forger.grant}~{forger.grant}"))
    scene.attacked("token out of place", "a grant where a link belongs", "token-header", result)
