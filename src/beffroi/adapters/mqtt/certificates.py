"""Our small certificate authority for the line between devices and broker: X.509, Ed25519, TLS 1.3.

    BEFFROI_HOME/keys/installation/line/root.key, root.pem         what devices trust; the key is needed again in twenty years
    BEFFROI_HOME/keys/installation/line/issuing.key, issuing.pem   what signs devices, our broker, and the list of those struck off

A device's certificate names it (its identifier is the common name) and holds the very key it was certified with: possession was
proven when it asked. It says who is on the line and nothing else: no event is believed because of it.
"""

import contextlib
import functools
import ipaddress
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from beffroi.adapters.mqtt.errors import CertificateError

FOLDER: Final = Path("installation", "line")
ROOT, ISSUING = "root", "issuing"
ROOT_LIFE: Final = timedelta(days=30 * 366)
ISSUING_LIFE: Final = timedelta(days=20 * 366)
BROKER_LIFE: Final = timedelta(days=400)
BROKER_RENEWED: Final = timedelta(days=100)  # before its end
# A clock that is slow must not refuse what was signed a moment ago.
EARLY: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class StruckOff:
    """A certificate that the broker must refuse, and since when."""

    serial: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Issuer:
    """The key that signs, under its own certificate."""

    certificate: x509.Certificate
    key: Ed25519PrivateKey

    def certify_device(self, device: UUID, key: Ed25519PublicKey, *, start: datetime, end: datetime) -> str:
        """A device's certificate with ours behind it, as PEM. It never outlives ours."""
        builder = self._builder(str(device), key, start, end)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        return _pem(builder.sign(self.key, None)) + _pem(self.certificate)

    def certify_broker(self, hosts: Iterable[str], key: Ed25519PublicKey, now: datetime) -> str:
        """The broker's certificate for the names and addresses by which devices call it, with ours behind it, as PEM."""
        names = [_general(host) for host in hosts]
        builder = self._builder("broker", key, now - EARLY, now + BROKER_LIFE)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return _pem(builder.sign(self.key, None)) + _pem(self.certificate)

    def strike(self, struck: Iterable[StruckOff], *, number: int, now: datetime) -> str:
        """The list of what the broker refuses, as PEM. It lasts as long as we do: it lies beside the broker, and is written anew
        whenever it must say more, so that nothing is gained by shutting every device out on a date.
        """
        builder = x509.CertificateRevocationListBuilder(
            issuer_name=self.certificate.subject,
            last_update=now - EARLY,
            next_update=self.certificate.not_valid_after_utc,
        )
        builder = builder.add_extension(x509.CRLNumber(number), critical=False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(authority, critical=False)
        for each in struck:
            revoked = x509.RevokedCertificateBuilder().serial_number(each.serial).revocation_date(each.since)
            builder = builder.add_revoked_certificate(revoked.build())
        return builder.sign(self.key, None).public_bytes(serialization.Encoding.PEM).decode()

    def _builder(self, name: str, key: Ed25519PublicKey, start: datetime, end: datetime) -> x509.CertificateBuilder:
        signer, last = _Signer(self.certificate.subject, self.key), self.certificate.not_valid_after_utc
        return _builder(_name(name), key, signer, (start, min(end, last)))


def furnish(keys: Path, now: datetime) -> None:
    """Make the root and the key below it, unless they are there. A run that was cut short is taken up."""
    folder = keys / FOLDER
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not (folder / f"{ROOT}.pem").exists():
        key = _own_key(folder / f"{ROOT}.key")
        name = _name("Beffroi devices, root")
        span = (now - EARLY, now + ROOT_LIFE)
        _write(folder / f"{ROOT}.pem", _pem(_authority(name, key.public_key(), _Signer(name, key), span, below=1)))
    if not (folder / f"{ISSUING}.pem").exists():
        root, signer = _certificate(folder / f"{ROOT}.pem"), _held_key(folder / f"{ROOT}.key")
        key = _own_key(folder / f"{ISSUING}.key")
        name, span = _name("Beffroi devices"), (now - EARLY, now + ISSUING_LIFE)
        made = _authority(name, key.public_key(), _Signer(root.subject, signer), span, below=0)
        _write(folder / f"{ISSUING}.pem", _pem(made))


def issuer(keys: Path) -> Issuer:
    """What signs for the line. Raises CertificateError when it isn't there."""
    folder = keys / FOLDER
    return Issuer(_certificate(folder / f"{ISSUING}.pem"), _held_key(folder / f"{ISSUING}.key"))


def trusted(keys: Path) -> str:
    """What a device trusts, as PEM: the root alone. Raises CertificateError."""
    return _pem(_certificate(keys / FOLDER / f"{ROOT}.pem"))


def admitted(keys: Path) -> str:
    """What the broker trusts, as PEM: root and issuing. Raises CertificateError."""
    return _pem(_certificate(keys / FOLDER / f"{ISSUING}.pem")) + trusted(keys)


@functools.lru_cache(maxsize=4096)
def serial_of(chain: str) -> int:
    """The serial number of the first certificate of a PEM chain."""
    return x509.load_pem_x509_certificate(chain.encode()).serial_number


def is_due(chain: str, hosts: Iterable[str], now: datetime) -> bool:
    """Whether the broker's certificate has to be made anew: its end is near, or devices call the broker by another name."""
    certificate = x509.load_pem_x509_certificate(chain.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return now >= certificate.not_valid_after_utc - BROKER_RENEWED or set(names) != {_general(host) for host in hosts}


def new_key() -> tuple[Ed25519PublicKey, str]:
    """A key for the broker: its public half, and the private one as PEM."""
    key = Ed25519PrivateKey.generate()
    return key.public_key(), _private_pem(key)


@functools.lru_cache(maxsize=2)  # a list is looked at every two seconds, and may be long
def numbers(crl: str) -> frozenset[int]:
    """The serial numbers that a list strikes off."""
    return frozenset(each.serial_number for each in x509.load_pem_x509_crl(crl.encode()))


def number_of(crl: str) -> int:
    """The list's own number."""
    return x509.load_pem_x509_crl(crl.encode()).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


@dataclass(frozen=True, slots=True)
class _Signer:
    """Who signs a certificate."""

    name: x509.Name
    key: Ed25519PrivateKey


def _authority(
    name: x509.Name, key: Ed25519PublicKey, signer: _Signer, span: tuple[datetime, datetime], *, below: int
) -> x509.Certificate:
    builder = _builder(name, key, signer, span)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
    usage = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    return builder.add_extension(usage, critical=True).sign(signer.key, None)


def _builder(
    name: x509.Name, key: Ed25519PublicKey, signer: _Signer, span: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(signer.name)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0].astimezone(UTC))
        .not_valid_after(span[1].astimezone(UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.key.public_key()), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _own_key(path: Path) -> Ed25519PrivateKey:
    """The key of a file, made when it isn't there."""
    if not path.exists():
        _write(path, _private_pem(Ed25519PrivateKey.generate()))
    return _held_key(path)


def _held_key(path: Path) -> Ed25519PrivateKey:
    try:
        known = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} is not a readable key ({error}): put its copy back") from error
    if not isinstance(known, Ed25519PrivateKey):
        raise CertificateError(f"{path} is not a key of ours: put its copy back")
    return known


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CertificateError(f"{path} is not a readable certificate ({error}): put its copy back") from error


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _private_pem(key: Ed25519PrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def _write(path: Path, text: str) -> None:
    """A file for us alone, whole or not at all, never over another."""
    partial = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    with contextlib.suppress(FileExistsError):  # another of our processes was first: its file is taken
        os.link(partial, path)
    partial.unlink()
