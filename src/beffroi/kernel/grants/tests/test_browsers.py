"""A browser's key: its person's, live when a right is asked for with it, and dead by itself once none is left."""

from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

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
