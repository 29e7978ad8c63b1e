"""Streams that count what goes through them, and those that bring what a generator makes."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

Told = Callable[[int], None]


def untold(_count: int) -> None:
    """Nobody is told."""


class CountingWriter:
    """Passes on to a file, counts, hashes, tells how many bytes each time."""

    def __init__(self, file: BinaryIO, told: Told = untold) -> None:
        self.count = 0
        self._file = file
        self._hash = hashlib.sha256()
        self._told = told

    @property
    def sha256(self) -> str:
        """Of all that went through, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, data: bytes) -> int:
        """All of it."""
        self._file.write(data)
        self._hash.update(data)
        self.count += len(data)
        self._told(len(data))
        return len(data)

    def flush(self) -> None:
        """To the file."""
        self._file.flush()


class CountingReader:
    """The same for what is read."""

    def __init__(self, file: BinaryIO, told: Told = untold) -> None:
        self._file = file
        self._told = told

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes."""
        data = self._file.read(size)
        self._told(len(data))
        return data


class ChunkReader:
    """Reads what a generator makes, in pieces of any size."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks: Iterator[bytes] = iter(chunks)
        self._rest = memoryview(b"")

    def read(self, size: int) -> bytes:
        """At most so many bytes; none when the generator has ended."""
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._rest = memoryview(chunk)
        data, self._rest = bytes(self._rest[:size]), self._rest[size:]
        return data


def digest_of(file: BinaryIO, told: Told = untold) -> tuple[int, str]:
    """How many bytes a file has, and their SHA-256 in hexadecimal."""
    counted, whole = 0, hashlib.sha256()
    while data := file.read(1 << 20):
        counted += len(data)
        whole.update(data)
        told(len(data))
    return counted, whole.hexdigest()
