"""An independent library reads every token we make, and we read the ones it makes."""

import json
from collections.abc import Callable

import pytest
from joserfc import jwe, jws
from joserfc.jwk import ECKey, OKPKey
from joserfc.registry import HeaderParameter

from beffroi.protocol.v1.beat import Beat, make_beat
from beffroi.protocol.v1.certificate import make_device_request, verify_certificate
from beffroi.protocol.v1.chain import Chain, hash_of, verify_chain
from beffroi.protocol.v1.errors import Refused, expect
from beffroi.protocol.v1.event import make_event
from beffroi.protocol.v1.events import NO_HASH, PLACE, make_batch
from beffroi.protocol.v1.exchange import Result, make_result, verify_challenge
from beffroi.protocol.v1.jwk import octet_key
from beffroi.protocol.v1.keyset import Reading, Use
from beffroi.protocol.v1.members import encode_bytes
from beffroi.protocol.v1.messages import Command, Receipt, make_command, make_receipt
from beffroi.protocol.v1.possession import make_possession, verify_possession
from beffroi.protocol.v1.sealing import open_batch, seal_batch
from beffroi.protocol.v1.sources import (
    CONTENT,
    Source,
    SourceList,
    make_sealing_key,
    make_source_list,
    seal_sources,
    verify_sealing_key,
)
from beffroi.protocol.v1.stamp import make_master_stamp, make_stamp
from beffroi.protocol.v1.strictjson import canonical
from tests.protocol.protocol_world import (
    AUTHORITY,
    CAMERAS,
    GATE,
    NONCE,
    NOW,
    RELAY,
    World,
    holder,
    kid,
    person_key,
    sealing_key,
    set_keys,
    signing_key,
)

WORLD = World()
REGISTRY = jws.JWSRegistry({"typ": HeaderParameter("Type", "str")}, ["Ed25519", "ES256"])


def okp(private: object) -> OKPKey:
    """An Ed25519 or X25519 key of ours, as joserfc holds it."""
    raw = private.private_bytes_raw()  # type: ignore[attr-defined]  # reason: both classes have it
    public = octet_key(private)  # type: ignore[arg-type]  # reason: as above
    return OKPKey.import_key({**public.jwk, "d": encode_bytes(raw)})


def ec(name: str) -> ECKey:
    """A holder's key, as joserfc holds it."""
    value = person_key(name).private_numbers().private_value.to_bytes(32, "big")
    return ECKey.import_key({**holder(name).jwk, "d": encode_bytes(value)})


def signer(use: Use) -> OKPKey:
    """A key of the set."""
    return okp(signing_key(kid(use)))


def sealing_key_token() -> str:
    """The relay says to which key it is sealed."""
    return make_sealing_key(device=RELAY, issued=NOW, sealing=sealing_key("relay sealing"), key=WORLD.relay)


def sealed_sources() -> str:
    """One camera, sealed to the relay."""
    to = expect(verify_sealing_key(sealing_key_token(), certificate=WORLD.relay_certificate()))
    source = Source(CAMERAS[0], "Hall A", "rtsp://10.0.3.12/1", "relais", "Tilleul-7")
    return seal_sources([source], recipient=to, ephemeral=sealing_key("once"), iv=bytes(range(12)))


def tokens() -> dict[str, tuple[str, OKPKey | ECKey]]:
    """One token of each kind, with the key that signed it."""
    message, chain = (
        {"kid": kid(Use.SERVER_MESSAGE), "signer": signing_key(kid(Use.SERVER_MESSAGE))},
        WORLD.chain().split("~"),
    )
    stamp_key = signing_key(kid(Use.STAMP))
    events = [make_event("opened", time=NOW, uptime=1)]
    receipt = Receipt(GATE, NOW, 0, NO_HASH, ())
    command = Command(GATE, "c-1", "report", (), NOW, NOW + 60, 7, 1)
    listed = make_source_list(
        SourceList(RELAY, 7, 1, NOW, CAMERAS[:1], sealed_sources()),
        kid=kid(Use.SERVER_MESSAGE),
        signer=signing_key(kid(Use.SERVER_MESSAGE)),
    )
    result = Result(GATE, NONCE, "admitted", (), NOW, 1, 1)
    return {
        "keyset": (WORLD.keyset_token(), okp(WORLD.root)),
        "certificate": (WORLD.certificate_token(), signer(Use.DEVICE_CERTIFICATE)),
        "device-request": (
            make_device_request(device=GATE, kind="lock", issued=None, key=WORLD.device),
            okp(WORLD.device),
        ),
        "grant": (chain[0], signer(Use.CAPABILITY)),
        "link": (chain[1], ec("operator")),
        "last link": (chain[3], ec("subcontractor")),
        "revocation": (WORLD.revocation_token(), signer(Use.REVOCATION)),
        "stamp": (make_stamp(authority=AUTHORITY, time=NOW, kid=kid(Use.STAMP), signer=stamp_key), signer(Use.STAMP)),
        "master-stamp": (
            make_master_stamp(authority=AUTHORITY, time=NOW, root=WORLD.root, device=GATE, nonce=NONCE),
            okp(WORLD.root),
        ),
        "challenge": (WORLD.exchange()[1].token, okp(WORLD.device)),
        "result": (make_result(result, key=WORLD.device), okp(WORLD.device)),
        "events": (
            make_batch(device=GATE, boot=1, first=1, previous=NO_HASH, events=events, key=WORLD.device),
            okp(WORLD.device),
        ),
        "receipt": (make_receipt(receipt, **message), signer(Use.SERVER_MESSAGE)),  # type: ignore[arg-type]  # reason: a dictionary of two types
        "command": (make_command(command, **message), signer(Use.SERVER_MESSAGE)),  # type: ignore[arg-type]  # reason: as above
        "beat": (make_beat(Beat(RELAY, 1, 1, NOW, 5, (NONCE,)), key=WORLD.relay), okp(WORLD.relay)),
        "sealing-key": (sealing_key_token(), okp(WORLD.relay)),
        "sources": (listed, signer(Use.SERVER_MESSAGE)),
        "possession": (make_possession(audience="https://a", nonce="n", key=person_key("visitor")), ec("visitor")),
    }


