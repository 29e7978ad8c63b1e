"""Vectors of a camera relay: whom it signs for, its beats, the key sealed to, the list of its gates, how long a use stands."""

from collections.abc import Iterator

from beffroi.protocol.v1.chain import hash_of
from beffroi.protocol.v1.jwk import octet_key
from beffroi.protocol.v1.keyset import Use, set_key
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.sealing import seal
from beffroi.protocol.v1.strictjson import canonical
from tests.protocol.protocol_world import (
    CAMERAS,
    DAY,
    GRANT,
    HOUR,
    NONCE,
    NOW,
    OTHER_NONCE,
    OTHER_RELAY,
    RELAY,
    World,
    holder,
    kid,
    sealing_key,
    seed,
    set_keys,
    signing_key,
)
from tests.protocol.vector_forge import Json, Recipe, Vector, token_faults
from tests.protocol.vectors_chain import GRANT_RECIPE, POLICY, chain_of
from tests.protocol.vectors_exchange import CHALLENGE as LOCK_CHALLENGE
from tests.protocol.vectors_exchange import RESULT as LOCK_RESULT

WORLD = World()
CAMERA, OTHER_CAMERA = CAMERAS
SEALING = sealing_key("relay sealing")
CHALLENGE = Recipe(
    subject="relayed-challenge",
    header={**LOCK_CHALLENGE.header, "kid": RELAY},
    payload={**LOCK_CHALLENGE.payload, "gate": CAMERA, "transport": "network"},
    key=WORLD.relay,
    place=lambda token: {"token": token, "gate": CAMERA, "relay": RELAY},
    stranger="device-other",
    wrong_value={"gate": "-", "transport": "wire"},
)
RESULT = Recipe(
    subject="relayed-result",
    header={**LOCK_RESULT.header, "kid": RELAY},
    payload={**LOCK_RESULT.payload, "gate": CAMERA},
    key=WORLD.relay,
    place=lambda token: {"token": token, "challenge": CHALLENGE.token(), "gate": CAMERA},
    stranger="device-other",
)
BEAT = Recipe(
    subject="beat",
    header={"alg": "Ed25519", "kid": RELAY, "typ": "beffroi-beat+jwt"},
    payload={"dev": RELAY, "boot": 3, "num": 17, "time": NOW, "up": 61_000, "uses": [NONCE, OTHER_NONCE]},
    key=WORLD.relay,
    place=lambda token: {"token": token, "last": [3, 16]},
    stranger="device-other",
    wrong_value={"boot": 0, "num": 0, "uses": [OTHER_NONCE, NONCE], "time": "soon", "up": -1},
)
SEALING_KEY = Recipe(
    subject="sealing-key",
    header={"alg": "Ed25519", "kid": RELAY, "typ": "beffroi-sealing-key+jwt"},
    payload={"dev": RELAY, "iat": NOW, "jwk": octet_key(SEALING).jwk},
    key=WORLD.relay,
    place=lambda token: {"token": token},
    stranger="device-other",
    wrong_value={"iat": "soon"},
)


def source(gate: str, **changes: Json) -> dict[str, Json]:
    """One source of the sealed text."""
    found = {
        "id": gate,
        "name": "Hall A",
        "url": "rtsp://10.0.3.12:554/Streaming/101",
        "user": "relais",
        "password": "Tilleul-7",
    }
    return found | changes


def sealed(*sources: dict[str, Json], content: str = "beffroi-sources+json", to: str = "relay sealing") -> str:
    """A sealed text with these sources."""
    key = octet_key(sealing_key(to))
    text = canonical({"gates": list(sources)}).decode()
    return seal(
        text,
        content=content,
        kid=key.thumbprint,
        recipient=key,
        ephemeral=sealing_key("ephemeral"),
        iv=seed("iv")[:12],
    )


def masked(*zones: Json, words: Json = "", **more: Json) -> dict[str, Json]:
    """A source with a mask."""
    return source(CAMERA, mask={"words": words, "zones": list(zones), **more})


