"""Frames that are no frames."""

from collections.abc import Callable

import pytest

from beffroi.protocol.v1.frames import CARRIAGE_LIMIT, EXCHANGE_LIMIT, LENGTH_BYTES, encode_frame
from beffroi.simulator.phone import PhoneError
from tests.attacks.scene import Case, Scene
from tests.edge.town import Town

Mutation = Callable[[bytes], bytes]


def replacing(old: bytes, new: bytes) -> Mutation:
    return lambda frame: frame.replace(old, new, 1)


LONG_CHAIN = b'"chain":"' + b"A" * EXCHANGE_LIMIT

MALFORMED: list[tuple[Case, Mutation]] = [
    (Case("malformed frame", "the response cut in the middle", "json-syntax"), lambda frame: frame[: len(frame) // 2]),
    (Case("not UTF-8", "bytes that are no text", "json-utf8"), replacing(b"open", b"\xff\xfe\xfd\xfc")),
    (
        Case("frame with a member twice", "action named twice", "json-duplicate"),
        replacing(b'{"', b'{"action":"open","'),
    ),
    (Case("frame with an unknown member", "a member of its own", "member-unknown"), replacing(b'":1}', b'":1,"zz":1}')),
    (Case("frame with a member left out", "no proof", "member-missing"), replacing(b'"proof"', b'"proo"')),
    (Case("frame not canonical", "a space that was not needed", "json-canonical"), replacing(b'{"', b'{ "')),
    (Case("frame with a fraction", "version 1.5", "json-number"), replacing(b'"ver":1', b'"ver":1.5')),
    (Case("frame nested deep", "forty arrays", "json-depth"), replacing(b'"ver":1', b'"ver":' + b"[" * 40 + b"]" * 40)),
    (Case("frame of no known kind", "f says unlock", "frame-type"), replacing(b'"response"', b'"unlock"')),
    (
        Case("frame out of place", "a gate's own frame, sent to it", "frame-type"),
        lambda _: b'{"f":"refused","reason":"internal"}',
    ),
    (
        Case("oversized frame", "an exchange frame of more than 8 KB", "frame-size"),
        replacing(b'"chain":"', b'"chain":"' + b"A" * EXCHANGE_LIMIT),
    ),
]


@pytest.mark.parametrize(("case", "mutate"), MALFORMED, ids=[str(case) for case, _ in MALFORMED])
def test_a_malformed_frame(scene: Scene, town: Town, case: Case, mutate: Mutation) -> None:
    technician = town.technician()
    scene.opens(technician)
    phone = technician.phone()
    with scene.lock.connect() as connection:
        response = phone.answer(scene.meets(phone, connection))
        mutated = mutate(encode_frame(response))
        assert mutated != encode_frame(response)
        scene.attacked(case.name, case.mutates, case.reason, connection.exchange_bytes(mutated))


def test_a_length_that_no_frame_may_have(scene: Scene, town: Town) -> None:
    technician = town.technician()
    scene.opens(technician)
    with scene.lock.connect() as connection:
        connection.send((CARRIAGE_LIMIT + 1).to_bytes(LENGTH_BYTES, "big") + b"{")
        frame = connection.receive()
        scene.attacked("oversized length", "announces more than any frame may hold", "frame-size", frame)
        with pytest.raises(PhoneError):
            connection.receive()
