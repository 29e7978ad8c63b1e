"""A request for images: asked by somebody designated, within what the convention says of purposes, places and durations."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import override

from beffroi.kernel.grants.actions.conventions import Manner, end_convention, sign_convention
from beffroi.kernel.grants.errors import ConventionInvalid
from beffroi.kernel.grants.factories import HOUR, Residence, browser_of, purposes, residence
from beffroi.kernel.grants.models import Convention, Grant, GrantState
from beffroi.kernel.grants.queries import visible_grants
from beffroi.kernel.grants.queries.refusals import explain
from beffroi.kernel.grants.rules import Approval, Capacity, Kind, Party, Refusal, RefusalCode, surely
from beffroi.kernel.register.models import Entry, Payload
from beffroi.kernel.territory.factories import make_authority, make_member, make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action
from beffroi.web.viewers import viewer_for

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


def test_what_the_convention_admits_is_given_to_her_browser(here: Residence) -> None:
    right = here.given(here.asked(at=("hall", "parking"), purpose="occupation", receiving=here.gendarmerie))
    assert (right.state, right.kind, right.key) == (GrantState.ASKED, "request", here.browser)
    assert right.receiving == here.gendarmerie
    assert right.ends - right.starts == 2 * HOUR
    assert Entry.objects.order_by("-number")[0].kind == "grant.asked"


def test_unless_said_otherwise_the_images_are_for_the_service_that_asks(here: Residence) -> None:
    assert here.given().receiving == here.police


@pytest.mark.parametrize(
    ("lasting", "code"),
    [
        (2 * HOUR - MINUTE, RefusalCode.TOO_SHORT),
        (2 * HOUR, None),
        (12 * HOUR, None),
        (12 * HOUR + MINUTE, RefusalCode.TOO_LONG),
    ],
)
@pytest.mark.parametrize("kind", [Kind.REQUEST, Kind.EMERGENCY])
def test_the_bounds_of_charenton_hold_to_the_minute(
    here: Residence, kind: Kind, lasting: timedelta, code: RefusalCode | None
) -> None:
    answer = here.ask(here.asked(kind=kind, lasting=lasting))
    assert (refused(answer) if code else answer.ends - answer.starts) == (code or lasting)  # type: ignore[union-attr]  # given


def test_twelve_hours_are_the_databases_own_ceiling(here: Residence) -> None:
    right = here.given(here.asked(lasting=12 * HOUR))
    right.ends += MINUTE
    with pytest.raises(IntegrityError, match="grant_request_half_a_day"):
        save_as_it_is(grant=right, by=None)


def test_no_purpose_admits_more_either(here: Residence) -> None:
    with override("en"), pytest.raises(ValidationError, match="12 hours"):
        signed(here, most=12 * HOUR + MINUTE)


@kernel_action
def save_as_it_is(*, grant: Grant, by: None) -> None:
    """What an action that checked nothing would do; its convention's own ceiling is out of the way."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        grant.most *= 2
        grant.save()


def signed(here: Residence, *, most: timedelta = 12 * HOUR, days: int = 365, **more: object) -> Convention:
    said = {"parties": [Party(here.police.pk, Capacity.ASKS)], "manner": Manner(years=1), **more}
    return surely(
        sign_convention(
            authority=here.authority.pk,
            partner=here.landlord.pk,
            system="images",
            title="Another",
            valid_from=here.now,
            valid_until=here.now + timedelta(days=days),
            purposes=purposes(HOUR, most),
            transports=said.pop("transports", ("network",)),  # type: ignore[arg-type]  # a test's own words
            list_age=timedelta(minutes=15),
            list_old=said.pop("list_old", "refuse"),  # type: ignore[arg-type]  # as above
            time_unknown="refuse",
            by=None,
            now=here.now,
            **said,  # type: ignore[arg-type]  # as above
        )
    )


def test_a_convention_goes_over_a_network_alone_or_not_at_all(here: Residence) -> None:
    with override("en"), pytest.raises(ValidationError, match="convention_transports"):
        signed(here, transports=("local", "network"))


