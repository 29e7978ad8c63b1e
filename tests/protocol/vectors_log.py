"""Vectors of a device's log: batches, how they follow one another, receipts, commands, sealed batches."""

from collections.abc import Iterator

from beffroi.protocol.v1.chain import hash_of
from beffroi.protocol.v1.keyset import Use
from beffroi.protocol.v1.sealing import seal_batch
from beffroi.protocol.v1.strictjson import canonical
from tests.protocol.protocol_world import (
    DAY,
    GATE,
    GRANT,
    HOUR,
    NONCE,
    NOW,
    OTHER_GATE,
    World,
    holder,
    kid,
    sealing_key,
    seed,
    set_keys,
    signing_key,
)
from tests.protocol.vector_forge import Json, Recipe, Vector, token_faults

WORLD = World()
ZERO = "A" * 43
DOORS: list[Json] = [
    {"kind": "boot", "time": "unknown", "up": 0},
    {"kind": "opened", "time": NOW, "up": 1000},
    {"kind": "closed", "time": NOW + 9, "up": 10_000},
]


def event_hash(previous: str, sequence: int, event: Json, boot: int = 1) -> str:
    """The hash of an event; written out here, not taken from the code under test."""
    return hash_of(f'["beffroi/1/event","{previous}","{GATE}",{boot},{sequence},{canonical(event).decode()}]')


def run(previous: str, first: int, events: list[Json], boot: int = 1) -> str:
    """The hash after some events."""
    for sequence, event in enumerate(events, first):
        previous = event_hash(previous, sequence, event, boot)
    return previous


BATCH = Recipe(
    subject="events",
    header={"alg": "Ed25519", "kid": GATE, "typ": "beffroi-events+jwt"},
    payload={"dev": GATE, "boot": 1, "first": 1, "prev": ZERO, "events": DOORS},
    key=WORLD.device,
    place=lambda token: {"token": token},
    stranger="device-other",
    wrong_value={"boot": 0, "first": 0, "events": [], "prev": "A" * 42},
)
RECEIPT = Recipe(
    subject="receipt",
    header={"alg": "Ed25519", "kid": kid(Use.SERVER_MESSAGE), "typ": "beffroi-receipt+jwt"},
    payload={"dev": GATE, "iat": NOW, "upto": 3, "hash": run(ZERO, 1, DOORS), "missing": [[1, 1]]},
    key=signing_key(kid(Use.SERVER_MESSAGE)),
    place=lambda token: {"token": token, "now": NOW, "last": 3, "hashes": {"3": run(ZERO, 1, DOORS)}},
    wrong_value={"missing": [[2, 1]], "upto": 0, "hash": ZERO},
)
COMMAND = Recipe(
    subject="command",
    header={"alg": "Ed25519", "kid": kid(Use.SERVER_MESSAGE, 2), "typ": "beffroi-command+jwt"},
    payload={
        "dev": GATE,
        "jti": "command-7",
        "act": "send-events",
        "arg": {"first": 1, "last": 1},
        "iat": NOW,
        "exp": NOW + HOUR,
        "set": 7,
        "num": 5,
    },
    key=signing_key(kid(Use.SERVER_MESSAGE, 2)),
    place=lambda token: {"token": token, "now": NOW, "last": [7, 4]},
    wrong_value={"arg": {"first": -1}, "num": 0, "exp": NOW},
)


