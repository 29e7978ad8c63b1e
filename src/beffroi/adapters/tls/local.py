"""The town's own small authority, for whom no public one certifies: X.509, ECDSA P-256, good for the town's own names and nothing else.

    BEFFROI_HOME/keys/installation/https/root.pem      what phones and computers are told to trust; its key was forgotten once it had signed
    BEFFROI_HOME/keys/installation/https/issuing.key   what signs the server, under issuing.pem, which names the only domains it may
    BEFFROI_HOME/keys/installation/https/server.pem    the server's key, its certificate, and issuing.pem behind it: one file, so that
                                                       it is replaced in one step

A person who trusts the root trusts it with nothing but these names: whoever steals all of this folder can pretend to be this server,
which they have then, and no other. Both certificates bear the constraint, since some programs read none in what they trust.
"""

import fcntl
import os
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from beffroi.adapters.tls.errors import LocalAuthorityError
from beffroi.adapters.tls.files import FOLDER, SERVER, Files, made_here

ROOT, ISSUING, ISSUING_KEY = "root.pem", "issuing.pem", "issuing.key"
AUTHORITY_LIFE: Final = timedelta(days=10 * 365)
SERVER_LIFE: Final = timedelta(days=397)
RENEWED: Final = timedelta(days=60)  # before its end
# A phone whose clock is slow must not refuse what was signed a moment ago.
EARLY: Final = timedelta(days=1)
LONGEST_NAME: Final = 64  # X.520


