"""Every vector of ``docs/spec/vectors/register`` ends as it says, and the files are what their generator writes."""

import base64
import json
from typing import Any

import pytest

from beffroi.protocol.register.checkpoint import open_checkpoint
from beffroi.protocol.register.errors import BadProof, RegisterFormatError
from beffroi.protocol.register.merkle import verify_consistency
from beffroi.protocol.register.note import VerifierKey
from beffroi.protocol.register.receipt import parse_receipt, verify_receipt
from tests.protocol import vectors_register

PAIRS = json.loads((vectors_register.FOLDER / "consistency.json").read_text())
RECEIPTS = json.loads((vectors_register.FOLDER / "receipts.json").read_text())


def said(vector: dict[str, Any], key: VerifierKey) -> str:
    """What a reader says of two checkpoints and the proof between them."""
    if "\n\n" not in vector["brought"]:
        return "unreadable"
    try:
        brought = open_checkpoint(vector["brought"], [key])
        held = open_checkpoint(vector["held"], [key])
    except RegisterFormatError:
        return "unsigned"
    if brought.size == held.size:
        return "same" if brought.root == held.root else "forked"
    proof = [base64.b64decode(step) for step in vector["proof"]]
    try:
        verify_consistency(old=brought.size, new=held.size, old_root=brought.root, new_root=held.root, proof=proof)
    except BadProof:
        return "forked"
    return "extends"


@pytest.mark.parametrize("vector", PAIRS["vectors"], ids=lambda vector: vector["name"])
def test_two_checkpoints(vector: dict[str, Any]) -> None:
    assert said(vector, VerifierKey.parse(PAIRS["key"])) == vector["says"]


@pytest.mark.parametrize("vector", RECEIPTS["vectors"], ids=lambda vector: vector["name"])
def test_a_receipt(vector: dict[str, Any]) -> None:
    key = VerifierKey.parse(RECEIPTS["key"])
    if vector["fails"] == []:
        assert verify_receipt(parse_receipt(vector["receipt"].encode()), [key]).checkpoint.size > 0
        return
    with pytest.raises(RegisterFormatError):
        verify_receipt(parse_receipt(vector["receipt"].encode()), [key])


def test_the_files_are_what_their_generator_writes() -> None:
    assert {path.name: path.read_text() for path in vectors_register.FOLDER.glob("*.json")} == vectors_register.files()