TOKENS = tokens()


@pytest.mark.parametrize("name", TOKENS)
def test_joserfc_reads_ours(name: str) -> None:
    token, key = TOKENS[name]
    read = jws.deserialize_compact(token, key, registry=REGISTRY)
    assert canonical(json.loads(read.payload)) == read.payload
    assert canonical(read.headers()) == canonical(json.loads(canonical(read.headers())))


def test_every_kind_is_there() -> None:
    headers = [jws.extract_compact(token.encode()).headers()["typ"] for token, _ in TOKENS.values()]
    assert len(set(headers)) == 17


def rewritten(token: str, key: OKPKey | ECKey) -> str:
    """The same header and payload, signed by joserfc."""
    read = jws.extract_compact(token.encode())
    return jws.serialize_compact(read.headers(), read.payload, key, registry=REGISTRY)


def test_we_read_what_joserfc_signs() -> None:
    readers: dict[str, Callable[[str], object]] = {
        "certificate": lambda token: verify_certificate(token, keyset=WORLD.keyset(), at=Reading(NOW)),
        "challenge": lambda token: verify_challenge(token, certificate=WORLD.certificate(), gate=GATE),
        "grant": lambda token: verify_chain(token, keyset=WORLD.keyset(), at=Reading(NOW)),
        "possession": lambda token: verify_possession(token, audience="https://a", nonce="n"),
    }
    for name, read in readers.items():
        assert not isinstance(read(rewritten(*TOKENS[name])), Refused), name


def test_we_read_a_chain_whose_links_joserfc_signs() -> None:
    grant = WORLD.grant()
    payload = {"cnf": {"jwk": holder("carrier").jwk}, "dep": 4, "par": hash_of(grant)}
    link = jws.serialize_compact(
        {"alg": "ES256", "typ": "beffroi-link+jwt"}, canonical(payload), ec("operator"), registry=REGISTRY
    )
    chain = expect(verify_chain(f"{grant}~{link}", keyset=WORLD.keyset(), at=Reading(NOW)))
    assert isinstance(chain, Chain)
    assert chain.holders == (holder("operator").thumbprint, holder("carrier").thumbprint)


def test_thumbprints_agree() -> None:
    assert ec("visitor").thumbprint() == holder("visitor").thumbprint
    assert okp(WORLD.root).thumbprint() == octet_key(WORLD.root).thumbprint


def recipient() -> OKPKey:
    """The server's first event-encryption key."""
    return okp(sealing_key(kid(Use.EVENT_ENCRYPTION)))


JWE_REGISTRY = jwe.JWERegistry(
    {"typ": HeaderParameter("Type", "str"), "cty": HeaderParameter("Content type", "str")}, ["ECDH-ES", "A256GCM"]
)


def test_joserfc_opens_what_we_seal() -> None:
    batch = TOKENS["events"][0]
    key = next(key for key in set_keys() if key.kid == kid(Use.EVENT_ENCRYPTION))
    sealed = seal_batch(batch, recipient=key, ephemeral=sealing_key("once"), iv=bytes(range(12)))
    opened = jwe.decrypt_compact(sealed, recipient(), registry=JWE_REGISTRY)
    assert opened.plaintext == batch.encode()


def test_joserfc_opens_the_sources_that_we_seal() -> None:
    opened = jwe.decrypt_compact(sealed_sources(), okp(sealing_key("relay sealing")), registry=JWE_REGISTRY)
    assert opened.headers()["cty"] == CONTENT
    assert json.loads(opened.plaintext or b"")["gates"][0]["password"] == "Tilleul-7"


def test_we_open_what_joserfc_seals(monkeypatch: pytest.MonkeyPatch) -> None:
    """joserfc derives, encrypts and signs the header; only its spelling of the header is made canonical."""
    batch = TOKENS["events"][0]
    monkeypatch.setattr("joserfc._rfc7516.message.json_b64encode", lambda data: encode_bytes(canonical(data)).encode())
    header = {
        "alg": "ECDH-ES",
        "cty": PLACE.typ,
        "enc": "A256GCM",
        "kid": kid(Use.EVENT_ENCRYPTION),
        "typ": "beffroi-sealed+jwe",
    }
    sealed = jwe.encrypt_compact(header, batch, recipient(), registry=JWE_REGISTRY)
    assert open_batch(sealed, keys={kid(Use.EVENT_ENCRYPTION): sealing_key(kid(Use.EVENT_ENCRYPTION))}) == batch