WEDGE: list[Json] = [0, 0, 250, 0, 0, 1_000]
BOTH = [source(CAMERA), source(OTHER_CAMERA, name="Caméra 2", user="", password="")]
SOURCES = Recipe(
    subject="sources",
    header={"alg": "Ed25519", "kid": kid(Use.SERVER_MESSAGE), "typ": "beffroi-sources+jwt"},
    payload={"dev": RELAY, "set": 7, "num": 4, "iat": NOW, "gates": [CAMERA, OTHER_CAMERA], "sealed": sealed(*BOTH)},
    key=signing_key(kid(Use.SERVER_MESSAGE)),
    place=lambda token: {"token": token, "now": NOW, "held": [7, 3]},
    wrong_value={"gates": [OTHER_CAMERA, CAMERA], "set": 0, "num": 0, "sealed": 7},
)


def signing_vectors() -> Iterator[Vector]:
    """Challenges and results of a gate that a relay serves, as a browser reads them: it wants ``gate``, and knows ``relay``."""
    value: dict[str, Json] = {"gate": CAMERA, "nonce": NONCE, "time": NOW, "transport": "network"}
    token = CHALLENGE.token()
    yield CHALLENGE.good("the relay that was named", token, {**value, "hash": hash_of(token)})
    yield from token_faults(CHALLENGE)
    yield CHALLENGE.bad("names another gate", "gate-other", CHALLENGE.token(gate=OTHER_CAMERA))
    rogue = Recipe(**{**vars(CHALLENGE), "key": signing_key("rogue")}).token()
    yield CHALLENGE.bad("signed by another device", "token-signature", rogue)
    asked = {"token": token, "gate": CAMERA}
    tries: list[tuple[str, dict[str, Json]]] = [
        ("another relay than the one that was named", {**asked, "relay": OTHER_RELAY}),
        ("a relay where the gate itself was awaited", asked),
        (
            "a lock that signs for a camera",
            {**asked, "relay": RELAY, "certificate": WORLD.relay_certificate_token(kind="lock")},
        ),
    ]
    for name, given in tries:
        yield Vector("relayed-challenge", name, given, "gate-other")
    yield RESULT.good("admitted", RESULT.token(), {"outcome": "admitted", "gate": CAMERA})
    yield from token_faults(RESULT)
    yield RESULT.bad("of another gate of the same relay", "result-other", RESULT.token(gate=OTHER_CAMERA))
    yield RESULT.bad(
        "in the name of the gate",
        "device-other",
        Recipe(**{**vars(RESULT), "header": {**RESULT.header, "kid": CAMERA}}).token(),
    )


def beat_vectors() -> Iterator[Vector]:
    """Beats, after the one of order ``last``."""
    yield BEAT.good("two uses", BEAT.token(), {"order": [3, 17], "uses": [NONCE, OTHER_NONCE]})
    yield BEAT.good("none any more, time unknown", BEAT.token(uses=[], time="unknown"), {"order": [3, 17], "uses": []})
    yield BEAT.good("after a restart", BEAT.token(boot=4, num=1), {"order": [4, 1], "uses": [NONCE, OTHER_NONCE]})
    most = sorted(encode_bytes(seed(f"use {number}")[:16]) for number in range(512))
    yield BEAT.good("512 uses", BEAT.token(uses=most), {"order": [3, 17], "uses": most})
    yield from token_faults(BEAT)
    yield BEAT.bad("513 uses", "member-value", BEAT.token(uses=sorted([*most, NONCE])))
    yield BEAT.bad("in the name of another device", "device-other", BEAT.token(dev=OTHER_RELAY))
    yield BEAT.bad("the same again", "beat-not-newer", BEAT.token(num=16))
    yield BEAT.bad("from before the restart", "beat-not-newer", BEAT.token(boot=2, num=999))


