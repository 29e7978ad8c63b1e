"""What each app keeps goes whole, and what must go on working afterwards does."""

from datetime import timedelta
from pathlib import Path

import pytest

from beffroi.kernel.accounts.models import Person
from beffroi.kernel.alerts.actions.answering import take_alert
from beffroi.kernel.alerts.actions.audiences import add_to_audience, draw_up_audience, set_policy
from beffroi.kernel.alerts.actions.raising import end_alert
from beffroi.kernel.alerts.factories import FORCED, Watch, make_convention, ring, ringing, watch, with_phone
from beffroi.kernel.alerts.models import Alert, Audience, AudienceMember, Delivery, Notice, Policy, PushSubscription
from beffroi.kernel.alerts.queries.recipients import Rung
from beffroi.kernel.devices.factories import in_service
from beffroi.kernel.devices.models import DeviceEvent, Head, RefusedInput, SignedBatch
from beffroi.kernel.devices.tests.desk import NOW, Desk, sequences
from beffroi.kernel.grants.actions.holders import give_code, revoke_phone
from beffroi.kernel.grants.actions.minting import publish_revocations
from beffroi.kernel.grants.models import Convention, EnrolmentCode, HolderKey, RevocationList
from beffroi.kernel.retention.actions.destruction import destroy_due
from beffroi.kernel.retention.actions.slips import carry_out, make_slip, receive_visa, send_slip
from beffroi.kernel.retention.rules import civil_day
from beffroi.kernel.territory.actions.memberships import end_membership
from beffroi.kernel.territory.factories import make_organisation
from beffroi.kernel.territory.models import Membership
from beffroi.lib.clock import utc_now
from beffroi.persistence.keeping import KEPT
from beffroi.systems.cabinets.factories import street
from tests.retention.town import A_YEAR

pytestmark = pytest.mark.django_db


def destroyed(rule: str, authority: object, later: timedelta) -> int:
    """What a night of so much later destroys under a rule."""
    kept = KEPT[rule]
    owner = None if kept.installation else authority
    return destroy_due(kept=kept, authority=owner, now=utc_now() + later, by=None)  # type: ignore[arg-type]  # an authority's id


def test_events_go_with_the_batch_that_proves_them_and_the_log_goes_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    device = in_service(desk.town, now=NOW)
    desk.hear(device, device.write("boot", "opened", "closed"), device.write("battery", level=80))
    assert destroyed("devices.events", desk.town.authority.id, A_YEAR) == SignedBatch.objects.count() + 2 == 2
    assert not DeviceEvent.objects.exists()
    assert Head.objects.get(device=device.id).sequence == 4
    desk.hear(device, device.write("opened"))
    assert sequences(device) == [5]
    assert desk.receipt(device).missing == ()


def test_counts_of_what_was_refused_go(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    device = in_service(desk.town, now=NOW)
    desk.hear(device, "nothing that is signed")
    assert RefusedInput.objects.exists()
    assert destroyed("devices.refused", desk.town.authority.id, 2 * A_YEAR) == 1
    assert not RefusedInput.objects.exists()


@pytest.fixture
def here() -> Watch:
    return watch(now=utc_now())


def test_who_was_told_goes_before_the_alert_does(here: Watch) -> None:
    now = utc_now()
    with ringing():
        alert = ring(here, now=now)
        assert destroyed("alerts.deliveries", here.authority.id, A_YEAR) == 0, "it is not over"
        take_alert(alert=alert, by=here.opal.id, now=now)
        end_alert(authority=here.authority.id, kind=FORCED, subject=alert.subject, reason="closed", now=now)
        assert destroyed("alerts.takers", here.authority.id, A_YEAR) == 1
        assert Alert.objects.get().taken_by is None
        assert destroyed("alerts.deliveries", here.authority.id, A_YEAR) > 0
        assert not Delivery.objects.exists()
        assert destroyed("alerts.notices", here.authority.id, 2 * A_YEAR) == 0
        assert destroyed("alerts.notices", here.authority.id, 4 * A_YEAR) == 1
        assert not Alert.objects.exists()
        assert not Notice.objects.exists()


def test_what_alerts_know_of_somebody_goes_with_them(here: Watch) -> None:
    now = utc_now()
    with_phone(here.tess, now=now)
    audience = draw_up_audience(authority=here.authority.id, name="Watch", convention=None, now=now, by=None)
    add_to_audience(audience=audience, person=here.tess.id, now=now, by=None)
    end_membership(membership=Membership.objects.get(person=here.tess), ends=now + timedelta(hours=1), by=None)
    assert destroyed("territory.people", here.authority.id, A_YEAR + timedelta(days=2)) == 1
    assert Person.objects.get(pk=here.tess.id).name == ""
    assert not PushSubscription.objects.exists()
    assert not AudienceMember.objects.exists()


def test_an_old_convention_takes_its_audiences_along(here: Watch) -> None:
    now = utc_now()
    old = make_convention(here.authority, make_organisation("Gone"), now=now - 8 * A_YEAR, until=now - 7 * A_YEAR)
    audience = draw_up_audience(authority=here.authority.id, name="Theirs", convention=old.id, now=now, by=None)
    add_to_audience(audience=audience, organisation=old.partner_id, now=now, by=None)
    set_policy(
        authority=here.authority.id,
        kind="cabinets.open",
        convention=old.id,
        steps=[Rung(audience.pk, "", timedelta(minutes=30))],
        now=now,
        by=None,
    )
    slip = make_slip(authority=here.authority.id, service="DSI", by=None, now=now)
    assert slip is not None
    slip = send_slip(slip=slip, on=civil_day(now), by=None, now=now)
    slip = receive_visa(slip=slip, on=civil_day(now), reference="1", quality="directrice", refused={}, by=None, now=now)
    assert carry_out(slip=slip, by=None, now=now) == 1
    assert list(Convention.objects.values_list("id", flat=True)) == [here.convention.id]
    assert not Audience.objects.exists()
    assert not Policy.objects.exists()


def test_lists_codes_and_keys_go_and_the_newest_list_stays(tmp_path: Path) -> None:
    now = utc_now()
    town = street(tmp_path, now=now)
    give_code(person=town.technician.id, organisation=town.operator.id, by=None, now=now)
    for step in range(2):
        revoke_phone(person=town.technician.id, by=None, now=now)
        publish_revocations(
            store=town.town.store, authority=town.town.authority.id, now=now + step * timedelta(hours=7)
        )
    lists = RevocationList.objects.count()
    assert lists >= 2
    assert destroyed("grants.lists", town.town.authority.id, A_YEAR) == lists - 1
    assert RevocationList.objects.count() == 1
    assert destroyed("grants.codes", None, timedelta(days=35)) == 1
    assert not EnrolmentCode.objects.exists()
    assert destroyed("grants.phones", None, A_YEAR) == 1
    assert not HolderKey.objects.exists()
