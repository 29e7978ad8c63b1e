"""Vectors of what a gate trusts: key sets, certificates, requests, revocation lists, stamps."""

from collections.abc import Iterator

from beffroi.protocol.v1.jwk import octet_key
from beffroi.protocol.v1.keyset import Use
from tests.protocol.protocol_world import (
    AUTHORITY,
    DAY,
    GATE,
    GRANT,
    HOUR,
    NONCE,
    NOW,
    OTHER_GATE,
    OTHER_NONCE,
    World,
    holder,
    kid,
    set_keys,
    signing_key,
)
from tests.protocol.vector_forge import Json, Recipe, Vector, token_faults

WORLD = World()


def _keys(**changes: Json) -> list[Json]:
    first, *others = (key.body() for key in set_keys())
    return [{**first, **changes}, *others]


KEYSET = Recipe(
    subject="keyset",
    header={"alg": "Ed25519", "kid": WORLD.roots[0].thumbprint, "typ": "beffroi-keyset+jwt"},
    payload={"iss": AUTHORITY, "num": 7, "ver": 1, "iat": NOW - DAY, "keys": _keys()},
    key=WORLD.root,
    place=lambda token: {"token": token, "held": 6},
    stranger="keyset-root",
    wrong_value={"num": 0, "iat": "yesterday", "keys": [], "iss": "Meaux"},
)
CERTIFICATE = Recipe(
    subject="certificate",
    header={"alg": "Ed25519", "kid": kid(Use.DEVICE_CERTIFICATE), "typ": "beffroi-certificate+jwt"},
    payload={
        "iss": AUTHORITY,
        "sub": GATE,
        "kind": "lock",
        "name": "Armoire PM 042, rue du Grand-Cerf",
        "cnf": {"jwk": octet_key(WORLD.device).jwk},
        "nbf": NOW - DAY,
        "exp": NOW + 365 * DAY,
    },
    key=signing_key(kid(Use.DEVICE_CERTIFICATE)),
    place=lambda token: {"token": token, "now": NOW},
    wrong_value={"name": "two\nlines", "sub": "", "exp": NOW - DAY},
)
REQUEST = Recipe(
    subject="device-request",
    header={"alg": "Ed25519", "typ": "beffroi-device-request+jwt"},
    payload={"sub": GATE, "kind": "lock", "cnf": {"jwk": octet_key(WORLD.device).jwk}, "iat": "unknown"},
    key=WORLD.device,
    place=lambda token: {"token": token},
    stranger=None,
    tampered="member-unknown",
    wrong_value={"iat": -1},
)
REVOCATION = Recipe(
    subject="revocation",
    header={"alg": "Ed25519", "kid": kid(Use.REVOCATION), "typ": "beffroi-revocation+jwt"},
    payload={
        "iss": AUTHORITY,
        "set": 7,
        "num": 12,
        "iat": NOW - HOUR,
        "nxt": NOW + DAY,
        "grants": [GRANT],
        "keys": sorted([holder("carrier").thumbprint, holder("visitor").thumbprint]),
    },
    key=signing_key(kid(Use.REVOCATION)),
    place=lambda token: {"token": token, "now": NOW},
    wrong_value={"num": 0, "keys": ["short"], "grants": ["b", "a"]},
)
STAMP = Recipe(
    subject="stamp",
    header={"alg": "Ed25519", "kid": kid(Use.STAMP), "typ": "beffroi-stamp+jwt"},
    payload={"iss": AUTHORITY, "iat": NOW + HOUR},
    key=signing_key(kid(Use.STAMP)),
    place=lambda token: {"token": token, "clock": {"floor": NOW - DAY, "now": NOW, "fresh": None}},
    wrong_value={"iat": "unknown"},
)
MASTER = Recipe(
    subject="master-stamp",
    header={"alg": "Ed25519", "kid": WORLD.roots[1].thumbprint, "typ": "beffroi-master-stamp+jwt"},
    payload={"iss": AUTHORITY, "iat": NOW - 30 * DAY, "dev": GATE, "nonce": NONCE},
    key=WORLD.second_root,
    place=lambda token: {"token": token, "clock": {"floor": NOW - DAY, "now": NOW, "fresh": NONCE}},
    stranger="keyset-root",
)


