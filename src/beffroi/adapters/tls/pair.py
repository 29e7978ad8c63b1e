"""A certificate and its key, as PEM files that somebody else renews: read, checked against each other, never changed."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from beffroi.adapters.tls.errors import Fault, PairError
from beffroi.adapters.tls.files import Files

LARGEST: Final = 1_000_000
LONGEST_CHAIN: Final = 10
FEWEST_RSA_BITS: Final = 2048
# Where systemd puts what LoadCredential= names: it keeps others out by other means than the file's mode.
CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"

WebKey = RSAPrivateKey | EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate first, then those that the file holds besides; the key is theirs who read it."""

    chain: tuple[x509.Certificate, ...]

    @property
    def own(self) -> x509.Certificate:
        """The server's own."""
        return self.chain[0]


def read_pair(files: Files, variables: Mapping[str, str] = os.environ) -> Pair:
    """What the files hold, when a server can use it. Raises PairError."""
    chain = _chain(files.certificate)
    key = _key(files.key)
    _refuse_exposed(files.key, variables)
    if isinstance(key, RSAPrivateKey) and key.key_size < FEWEST_RSA_BITS:
        raise PairError(
            Fault.WEAK,
            f"the key of {files.key} has {key.key_size} bits: browsers refuse less than {FEWEST_RSA_BITS}. Have another made.",
        )
    public = _octets(key)
    fits = [_certified(each) == public for each in chain]
    if not fits[0] and any(fits):
        raise PairError(
            Fault.ORDER,
            f"{files.certificate} holds the server's own certificate, but not first: put it before those that certify it",
        )
    if not fits[0]:
        raise PairError(
            Fault.MISMATCH,
            f"the key of {files.key} is not the one of the certificate in {files.certificate}: "
            "give both as they came together (certbot: fullchain.pem and privkey.pem of one folder)",
        )
    return Pair(chain)


def _contents(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            contents = file.read(LARGEST + 1)
    except OSError as error:
        raise PairError(
            Fault.UNREADABLE,
            f"{path} can't be read by this account: {error.strerror}. Give it a copy that it may read (docs/operators/https.md)",
        ) from error
    if len(contents) > LARGEST:
        raise PairError(Fault.UNREADABLE, f"{path} is no file of certificates: it has more than {LARGEST:,} bytes")
    return contents


def _chain(path: Path) -> tuple[x509.Certificate, ...]:
    try:
        chain = x509.load_pem_x509_certificates(_contents(path))
        for each in chain:
            each.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PairError(
            Fault.NO_CERTIFICATE,
            f"{path} holds no certificate as PEM (-----BEGIN CERTIFICATE-----). A file in another form (.der, .p7b, .pfx) is turned into "
            "one by openssl: docs/operators/https.md",
        ) from error
    if len(chain) > LONGEST_CHAIN:
        raise PairError(
            Fault.NO_CERTIFICATE,
            f"{path} holds {len(chain)} certificates: the server's own and those that certify it are wanted, nothing else",
        )
    return tuple(chain)


def _key(path: Path) -> WebKey:
    contents = _contents(path)
    try:
        key = serialization.load_pem_private_key(contents, None)
    except TypeError as error:
        raise PairError(
            Fault.LOCKED,
            f"the key of {path} asks for a passphrase, and nobody is there to type it when the server starts: "
            f"openssl pkey -in {path} -out FILE writes it without",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PairError(Fault.NO_KEY, f"{path} holds no private key as PEM (-----BEGIN PRIVATE KEY-----)") from error
    if not isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey):
        raise PairError(Fault.WEAK, f"the key of {path} is of a kind that browsers don't take: RSA or ECDSA is needed")
    return key


def _refuse_exposed(path: Path, variables: Mapping[str, str]) -> None:
    """Only its owner reads a key; or, as Debian's ssl-cert has it, root's group when root owns it."""
    folder = variables.get(CREDENTIALS)
    if folder and path.is_relative_to(folder):
        return
    known = path.stat()
    allowed = stat.S_IRWXU | (stat.S_IRGRP if known.st_uid == 0 else 0)
    if stat.S_IMODE(known.st_mode) & ~allowed:
        raise PairError(
            Fault.EXPOSED,
            f"others than its owner can read the key of {path} (mode {stat.S_IMODE(known.st_mode):o}): chmod 600 {path}. "
            "If anybody else has an account on this machine, have the certificate made anew with another key",
        )


def _octets(key: WebKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _certified(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
