"""The device's side of the line's TLS: it trusts what its document gave it, and shows its certificate with the key it was born with.

TLS 1.3 only: there the signature that proves possession covers a text that begins with 64 spaces, which nothing this key signs
elsewhere does (docs/spec/device.md, section 4).
"""

import os
import ssl

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from beffroi.edge.device.commissioning import Broker
from beffroi.edge.device.errors import CommissioningError


def context(broker: Broker, key: Ed25519PrivateKey) -> ssl.SSLContext | None:
    """None for a line without TLS. CommissioningError `broker-ca`, `broker-certificate`."""
    if broker.ca is None and broker.trusted is None:
        return None
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        made.load_verify_locations(cafile=broker.ca, cadata=broker.trusted)
    except (OSError, ValueError) as fault:
        raise CommissioningError("broker-ca", f"{broker.ca or 'trusted'}: {fault}") from fault
    if broker.certificate is not None:
        made.minimum_version = ssl.TLSVersion.TLSv1_3
        _show(made, broker.certificate, key)
    return made


def _show(made: ssl.SSLContext, chain: str, key: Ed25519PrivateKey) -> None:
    """Python takes keys from files only: this one lies in memory, and is gone once it was read."""
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.memfd_create("line", os.MFD_CLOEXEC), "wb") as file:
        file.write(private + chain.encode())
        file.flush()
        try:
            made.load_cert_chain(f"/proc/self/fd/{file.fileno()}")
        except (OSError, ValueError) as fault:
            raise CommissioningError("broker-certificate", str(fault)) from fault
