"""Vectors of the text itself: strict JSON, keys, frames."""

import json
from collections.abc import Iterator

from beffroi.protocol.v1.members import encode_bytes
from tests.protocol.protocol_world import GATE, NONCE, holder
from tests.protocol.vector_forge import Json, Vector

GOOD_TEXTS: dict[str, Json] = {
    "{}": {},
    "[]": [],
    '{"a":1,"b":[true,false,null]}': {"a": 1, "b": [True, False, None]},
    "9007199254740991": 9007199254740991,
    "-9007199254740991": -9007199254740991,
    '"é\\n\\u0001\\"\\\\/"': 'é\n\u0001"\\/',
    '"\U0001f512"': "\U0001f512",
    "[[[[[[[[]]]]]]]]": [[[[[[[[]]]]]]]],
}
BAD_TEXTS: dict[str, tuple[bytes, str]] = {
    "member twice": (b'{"a":1,"a":1}', "json-duplicate"),
    "member twice, deep inside": (b'{"a":{"b":[{"c":1,"c":2}]}}', "json-duplicate"),
    "member twice, once by an escape": (b'{"a":1,"\\u0061":2}', "json-duplicate"),
    "empty": (b"", "json-syntax"),
    "byte order mark": (b"\xef\xbb\xbf{}", "json-syntax"),
    "trailing comma": (b'{"a":1,}', "json-syntax"),
    "single quotes": (b"{'a':1}", "json-syntax"),
    "NaN": (b'{"a":NaN}', "json-syntax"),
    "Infinity": (b"[-Infinity]", "json-syntax"),
    "two values": (b"{}{}", "json-syntax"),
    "control character in a string": (b'"a\nb"', "json-syntax"),
    "comment": (b"{}//", "json-syntax"),
    "leading zero": (b"[01]", "json-syntax"),
    "unclosed": (b'{"a":[1', "json-syntax"),
    "not UTF-8": (b'"\xff"', "json-utf8"),
    "overlong UTF-8": (b'"\xc0\xaf"', "json-utf8"),
    "UTF-8 surrogate": (b'"\xed\xa0\x80"', "json-utf8"),
    "half a pair, high": (b'"\\ud83d"', "json-string"),
    "half a pair, low": (b'{"a":"\\udd12"}', "json-string"),
    "fraction": (b"[1.5]", "json-number"),
    "integer with a fraction": (b"[1.0]", "json-number"),
    "exponent": (b"[1e3]", "json-number"),
    "2 to the 53": (b"[9007199254740992]", "json-number"),
    "minus 2 to the 53": (b"[-9007199254740992]", "json-number"),
    "huge exponent": (b"[1e999]", "json-number"),
    "nine levels": (b"[[[[[[[[[]]]]]]]]]", "json-depth"),
    "space": (b'{"a": 1}', "json-canonical"),
    "newline at the end": (b"{}\n", "json-canonical"),
    "members out of order": (b'{"b":1,"a":2}', "json-canonical"),
    "needless escape": (b'"\\u0061"', "json-canonical"),
    "escaped slash": (b'"\\/"', "json-canonical"),
    "upper-case escape": (b'"\\u001F"', "json-canonical"),
    "minus zero": (b"[-0]", "json-canonical"),
    "pair as escapes": (b'"\\ud83d\\udd12"', "json-canonical"),
}


def json_vectors() -> Iterator[Vector]:
    """Strict JSON, as bytes in hexadecimal."""
    for text, value in GOOD_TEXTS.items():
        yield Vector("json", f"canonical: {text[:40]}", {"hex": text.encode().hex()}, None, {"value": value})
    for name, (data, reason) in BAD_TEXTS.items():
        yield Vector("json", name, {"hex": data.hex()}, reason)
    yield Vector("json", "longer than its place", {"hex": (b'"' + b"a" * 63 + b'"').hex(), "limit": 64}, "json-size")