def key_vectors() -> Iterator[Vector]:
    """The key to seal to."""
    value = {"device": RELAY, "kid": octet_key(SEALING).thumbprint}
    yield SEALING_KEY.good("the relay's", SEALING_KEY.token(), value)
    yield SEALING_KEY.good("time unknown", SEALING_KEY.token(iat="unknown"), value)
    yield from token_faults(SEALING_KEY)
    yield SEALING_KEY.bad("in the name of another device", "device-other", SEALING_KEY.token(dev=OTHER_RELAY))
    yield SEALING_KEY.bad("a key that signs", "key-form", SEALING_KEY.token(jwk=octet_key(WORLD.relay).jwk))
    private = {**octet_key(SEALING).jwk, "d": encode_bytes(SEALING.private_bytes_raw())}
    yield SEALING_KEY.bad("the private half with it", "key-form", SEALING_KEY.token(jwk=private))


def sources_vectors() -> Iterator[Vector]:
    """Lists of sources, after the one of order ``held``; the relay opens them with the context's ``relay-sealing``."""
    value: dict[str, Json] = {"order": [7, 4], "gates": BOTH}
    yield SOURCES.good("two cameras", SOURCES.token(), value)
    yield SOURCES.good("none any more", SOURCES.token(gates=[], sealed=sealed()), {**value, "gates": []})
    yield from token_faults(SOURCES)
    yield SOURCES.bad("another relay's", "device-other", SOURCES.token(dev=OTHER_RELAY))
    yield SOURCES.bad("the same again", "sources-not-newer", SOURCES.token(num=3))
    yield SOURCES.bad("of an older set", "sources-not-newer", SOURCES.token(set=6, num=999))
    yield SOURCES.bad("of a set to come", "set-ahead", SOURCES.token(set=8))
    yield SOURCES.bad(
        "signed by a key of another use",
        "token-kid",
        Recipe(
            **{**vars(SOURCES), "header": {**SOURCES.header, "kid": kid(Use.STAMP)}, "key": signing_key(kid(Use.STAMP))}
        ).token(),
    )
    yield SOURCES.bad("257 gates", "member-value", SOURCES.token(gates=sorted(f"c-{number}" for number in range(257))))
    inside: list[tuple[str, str, str]] = [
        ("sealed to another relay", "sealed-key", sealed(*BOTH, to="other sealing")),
        ("another kind of content", "sealed-form", sealed(*BOTH, content="beffroi-events+jwt")),
        ("changed on the way", "sealed-open", sealed(*BOTH)[:-1] + "A"),
        ("a camera that is not in the list", "member-value", sealed(source(CAMERA), source("c-3"))),
        ("a camera missing", "member-value", sealed(source(CAMERA))),
        (
            "a password in the address",
            "member-value",
            sealed(source(CAMERA, url="rtsp://relais:Tilleul-7@10.0.3.12/1"), BOTH[1]),
        ),
        ("an address that is no camera's", "member-value", sealed(source(CAMERA, url="file:///etc/passwd"), BOTH[1])),
        (
            "a line break in the address",
            "member-value",
            sealed(source(CAMERA, url="rtsp://10.0.3.12/\r\nDESCRIBE"), BOTH[1]),
        ),
        ("a line break in the password", "member-value", sealed(source(CAMERA, password="a\r\nb"), BOTH[1])),
        ("a member too many", "member-unknown", sealed(source(CAMERA, audio=True), BOTH[1])),
        (
            "no password at all",
            "member-missing",
            sealed({n: v for n, v in source(CAMERA).items() if n != "password"}, BOTH[1]),
        ),
    ]
    for name, reason, text in inside:
        yield SOURCES.bad(name, reason, SOURCES.token(sealed=text))


