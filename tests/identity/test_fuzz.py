"""Whatever comes in place of what a provider signs is read or refused, and never believed."""

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.adapters.oidc import tokens
from beffroi.adapters.oidc.errors import (
    ProviderError,
    Unproven,
)
from tests.identity.liar import (
    CLIENT,
    NOW,
    OTHER,
    Claims,
    signed,
)

KEYS = tokens.Keys((("first", "ES256", OTHER),))
WANTED = tokens.Wanted("https://sso.town.example", CLIENT, frozenset({"ES256", "RS256"}), NOW)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CLAIMS = st.dictionaries(
    st.sampled_from(["iss", "aud", "sub", "exp", "iat", "nbf", "nonce", "azp", "events", "sid"]), JSON
)


def refused(token: str) -> None:
    with pytest.raises(Unproven):
        tokens.read_log_in(token, KEYS, WANTED, nonce="n", access_token="a", levels=())
    with pytest.raises(Unproven):
        tokens.read_parting(token, KEYS, WANTED)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.from_regex(r"[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}\.[A-Za-z0-9_-]{0,40}", fullmatch=True),
    )
)
def test_no_text_is_a_proof(text: str) -> None:
    refused(text)


@settings(max_examples=150, deadline=None)
@given(CLAIMS)
def test_no_claims_but_the_right_ones_are_a_proof_though_the_provider_signed_them(claims: Claims) -> None:
    refused(signed(claims, OTHER, kid="first"))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk"]), JSON), st.binary(max_size=40))
def test_no_header_gets_past(header: Claims, tail: bytes) -> None:
    parts = [json.dumps(header).encode(), json.dumps({"sub": "ada"}).encode(), tail]
    refused(".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts))


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), JSON.map(lambda value: json.dumps(value).encode())))
def test_whatever_is_sent_as_keys_or_as_a_person_is_read_or_refused(body: bytes) -> None:
    for read in (
        lambda: tokens.read_keys(body),
        lambda: tokens.read_person(body, KEYS, WANTED, subject="ada", signed=False),
    ):
        try:
            read()
        except ProviderError:
            continue