def key_vectors() -> Iterator[Vector]:
    """P-256 JWKs and their thumbprints."""
    key = holder("technician")
    # RFC 7638 gives no P-256 example; this is the public key of RFC 7515 appendix A.3, whose thumbprint others publish too.
    published = {
        "crv": "P-256",
        "kty": "EC",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    }
    yield Vector(
        "jwk", "RFC 7515 A.3", {"jwk": published}, None, {"thumbprint": "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"}
    )
    yield Vector("jwk", "the technician's", {"jwk": key.jwk}, None, {"thumbprint": key.thumbprint})
    wrong = {
        "off the curve": {**key.jwk, "y": key.x},
        "zero": {**key.jwk, "x": encode_bytes(bytes(32)), "y": encode_bytes(bytes(32))},
        "another curve": {**key.jwk, "crv": "P-384"},
        "a private member": {**key.jwk, "d": key.x},
        "a member too many": {**key.jwk, "alg": "ES256"},
        "no y": {name: value for name, value in key.jwk.items() if name != "y"},
        "31 bytes": {**key.jwk, "x": encode_bytes(bytes(31))},
        "unused bits set": {**key.jwk, "x": key.x[:-1] + "B"},
        "not a string": {**key.jwk, "x": 7},
    }
    for name, jwk in wrong.items():
        yield Vector("jwk", name, {"jwk": jwk}, "key-form")


def _said(body: dict[str, Json]) -> str:
    """A frame's name, and what sets it apart from others of its kind."""
    return " ".join((body["f"], *(name for name in ("sources", "sealing") if name in body)))


def _frame(body: dict[str, Json]) -> dict[str, Json]:
    return {"text": json.dumps(body, sort_keys=True, separators=(",", ":"))}


def good_frames() -> Iterator[Vector]:
    """Frames that are read, as text."""
    good: list[dict[str, Json]] = [
        {"f": "hello", "ver": 1},
        {"f": "challenge-request", "ver": 1, "gate": GATE},
        {"f": "challenge", "challenge": "a.b.c"},
        {"f": "ask", "device": GATE, "keyset": 7, "revocations": [7, 12], "nonce": NONCE},
        {
            "f": "ask",
            "certificate": 1,
            "device": GATE,
            "keyset": 7,
            "revocations": [7, 12],
            "sealing": "a.b.c",
            "sources": [7, 3],
        },
        {"f": "carry-down", "stamp": "a.b.c"},
        {"f": "carry-down", "sources": "a.b.c"},
        {"f": "carried", "sources": "sources-not-newer"},
        {"f": "beat", "beat": "a.b.c"},
        {"f": "carried", "stamp": "taken", "keyset": "keyset-not-newer"},
        {"f": "carry-up", "sealed": [], "last": 0},
        {"f": "refused", "reason": "not-touched"},
    ]
    for body in good:
        yield Vector("frame", _said(body), _frame(body), None, {"f": body["f"]})


def bad_frames() -> Iterator[Vector]:
    """Frames that are refused."""
    digest = encode_bytes(bytes(32))
    bad: list[tuple[str, dict[str, Json], str]] = [
        ("unknown kind", {"f": "open-sesame"}, "frame-type"),
        ("no kind", {"ver": 1}, "frame-type"),
        ("kind not a string", {"f": ["hello"], "ver": 1}, "frame-type"),
        ("longer than an exchange frame", {"f": "challenge", "challenge": "a" * 8192}, "frame-size"),
        ("member too many", {"f": "hello", "ver": 1, "downgrade": 0}, "member-unknown"),
        ("no version", {"f": "hello"}, "member-missing"),
        ("version not a number", {"f": "hello", "ver": "1"}, "member-value"),
        ("version true", {"f": "hello", "ver": True}, "member-value"),
        ("gate with a capital", {"f": "challenge-request", "ver": 1, "gate": "A"}, "member-value"),
        ("gate with a trailing newline", {"f": "challenge-request", "ver": 1, "gate": "a\n"}, "member-value"),
        ("nothing carried", {"f": "carry-down"}, "member-missing"),
        ("unknown reason", {"f": "refused", "reason": "because"}, "member-value"),
        (
            "a list's order of three",
            {"f": "ask", "device": GATE, "keyset": 7, "revocations": [7, 1, 2]},
            "member-value",
        ),
        ("a beat of two", {"f": "beat", "beat": ["a.b.c"]}, "member-value"),
        (
            "sources without a number",
            {"f": "ask", "device": GATE, "keyset": 7, "revocations": [7, 1], "sources": [7]},
            "member-value",
        ),
        ("two sealed batches", {"f": "carry-up", "sealed": ["a", "b"], "last": 2}, "member-value"),
        (
            "a proof of 63 bytes",
            {
                "f": "response",
                "ver": 1,
                "gate": GATE,
                "challenge": digest,
                "action": "open",
                "chain": "a",
                "proof": "A" * 84,
            },
            "member-value",
        ),
    ]
    for name, body, reason in bad:
        yield Vector("frame", name, _frame(body), reason)


def vectors() -> Iterator[Vector]:
    """All of them."""
    yield from json_vectors()
    yield from key_vectors()
    yield from good_frames()
    yield from bad_frames()