def test_over_a_network_no_convention_lets_a_gate_that_does_not_know_go_on(here: Residence) -> None:
    with pytest.raises(ConventionInvalid):
        signed(here, list_old="flag")


def test_an_owner_that_approves_is_a_party(here: Residence) -> None:
    with pytest.raises(ConventionInvalid):
        signed(here, manner=Manner(Approval.OWNER))


def test_a_purpose_that_the_convention_does_not_name_is_refused(here: Residence) -> None:
    assert refused(here.ask(here.asked(purpose="curiosity"))) is RefusalCode.PURPOSE_NOT_ADMITTED
    assert refused(here.ask(here.asked(kind=Kind.WORK_ORDER))) is RefusalCode.PURPOSE_NOT_ADMITTED


def test_a_purpose_is_for_its_kinds_of_place(here: Residence) -> None:
    assert refused(here.ask(here.asked(purpose="occupation", at=("street",)))) is RefusalCode.PURPOSE_NOT_HERE
    assert refused(here.ask(here.asked(purpose="occupation", at=("hall", "street")))) is RefusalCode.PURPOSE_NOT_HERE
    here.given(here.asked(purpose="theft", at=("hall", "street")))


def test_a_camera_outside_the_convention_is_refused(here: Residence) -> None:
    inside = here.cameras["hall"]
    assert refused(here.ask(here.asked(resources=[uuid4()]))) is RefusalCode.RESOURCE_OUTSIDE
    assert refused(here.ask(here.asked(resources=[inside, uuid4()]))) is RefusalCode.RESOURCE_OUTSIDE


def test_only_a_party_that_asks_may(here: Residence) -> None:
    for other in (here.landlord, here.prefecture, here.gendarmerie):
        assert refused(here.ask(replace(here.asked(), organisation=other.pk))) is RefusalCode.NOT_A_PARTY


def test_only_services_that_the_convention_names_receive(here: Residence) -> None:
    asked = here.asked(receiving=make_organisation("Somebody else"))
    assert refused(here.ask(asked)) is RefusalCode.RECEIVING_OUTSIDE


def test_several_officers_may_look_at_one_camera_at_a_time(here: Residence) -> None:
    here.given()
    here.given()


def test_an_ended_convention_closes_its_requests_and_admits_no_more(here: Residence) -> None:
    right = here.given()
    assert end_convention(convention=here.convention, by=None, now=here.now) == 1
    right.refresh_from_db()
    assert (right.state, right.reason) == (GrantState.CLOSED, "convention-ended")
    assert refused(here.ask()) is RefusalCode.CONVENTION_NOT_IN_FORCE


def test_no_request_outlasts_the_convention(here: Residence) -> None:
    later = here.convention.valid_until - HOUR
    browser = browser_of(here.alice, now=later)
    asked = replace(here.asked(starts=later), key=browser.pk)
    assert refused(here.ask(asked, later)) is RefusalCode.CONVENTION_NOT_IN_FORCE


def test_those_whom_it_binds_see_what_is_theirs(here: Residence) -> None:
    right = here.given()
    charlie = make_member("Charlie", make_organisation("Elsewhere"), Role.DISPATCHER)
    agent = make_member("Agathe", here.authority.organisation, Role.AGENT)
    prefect = make_member("Paul", here.prefecture, Role.DISPATCHER)
    seen = {
        person.name: list(visible_grants(viewer_for(person=person.pk, as_of=here.now))) == [right]
        for person in (here.alice, here.bob, agent, charlie, prefect)
    }
    assert seen == {
        here.alice.name: True,
        here.bob.name: True,
        agent.name: True,
        charlie.name: False,
        prefect.name: False,
    }


def test_the_register_says_what_was_asked_and_of_whom_it_is(here: Residence) -> None:
    right = here.given(here.asked(receiving=here.gendarmerie))
    entry = Entry.objects.get(kind="grant.asked")
    fields = Payload.objects.get(entry=entry.pk).fields
    said = {name: pair["value"] for name, pair in fields.items()}
    assert (said["kind"], said["purpose"], said["receiving"]) == ("request", "theft", str(here.gendarmerie.pk))
    assert said["person"] == str(right.holder_id)
