"""A browser's key: its person's, live when a right is asked for with it, and dead by itself once none is left."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from django.test import Client

from beffroi.kernel.grants.actions.browsers import revoke_browser
from beffroi.kernel.grants.actions.holders import enrol_phone, revoke_phone
from beffroi.kernel.grants.factories import HOUR, Residence, browser_of, residence
from beffroi.kernel.grants.models import Grant, GrantState, HolderKey
from beffroi.kernel.grants.queries.refusals import explain
from beffroi.kernel.grants.rules import Refusal, RefusalCode
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_authority
from beffroi.lib.clock import utc_now
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.possession import make_possession

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def here() -> Residence:
    return residence(make_authority("charenton"), now=utc_now())


def refused(answer: Grant | Refusal) -> RefusalCode:
    assert isinstance(answer, Refusal), "it was given"
    assert explain(answer), "every refusal has its words"
    assert Entry.objects.order_by("-number")[0].kind == "grant.refused"
    return answer.code


def test_a_browser_that_is_not_hers_not_live_or_not_there_is_no_key(here: Residence) -> None:
    another = browser_of(here.bob, now=here.now)
    assert refused(here.ask(replace(here.asked(), key=another.pk))) is RefusalCode.NO_KEY
    assert refused(here.ask(replace(here.asked(), key=None))) is RefusalCode.NO_KEY
    later = here.now + 12 * HOUR
    assert refused(here.ask(here.asked(starts=later), later)) is RefusalCode.NO_KEY
    assert revoke_browser(person=here.alice.pk, thumbprint=here.browser.thumbprint, by=None, now=here.now)
    assert refused(here.ask()) is RefusalCode.NO_KEY


def test_a_browsers_key_lives_as_long_as_the_last_right_that_was_given_to_it(here: Residence) -> None:
    later = here.now + 11 * HOUR
    asked = here.asked(starts=later, lasting=12 * HOUR)
    assert isinstance(here.ask(asked, later), Grant)
    assert HolderKey.objects.get(pk=here.browser.pk).expires_at == later + 12 * HOUR
    again = here.now + 13 * HOUR
    assert refused(here.ask(here.asked(starts=again), again)) is RefusalCode.NO_KEY


def test_a_right_far_ahead_is_none_that_a_browsers_key_would_see(here: Residence) -> None:
    ahead = here.now + timedelta(days=2)
    assert refused(here.ask(here.asked(starts=ahead))) is RefusalCode.NO_KEY


def test_a_browser_that_is_left_closes_its_rights(here: Residence) -> None:
    right = here.given()
    assert revoke_browser(person=here.alice.pk, thumbprint=here.browser.thumbprint, by=None, now=here.now)
    assert not revoke_browser(person=here.alice.pk, thumbprint=here.browser.thumbprint, by=None, now=here.now)
    right.refresh_from_db()
    assert (right.state, right.reason) == (GrantState.CLOSED, "key-revoked")


def test_the_seventh_browser_takes_the_place_of_the_first(here: Residence) -> None:
    right = here.given()
    for number in range(1, 7):
        browser_of(here.alice, now=here.now + number * MINUTE)
    right.refresh_from_db()
    assert (right.state, right.reason) == (GrantState.CLOSED, "key-revoked")
    assert HolderKey.objects.filter(person=here.alice, revoked_at=None).count() == 6


def test_a_phone_that_comes_or_goes_leaves_what_a_browser_holds(here: Residence) -> None:
    right = here.given()
    key = holder_key(generate_private_key(SECP256R1()))
    enrol_phone(person=here.alice.pk, key=key, code=None, passkey=True, now=here.now)
    right.refresh_from_db()
    assert right.key == here.browser
    assert revoke_phone(person=here.alice.pk, by=None, now=here.now)
    right.refresh_from_db()
    assert (right.key, right.state) == (here.browser, GrantState.ASKED)


@pytest.fixture
def console(here: Residence) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(here.alice)
    return client


def showed(console: Client, here: Residence, **factor: str) -> None:
    """What allauth writes into the session of somebody who showed a factor."""
    session = console.session
    session["account_authentication_methods"] = [{"at": 0, **factor}]
    session["account_authentication_methods_user"] = str(here.alice.pk)
    session.save()


def enrol(console: Client, key: EllipticCurvePrivateKey) -> tuple[int, dict[str, object]]:
    said = console.post("/api/v1/holder/challenge").json()
    proof = make_possession(audience=said["audience"], nonce=said["nonce"], key=key)
    answer = console.post("/api/v1/holder/keys/browser", {"proof": proof}, content_type="application/json")
    return answer.status_code, answer.json()


@pytest.mark.parametrize("factor", ["totp", "webauthn", "recovery_codes"])
def test_with_a_second_factor_the_browser_is_hers_and_asks_for_twelve_hours(
    here: Residence, console: Client, factor: str
) -> None:
    showed(console, here, method="mfa", type=factor)
    key = generate_private_key(SECP256R1())
    status, said = enrol(console, key)
    row = HolderKey.objects.get(thumbprint=holder_key(key).thumbprint)
    assert (status, said["id"], said["thumbprint"]) == (200, str(row.pk), row.thumbprint)
    assert (row.person, row.carrier) == (here.alice, "browser")
    assert row.expires_at == row.enrolled_at + 12 * HOUR
    until = datetime.fromisoformat(str(said["asks_until"]))
    assert timedelta(0) <= row.expires_at - until < timedelta(milliseconds=1)
    assert HolderKey.objects.filter(person=here.alice, revoked_at=None).count() == 2
    assert Entry.objects.order_by("-number")[0].kind == "browser.enrolled"


@pytest.mark.parametrize("factor", [{"method": "password"}, {"method": "invitation"}, {"method": "code"}])
def test_without_one_it_is_refused_on_the_record(here: Residence, console: Client, factor: dict[str, str]) -> None:
    showed(console, here, **factor)
    status, said = enrol(console, generate_private_key(SECP256R1()))
    assert (status, said["code"]) == (409, "needs-second-factor")
    assert Entry.objects.order_by("-number")[0].kind == "browser.refused"
    assert HolderKey.objects.count() == 1


def test_a_browsers_proof_is_used_once_and_its_key_is_nobody_elses(here: Residence, console: Client) -> None:
    showed(console, here, method="mfa", type="totp")
    key = generate_private_key(SECP256R1())
    said = console.post("/api/v1/holder/challenge").json()
    proof = {"proof": make_possession(audience=said["audience"], nonce=said["nonce"], key=key)}
    answers = [
        console.post("/api/v1/holder/keys/browser", proof, content_type="application/json") for _again in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 409]
    assert answers[1].json()["code"] == "challenge-missing"
    status, again = enrol(console, key)
    assert (status, again["code"]) == (409, "key-known")


def test_nobody_enrols_without_logging_in() -> None:
    answer = Client().post("/api/v1/holder/keys/browser", {"proof": "x.y.z"}, content_type="application/json")
    assert answer.status_code == 401


def test_she_sees_her_browsers_and_takes_one_back(here: Residence, console: Client) -> None:
    right = here.given()
    page = console.get("/browsers/").content.decode()
    assert here.browser.thumbprint[:8] in page
    address = f"/browsers/{here.browser.pk}/revoke/"
    another = Client()
    another.force_login(here.bob)
    assert another.post(address).status_code == 404
    assert console.post(address, follow=True).status_code == 200
    right.refresh_from_db()
    assert (right.state, right.reason) == (GrantState.CLOSED, "key-revoked")
    assert console.post(address).status_code == 404
    assert "No browser holds a key" in console.get("/browsers/").content.decode()


def test_whoever_never_asks_has_no_such_page(here: Residence) -> None:
    client = Client()
    client.force_login(here.bob)
    assert client.get("/browsers/").status_code == 404
