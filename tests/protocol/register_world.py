"""A published log and its exports, made without a database: fixed keys, salts from a counter, so that a failure can be repeated."""

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.protocol.register.archive import Archive
from beffroi.protocol.register.checkpoint import Checkpoint, sign_checkpoint
from beffroi.protocol.register.entry import Opening, Value, commitment, entry_bytes
from beffroi.protocol.register.export import CheckpointLine, EntryLine, ExportWriter, Line, LogLine
from beffroi.protocol.register.merkle import Frontier, inclusion_proof, leaf_hash
from beffroi.protocol.register.note import VerifierKey, verifier_key
from beffroi.protocol.register.receipt import Receipt

LOG = "4f5f7a0e-6f5e-4c1c-9d26-0d3b0c4a7b10"
ORIGIN = f"register.example/register/{LOG}"
Openings = dict[str, Opening]


def key(number: int = 1) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def vkey(number: int = 1, origin: str = ORIGIN) -> VerifierKey:
    return verifier_key(origin, key(number))


def entry(number: int, kind: str = "test.act", log: str = LOG, **values: Value) -> tuple[bytes, Openings]:
    """An entry's bytes and what opens it; the number makes its salts its own."""
    given = values or {"number": number, "thing": f"cabinet-{number}"}
    openings = {
        name: Opening(value, hashlib.sha256(f"{number}/{name}".encode()).digest()) for name, value in given.items()
    }
    fields = {name: commitment(item.salt, item.value) for name, item in openings.items()}
    return entry_bytes(kind=kind, log=log, at="2026-11-22T12:00Z", fields=fields), openings


@dataclass
class Log:
    """Entries and their openings, and what can be signed and written about them."""

    entries: list[tuple[bytes, Openings | None]] = field(default_factory=list)
    origin: str = ORIGIN

    @classmethod
    def of(cls, count: int) -> "Log":
        return cls([entry(number) for number in range(count)])

    @property
    def bodies(self) -> list[bytes]:
        return [body for body, _ in self.entries]

    def checkpoint(self, size: int | None = None, signer: int = 1) -> str:
        tree = Frontier()
        tree.extend(leaf_hash(body) for body in self.bodies[:size])
        return sign_checkpoint(Checkpoint(self.origin, tree.size, tree.root()), [key(signer)])

    def archive(self, folder: Path) -> Archive:
        archive = Archive(folder)
        archive.extend(0, self.bodies)
        archive.publish(self.checkpoint())
        return archive

    def receipt(self, index: int, folder: Path) -> Receipt:
        nodes = self.archive(folder).nodes(len(self.entries))
        body, openings = self.entries[index]
        return Receipt(
            origin=self.origin,
            index=index,
            entry=body,
            proof=tuple(inclusion_proof(index, len(self.entries), nodes)),
            checkpoint=self.checkpoint(),
            openings=openings or {},
        )

    def lines(self, signer: int = 1) -> list[Line]:
        found: list[Line] = [LogLine(self.origin)]
        for index, (body, openings) in enumerate(self.entries):
            found.append(EntryLine(index, leaf_hash(body).hex(), body, openings))
        return [*found, CheckpointLine(self.checkpoint(signer=signer), None)]


def export(*lines: Iterable[Line]) -> bytes:
    file = io.BytesIO()
    writer = ExportWriter(file, made="2026-11-22T12:00Z")
    for part in lines:
        for line in part:
            writer.write(line)
    writer.finish()
    return file.getvalue()
