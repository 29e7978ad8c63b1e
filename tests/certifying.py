"""Certificates for tests, as an authority that isn't ours would make them, well or badly."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from beffroi.adapters.tls.files import Files
from beffroi.lib.clock import utc_now

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | Ed25519PrivateKey
YEAR = timedelta(days=365)


def pem_of(key: Key, passphrase: bytes | None = None) -> bytes:
    """As openssl writes it."""
    sealed = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, sealed)


def ecdsa() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True)
class Certified:
    """A certificate, its key, and whoever certified it; None: itself."""

    certificate: x509.Certificate
    key: Key
    above: "Certified | None" = None

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def certify(
        self,
        name: str,
        hosts: Sequence[str] = (),
        *,
        start: datetime | None = None,
        life: timedelta = YEAR,
        key: Key | None = None,
    ) -> "Certified":
        """A server where it has hosts, else an authority below this one."""
        return certified(name, hosts, start=start, life=life, key=key, above=self)

    def chain(self) -> bytes:
        """As a public authority sends it: with those between, without the root."""
        return self.pem + (self.above.chain() if self.above and self.above.above else b"")

    def written(self, folder: Path, *, chain: bytes | None = None, key: bytes | None = None) -> Files:
        """In two files, as certbot has them."""
        folder.mkdir(parents=True, exist_ok=True)
        files = Files(folder / "fullchain.pem", folder / "privkey.pem")
        files.key.touch(mode=0o600)
        files.key.write_bytes(key or pem_of(self.key))
        files.certificate.write_bytes(chain or self.chain())
        return files


def certified(
    name: str,
    hosts: Sequence[str] = (),
    *,
    start: datetime | None = None,
    life: timedelta = YEAR,
    key: Key | None = None,
    above: Certified | None = None,
) -> Certified:
    """By itself when there is nobody above."""
    key = key or ecdsa()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    start = start or utc_now() - timedelta(hours=1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above.certificate.subject if above else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + life)
        .add_extension(x509.BasicConstraints(ca=not hosts, path_length=None), critical=True)
    )
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        builder = builder.add_extension(names, critical=False)
    signing = above.key if above else key
    return Certified(
        builder.sign(signing, None if isinstance(signing, Ed25519PrivateKey) else hashes.SHA256()), key, above
    )
