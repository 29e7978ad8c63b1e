"""Somebody logs in by a provider; a provider that breaks is told apart, and lets nobody in."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from beffroi.adapters.oidc.asking import Asker
from beffroi.adapters.oidc.claims import somebody, subject_of
from beffroi.adapters.oidc.errors import (
    Reason,
    Silent,
    Unclear,
    Untrusted,
    Unwelcome,
)
from beffroi.adapters.oidc.provider import Provider, ProviderSettingError
from tests.certifying import certified
from tests.identity.liar import (
    BACK,
    CLIENT,
    NOW,
    OTHER,
    SECRET,
    Claims,
    Liar,
    always,
    changing,
    log_in,
    reason,
    signed,
    signing,
)


def test_somebody_logs_in_and_says_who_they_are(liar: Liar, asker: Asker) -> None:
    liar.person |= {"given_name": "Ada", "family_name": "Vauban", "groups": ["police", "agents"]}
    found = log_in(liar, asker)
    assert found.somebody.subject == subject_of(liar.issuer, "ada") != subject_of("https://elsewhere", "ada")
    assert (found.somebody.email, found.somebody.name) == ("ada@town.example", "Ada Vauban")
    assert (found.somebody.groups, found.somebody.sid) == (frozenset({"police", "agents"}), "one")
    assert liar.forms[0]["client_secret"] == SECRET
    assert liar.asked == ["openid-configuration", "token", "keys", "person"]
    assert SECRET not in repr(asker)
    assert found.proof not in repr(found)


def test_the_browser_is_sent_with_what_the_protocol_asks_and_without_our_secret(liar: Liar) -> None:
    address, attempt = Asker(liar.provider(levels=("eidas2",))).begin(BACK, NOW, afresh=True)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert (asked["response_type"], asked["redirect_uri"], asked["scope"]) == (
        ["code"],
        [BACK],
        ["openid profile email"],
    )
    assert (asked["acr_values"], asked["prompt"]) == (["eidas2"], ["login"])
    assert attempt.verifier not in address
    assert SECRET not in address
    assert len({attempt.state, attempt.nonce, attempt.verifier}) == 3
    assert min(len(each) for each in (attempt.state, attempt.nonce, attempt.verifier)) >= 43
    town = Asker(liar.provider(kind="proconnect", levels=("eidas2", "eidas3")))
    asked = parse_qs(urlsplit(town.begin(BACK, NOW)[0]).query)
    assert asked["scope"] == ["openid given_name usual_name email siret uid"]
    assert json.loads(asked["claims"][0])["id_token"]["acr"]["values"] == ["eidas2", "eidas3"]
    assert "acr_values" not in asked


def test_proconnect_signs_what_it_says_of_people(liar: Liar) -> None:
    liar.person = {
        "sub": "ada",
        "given_name": "Ada",
        "usual_name": "Vauban",
        "siret": "21770284400015",
        "email": "a@b.fr",
    }
    town = Asker(liar.provider(kind="proconnect", name=""))
    assert reason(lambda: log_in(liar, town)) == Reason.LEVEL, "it says of which level the log-in was"
    liar.proof = lambda honest: honest | {"acr": "eidas1"}
    assert reason(lambda: log_in(liar, town)) == Reason.UNSIGNED
    moment = int(NOW.timestamp())
    about: Claims = {"iss": liar.issuer, "aud": CLIENT, "iat": moment, "exp": moment + 60}
    liar.told = signing(liar, about)
    found = log_in(liar, town).somebody
    assert (found.name, found.groups) == ("Ada Vauban", frozenset({"21770284400015"}))
    assert found.email == "", "nothing says that the address is theirs"
    trusting = Asker(liar.provider(kind="proconnect", domains=("b.fr",)))
    assert log_in(liar, trusting).somebody.email == "a@b.fr"
    for changed in ({"aud": "another"}, {"iss": "https://elsewhere"}, {"sub": "bob"}, {"exp": moment - 3600}):
        liar.told = signing(liar, about | changed)
        assert reason(lambda: log_in(liar, town)) != "believed", changed
    liar.told = lambda person: signed(person | about, OTHER, kid=liar.kid)
    assert reason(lambda: log_in(liar, town)) == Reason.SIGNATURE


def test_a_document_that_is_not_the_providers_own_is_refused(liar: Liar) -> None:
    for changed in (
        {"issuer": "https://elsewhere.example"},
        {"issuer": None},
        {"token_endpoint": "http://localhost/token"},
        {"token_endpoint": ""},
        {"jwks_uri": "https://user:word@localhost/keys"},
        {"userinfo_endpoint": "https://localhost:port/person"},
        {"end_session_endpoint": "javascript:alert(1)"},
        {"id_token_signing_alg_values_supported": ["HS256", "none"]},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint_auth_methods_supported": ["private_key_jwt"]},
    ):
        liar.document = changing(changed)
        assert reason(lambda: Asker(liar.provider()).begin(BACK, NOW)) == Unclear.code, changed
    for text in ("[]", "{", '{"issuer": 1, "issuer": 2}', "{" * 10_000, '{"a":' * 3000 + "1" + "}" * 3000):
        liar.document = always(text)
        assert reason(lambda: Asker(liar.provider()).begin(BACK, NOW)) == Unclear.code, text[:20]


def test_a_provider_that_breaks_is_told_apart(liar: Liar, tmp_path: Path) -> None:
    def tried(**changed: Any) -> Reason | str:
        return reason(lambda: log_in(liar, Asker(liar.provider(**changed))))

    assert tried(secret="not ours") == Unwelcome.code
    for where in ("openid-configuration", "keys", "token", "person"):
        liar.bytes_more = {where: 200_000}
        assert tried() == Unclear.code, "nobody needs to say so much"
        liar.bytes_more, liar.sent_elsewhere = {}, {where}
        assert tried() == Unclear.code, "a redirection isn't followed"
        liar.sent_elsewhere, liar.status = set(), {where: 503}
        assert tried() == Silent.code
        liar.status = {}
    (tmp_path / "ca.pem").write_bytes(certified("Another authority").pem)
    assert tried(ca=str(tmp_path / "ca.pem")) == Untrusted.code
    assert tried(issuer=liar.issuer.replace("localhost", "127.0.0.1")) == Untrusted.code, "the certificate has a name"


def test_a_provider_that_says_nothing_more_is_left(liar: Liar) -> None:
    liar.stuck = {"openid-configuration"}
    hasty = Provider(**{name: getattr(liar.provider(), name) for name in Provider.__slots__} | {"seconds": 0.2})
    assert reason(lambda: Asker(hasty).begin(BACK, NOW)) == Silent.code
    busy = Asker(liar.provider())
    for _each in range(8):
        busy._places.acquire()
    asked = len(liar.asked)
    assert reason(lambda: busy.begin(BACK, NOW)) == Silent.code
    assert len(liar.asked) == asked, "who comes after eight who wait is told so, and doesn't wait"


def test_a_document_does_not_send_us_into_our_own_network(liar: Liar) -> None:
    liar.document = lambda honest: honest | {"jwks_uri": "https://127.0.0.1/keys"}
    assert reason(lambda: log_in(liar, Asker(liar.provider()))) == Unclear.code


def test_who_somebody_is_by_each_kind_of_provider(liar: Liar) -> None:
    entra, standard = liar.provider(kind="entra"), liar.provider(domains=("town.example",))

    def said(provider: Provider, **person: Any) -> Any:
        return somebody(provider, {"sub": "ada"}, person)

    assert said(entra, groups=["g-1"]).groups == frozenset({"g-1"})
    assert said(entra).groups == frozenset(), "Microsoft leaves out an empty list"
    assert said(entra, _claim_names={"groups": "src1"}).groups is None, "too many to send isn't none"
    assert said(entra, hasgroups="true").groups is None
    assert said(standard).groups is None, "a mapper that was taken away isn't the end of everybody's roles"
    assert said(standard, groups=[]).groups == frozenset()
    assert said(standard, groups=[1]).groups is None
    assert said(standard, email="Ada@Town.example").email == "ada@town.example"
    assert said(standard, email="ada@town.example", email_verified=False).email == ""
    assert said(standard, email="ada@elsewhere.example").email == ""
    assert said(standard, email="ada@elsewhere.example", email_verified="yes").email == ""
    assert said(standard, email="a@elsewhere.example@town.example").email == ""
    assert said(entra, email="ada@elsewhere.example", xms_edov=1).email == "ada@elsewhere.example"
    assert said(standard, name="Ada\n\u202eVauban").name == "AdaVauban"


def test_settings_that_would_not_be_safe_are_refused_in_words(liar: Liar) -> None:
    for changed, words in (
        ({"issuer": "http://sso.town.example"}, "https"),
        ({"issuer": "https://ada:word@sso.town.example"}, "https"),
        ({"issuer": "https://sso.town.example/?realm=1"}, "https"),
        ({"secret": ""}, "BEFFROI_OIDC_CLIENT_SECRET"),
        ({"name": ""}, "BEFFROI_OIDC_NAME"),
        ({"name": "x" * 41}, "40"),
        ({"scopes": "profile"}, "openid"),
        ({"domains": ("@town",)}, "BEFFROI_OIDC_DOMAINS"),
        ({"ca": "/nowhere/ca.pem"}, "no file"),
    ):
        with pytest.raises(ProviderSettingError, match=words):
            liar.provider(**changed)
