"""A root in the forms in which phones and computers take it."""

import plistlib
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from beffroi.adapters.tls.judging import name_of
from beffroi.adapters.tls.local import fingerprint

DER_TYPE: Final = "application/x-x509-ca-cert"
PEM_TYPE: Final = "application/x-pem-file"
PROFILE_TYPE: Final = "application/x-apple-aspen-config"


def der(root: x509.Certificate) -> bytes:
    """For Android, Windows, macOS and Firefox."""
    return root.public_bytes(Encoding.DER)


def pem(root: x509.Certificate) -> bytes:
    """For Debian and programs."""
    return root.public_bytes(Encoding.PEM)


def profile(root: x509.Certificate) -> bytes:
    """For iPhones and iPads: a configuration profile that installs the root and nothing else."""
    name, identity = name_of(root.subject), uuid5(NAMESPACE_URL, fingerprint(root))
    payload = {
        "PayloadType": "com.apple.security.root",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"beffroi.root.{identity}",
        "PayloadUUID": _upper(identity),
        "PayloadDisplayName": name,
        "PayloadCertificateFileName": "root.crt",
        "PayloadContent": der(root),
    }
    return plistlib.dumps(
        {
            "PayloadType": "Configuration",
            "PayloadVersion": 1,
            "PayloadIdentifier": f"beffroi.profile.{identity}",
            "PayloadUUID": _upper(uuid5(identity, "profile")),
            "PayloadDisplayName": name,
            "PayloadContent": [payload],
        }
    )


def _upper(identity: UUID) -> str:
    return str(identity).upper()