@dataclass(frozen=True, slots=True)
class LocalAuthority:
    """The authority of one BEFFROI_HOME/keys."""

    keys: Path

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.keys / FOLDER

    @property
    def files(self) -> Files:
        """What the web server serves."""
        return made_here(self.keys)

    @property
    def exists(self) -> bool:
        """Whether it was made."""
        return (self.folder / ROOT).exists() and (self.folder / ISSUING).exists()

    def root(self) -> x509.Certificate:
        """What people trust. Raises LocalAuthorityError."""
        return _certificate(self.folder / ROOT)

    def domains(self) -> tuple[str, ...]:
        """The names that it may certify, each with all below it. Raises LocalAuthorityError."""
        return constrained(_certificate(self.folder / ISSUING))

    def make(self, domains: Collection[str], now: datetime) -> None:
        """A new one, good for these names and those below them, in place of any before: whoever trusted that one must trust this
        one. Its root's key is never written: nothing more can be signed by it than the issuing authority, here, now.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._alone():
            span = (now - EARLY, now + AUTHORITY_LIFE)
            name = _name(f"Beffroi {next(iter(domains))}")
            key, issuing_key = _new_key(), _new_key()
            root = _authority(name, key, None, span, domains=domains, below=1)
            issuing = _authority(_name("Beffroi HTTPS"), issuing_key, (root, key), span, domains=domains, below=0)
            (self.folder / SERVER).unlink(missing_ok=True)
            _write(self.folder / ISSUING_KEY, _private(issuing_key))
            _write(self.folder / ISSUING, _pem(issuing))
            _write(self.folder / ROOT, _pem(root))

    def keep(self, hosts: Iterable[str], now: datetime) -> bool:
        """Has the server's certificate stand for those of these names that it may, and last; says whether it was made anew.

        Raises LocalAuthorityError.
        """
        wanted = sorted(set(self.admitted(hosts)))
        if not wanted:
            raise LocalAuthorityError(
                f"the local authority is good for {', '.join(self.domains())} alone, which none of this server's names is: "
                "`beffroi init --local-ca` makes another"
            )
        if not self._due(wanted, now):
            return False
        with self._alone():
            if not self._due(wanted, now):  # another of our processes was first
                return False
            issuing, signer, key = _certificate(self.folder / ISSUING), _held_key(self.folder / ISSUING_KEY), _new_key()
            end = min(now + SERVER_LIFE, issuing.not_valid_after_utc)
            made = _server(wanted, key.public_key(), (issuing, signer), (now - EARLY, end))
            _write(self.folder / SERVER, _private(key) + _pem(made) + _pem(issuing))
            return True

    def admitted(self, hosts: Iterable[str]) -> list[str]:
        """Those of these names that it may certify."""
        domains = self.domains()
        return [host for host in hosts if any(within(host, domain) for domain in domains)]

    def _due(self, wanted: list[str], now: datetime) -> bool:
        try:
            known = _certificate(self.folder / SERVER)
            names = known.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except (LocalAuthorityError, x509.ExtensionNotFound):
            return True
        # Of an authority whose own end is near, no certificate lasts longer: it isn't made anew for that again and again.
        end, last = known.not_valid_after_utc, _certificate(self.folder / ISSUING).not_valid_after_utc
        ending = now >= end - RENEWED and end < last
        return ending or sorted(names.get_values_for_type(x509.DNSName)) != wanted

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with (self.folder / "lock").open("w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def within(host: str, domain: str) -> bool:
    """Whether a name is that domain or below it (RFC 5280, 4.2.1.10)."""
    host, domain = host.lower(), domain.lower()
    return host == domain or host.endswith(f".{domain}")


def constrained(certificate: x509.Certificate) -> tuple[str, ...]:
    """The domains that an authority's certificate permits."""
    try:
        held = certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(each.value) for each in held.permitted_subtrees or () if isinstance(each, x509.DNSName))


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the certificate as people compare it: "3F A0 …", 32 pairs."""
    return certificate.fingerprint(hashes.SHA256()).hex(" ").upper()


def _authority(
    name: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None,
    span: tuple[datetime, datetime],
    *,
    domains: Collection[str],
    below: int,
) -> x509.Certificate:
    """Certified by `signer`, else by itself."""
    issuer, signing = (signer[0].subject, signer[1]) if signer else (name, key)
    builder = _builder(name, key.public_key(), issuer, signing.public_key(), span)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=below), critical=True)
    builder = builder.add_extension(_usage(signs=True), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    only = x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(domain.lower()) for domain in domains],
        # Of a kind of names that isn't spoken of, all would be permitted.
        excluded_subtrees=[x509.IPAddress(IPv4Network("0.0.0.0/0")), x509.IPAddress(IPv6Network("::/0"))],
    )
    return builder.add_extension(only, critical=True).sign(signing, hashes.SHA256())


def _server(
    hosts: list[str],
    key: ec.EllipticCurvePublicKey,
    signer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey],
    span: tuple[datetime, datetime],
) -> x509.Certificate:
    issuing, signing = signer
    builder = _builder(_name(hosts[0]), key, issuing.subject, signing.public_key(), span)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(signs=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    return builder.add_extension(names, critical=False).sign(signing, hashes.SHA256())


def _builder(
    name: x509.Name,
    key: ec.EllipticCurvePublicKey,
    issuer: x509.Name,
    above: ec.EllipticCurvePublicKey,
    span: tuple[datetime, datetime],
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(span[0].astimezone(UTC))
        .not_valid_after(span[1].astimezone(UTC))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:LONGEST_NAME])])


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _held_key(path: Path) -> ec.EllipticCurvePrivateKey:
    try:
        known = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise LocalAuthorityError(f"{path} is not a readable key ({error}): put its copy back") from error
    if not isinstance(known, ec.EllipticCurvePrivateKey):
        raise LocalAuthorityError(f"{path} is not a key of ours: put its copy back")
    return known


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificates(path.read_bytes())[0]
    except (OSError, ValueError) as error:
        raise LocalAuthorityError(
            f"{path} is not a readable certificate ({error}): put its copy back, or make another authority with "
            "`beffroi init --local-ca`"
        ) from error


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _write(path: Path, contents: bytes) -> None:
    """A file for us alone, whole, in place of any before."""
    partial = path.with_suffix(f"{path.suffix}.{os.getpid()}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
