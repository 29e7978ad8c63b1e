"""Vectors of capability chains: every way to widen, splice or forge one, and of links that a phone makes."""

from collections.abc import Iterator

from beffroi.protocol.v1.chain import hash_of
from beffroi.protocol.v1.jwk import octet_key
from beffroi.protocol.v1.keyset import SetKey, Use, set_key
from beffroi.protocol.v1.strictjson import canonical
from tests.protocol.protocol_world import (
    AUTHORITY,
    DAY,
    GATE,
    GRANT,
    HOUR,
    NOW,
    OTHER_GATE,
    PEOPLE,
    World,
    holder,
    kid,
    person_key,
    set_keys,
    signing_key,
)
from tests.protocol.vector_forge import Json, Recipe, Vector, flip_last_byte, forge, token_faults

WORLD = World()
POLICY: dict[str, Json] = {"age": 72 * HOUR, "old": "refuse", "trn": ["local", "relay"], "unk": "refuse"}
LOOSE: dict[str, Json] = {"age": 72 * HOUR, "old": "flag", "trn": ["local", "relay"], "unk": "admit-marked"}
LINK_HEADER = {"alg": "ES256", "typ": "beffroi-link+jwt"}


def _place(chain: str) -> dict[str, Json]:
    return {"chain": chain, "now": NOW}


GRANT_RECIPE = Recipe(
    subject="chain",
    header={"alg": "Ed25519", "kid": kid(Use.CAPABILITY), "typ": "beffroi-grant+jwt"},
    payload={
        "iss": AUTHORITY,
        "jti": GRANT,
        "res": [GATE, OTHER_GATE],
        "act": ["inspect", "open"],
        "pur": "work-order",
        "con": "oi-meaux-2026",
        "nbf": NOW - HOUR,
        "exp": NOW + 23 * HOUR,
        "dep": 5,
        "pol": LOOSE,
        "cnf": {"jwk": holder("operator").jwk},
    },
    key=signing_key(kid(Use.CAPABILITY)),
    place=_place,
    signature="grant-signature",
    stranger="grant-key",
    wrong_value={"dep": 6, "res": [], "act": ["open", "inspect"], "exp": NOW - HOUR, "jti": "GRANT", "con": 5},
)


def link(parent: str, by: str, to: str, **members: Json) -> str:
    """A link that extends the token ``parent``, with any members whatever."""
    payload: dict[str, Json] = {"cnf": {"jwk": holder(to).jwk}, "dep": 4, "par": hash_of(parent), **members}
    return forge(canonical(LINK_HEADER), canonical(payload), person_key(by))


def chain_of(links: int, grant: str | None = None) -> str:
    """A grant and that many plain links."""
    tokens = [GRANT_RECIPE.token() if grant is None else grant]
    people = (*PEOPLE, "second visitor")
    for index in range(links):
        tokens.append(link(tokens[-1], people[index], people[index + 1], dep=max(0, 4 - index)))
    return "~".join(tokens)


def _value(text: str, **changes: Json) -> dict[str, Json]:
    tokens = text.split("~")
    value = {
        "grant": GRANT,
        "holders": [holder(name).thumbprint for name in PEOPLE[: len(tokens)]],
        "resources": [GATE, OTHER_GATE],
        "actions": ["inspect", "open"],
        "start": NOW - HOUR,
        "end": NOW + 23 * HOUR,
        "depth": 6 - len(tokens),
        "policy": LOOSE,
        "hash": hash_of(text),
    }
    return {**value, **changes}


def good_vectors() -> Iterator[Vector]:
    """Chains that verify."""
    for links in (0, 1, 3, 5):
        text = chain_of(links)
        yield Vector("chain", f"{links} links", _place(text), None, _value(text))
    grant = GRANT_RECIPE.token()
    narrow: dict[str, Json] = {
        "res": [GATE],
        "act": ["open"],
        "nbf": NOW,
        "exp": NOW + HOUR,
        "pol": {"age": HOUR, "old": "refuse", "trn": ["local"], "unk": "refuse"},
        "dep": 0,
    }
    text = grant + "~" + link(grant, "operator", "carrier", **narrow)
    narrowed = {
        "resources": [GATE],
        "actions": ["open"],
        "start": NOW,
        "end": NOW + HOUR,
        "depth": 0,
        "policy": narrow["pol"],
    }
    yield Vector("chain", "everything narrowed", _place(text), None, _value(text, **narrowed))
    text = grant + "~" + link(grant, "operator", "operator", dep=0)
    operator = holder("operator").thumbprint
    yield Vector("chain", "handed to oneself", _place(text), None, _value(text, holders=[operator, operator], depth=0))