def event_vectors() -> Iterator[Vector]:
    """Batches, and every kind of event."""
    yield BATCH.good("a door", BATCH.token(), {"first": 1, "last": 3, "hash": run(ZERO, 1, DOORS)})
    moment: dict[str, Json] = {"time": NOW, "up": 5}
    use: dict[str, Json] = {
        "action": "open",
        "transport": "local",
        "nonce": NONCE,
        "grant": GRANT,
        "holders": [holder("carrier").thumbprint],
    }
    kinds: list[Json] = [
        {"kind": "tampered"},
        {"kind": "forced", "cause": "shock"},
        {"kind": "battery", "level": 17},
        {"kind": "use-admitted", **use, "purpose": "work-order", "marks": ["time-unknown"]},
        {"kind": "use-refused", **use, "reason": "expired"},
        {"kind": "use-refused", "reason": "json-syntax"},
        {"kind": "use-admitted", **use, "purpose": "video", "marks": [], "transport": "network", "gate": OTHER_GATE},
        {"kind": "use-refused", "reason": "gate-other", "transport": "network", "gate": OTHER_GATE},
        {"kind": "use-ended", "nonce": NONCE, "cause": "expired", "lasted": 7_200_000, "gate": OTHER_GATE},
        {"kind": "use-ended", "nonce": NONCE, "cause": "restarted", "lasted": 0},
        {"kind": "latch-failed", "nonce": NONCE},
        {"kind": "clock-changed", "from": "unknown", "to": NOW, "by": "bound-stamp"},
        {"kind": "revocation-list-taken", "set": 7, "num": 12},
        {"kind": "keyset-taken", "num": 7},
        {"kind": "list-refused", "list": "sources", "reason": "sealed-key"},
        {"kind": "command-done", "command": "command-7", "out": "done"},
        {"kind": "lost", "first": 4, "last": 9},
    ]
    events = [{**event, **moment} for event in kinds]
    token = BATCH.token(first=4, prev=run(ZERO, 1, DOORS), events=events)
    yield BATCH.good("every kind", token, {"first": 4, "last": 20, "hash": run(run(ZERO, 1, DOORS), 4, events)})
    yield from token_faults(BATCH)
    yield BATCH.bad("65 events", "member-value", BATCH.token(events=[DOORS[1]] * 65))
    yield BATCH.bad(
        "signed by another device", "token-signature", Recipe(**{**vars(BATCH), "key": signing_key("rogue")}).token()
    )
    yield BATCH.bad("in the name of another device", "device-other", BATCH.token(dev=OTHER_GATE))
    ended: dict[str, Json] = {"kind": "use-ended", "nonce": NONCE, "cause": "left", "lasted": 1}
    wrong: list[tuple[str, str, dict[str, Json]]] = [
        ("an unknown kind", "member-value", {"kind": "exploded"}),
        ("a battery at 101", "member-value", {"kind": "battery", "level": 101}),
        ("a battery without a level", "member-missing", {"kind": "battery"}),
        ("a door with a member too many", "member-unknown", {"kind": "opened", "by": "wind"}),
        ("an unknown reason", "member-value", {"kind": "use-refused", "reason": "because"}),
        (
            "a refused list of nothing that is one",
            "member-value",
            {"kind": "list-refused", "list": "stamp", "reason": "json-syntax"},
        ),
        ("a refused list without a reason", "member-missing", {"kind": "list-refused", "list": "sources"}),
        ("an end without a use", "member-missing", {"kind": "use-ended", "cause": "left", "lasted": 1}),
        ("an end that lasted less than nothing", "member-value", {**ended, "lasted": -1}),
        ("an end whose cause is a sentence", "member-value", {**ended, "cause": "The holder left."}),
        ("a door that names a gate", "member-unknown", {"kind": "opened", "gate": GATE}),
        ("an admission without a grant", "member-missing", {"kind": "use-admitted"}),
    ]
    for name, reason, event in wrong:
        yield BATCH.bad(name, reason, BATCH.token(events=[{**event, **moment}]))


def following_vectors() -> Iterator[Vector]:
    """A batch after a head; ``hole`` is [first, last] or null."""
    h3 = run(ZERO, 1, DOORS)
    head: dict[str, Json] = {"sequence": 3, "hash": h3, "boot": 1}
    more: list[Json] = [
        {"kind": "opened", "time": NOW + 60, "up": 61_000},
        {"kind": "closed", "time": NOW + 70, "up": 71_000},
    ]
    forged: list[Json] = [DOORS[0], {**DOORS[1], "time": NOW + 1}, DOORS[2]]

    def follow(name: str, token: str, end: str | dict[str, Json], at: dict[str, Json] = head) -> Vector:
        given = {"token": token, "head": at}
        return (
            Vector("following", name, given, end)
            if isinstance(end, str)
            else Vector("following", name, given, None, end)
        )

    start: dict[str, Json] = {"sequence": 0, "hash": ZERO, "boot": 0}
    yield follow("the first batch", BATCH.token(), {"fresh": 3, "sequence": 3, "hole": None}, start)
    yield follow("the next", BATCH.token(first=4, prev=h3, events=more), {"fresh": 2, "sequence": 5, "hole": None})
    yield follow("the same again", BATCH.token(), {"fresh": 0, "sequence": 3, "hole": None})
    yield follow("half of it again", BATCH.token(events=[*DOORS, *more]), {"fresh": 2, "sequence": 5, "hole": None})
    yield follow(
        "after a hole",
        BATCH.token(first=9, prev=hash_of("x"), events=more),
        {"fresh": 2, "sequence": 10, "hole": [4, 8]},
    )
    yield follow(
        "dropped: goes on from a hash that was never told", BATCH.token(first=4, prev=ZERO, events=more), "events-chain"
    )
    yield follow("rewritten: the same sequences told otherwise", BATCH.token(events=forged), "events-forked")
    yield follow("reordered", BATCH.token(events=[DOORS[1], DOORS[0], DOORS[2]]), "events-forked")
    later = {**head, "boot": 2}
    yield follow("a boot that went back", BATCH.token(first=4, prev=h3, events=more), "events-boot", later)