def mask_vectors() -> Iterator[Vector]:
    """Masks in a list of sources."""
    value: dict[str, Json] = {"order": [7, 4]}
    shown: list[tuple[str, dict[str, Json]]] = [
        ("a zone that nobody sees", masked(WEDGE)),
        ("words burned in, and no zone", masked(words="Ville de Meaux, 3 Hall")),
        ("as many zones as there may be", masked(*([WEDGE] * 20), words="Meaux")),
        ("a zone with as many points as there may be", masked([500, 500] * 16)),
    ]
    for name, one in shown:
        yield SOURCES.good(name, SOURCES.token(sealed=sealed(one, BOTH[1])), {**value, "gates": [one, BOTH[1]]})
    masks: list[tuple[str, str, dict[str, Json]]] = [
        ("a mask that hides and says nothing", "member-value", masked()),
        ("21 zones", "member-value", masked(*([WEDGE] * 21))),
        ("a zone of two points", "member-value", masked([0, 0, 250, 0])),
        ("a zone of 17 points", "member-value", masked([500, 500] * 17)),
        ("a zone with half a point", "member-value", masked([0, 0, 250, 0, 0, 1_000, 5])),
        ("a zone outside the picture", "member-value", masked([0, 0, 1_001, 0, 0, 1_000])),
        ("a zone before the picture", "member-value", masked([0, 0, -1, 0, 0, 1_000])),
        ("a zone of something else than integers", "member-value", masked([0, 0, True, 0, 0, 1_000])),
        ("a zone that is no array", "member-value", masked({"x": 0})),
        ("a line break in the words", "member-value", masked(words="Meaux\n")),
        ("a mask with a member too many", "member-unknown", masked(WEDGE, soft=True)),
        ("a mask without words", "member-missing", source(CAMERA, mask={"zones": [WEDGE]})),
        ("a mask that is none", "member-value", source(CAMERA, mask=None)),
    ]
    for name, reason, one in masks:
        yield SOURCES.bad(name, reason, SOURCES.token(sealed=sealed(one, BOTH[1])))


def _standing(name: str, end: str | dict[str, Json], **changes: Json) -> Vector:
    """A gate at uptime 5,000 ms, whose clock says ``now``; its list is an hour old."""
    given: dict[str, Json] = {
        "chain": chain_of(1, GRANT_RECIPE.token(pol=POLICY)),
        "revocations": WORLD.revocation_token(),
        "now": NOW,
        "floor": NOW - DAY,
        "uptime": 5_000,
        **changes,
    }
    return Vector("standing", name, given, end) if isinstance(end, str) else Vector("standing", name, given, None, end)


def standing_vectors() -> Iterator[Vector]:
    """How long an admitted use stands; the right ends 23 hours after ``now``."""
    hour = 3_600_000
    expired: dict[str, Json] = {"until": 5_000 + 23 * hour, "reason": "expired"}
    quick = chain_of(1, GRANT_RECIPE.token(pol={**POLICY, "age": 2 * HOUR}))
    marked = chain_of(1, GRANT_RECIPE.token(pol={**POLICY, "age": 2 * HOUR, "old": "flag"}))
    yield _standing("until the right ends", expired)
    yield _standing("time unknown: counted from the floor", {**expired, "until": 5_000 + 47 * hour}, now=None)
    old = {"until": 5_000 + hour + 1_000, "reason": "revocations-old"}
    yield _standing("until the list is too old", old, chain=quick)
    yield _standing("an old list only marks it", expired, chain=marked)
    yield _standing("the second it ends", "expired", now=NOW + 23 * HOUR)
    yield _standing("the list has grown too old", "revocations-old", chain=quick, now=NOW + HOUR + 1)
    yield _standing("no list any more", "revocations-old", revocations=None)
    yield _standing(
        "a list that names the grant", "grant-revoked", revocations=WORLD.revocation_token(grants=frozenset({GRANT}))
    )
    carrier = frozenset({holder("carrier").thumbprint})
    yield _standing("a list that names a holder", "holder-revoked", revocations=WORLD.revocation_token(keys=carrier))
    others = tuple(key for key in set_keys() if key.use is not Use.CAPABILITY)
    fresh = tuple(
        set_key(f"new-{which}", Use.CAPABILITY, octet_key(signing_key(f"new {which}")), NOW - DAY, NOW + 365 * DAY)
        for which in (1, 2)
    )
    later = WORLD.keyset_token(8, keys=(*others, *fresh))
    yield _standing("the key that signed it has left the set", "grant-key", keyset=later)


def vectors() -> Iterator[Vector]:
    """All of them."""
    yield from signing_vectors()
    yield from beat_vectors()
    yield from key_vectors()
    yield from sources_vectors()
    yield from mask_vectors()
    yield from standing_vectors()
