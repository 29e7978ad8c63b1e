"""Every vector of ``docs/spec/vectors/gate`` ends as it says, and the files are what their generator writes."""

import json
from typing import Any

import pytest

from beffroi.protocol.v1.errors import Reason, Refused
from tests.protocol import generate_vectors
from tests.protocol.relay_readers import READERS

CONTEXT = json.loads((generate_vectors.FOLDER / "context.json").read_text())
FILES = sorted(path for path in generate_vectors.FOLDER.glob("*.json") if path.name != "context.json")
VECTORS: list[dict[str, Any]] = [vector for path in FILES for vector in json.loads(path.read_text())["vectors"]]
BY_DESIGN_WITHOUT_BYTES = {Reason.INTERNAL, Reason.KEYSET_WEAK}
"""Reasons that no bytes from outside bring about: a broken gate, and a set that its maker refuses to sign."""


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"{vector['subject']}: {vector['name']}")
def test_vector(vector: dict[str, Any]) -> None:
    end = READERS[vector["subject"]](vector["input"], CONTEXT)
    if vector["reason"] is None:
        assert end == vector["value"]
    else:
        assert isinstance(end, Refused), end
        assert end.reason == vector["reason"], end


def test_there_are_enough() -> None:
    good = [vector for vector in VECTORS if vector["reason"] is None]
    assert len(good) >= 40
    assert len(VECTORS) - len(good) >= 200
    assert {vector["subject"] for vector in VECTORS} == READERS.keys()


def test_names_are_unique() -> None:
    names = [(vector["subject"], vector["name"]) for vector in VECTORS]
    assert len(names) == len(set(names))


def test_every_reason_has_a_vector() -> None:
    shown = {vector["reason"] for vector in VECTORS}
    assert {str(reason) for reason in Reason} - shown == {str(reason) for reason in BY_DESIGN_WITHOUT_BYTES}


def test_the_files_are_what_the_generator_writes() -> None:
    written = generate_vectors.files()
    assert {path.name for path in generate_vectors.FOLDER.glob("*.json")} == written.keys()
    for name, text in written.items():
        assert (generate_vectors.FOLDER / name).read_text() == text, name
