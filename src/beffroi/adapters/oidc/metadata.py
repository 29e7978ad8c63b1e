"""What a provider says of itself (Discovery 1.0), once it is looked at."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from beffroi.adapters.oidc.errors import Unclear
from beffroi.adapters.oidc.strict import Object, read_object, text_of, texts_of

# Signed with a key of the provider's own, that nobody else has: a key that both sides hold (HS256) proves nothing of who signed.
ALGORITHMS: Final = frozenset({"ES256", "RS256"})
WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where it is asked what. `says_issuer`: its answers by the browser name it (RFC 9207); `posts`: our secret goes in the body."""

    authorization: str
    token: str
    people: str
    keys: str
    parting: str | None
    algorithms: frozenset[str]
    says_issuer: bool
    posts: bool


def read_metadata(document: bytes, issuer: str) -> Metadata:
    """Raises Unclear."""
    said = read_object(document)
    if text_of(said, "issuer") != issuer:
        raise Unclear("the document is another provider's: BEFFROI_OIDC_ISSUER is not what it calls itself")
    named = texts_of(said, "id_token_signing_alg_values_supported") or ("RS256",)
    algorithms = frozenset((*named, *(texts_of(said, "userinfo_signing_alg_values_supported") or ()))) & ALGORITHMS
    if not algorithms:
        raise Unclear("it signs with neither ES256 nor RS256")
    challenges = texts_of(said, "code_challenge_methods_supported")
    if challenges is not None and "S256" not in challenges:
        raise Unclear("it knows no PKCE with S256")
    methods = texts_of(said, "token_endpoint_auth_methods_supported") or ("client_secret_basic",)
    if not {"client_secret_post", "client_secret_basic"} & set(methods):
        raise Unclear("it takes no client's secret")
    parting = text_of(said, "end_session_endpoint")
    return Metadata(
        authorization=_endpoint(said, "authorization_endpoint"),
        token=_endpoint(said, "token_endpoint"),
        people=_endpoint(said, "userinfo_endpoint"),
        keys=_endpoint(said, "jwks_uri"),
        parting=_endpoint(said, "end_session_endpoint") if parting else None,
        algorithms=algorithms,
        says_issuer=said.get("authorization_response_iss_parameter_supported") is True,
        posts="client_secret_post" in methods,
    )


def _endpoint(said: Object, name: str) -> str:
    """An https address without a fragment or credentials."""
    found = text_of(said, name)
    try:
        parts = urlsplit(found)
        _port = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment:
        raise Unclear(f"{name} isn't an https address")
    return found