def receipt_vectors() -> Iterator[Vector]:
    """Receipts, as the device that wrote three events reads them; it still has the hashes in ``hashes``."""
    yield RECEIPT.good("one missing", RECEIPT.token(), {"upto": 3, "missing": [[1, 1]]})
    yield RECEIPT.good("nothing yet", RECEIPT.token(upto=0, hash=ZERO, missing=[]), {"upto": 0, "missing": []})
    old = RECEIPT.token(upto=1, hash=run(ZERO, 1, DOORS[:1]), missing=[])
    yield RECEIPT.good("an old one, of what is forgotten", old, {"upto": 1, "missing": []})
    yield from token_faults(RECEIPT)
    yield RECEIPT.bad("another device's", "device-other", RECEIPT.token(dev=OTHER_GATE))
    yield RECEIPT.bad("more than was written", "receipt-ahead", RECEIPT.token(upto=4))
    yield RECEIPT.bad("of another log", "receipt-forked", RECEIPT.token(hash=hash_of("x")))
    yield RECEIPT.bad("missing beyond what it speaks of", "member-value", RECEIPT.token(missing=[[3, 4]]))
    yield RECEIPT.bad("overlapping ranges", "member-value", RECEIPT.token(missing=[[1, 2], [2, 3]]))


def command_vectors() -> Iterator[Vector]:
    """Commands, after the one of order ``last``."""
    yield COMMAND.good("send events again", COMMAND.token(), {"action": "send-events", "order": [7, 5]})
    yield from token_faults(COMMAND)
    yield COMMAND.bad("another device's", "device-other", COMMAND.token(dev=OTHER_GATE))
    yield COMMAND.bad("replayed", "message-replayed", COMMAND.token(num=4))
    yield COMMAND.bad("of an older set", "message-replayed", COMMAND.token(set=6, num=999))
    yield COMMAND.bad("of a set to come", "set-ahead", COMMAND.token(set=8))
    yield COMMAND.bad("expired", "message-expired", COMMAND.token(iat=NOW - DAY, exp=NOW - 1))
    yield COMMAND.bad("an argument that is a list", "member-value", COMMAND.token(arg={"first": [1]}))
    yield COMMAND.bad("nine arguments", "member-value", COMMAND.token(arg={f"a{i}": i for i in range(9)}))


def sealed_vectors() -> Iterator[Vector]:
    """Sealed batches; the server's keys are those of the context."""
    recipient = next(key for key in set_keys() if key.use is Use.EVENT_ENCRYPTION)
    sealed = seal_batch(BATCH.token(), recipient=recipient, ephemeral=sealing_key("ephemeral"), iv=seed("iv")[:12])
    yield Vector("sealed", "a batch", {"sealed": sealed}, None, {"batch": BATCH.token()})
    header, key, iv, text, tag = sealed.split(".")
    stranger = seal_batch(
        BATCH.token(),
        recipient=type(recipient)("stranger", recipient.use, recipient.key, recipient.start, recipient.end),
        ephemeral=sealing_key("ephemeral"),
        iv=seed("iv")[:12],
    )
    changed = "A" if text[40] != "A" else "B"
    tries = {
        "sealed to a key that is not ours": (stranger, "sealed-key"),
        "text changed": (".".join((header, key, iv, text[:40] + changed + text[41:], tag)), "sealed-open"),
        "tag cut short": (".".join((header, key, iv, text, tag[:-2])), "sealed-form"),
        "four parts": (".".join((header, iv, text, tag)), "sealed-form"),
        "an encrypted key": (".".join((header, "AAAA", iv, text, tag)), "sealed-form"),
        "another initialisation vector": (".".join((header, key, "A" * 16, text, tag)), "sealed-open"),
    }
    for name, (token, reason) in tries.items():
        yield Vector("sealed", name, {"sealed": token}, reason)


def vectors() -> Iterator[Vector]:
    """All of them."""
    yield from event_vectors()
    yield from following_vectors()
    yield from receipt_vectors()
    yield from command_vectors()
    yield from sealed_vectors()