def keyset_vectors() -> Iterator[Vector]:
    """Key sets."""
    yield KEYSET.good("signed by the first root", KEYSET.token(), {"number": 7, "keys": 16})
    by_second = Recipe(
        **{**vars(KEYSET), "key": WORLD.second_root, "header": {**KEYSET.header, "kid": WORLD.roots[1].thumbprint}}
    )
    yield by_second.good("signed by the second root", by_second.token(num=8), {"number": 8, "keys": 16})
    yield KEYSET.good("one key left after a theft", KEYSET.token(keys=_keys()[2:3]), {"number": 7, "keys": 1})
    yield from token_faults(KEYSET)
    yield KEYSET.bad("the number held", "keyset-not-newer", KEYSET.token(num=6))
    yield KEYSET.bad("an older number", "keyset-not-newer", KEYSET.token(num=1))
    yield KEYSET.bad("another authority", "authority-other", KEYSET.token(iss="melun"))
    yield KEYSET.bad("version 2", "version", KEYSET.token(ver=2))
    yield KEYSET.bad("version 0", "version", KEYSET.token(ver=0))
    yield KEYSET.bad("two keys of one name", "keyset-keys", KEYSET.token(keys=[*_keys(), _keys()[0]]))
    yield KEYSET.bad("an unknown use", "member-value", KEYSET.token(keys=_keys(use="open-doors")))
    yield KEYSET.bad("a key that ends before it begins", "member-value", KEYSET.token(keys=_keys(exp=1)))
    yield KEYSET.bad(
        "a signing key that is a P-256 key", "key-form", KEYSET.token(keys=_keys(jwk=holder("carrier").jwk))
    )
    yield KEYSET.bad("an unknown member in a key", "member-unknown", KEYSET.token(keys=_keys(zzz=1)))


def certificate_vectors() -> Iterator[Vector]:
    """Certificates and requests for them."""
    value: dict[str, Json] = {"device": GATE, "kind": "lock", "name": "Armoire PM 042, rue du Grand-Cerf"}
    yield CERTIFICATE.good("a lock", CERTIFICATE.token(), value)
    yield CERTIFICATE.good(
        "accents and an emoji", CERTIFICATE.token(name="Été \U0001f512"), {**value, "name": "Été \U0001f512"}
    )
    yield from token_faults(CERTIFICATE)
    yield CERTIFICATE.bad("another authority", "authority-other", CERTIFICATE.token(iss="melun"))
    yield CERTIFICATE.bad("not valid yet", "certificate-early", CERTIFICATE.token(nbf=NOW + 1))
    yield CERTIFICATE.bad("ended this second", "certificate-expired", CERTIFICATE.token(exp=NOW))
    capability = Recipe(
        **{
            **vars(CERTIFICATE),
            "key": signing_key(kid(Use.CAPABILITY)),
            "header": {**CERTIFICATE.header, "kid": kid(Use.CAPABILITY)},
        }
    )
    yield capability.bad("signed by a capability key", "token-kid", capability.token())
    yield CERTIFICATE.bad("a name of 81 characters", "member-value", CERTIFICATE.token(name="a" * 81))
    yield from renewal_vectors(value)
    yield REQUEST.good("a device asks", REQUEST.token(), {"device": GATE, "kind": "lock"})
    yield from token_faults(REQUEST)
    stolen = {"jwk": octet_key(signing_key("another lock")).jwk}
    yield REQUEST.bad("for a key that it does not hold", "token-signature", REQUEST.token(cnf=stolen))


def renewal_vectors(value: dict[str, Json]) -> Iterator[Vector]:
    """A certificate that comes to a device which has one already."""

    def renew(name: str, held: str, token: str, end: str | None) -> Vector:
        given = {"token": token, "now": NOW, "held": held}
        return Vector("renewal", name, given, end, value if end is None else None)

    token, later = CERTIFICATE.token(), CERTIFICATE.token(nbf=NOW - HOUR)
    fallen = Recipe(**{**vars(CERTIFICATE), "header": {**CERTIFICATE.header, "kid": "device-certificate-0"}})
    yield renew("a later one", token, later, None)
    yield renew("an earlier one, when the one held fell with its key", fallen.token(nbf=NOW - HOUR), token, None)
    yield renew("the same one", token, token, "certificate-not-newer")
    yield renew("an earlier one", later, token, "certificate-not-newer")
    yield renew("another device's", token, CERTIFICATE.token(nbf=NOW - HOUR, sub=OTHER_GATE), "device-other")
    rogue = {"jwk": octet_key(signing_key("rogue")).jwk}
    yield renew("for another key", token, CERTIFICATE.token(nbf=NOW - HOUR, cnf=rogue), "device-other")


