"""Work orders through the desk's pages: given, refused with words beside the field, closed; the minter signs what a gate admits."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from beffroi.kernel.counter.tests.counter import Counter, act_for, logged_in
from beffroi.kernel.grants.actions.conventions import end_convention
from beffroi.kernel.grants.actions.orders import end_membership
from beffroi.kernel.grants.minter import mint_all
from beffroi.kernel.grants.models import Grant, GrantResource, GrantState, RevocationList
from beffroi.kernel.grants.queries import read_keyset
from beffroi.kernel.register.models import Entry
from beffroi.kernel.territory.factories import make_member, make_membership, make_organisation
from beffroi.kernel.territory.models import Membership
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.protocol.v1.chain import Chain, verify_chain
from beffroi.protocol.v1.jwk import holder_key
from beffroi.protocol.v1.keyset import Reading
from beffroi.systems.cabinets.factories import REPAIR, Street, make_cabinet, make_convention, street

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(tmp_path: Path) -> Street:
    return street(tmp_path / "keys", now=utc_now())


@pytest.fixture
def desk(here: Street) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(here.bob)
    return client


def local(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def answers(here: Street, **changes: object) -> dict[str, object]:
    now = utc_now()
    return {
        "cabinet": here.cabinet.pk,
        "technician": here.technician.pk,
        "purpose": f"{here.convention.pk}:{REPAIR.code}",
        "starts": local(now),
        "ends": local(now + timedelta(hours=2)),
        "reference": "OT-1",
        **changes,
    }


def kinds() -> list[str]:
    return list(Entry.objects.filter(kind__startswith="grant.").order_by("number").values_list("kind", flat=True))


def test_a_technician_s_phone_takes_along_what_signed_orders_open(here: Street, desk: Client) -> None:
    theo = Client(headers={"accept-language": "en"})
    theo.force_login(here.technician)
    asked = f'data-gate="{here.lock.id}" data-path="/c/{here.cabinet.code}/"'
    desk.post("/orders/add/", answers(here))
    assert asked not in theo.get("/orders/").content.decode(), "nothing is signed yet"
    mint_all(here.town.store, utc_now())
    page = theo.get("/orders/").content.decode()
    assert asked in page
    assert "Ready without network" in page
    assert "data-gate" not in desk.get("/orders/").content.decode()
    said = theo.get("/api/v1/holder/grants", {"gate": str(here.lock.id)}).json()
    assert said["chains"] == [Grant.objects.get().token]
    assert said["revocation"] == RevocationList.objects.order_by("-key_set", "-number")[0].token
    desk.post(f"/orders/{Grant.objects.get().pk}/close/")
    assert asked not in theo.get("/orders/").content.decode()


def test_a_door_keeps_its_rights_where_its_page_may_be_kept(here: Street) -> None:
    theo = Client(headers={"accept-language": "en"})
    theo.force_login(here.technician)
    page = theo.get(f"/c/{here.cabinet.code}/")
    assert (page.headers.get("X-Beffroi-Keep"), 'data-keep="yes"' in page.content.decode()) == ("1", True)
    make_membership(here.technician, here.operator, Role.DISPATCHER)
    page = theo.get(f"/c/{here.cabinet.code}/")
    assert 'data-island="door"' in page.content.decode()
    assert (page.headers.get("X-Beffroi-Keep"), "data-keep" in page.content.decode()) == (None, False), (
        "others share a desk"
    )


def test_under_a_mandate_nothing_is_taken_along(here: Street, desk: Client) -> None:
    """Whoever acts for a technician at a counter stands before another device."""
    desk.post("/orders/add/", answers(here))
    mint_all(here.town.store, utc_now())
    authority = here.town.authority
    agent = make_member("Agnès Roche", authority.organisation, Role.AGENT)
    counter = Counter(authority, agent, logged_in(agent), here.technician)
    act_for(counter)
    page = counter.browser.get("/orders/").content.decode()
    assert here.cabinet.reference in page
    assert "data-gate" not in page
    assert counter.browser.get(f"/c/{here.cabinet.code}/").status_code == 403
    assert counter.browser.get("/api/v1/holder/grants", {"gate": str(here.lock.id)}).status_code == 403


def test_an_order_becomes_a_capability_that_a_gate_admits(here: Street, desk: Client) -> None:
    response = desk.post("/orders/add/", answers(here))
    assert response.status_code == 302, response.content.decode()
    assert mint_all(here.town.store, utc_now()) >= 1
    grant = Grant.objects.get()
    assert grant.state == GrantState.MINTED
    keyset = read_keyset(here.town.authority.id)
    assert keyset is not None
    chain = verify_chain(grant.token, keyset=keyset, at=Reading(int(utc_now().timestamp())))
    assert isinstance(chain, Chain)
    assert chain.scope.resources == (str(here.lock.id),)
    assert chain.holder.thumbprint == holder_key(here.phone).thumbprint
    assert kinds() == ["grant.asked", "grant.minted"]
    assert "OT-1" in desk.get(response["Location"]).content.decode()


def refused(here: Street, desk: Client, words: str, **changes: object) -> None:
    before = Grant.objects.count(), GrantResource.objects.count()
    response = desk.post("/orders/add/", answers(here, **changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert (Grant.objects.count(), GrantResource.objects.count()) == before


def test_a_second_order_for_one_cabinet_says_until_when_the_other_runs(here: Street, desk: Client) -> None:
    desk.post("/orders/add/", answers(here))
    other = make_member("Other", here.operator, Role.TECHNICIAN)
    refused(here, desk, "already has a work order here", technician=other.pk)
    assert kinds() == ["grant.asked", "grant.refused"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (lambda now: {"ends": local(now + timedelta(hours=13))}, "12 h at most"),
        (lambda now: {"ends": local(now + timedelta(minutes=5))}, "15 min at least"),
        (
            lambda now: {"starts": local(now - timedelta(hours=3)), "ends": local(now - timedelta(hours=1))},
            "already over",
        ),
        (
            lambda now: {"starts": local(now + timedelta(days=400)), "ends": local(now + timedelta(days=400, hours=1))},
            "not in force",
        ),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_is_half_written(
    here: Street, desk: Client, changes: object, words: str
) -> None:
    refused(here, desk, words, **changes(utc_now()))  # type: ignore[operator]  # a function of the table above
    assert kinds() == ["grant.refused"]


def test_a_convention_that_ends_closes_its_orders(here: Street, desk: Client) -> None:
    desk.post("/orders/add/", answers(here))
    assert end_convention(convention=here.convention, by=here.administrator.id, now=utc_now()) == 1
    assert Grant.objects.get().reason == "convention-ended"
    assert desk.get("/orders/add/").status_code == 200
    assert desk.post("/orders/add/", answers(here)).status_code == 422


def test_a_technician_who_changes_firm_at_noon_keeps_the_order_until_noon(here: Street, desk: Client) -> None:
    now = utc_now()
    desk.post("/orders/add/", answers(here, ends=local(now + timedelta(hours=6))))
    mint_all(here.town.store, now)
    noon = now + timedelta(hours=1)
    membership = Membership.objects.get(person=here.technician)
    response = desk.post(f"/team/{membership.pk}/departure/", {"ends": local(noon)})
    assert response.status_code == 302
    before, after = Grant.objects.order_by("asked_at", "state")
    assert (before.state, before.reason) == (GrantState.CLOSED, "membership-ended")
    assert after.replaces_id == before.pk
    assert abs(after.ends - noon) < timedelta(minutes=1)
    mint_all(here.town.store, utc_now())
    after.refresh_from_db()
    assert after.state == GrantState.MINTED
    refused(
        here, desk, "not a technician of your organisation", starts=local(noon), ends=local(noon + timedelta(hours=1))
    )


def test_an_order_after_the_departure_is_closed_for_good(here: Street, desk: Client) -> None:
    now = utc_now()
    desk.post(
        "/orders/add/", answers(here, starts=local(now + timedelta(hours=3)), ends=local(now + timedelta(hours=4)))
    )
    end_membership(membership=Membership.objects.get(person=here.technician), ends=now, by=None, now=now)
    assert Grant.objects.get().state == GrantState.CLOSED


def test_a_desk_closes_its_order_and_the_list_names_it(here: Street, desk: Client) -> None:
    desk.post("/orders/add/", answers(here))
    mint_all(here.town.store, utc_now())
    grant = Grant.objects.get()
    assert desk.post(f"/orders/{grant.pk}/close/").status_code == 302
    mint_all(here.town.store, utc_now())
    assert RevocationList.objects.order_by("-number").first().grants == [grant.pk]  # type: ignore[union-attr]  # there is one


def test_the_desk_of_two_firms_says_in_whose_name(here: Street, desk: Client) -> None:
    other = make_organisation("Another firm")
    theirs = make_convention(here.town, other, now=utc_now(), by=here.administrator)
    cabinet, _lock = make_cabinet(
        here.town, other, theirs, now=utc_now(), by=here.administrator, reference="PM-77284-0002"
    )
    technician = make_member("Other technician", other, Role.TECHNICIAN)
    make_membership(here.bob, other, Role.DISPATCHER)
    asked = desk.get(f"/orders/add/?cabinet={cabinet.pk}").content.decode()
    assert "In whose name?" in asked
    assert f"?cabinet={cabinet.pk}&amp;firm={other.pk}" in asked
    assert "In whose name?" in desk.post("/orders/add/", answers(here)).content.decode()
    assert "In whose name?" in desk.get(f"/orders/add/?firm={here.town.authority.organisation.pk}").content.decode()
    form = desk.get(f"/orders/add/?firm={other.pk}").content.decode()
    assert "In the name of Another firm" in form
    assert "PM-77284-0002" in form
    assert here.cabinet.reference not in form
    wanted = {"cabinet": cabinet.pk, "technician": technician.pk, "purpose": f"{theirs.pk}:{REPAIR.code}"}
    assert desk.post(f"/orders/add/?firm={here.operator.pk}", answers(here, **wanted)).status_code == 422
    assert desk.post(f"/orders/add/?firm={other.pk}", answers(here, **wanted)).status_code == 302
    assert Grant.objects.get().organisation_id == other.pk
