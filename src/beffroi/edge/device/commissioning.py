"""How a device gets its identity: it makes its own key, asks for a certificate, and takes what the server gives back.

The private key never leaves the store. The two roots are taken once: a later document may renew the certificate, the
broker and the key set, never the roots, the device or the authority (that takes another store, at the cabinet).
"""

import json
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from beffroi.edge.device.errors import CommissioningError, StoreError
from beffroi.edge.device.store import Store
from beffroi.protocol.v1 import members
from beffroi.protocol.v1.certificate import (
    Certificate,
    make_device_request,
    recall_certificate,
    renew_certificate,
    verify_certificate,
)
from beffroi.protocol.v1.errors import Reason, RefusalError, Refused
from beffroi.protocol.v1.jwk import OctetKey, load_octet_key, octet_key
from beffroi.protocol.v1.keyset import KeySet, Reading, verify_keyset
from beffroi.protocol.v1.strictjson import Body

FILE: Final = "commissioning.json"
SIZE_LIMIT: Final = 131_072
VERSION: Final = 1
ROOTS: Final = 2
MAX_PORT: Final = 65_535
NO_TIME: Final = Reading(None)

_NAMES: Final = frozenset({"version", "device", "authority", "certificate", "roots", "keyset"})
_PASSWORD_NAMES: Final = frozenset({"host", "port", "username", "password"})
_CERTIFICATE_NAMES: Final = frozenset({"host", "port", "certificate", "trusted"})


@dataclass(frozen=True)
class Broker:
    """Where the server's broker is, and how the device comes in: by its certificate over TLS (`certificate` and `trusted` are PEM
    texts), or by a password. `ca` is a PEM file's path, for a password over TLS.
    """

    host: str
    port: int
    username: str | None = None
    password: str | None = None
    ca: str | None = None
    certificate: str | None = None
    trusted: str | None = None


@dataclass(frozen=True)
class Commissioning:
    """A document that was read and whose certificate and key set verify under its two roots."""

    certificate: Certificate
    roots: tuple[OctetKey, ...]
    keyset: KeySet
    broker: Broker | None


def own_key(store: Store, randomness: bytes) -> Ed25519PrivateKey:
    """The device's key; made from 32 fresh random bytes and kept at the first call."""
    known = store.fact("key")
    if known is None:
        with store.transaction():
            store.set("key", members.encode_bytes(randomness))
        return Ed25519PrivateKey.from_private_bytes(randomness)
    try:
        return Ed25519PrivateKey.from_private_bytes(members.decode_bytes(known) or b"")
    except ValueError as fault:
        raise StoreError("store-damaged", "the stored key can't be read") from fault


def request(store: Store, device: str, randomness: bytes) -> str:
    """The signed request to be certified as `device`. CommissioningError `device-other` when the store is another's."""
    known = store.fact("device")
    if known not in (None, device):
        raise CommissioningError("device-other", f"this store is {known}'s")
    key = own_key(store, randomness)
    with store.transaction():
        store.set("device", device)
    return make_device_request(device=device, kind=store.kind, issued=None, key=key)


def _unique(pairs: list[tuple[str, object]]) -> Body:
    if len({name for name, _ in pairs}) != len(pairs):
        raise CommissioningError("json-duplicate", "a member is there twice")
    return dict(pairs)


def _broker(body: Body) -> Broker:
    by_certificate = "certificate" in body
    members.exact(body, *(_CERTIFICATE_NAMES,) if by_certificate else (_PASSWORD_NAMES, frozenset({"ca"})))
    host, port = members.token(body, "host"), members.integer(body, "port", 1, MAX_PORT)
    if by_certificate:
        certificate, trusted = members.token(body, "certificate"), members.token(body, "trusted")
        return Broker(host, port, certificate=certificate, trusted=trusted)
    ca = members.optional(body, "ca", members.token)
    return Broker(host, port, members.token(body, "username"), members.token(body, "password"), ca)