def revocation_vectors() -> Iterator[Vector]:
    """Revocation lists. ``held`` is the token of the list that the gate has."""
    held = REVOCATION.token()
    yield REVOCATION.good("the first one", held, {"set": 7, "number": 12})
    newer = REVOCATION.token(num=13, iat=NOW)
    yield Vector(
        "revocation", "a newer one", {"token": newer, "now": NOW, "held": held}, None, {"set": 7, "number": 13}
    )
    poisoned = REVOCATION.token(set=6, num=2**53 - 1, iat=253402300799)
    yield Vector(
        "revocation",
        "after a stolen key signed the greatest number and the last date under the set before",
        {"token": held, "now": NOW, "held": poisoned},
        None,
        {"set": 7, "number": 12},
    )
    yield from token_faults(REVOCATION)
    older = {
        "the same number": {},
        "a lower number": {"num": 11},
        "an earlier time": {"num": 13, "iat": NOW - 2 * HOUR},
        "a lower set": {"set": 6, "num": 99},
    }
    for name, changes in older.items():
        token = REVOCATION.token(**changes)
        yield Vector("revocation", name, {"token": token, "now": NOW, "held": held}, "revocations-not-newer")
    yield REVOCATION.bad("another authority", "authority-other", REVOCATION.token(iss="melun"))
    yield REVOCATION.bad("under a set to come", "set-ahead", REVOCATION.token(set=8))
    yield REVOCATION.bad(
        "a thumbprint twice", "member-value", REVOCATION.token(keys=[holder("carrier").thumbprint] * 2)
    )


def stamp_vectors() -> Iterator[Vector]:
    """Stamps against a clock: ``now`` null is unknown, ``fresh`` the nonce that the gate gave out, at uptime 0."""

    def stamp(name: str, clock: dict[str, Json], changes: dict[str, Json], end: str | dict[str, Json]) -> Vector:
        given = {"token": STAMP.token(**changes), "clock": {"floor": NOW - DAY, "now": NOW, "fresh": NONCE, **clock}}
        if isinstance(end, str):
            return Vector("stamp", name, given, end)
        return Vector("stamp", name, given, None, end)

    unknown: dict[str, Json] = {"now": None}
    bound: dict[str, Json] = {"dev": GATE, "nonce": NONCE}
    yield stamp("an hour ahead", {}, {}, {"now": NOW + HOUR, "by": "stamp", "held": False})
    yield stamp("24 hours ahead", {}, {"iat": NOW + DAY}, {"now": NOW + DAY, "by": "stamp", "held": False})
    yield stamp("unknown, bound", unknown, bound, {"now": NOW + HOUR, "by": "bound-stamp", "held": False})
    yield stamp("first far one", {}, {**bound, "iat": NOW + 30 * DAY}, {"now": NOW, "by": "bound-stamp", "held": True})
    far: dict[str, Json] = {"far": {"time": NOW + 30 * DAY, "uptime": -3_600_000}}
    confirming = {**bound, "iat": NOW + 30 * DAY + HOUR}
    yield stamp(
        "second far one an hour later",
        far,
        confirming,
        {"now": NOW + 30 * DAY + HOUR, "by": "bound-stamp", "held": False},
    )
    yield from token_faults(STAMP)
    yield stamp("back", {}, {"iat": NOW - 1}, "stamp-back")
    yield stamp("now", {}, {"iat": NOW}, "stamp-back")
    yield stamp("forward by a year, unbound", {}, {"iat": NOW + 365 * DAY}, "stamp-far")
    yield stamp("unknown, unbound (recorded)", unknown, {}, "stamp-unbound")
    yield stamp("unknown, an earlier nonce", unknown, {**bound, "nonce": OTHER_NONCE}, "stamp-nonce")
    yield stamp("unknown, before the floor", unknown, {**bound, "iat": NOW - DAY - 1}, "stamp-back")
    yield stamp("another device's", unknown, {**bound, "dev": OTHER_GATE}, "stamp-device")
    yield stamp("a nonce that nobody asked for", {"fresh": None}, bound, "stamp-nonce")
    yield stamp("a nonce that has died", {"fresh_at": -121_000}, bound, "stamp-nonce")
    yield stamp("a nonce and no device", {}, {"nonce": NONCE}, "member-missing")
    yield stamp("another authority", {}, {"iss": "melun"}, "authority-other")
    yield MASTER.good("back a month", MASTER.token(), {"now": NOW - 30 * DAY, "by": "master-stamp", "held": False})
    yield from token_faults(MASTER)
    yield MASTER.bad("another device's", "stamp-device", MASTER.token(dev=OTHER_GATE))
    yield MASTER.bad("an earlier nonce", "stamp-nonce", MASTER.token(nonce=OTHER_NONCE))


def vectors() -> Iterator[Vector]:
    """All of them."""
    yield from keyset_vectors()
    yield from certificate_vectors()
    yield from revocation_vectors()
    yield from stamp_vectors()