def widening_vectors() -> Iterator[Vector]:
    """Links that try to reach further than their parent."""
    strict = GRANT_RECIPE.token(res=[GATE], act=["open"], pol=POLICY, dep=2)
    tries: list[tuple[str, str, dict[str, Json]]] = [
        ("another resource", "chain-resources", {"res": [OTHER_GATE]}),
        ("one resource more", "chain-resources", {"res": [GATE, OTHER_GATE]}),
        ("another action", "chain-actions", {"act": ["inspect"]}),
        ("one action more", "chain-actions", {"act": ["inspect", "open"]}),
        ("begins earlier", "chain-window", {"nbf": NOW - HOUR - 1}),
        ("ends later", "chain-window", {"exp": NOW + 23 * HOUR + 1}),
        ("ends before it begins", "chain-window", {"nbf": NOW, "exp": NOW}),
        ("as deep as its parent", "chain-depth", {"dep": 2}),
        ("deeper than its parent", "chain-depth", {"dep": 4}),
        ("an older list admitted", "chain-policy", {"pol": {**POLICY, "age": 72 * HOUR + 1}}),
        ("old lists flagged only", "chain-policy", {"pol": {**POLICY, "old": "flag"}}),
        ("unknown time admitted", "chain-policy", {"pol": {**POLICY, "unk": "admit-marked"}}),
    ]
    for name, reason, changes in tries:
        text = strict + "~" + link(strict, "operator", "carrier", **{"dep": 1, **changes})
        yield Vector("chain", f"a link wider than its parent: {name}", _place(text), reason)
    local = GRANT_RECIPE.token(pol={**POLICY, "trn": ["local"]})
    text = local + "~" + link(local, "operator", "carrier", pol=POLICY)
    yield Vector("chain", "a link wider than its parent: a transport more", _place(text), "chain-policy")
    none_left = GRANT_RECIPE.token(dep=0)
    text = none_left + "~" + link(none_left, "operator", "carrier", dep=0)
    yield Vector("chain", "a link where none may follow", _place(text), "chain-depth")
    first = link(strict, "operator", "carrier", dep=1, exp=NOW + HOUR)
    text = f"{strict}~{first}~{link(first, 'carrier', 'subcontractor', dep=0, exp=NOW + 2 * HOUR)}"
    yield Vector("chain", "wider than its parent, not than the grant", _place(text), "chain-window")


def splicing_vectors() -> Iterator[Vector]:
    """Chains put together from parts that don't belong together."""
    grant, other = GRANT_RECIPE.token(), GRANT_RECIPE.token(jti="another-grant")
    first = link(grant, "operator", "carrier")
    second = link(first, "carrier", "subcontractor", dep=3)
    tries: list[tuple[str, str, list[str]]] = [
        ("wrong signer", "link-signature", [grant, link(grant, "visitor", "carrier")]),
        ("signed by the heir", "link-signature", [grant, link(grant, "carrier", "carrier")]),
        ("swapped parent", "chain-parent", [other, first]),
        (
            "parent's hash of something else",
            "chain-parent",
            [grant, link(grant, "operator", "carrier", par=hash_of("x"))],
        ),
        ("a link left out", "link-signature", [grant, second]),
        ("links in another order", "link-signature", [grant, second, first]),
        ("a link twice", "link-signature", [grant, first, first]),
        (
            "spliced onto another's grant",
            "link-signature",
            [GRANT_RECIPE.token(cnf={"jwk": holder("visitor").jwk}), first],
        ),
        ("a link's signature changed", "link-signature", [grant, flip_last_byte(first)]),
        ("no grant", "token-header", [first]),
        ("two grants", "token-header", [grant, other]),
        ("empty link", "token-form", [grant, ""]),
        ("six links", "chain-length", [*chain_of(5).split("~"), first]),
    ]
    for name, reason, tokens in tries:
        yield Vector("chain", name, _place("~".join(tokens)), reason)
    heavy = GRANT_RECIPE.token(res=sorted({f"{GATE[:-4]}{number:04}" for number in range(64)}))
    yield Vector(
        "chain", "longer than 4,096 bytes", _place(heavy + "~" + link(heavy, "operator", "carrier")), "chain-size"
    )
    yield Vector("chain", "empty", _place(""), "token-form")


