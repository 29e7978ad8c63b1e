"""Receipts: one entry, its proof, the signed checkpoint, and what its holder may open, in a file that a stranger can check.

{"type":"beffroi-receipt","v":1,"origin":…,"index":…,"entry":"<the entry's bytes>","proof":["<base64>",…],
 "checkpoint":"<signed note>","open":{"<name>":{"value":…,"salt":…}}}
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .checkpoint import Checkpoint, open_checkpoint
from .entry import Entry, Opening, check_openings, openings_from_json, openings_to_json, parse_entry
from .errors import BadReceipt, RegisterFormatError
from .merkle import HASH_BYTES, leaf_hash, verify_inclusion
from .names import LogName
from .note import VerifierKey
from .strict import parse_object

TYPE: Final = "beffroi-receipt"
VERSION: Final = 1
GREATEST_RECEIPT: Final = 1024 * 1024
_MEMBERS = frozenset({"type", "v", "origin", "index", "entry", "proof", "checkpoint", "open"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says, before anything of it was checked. `entry` is the leaf's bytes, `checkpoint` the signed note."""

    origin: str
    index: int
    entry: bytes
    proof: tuple[bytes, ...]
    checkpoint: str
    openings: Mapping[str, Opening]

    def to_bytes(self) -> bytes:
        item = {
            "type": TYPE,
            "v": VERSION,
            "origin": self.origin,
            "index": self.index,
            "entry": self.entry.decode("ascii"),
            "proof": [base64.b64encode(step).decode() for step in self.proof],
            "checkpoint": self.checkpoint,
            "open": openings_to_json(self.openings),
        }
        return json.dumps(item, ensure_ascii=False, indent=1).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Proven:
    """What a receipt proves: this entry is leaf `index` of the log that the checkpoint names, and these values are what it says."""

    entry: Entry
    index: int
    checkpoint: Checkpoint
    openings: Mapping[str, Opening]


def parse_receipt(data: bytes) -> Receipt:
    """Read a receipt; raises BadReceipt for anything that is not one of this version."""
    if len(data) > GREATEST_RECEIPT:
        raise BadReceipt("too long for a receipt")
    try:
        raw = parse_object(data)
        if raw.keys() != _MEMBERS or raw["type"] != TYPE or type(raw["v"]) is not int or raw["v"] != VERSION:
            raise BadReceipt("not a receipt of a version that this program knows")
        origin, index, entry, checkpoint = raw["origin"], raw["index"], raw["entry"], raw["checkpoint"]
        proof, openings = raw["proof"], openings_from_json(raw["open"])
        if not (isinstance(origin, str) and isinstance(entry, str) and isinstance(checkpoint, str)):
            raise BadReceipt("a member has the wrong type")
        if type(index) is not int or index < 0 or not isinstance(proof, list):
            raise BadReceipt("a member has the wrong type")
        return Receipt(
            origin=origin,
            index=index,
            entry=entry.encode(),
            proof=tuple(_step(item) for item in proof),
            checkpoint=checkpoint,
            openings=openings,
        )
    except BadReceipt:
        raise
    except RegisterFormatError as error:
        raise BadReceipt(str(error)) from error
    except UnicodeEncodeError as error:
        raise BadReceipt("a receipt that cannot be read") from error


def verify_receipt(receipt: Receipt, keys: Iterable[VerifierKey]) -> Proven:
    """Check everything a receipt says, with keys from outside it; raises BadReceipt saying what does not hold."""
    try:
        checkpoint = open_checkpoint(receipt.checkpoint, keys)
        if receipt.origin != checkpoint.origin:
            raise BadReceipt("the checkpoint is of another log")
        entry = parse_entry(receipt.entry)
        if entry.log != LogName.of_origin(receipt.origin).log:
            raise BadReceipt("the entry belongs to another log")
        verify_inclusion(
            index=receipt.index,
            size=checkpoint.size,
            leaf=leaf_hash(receipt.entry),
            proof=receipt.proof,
            root=checkpoint.root,
        )
        check_openings(entry, receipt.openings)
    except RegisterFormatError as error:
        raise BadReceipt(str(error)) from error
    return Proven(entry=entry, index=receipt.index, checkpoint=checkpoint, openings=receipt.openings)


def _step(item: object) -> bytes:
    if not isinstance(item, str):
        raise BadReceipt("a proof is a list of hashes")
    try:
        step = base64.b64decode(item, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadReceipt("a hash of the proof is not base64") from error
    if len(step) != HASH_BYTES:
        raise BadReceipt("a hash of the proof is not 32 bytes")
    return step