def read(data: bytes, kind: str) -> Commissioning:
    """The document for a device of this kind, or CommissioningError with the code of docs/spec/gate.md that says what is wrong with it."""
    if len(data) > SIZE_LIMIT:
        raise CommissioningError("json-size", "longer than a commissioning document can be")
    try:
        body = json.loads(data, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as fault:
        raise CommissioningError("json-syntax", str(fault)) from fault
    if not isinstance(body, dict):
        raise CommissioningError("member-value", "not a JSON object")
    try:
        return _verified(body, kind)
    except RefusalError as refusal:
        raise CommissioningError(
            refusal.refused.reason, refusal.refused.detail or refusal.refused.reason.meaning
        ) from refusal


def _verified(body: Body, kind: str) -> Commissioning:
    members.exact(body, _NAMES, frozenset({"broker"}))
    if members.count(body, "version") != VERSION:
        raise RefusalError(Reason.VERSION, "version")
    device, authority = members.slug(body, "device"), members.slug(body, "authority")
    roots = tuple(load_octet_key(jwk, "Ed25519") for jwk in members.array(body, "roots", ROOTS, ROOTS))
    if roots[0] == roots[1]:
        raise RefusalError(Reason.KEY_FORM, "the two roots are one")
    keyset = verify_keyset(members.token(body, "keyset"), roots=roots, authority=authority)
    if isinstance(keyset, Refused):
        raise RefusalError(keyset.reason, f"keyset: {keyset.detail}")
    certificate = verify_certificate(members.token(body, "certificate"), keyset=keyset, at=NO_TIME)
    if isinstance(certificate, Refused):
        raise RefusalError(certificate.reason, f"certificate: {certificate.detail}")
    if certificate.device != device or certificate.kind != kind:
        raise RefusalError(Reason.DEVICE_OTHER, "certificate")
    return Commissioning(
        certificate, roots, keyset, _broker(members.inner(body, "broker")) if "broker" in body else None
    )


def take(store: Store, document: Commissioning, randomness: bytes) -> None:
    """Keep what a document gives. CommissioningError `device-other`, `key-other`, `broker-certificate`, `authority-other`
    or `roots-other`.

    A document may be read again at each start: a key set or a certificate that is not newer than the one held is left aside.
    """
    certificate = document.certificate
    if store.fact("device") not in (None, certificate.device):
        raise CommissioningError("device-other", f"this store is {store.fact('device')}'s")
    if octet_key(own_key(store, randomness)) != certificate.key:
        raise CommissioningError("key-other", "the certificate is for another key than this store's")
    if document.broker is not None and not _is_own(document.broker, certificate):
        raise CommissioningError("broker-certificate", "the certificate for the broker is another's")
    if store.fact("authority") not in (None, certificate.authority):
        raise CommissioningError("authority-other", f"this store belongs to {store.fact('authority')}")
    roots = json.dumps([root.jwk for root in document.roots])
    if store.fact("roots") not in (None, roots):
        raise CommissioningError("roots-other", "the roots are taken once, and these are others")
    with store.transaction():
        store.set("device", certificate.device)
        store.set("authority", certificate.authority)
        store.set("roots", roots)
        _keep_broker(store, document.broker)
        if document.keyset.number > store.number("keyset-number"):
            store.set("keyset", document.keyset.token)
            store.set("keyset-number", document.keyset.number)
        if _is_next(store, document):
            store.set("certificate", certificate.token)


def _is_own(broker: Broker, certificate: Certificate) -> bool:
    """Whether what the device would show the broker names it and holds its key."""
    if broker.certificate is None:
        return True
    try:
        shown = x509.load_pem_x509_certificate(broker.certificate.encode())
    except ValueError:
        return False
    names = [name.value for name in shown.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return names == [certificate.device] and shown.public_key() == certificate.key.verifier()


def _is_next(store: Store, document: Commissioning) -> bool:
    """Whether the document's certificate takes the place of the one held, by the rule for those that come over the wire."""
    known, token = store.fact("certificate"), store.fact("keyset")
    if known is None or token is None:
        return True
    held = recall_certificate(known)
    keyset = verify_keyset(token, roots=document.roots, authority=document.certificate.authority)
    if isinstance(held, Refused) or isinstance(keyset, Refused):
        raise StoreError("store-damaged", "the stored certificate or key set can't be read")
    at = Reading(None, store.number("floor"))
    return not isinstance(renew_certificate(document.certificate.token, held=held, keyset=keyset, at=at), Refused)


def _keep_broker(store: Store, broker: Broker | None) -> None:
    if broker is None:
        store.forget("broker")
    else:
        store.set("broker", json.dumps({name: value for name, value in vars(broker).items() if value is not None}))


def broker_of(store: Store) -> Broker | None:
    """The broker of the last document taken."""
    known = store.fact("broker")
    try:
        return None if known is None else _broker(json.loads(known))
    except (ValueError, TypeError, RefusalError) as fault:
        raise StoreError("store-damaged", "the stored broker can't be read") from fault