def grant_vectors() -> Iterator[Vector]:
    """Grants whose fault is in what they say or in who signed them."""
    yield from token_faults(GRANT_RECIPE)
    bad = GRANT_RECIPE.bad
    yield bad("another authority", "authority-other", GRANT_RECIPE.token(iss="melun"))
    yield bad("an unknown transport", "member-value", GRANT_RECIPE.token(pol={**POLICY, "trn": ["pigeon"]}))
    yield bad("no transport", "member-value", GRANT_RECIPE.token(pol={**POLICY, "trn": []}))
    yield bad(
        "a policy without age",
        "member-missing",
        GRANT_RECIPE.token(pol={"old": "refuse", "trn": ["local"], "unk": "refuse"}),
    )
    yield bad("a policy with a member too many", "member-unknown", GRANT_RECIPE.token(pol={**POLICY, "force": True}))
    yield bad(
        "a holder's key off the curve",
        "key-form",
        GRANT_RECIPE.token(cnf={"jwk": {**holder("carrier").jwk, "y": holder("carrier").x}}),
    )
    yield bad(
        "a thumbprint instead of a key", "member-missing", GRANT_RECIPE.token(cnf={"jkt": holder("carrier").thumbprint})
    )
    stamp = Recipe(
        **{
            **vars(GRANT_RECIPE),
            "key": signing_key(kid(Use.STAMP)),
            "header": {**GRANT_RECIPE.header, "kid": kid(Use.STAMP)},
        }
    )
    yield stamp.bad("signed by a stamp key", "grant-key", stamp.token())
    after = WORLD.keyset_token(8, tuple(key for key in set_keys() if key.kid != kid(Use.CAPABILITY)) + _spare())
    given = {"chain": GRANT_RECIPE.token(), "now": NOW}
    yield Vector("chain", "a stolen key's grant, after the next key set", {**given, "keyset": after}, "grant-key")
    yield Vector("chain", "the same before it", given, None, _value(GRANT_RECIPE.token()))
    yield Vector("chain", "a capability key that has ended", {**given, "now": NOW + 400 * DAY}, "key-not-current")
    yield Vector(
        "chain", "a capability key that does not begin yet", {**given, "now": NOW - 40 * DAY}, "key-not-current"
    )


def _spare() -> tuple[SetKey, ...]:
    return (
        set_key("capability-3", Use.CAPABILITY, octet_key(signing_key("capability-3")), NOW - DAY, NOW + 365 * DAY),
    )


def link_form_vectors() -> Iterator[Vector]:
    """Links whose own form is wrong, though signed by the right holder."""
    grant = GRANT_RECIPE.token()
    recipe = Recipe(
        subject="chain",
        header=dict(LINK_HEADER),
        payload={"cnf": {"jwk": holder("carrier").jwk}, "dep": 4, "par": hash_of(grant)},
        key=person_key("operator"),
        place=lambda token: _place(f"{grant}~{token}"),
        signature="link-signature",
        stranger=None,
        wrong_value={"dep": -1, "par": "short", "res": [], "act": "open", "nbf": "unknown", "pol": 5},
    )
    yield from token_faults(recipe)


def making_vectors() -> Iterator[Vector]:
    """Links that a phone makes: the payload it must sign, byte for byte."""
    for links, extra in ((0, {}), (2, {"res": [GATE], "act": ["open"], "nbf": NOW, "exp": NOW + HOUR, "pol": POLICY})):
        chain = chain_of(links)
        heir = holder(PEOPLE[links + 1])
        payload = {"cnf": {"jwk": heir.jwk}, "dep": 1, "par": hash_of(chain.split("~")[-1]), **extra}
        given: dict[str, Json] = {"chain": chain, "holder": PEOPLE[links], "heir": heir.jwk, "depth": 1, **extra}
        value = {"header": canonical(LINK_HEADER).decode(), "payload": canonical(payload).decode()}
        yield Vector("link-making", f"extending {links} links", given, None, value)


def vectors() -> Iterator[Vector]:
    """All of them."""
    yield from good_vectors()
    yield from grant_vectors()
    yield from widening_vectors()
    yield from splicing_vectors()
    yield from link_form_vectors()
    yield from making_vectors()
