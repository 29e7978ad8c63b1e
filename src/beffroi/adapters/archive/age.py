"""Sealing streams in the age format (age-encryption.org/v1), to roots (Ed25519) as `ssh-ed25519` recipients and to any other recipient.

Memory is bounded: a stream of any length goes through in pieces of 64 KB.
"""

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Protocol

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from beffroi.adapters.archive.errors import BadIdentity, BadRecipient, NotForUs, SealBroken

_NO_MATCH: Final = "No matching keys"
_LONGEST_FILE: Final = 64 * 1024


class Reader(Protocol):
    """What is sealed comes from it."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


class Writer(Protocol):
    """What is opened goes to it."""

    def write(self, data: bytes, /) -> int:
        """All of it; returns how many."""

    def flush(self) -> None:
        """What was written is passed on."""


class Identity:
    """What opens files. Its content is never shown."""

    def __init__(self, inner: object) -> None:
        self._inner = inner

    @property
    def inner(self) -> object:
        """For the library."""
        return self._inner


class _Guarded:
    """A reader or writer whose own failure is had back as it was: the library tells it as a text."""

    def __init__(self, reader: Reader | None = None, writer: Writer | None = None) -> None:
        self.fault: BaseException | None = None
        self._reader, self._writer = reader, writer

    def read(self, size: int) -> bytes:
        try:
            return b"" if self._reader is None else self._reader.read(size)
        except BaseException as error:
            self.fault = error
            raise

    def write(self, data: bytes) -> int:
        try:
            return len(data) if self._writer is None else self._writer.write(data)
        except BaseException as error:
            self.fault = error
            raise

    def flush(self) -> None:
        if self._writer is not None:
            self._writer.flush()


def recipient_of_root(public: bytes) -> str:
    """The recipient that an Ed25519 public key (32 bytes) is: "ssh-ed25519 AAAA…"."""
    return Ed25519PublicKey.from_public_bytes(public).public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def identity_file(root: Ed25519PrivateKey) -> bytes:
    """A root as an OpenSSH private key, which any age program takes with --identity."""
    return root.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())


def identity_of_root(root: Ed25519PrivateKey) -> Identity:
    """What opens whatever was sealed to this root."""
    return Identity(pyrage.ssh.Identity.from_buffer(identity_file(root)))


def read_identity(data: bytes) -> Identity:
    """An OpenSSH private key without passphrase, or a file with an AGE-SECRET-KEY line; raises BadIdentity."""
    if len(data) > _LONGEST_FILE:
        raise BadIdentity("this file is too long for a key")
    try:
        if b"PRIVATE KEY-----" in data:
            return Identity(pyrage.ssh.Identity.from_buffer(data))
        lines = [line.strip() for line in data.decode("ascii").splitlines()]
        (secret,) = [line for line in lines if line and not line.startswith("#")]
        return Identity(pyrage.x25519.Identity.from_str(secret))
    except (pyrage.IdentityError, ValueError) as error:
        raise BadIdentity("this file is neither a root, nor an OpenSSH private key, nor an age identity") from error


def checked_recipient(text: str) -> str:
    """A recipient as it was given, once it is known to be one; raises BadRecipient."""
    _recipient(text)
    return text


def _recipient(text: str) -> object:
    kind = pyrage.ssh.Recipient if text.startswith("ssh-") else pyrage.x25519.Recipient
    try:
        return kind.from_str(text)
    except (pyrage.RecipientError, ValueError) as error:
        raise BadRecipient(f"{text[:60]!r} is no age recipient: age1… or ssh-ed25519 … is needed") from error


def seal(source: Reader, target: Writer, recipients: Sequence[str]) -> None:
    """Everything from the source, sealed. Raises BadRecipient, and whatever the source or the target raises."""
    if not recipients:
        raise BadRecipient("nothing is sealed to nobody")
    reader, writer = _Guarded(reader=source), _Guarded(writer=target)
    try:
        pyrage.encrypt_io(reader, writer, [_recipient(each) for each in recipients])
    except (pyrage.EncryptError, OSError) as error:
        raise reader.fault or writer.fault or error from None


def unseal(source: Reader, target: Writer, identities: Sequence[Identity]) -> None:
    """Everything from the source, opened and authenticated. What was written before SealBroken is raised is to be thrown away.

    Raises NotForUs, SealBroken, and whatever the source or the target raises.
    """
    reader, writer = _Guarded(reader=source), _Guarded(writer=target)
    try:
        pyrage.decrypt_io(reader, writer, [each.inner for each in identities])
    except (pyrage.DecryptError, OSError) as error:
        fault = reader.fault or writer.fault
        if fault is not None:
            raise fault from None
        if _NO_MATCH in str(error):
            raise NotForUs("none of the keys given opens it") from error
        raise SealBroken("it is cut short or altered") from error


@contextmanager
def opened(source: Reader, identities: Sequence[Identity]) -> Iterator[BinaryIO]:
    """The opened stream, to be read to its end. Raises what `unseal` raises, at the latest when the block ends well."""
    out, inward = os.pipe()

    def work() -> None:
        with os.fdopen(inward, "wb", buffering=0) as pipe:
            unseal(source, pipe, identities)

    with ThreadPoolExecutor(1) as beside, os.fdopen(out, "rb") as reading:
        working = beside.submit(work)
        try:
            yield reading
            while reading.read(1 << 16):  # what pads a tar's end: authenticated too
                pass
        finally:
            reading.close()  # whoever leaves early: the other side hears that nobody reads
            fault = working.exception()
            if fault is not None and not isinstance(fault, BrokenPipeError):
                raise fault


def read_key_file(path: Path) -> bytes:
    """The bytes of a small file that holds a key; raises BadIdentity."""
    try:
        with path.open("rb") as file:
            return file.read(_LONGEST_FILE + 1)
    except OSError as error:
        raise BadIdentity(f"{path} cannot be read: {error.strerror}") from error
