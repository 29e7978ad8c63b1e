"""An identity provider is believed as far as it proves what it says: each line of the tables is an attack."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from joserfc.jwk import OctKey

from beffroi.adapters.oidc import tokens
from beffroi.adapters.oidc.asking import AGAIN, LASTS, Asker
from beffroi.adapters.oidc.errors import (
    Reason,
)
from tests.identity.liar import (
    BACK,
    CLIENT,
    MOMENT,
    NOW,
    OTHER,
    RSA,
    SECRET,
    Claims,
    Liar,
    always,
    changing,
    confused,
    log_in,
    reason,
    shown,
    signed,
    unsigned,
)

CHANGED: list[tuple[Reason, Claims]] = [
    (Reason.ISSUER, {"iss": "https://elsewhere.example"}),
    (Reason.ISSUER, {"iss": None}),
    (Reason.AUDIENCE, {"aud": "another"}),
    (Reason.AUDIENCE, {"aud": [CLIENT, "another"]}),
    (Reason.AUDIENCE, {"aud": []}),
    (Reason.AUDIENCE, {"aud": {CLIENT: True}}),
    (Reason.AUDIENCE, {"azp": "another"}),
    (Reason.EXPIRED, {"exp": MOMENT - 61}),
    (Reason.TIME, {"exp": None}),
    (Reason.TIME, {"exp": True}),
    (Reason.TIME, {"exp": 1e300}),
    (Reason.TIME, {"exp": "tomorrow"}),
    (Reason.TIME, {"iat": MOMENT + 120}),
    (Reason.TIME, {"iat": MOMENT - 3600}),
    (Reason.TIME, {"iat": None}),
    (Reason.TIME, {"nbf": MOMENT + 120}),
    (Reason.NONCE, {"nonce": "of another log-in"}),
    (Reason.NONCE, {"nonce": None}),
    (Reason.NONCE, {"nonce": ["a", "list"]}),
    (Reason.ACCESS_TOKEN, {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
    (Reason.ACCESS_TOKEN, {"at_hash": 1}),
    (Reason.SUBJECT, {"sub": ""}),
    (Reason.SUBJECT, {"sub": 7}),
    (Reason.SUBJECT, {"sub": "x" * 256}),
]


def test_claims_that_do_not_hold_are_refused_by_name(liar: Liar, asker: Asker) -> None:
    for wanted, changed in CHANGED:
        liar.proof = changing(changed)
        assert reason(lambda: log_in(liar, asker)) == wanted, changed
    liar.proof = lambda honest: honest
    assert reason(lambda: log_in(liar, asker)) == "believed"


def test_a_level_that_is_asked_for_is_demanded(liar: Liar) -> None:
    strict = Asker(liar.provider(levels=("eidas2", "eidas3")))
    for level, wanted in (
        (None, Reason.LEVEL),
        ("eidas1", Reason.LEVEL),
        (["eidas2"], Reason.LEVEL),
        ("eidas3", "believed"),
    ):
        liar.proof = changing({"acr": level})
        assert reason(lambda: log_in(liar, strict)) == wanted


def test_what_is_not_signed_by_the_provider_is_refused(liar: Liar, asker: Asker) -> None:
    key, kid = liar.key, liar.kid
    jwk = shown(OTHER, "mine")
    table: list[tuple[Reason, Callable[[Claims], str]]] = [
        (Reason.ALGORITHM, lambda honest: unsigned(honest, kid=kid)),
        (Reason.ALGORITHM, lambda honest: unsigned(honest, kid=kid, alg="NONE")),
        (Reason.ALGORITHM, lambda honest: confused(honest, key, kid=kid)),
        (Reason.ALGORITHM, lambda honest: signed(honest, OctKey.import_key(SECRET), alg="HS256", kid=kid)),
        (Reason.SIGNATURE, lambda honest: signed(honest, OTHER, kid=kid)),
        (Reason.SIGNATURE, lambda honest: signed(honest, OTHER, kid=kid, jwk=jwk)),
        (Reason.UNKNOWN_KEY, lambda honest: signed(honest, OTHER, kid="mine", jku="https://elsewhere.example/keys")),
        (Reason.UNKNOWN_KEY, lambda honest: signed(honest, RSA, alg="RS256", kid=kid)),
        (Reason.TYPE, lambda honest: signed(honest, key, kid=kid, typ="at+jwt")),
        (Reason.TYPE, lambda honest: signed(honest, key, kid=kid, typ="logout+jwt")),
        (Reason.SHAPE, lambda honest: signed(honest, key, kid=kid) + ".more"),
        (Reason.SHAPE, lambda _honest: "not a token"),
        (Reason.SHAPE, lambda honest: signed(json.dumps(honest).replace("{", '{"sub": "bob", ', 1).encode(), key, kid=kid)),
        (Reason.SHAPE, lambda _honest: signed(b"[]", key, kid=kid)),
        (Reason.SHAPE, lambda honest: signed(honest | {"far": "x" * tokens.LONGEST}, key, kid=kid)),
        (Reason.SIGNATURE, lambda honest: bent(signed(honest, key, kid=kid), "sub", "bob")),
    ]  # fmt: skip
    for wanted, proof in table:
        liar.proof = proof
        assert reason(lambda: log_in(liar, asker)) == wanted
    critical = base64.urlsafe_b64encode(json.dumps({"alg": "ES256", "kid": kid, "crit": ["exp"], "exp": 1}).encode())
    liar.proof = lambda honest: ".".join((critical.decode().rstrip("="), *signed(honest, key, kid=kid).split(".")[1:]))
    assert reason(lambda: log_in(liar, asker)) == Reason.SHAPE


def bent(token: str, name: str, value: object) -> str:
    """A token with one claim changed and its signature kept."""
    head, body, tail = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(claims | {name: value}).encode()).rstrip(b"=").decode()
    return f"{head}.{changed}.{tail}"


def test_keys_turn_and_an_unknown_one_makes_us_ask_once(liar: Liar) -> None:
    clock = [1000.0]
    asker = Asker(liar.provider(), seconds=lambda: clock[0])
    log_in(liar, asker)
    liar.key, liar.kid = OTHER, "second"
    clock[0] += AGAIN + 1
    log_in(liar, asker)
    assert liar.asked.count("keys") == 2
    liar.proof = lambda honest: signed(honest, RSA, alg="RS256", kid="made up")
    for _try in range(5):
        assert reason(lambda: log_in(liar, asker)) == Reason.UNKNOWN_KEY
    assert liar.asked.count("keys") == 2, "whoever makes up names doesn't make us ask the provider each time"


def test_keys_that_nobody_should_sign_with_are_left_out(liar: Liar, asker: Asker) -> None:
    key, kid = liar.key, liar.kid
    for name, keys in {
        "for encryption": [shown(key, kid, use="enc")],
        "for another algorithm": [shown(key, kid, alg="ES384")],
        "private": [{**key.as_dict(private=True), "kid": kid}],
        "two of one name": [shown(key, kid), shown(OTHER, kid)],
        "none": [],
        "not keys": [1, None, {"kty": "EC"}, {"kty": "EC", "crv": "P-256", "x": "!", "y": 7}],
    }.items():
        liar.keys = always(keys)
        assert reason(lambda: log_in(liar, Asker(liar.provider()))) == Reason.UNKNOWN_KEY, name
    weak = generate_private_key(65537, 1024)  # noqa: S505 - that it is breakable is the point
    small = weak.public_key().public_numbers().n.to_bytes(128)
    told = {"kty": "RSA", "e": "AQAB", "n": base64.urlsafe_b64encode(small).rstrip(b"=").decode(), "kid": kid}
    liar.keys = lambda _honest: [told]
    liar.proof = lambda honest: signed(honest, RSA, alg="RS256", kid=kid)
    assert reason(lambda: log_in(liar, asker)) == Reason.UNKNOWN_KEY, "1,024 bits are too few"
    liar.keys = lambda _honest: [shown(RSA, None)]
    liar.proof = lambda honest: signed(honest, RSA, alg="RS256", kid=None)
    assert reason(lambda: log_in(liar, Asker(liar.provider()))) == "believed", "the only key needs no name"


def test_what_the_browser_brings_back_is_of_this_log_in_and_of_this_provider(liar: Liar, asker: Asker) -> None:
    for wanted, brought in (
        (Reason.STATE, {"state": ["of another browser"]}),
        (Reason.STATE, {"state": []}),
        (Reason.ISSUER, {"iss": ["https://elsewhere.example"]}),
        (Reason.ISSUER, {"iss": []}),
        (Reason.CODE, {"code": []}),
        (Reason.CODE, {"code": ["of somebody else"]}),
        (Reason.SHAPE, {"code": ["a-code", "another"]}),
    ):
        assert reason(partial(log_in, liar, asker, **brought)) == wanted, brought
    assert log_in(liar, asker, error=["access_denied"], code=[]) is None
    address, attempt = asker.begin(BACK, NOW - LASTS - timedelta(seconds=1))
    assert reason(lambda: asker.finish(attempt, liar.visit(address), NOW)) == Reason.STATE


def test_a_provider_says_that_somebody_left(liar: Liar, asker: Asker) -> None:
    event: Claims = {tokens.LOGGED_OUT: {}}
    honest: Claims = {
        "iss": liar.issuer,
        "aud": CLIENT,
        "iat": MOMENT,
        "exp": MOMENT + 60,
        "jti": "1",
        "events": event,
        "sub": "ada",
    }

    def tried(claims: Claims, **header: Any) -> Reason | str:
        token = signed(
            {name: each for name, each in claims.items() if each is not None}, liar.key, kid=liar.kid, **header
        )
        return reason(lambda: asker.parted(token, NOW))

    assert tried(honest, typ="logout+jwt") == "believed"
    assert tried(honest | {"sub": None, "sid": "one"}) == "believed"
    for wanted, changed in (
        (Reason.EVENT, {"events": {}}),
        (Reason.EVENT, {"events": {tokens.LOGGED_OUT: 1}}),
        (Reason.EVENT, {"events": None}),
        (Reason.SHAPE, {"nonce": "one"}),
        (Reason.SHAPE, {"jti": None}),
        (Reason.SHAPE, {"sub": None}),
        (Reason.AUDIENCE, {"aud": "another"}),
        (Reason.ISSUER, {"iss": "https://elsewhere"}),
        (Reason.EXPIRED, {"exp": MOMENT - 61}),
        (Reason.TIME, {"iat": MOMENT - 3600}),
    ):
        assert tried(honest | changed) == wanted, changed
    assert reason(lambda: asker.parted(unsigned(honest), NOW)) == Reason.ALGORITHM
    where, state = asker.leave("the-proof", "https://town.example/out/") or ("", "")
    assert parse_qs(urlsplit(where).query) == {
        "id_token_hint": ["the-proof"], "post_logout_redirect_uri": ["https://town.example/out/"], "state": [state]
    }  # fmt: skip
