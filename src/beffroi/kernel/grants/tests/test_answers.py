"""A request that waits for its owner: answered once, looked at again, and begun when it is approved. An emergency doesn't wait."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from django.utils.translation import override

from beffroi.kernel.devices.factories import Town, town
from beffroi.kernel.grants.actions.answers import approve_grant, confirm_grant, refuse_grant
from beffroi.kernel.grants.actions.browsers import revoke_browser
from beffroi.kernel.grants.actions.conventions import end_convention, switch_system
from beffroi.kernel.grants.actions.holders import enrol_phone, revoke_phone
from beffroi.kernel.grants.actions.orders import close_grant
from beffroi.kernel.grants.actions.staff import designate, withdraw_designation
from beffroi.kernel.grants.factories import HOUR, SYSTEM, Residence, residence
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import Designation, Grant, GrantState, HolderKey
from beffroi.kernel.grants.queries.parties import owner_for, requests_to_answer
from beffroi.kernel.grants.queries.refusals import explain, explain_declined
from beffroi.kernel.grants.rules import Approval, Declined, Kind, Refusal, RefusalCode
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.factories import make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.jwk import holder_key
from beffroi.web.viewers import viewer_for

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def place(tmp_path: Path) -> Town:
    return town(tmp_path, now=utc_now())


@pytest.fixture
def here(place: Town) -> Residence:
    return residence(place.authority, now=utc_now(), approval=Approval.OWNER)


def approve(here: Residence, right: Grant, *, after: timedelta = MINUTE) -> Grant | Refusal:
    return approve_grant(grant=right, organisation=here.landlord.pk, by=here.bob.pk, now=here.now + after)


def refuse(here: Residence, right: Grant) -> Grant | Refusal:
    return refuse_grant(
        grant=right,
        organisation=here.landlord.pk,
        because=Declined.OTHER_MEANS,
        by=here.bob.pk,
        now=here.now + MINUTE,
    )


def kept(before: int) -> list[tuple[str, str]]:
    """What the entries since then say of answers that did not count: why, and whose; there are no others."""
    entries = list(Entry.objects.order_by("number")[before:])
    assert {entry.kind for entry in entries} <= {"grant.answer-refused"}
    said = [Payload.objects.get(entry=entry.pk).fields for entry in entries]
    return [(fields["reason"]["value"], fields["organisation"]["value"]) for fields in said]


def latest() -> str:
    return Entry.objects.order_by("-number")[0].kind


def test_a_request_waits_and_nothing_is_signed_until_the_owner_approves(place: Town, here: Residence) -> None:
    right = here.given(here.asked(lasting=3 * HOUR))
    assert right.state == GrantState.WAITING
    mint_all(place.store, here.now)
    right.refresh_from_db()
    assert (right.state, right.token) == (GrantState.WAITING, "")
    approved = approve(here, right, after=20 * MINUTE)
    assert isinstance(approved, Grant)
    begins = here.now + 20 * MINUTE
    assert (approved.starts, approved.ends, approved.approved_by) == (begins, begins + 3 * HOUR, here.bob)
    assert set(approved.resources.values_list("starts", "ends")) == {(begins, begins + 3 * HOUR)}
    assert latest() == "grant.approved"
    mint_all(place.store, begins)
    right.refresh_from_db()
    assert right.state == GrantState.MINTED


def test_what_was_asked_for_later_begins_then_and_not_when_it_is_approved(here: Residence) -> None:
    later = here.now + 3 * HOUR
    approved = approve(here, here.given(here.asked(starts=later)))
    assert isinstance(approved, Grant)
    assert approved.starts == later


def test_the_first_answer_stands(here: Residence) -> None:
    right = here.given()
    assert isinstance(approve(here, right), Grant)
    count = Entry.objects.count()
    for answer in (approve(here, right), refuse(here, right)):
        assert answer == Refusal(RefusalCode.ANSWERED)
    assert kept(count) == [("already-answered", str(here.landlord.pk))] * 2


def test_an_owner_says_no_and_why(place: Town, here: Residence) -> None:
    right = here.given()
    declined = refuse(here, right)
    assert isinstance(declined, Grant)
    assert (declined.state, declined.reason) == (GrantState.CLOSED, "owner-refused")
    assert (declined.declined, declined.declined_by) == ("other-means", here.bob)
    assert latest() == "grant.declined"
    with override("en"):
        assert explain_declined(declined) == "The owner said no: there are other means."
    assert approve(here, right) == Refusal(RefusalCode.ANSWERED)
    mint_all(place.store, here.now)
    assert not Grant.objects.exclude(token="").exists()


def test_only_an_owner_answers(here: Residence) -> None:
    right, elsewhere = here.given(), make_organisation("Elsewhere")
    count = Entry.objects.count()
    for other in (here.police, here.prefecture, here.gendarmerie, elsewhere):
        answers = (
            approve_grant(grant=right, organisation=other.pk, by=None, now=here.now),
            refuse_grant(grant=right, organisation=other.pk, because=Declined.OTHER, by=None, now=here.now),
        )
        assert set(answers) == {Refusal(RefusalCode.NOT_A_PARTY)}
    assert [reason for reason, _organisation in kept(count)] == ["not-a-party"] * 8
    assert Grant.objects.get().state == GrantState.WAITING


def test_the_owners_desk_sees_what_waits_and_nobody_else_does(here: Residence) -> None:
    right = here.given()
    stranger = make_member("Charlie", make_organisation("Elsewhere"), Role.DISPATCHER)
    cleaner = make_member("Carl", here.landlord, Role.TECHNICIAN)
    for person in (here.alice, stranger, cleaner):
        viewer = viewer_for(person=person.pk, as_of=here.now)
        assert (list(requests_to_answer(viewer)), owner_for(viewer, right)) == ([], None)
    bob = viewer_for(person=here.bob.pk, as_of=here.now)
    assert (list(requests_to_answer(bob)), owner_for(bob, right)) == ([right], here.landlord.pk)
    approve(here, right)
    assert not requests_to_answer(bob).exists()


def test_an_answer_that_comes_after_the_time_asked_for_gives_nothing(here: Residence) -> None:
    right = here.given()
    count = Entry.objects.count()
    assert approve(here, right, after=2 * HOUR) == Refusal(RefusalCode.WINDOW_PAST)
    assert kept(count) == [("window-past", str(here.landlord.pk))]


def switched_off(here: Residence) -> None:
    switch_system(authority=here.authority.pk, system=SYSTEM, on=False, by=None, now=here.now)


def withdrawn(here: Residence) -> None:
    row = Designation.objects.get()
    Grant.objects.all()
    withdraw_designation(designation=row, by=None, now=here.now)


def cut_short(here: Residence) -> None:
    # The request as asked would have fitted; what begins an hour later does not.
    designate(
        convention=here.convention,
        organisation=here.police.pk,
        person=here.alice.pk,
        approved_until=here.now + 2 * HOUR,
        by=None,
        now=here.now,
    )


def left(here: Residence) -> None:
    revoke_browser(person=here.alice.pk, thumbprint=here.browser.thumbprint, by=None, now=here.now)


def ended(here: Residence) -> None:
    end_convention(convention=here.convention, by=None, now=here.now)


@pytest.mark.parametrize(
    ("happening", "reason"),
    [
        (switched_off, "system-off"),
        (withdrawn, "designation-withdrawn"),
        (cut_short, "approval-expired"),
        (left, "key-revoked"),
        (ended, "convention-ended"),
    ],
)
def test_everything_is_looked_at_again_when_it_is_approved(happening: object, reason: str, here: Residence) -> None:
    right = here.given()
    happening(here)  # type: ignore[operator]  # one of the above
    answer = approve(here, right, after=HOUR)
    assert isinstance(answer, Refusal)
    assert explain(answer)
    right.refresh_from_db()
    assert (right.state, right.reason, right.token) == (GrantState.CLOSED, reason, "")


def test_a_phone_that_comes_does_not_open_what_waits(place: Town, here: Residence) -> None:
    """A new phone has its rights signed again: one that waits for its owner waits on."""
    key = holder_key(generate_private_key(SECP256R1()))
    enrol_phone(person=here.alice.pk, key=key, code=None, passkey=True, now=here.now)
    right = here.given()
    by_phone = here.given(here.asked(at=("street",), by_phone=True))
    another = holder_key(generate_private_key(SECP256R1()))
    enrol_phone(person=here.alice.pk, key=another, code=None, passkey=True, now=here.now)
    mint_all(place.store, here.now)
    assert {row.state for row in Grant.objects.all()} == {GrantState.WAITING}
    by_phone.refresh_from_db()
    right.refresh_from_db()
    assert by_phone.key == HolderKey.objects.get(thumbprint=another.thumbprint)
    assert right.key == here.browser
    revoke_phone(person=here.alice.pk, by=None, now=here.now)
    assert approve(here, by_phone) == Refusal(RefusalCode.NO_KEY)


def test_a_request_that_is_withdrawn_while_it_waits_can_be_approved_no_more(here: Residence) -> None:
    right = here.given()
    assert close_grant(grant=right, reason="ended-by-holder", by=here.alice.pk, now=here.now)
    assert approve(here, right) == Refusal(RefusalCode.ANSWERED)


def test_an_emergency_never_waits_and_is_confirmed_once(place: Town, here: Residence) -> None:
    right = here.given(here.asked(kind=Kind.EMERGENCY))
    mint_all(place.store, here.now)
    right.refresh_from_db()
    assert right.state == GrantState.MINTED
    assert confirm_grant(grant=right, by=here.bob.pk, now=here.now)
    assert latest() == "grant.confirmed"
    assert not confirm_grant(grant=right, by=here.bob.pk, now=here.now)
    right.refresh_from_db()
    assert (right.confirmed_by, right.state) == (here.bob, GrantState.MINTED)


def test_a_request_is_not_something_to_confirm(here: Residence) -> None:
    assert not confirm_grant(grant=here.given(), by=here.bob.pk, now=here.now)
