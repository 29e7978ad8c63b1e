"""What journeys at the console share: two cabinets, an alarm at one of them, somebody who keeps watch and their screen."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from playwright.sync_api import Page, expect

from beffroi.kernel.alerts.actions.raising import raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.devices.factories import FieldDevice
from beffroi.kernel.devices.registry import StoredEvent
from beffroi.kernel.territory.actions.memberships import begin_membership
from beffroi.kernel.territory.factories import make_organisation
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Role
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.layers import LAYERS
from beffroi.persistence.live import changed
from beffroi.systems.cabinets.actions.cabinets import add_cabinet, install_lock
from beffroi.systems.cabinets.actions.events import take_event
from beffroi.systems.cabinets.models import Cabinet
from beffroi.web.console.stream import MOST_PENDING
from tests.journeys.browser import Chromium, Member, Town, log_in

FORCED, OPEN = "cabinets.forced", "cabinets.open"


def two_cabinets(town: Town) -> list[Cabinet]:
    """Two of them, near enough to be one cluster at first."""

    def add() -> list[Cabinet]:
        operator = make_organisation("Réseau de l’Ourcq")
        return [
            add_cabinet(
                authority=town.authority.id,
                operator=operator.id,
                reference=reference,
                address=address,
                latitude=48.9601 + place,
                longitude=2.8781,
                by=None,
                now=utc_now(),
            )
            for reference, address, place in (
                ("PM-77284-0001", "12 quai Jacques-Prévert", 0.0),
                ("PM-77284-0002", "3 rue Saint-Rémy", 0.002),
            )
        ]

    return town.act(add)


def alarm(town: Town, cabinet: Cabinet, kind: str, *, minutes: int = 0) -> UUID:
    """Something happened at a cabinet, as the alert that its system raises."""
    (raised,) = alarms(town, cabinet, kind, minutes=minutes)
    return raised


def alarms(town: Town, cabinet: Cabinet, kind: str, count: int = 1, *, minutes: int = 0) -> list[UUID]:
    """The same so many times, one after the other."""

    def raised() -> UUID:
        now = utc_now()
        return raise_alert(
            authority=town.authority.id,
            kind=kind,
            subject=uuid4(),
            resource=cabinet.pk,
            where=Where(cabinet.address, cabinet.latitude, cabinet.longitude),
            since=now - timedelta(minutes=minutes),
            organisation=cabinet.operator_id,
            convention=None,
            facts={"reference": cabinet.reference, "cause": "shock", "times": 1},
            now=now,
        )

    return town.act(lambda: [raised() for _ in range(count)])


def opened(town: Town, cabinet: Cabinet, *, ago: timedelta) -> datetime:
    """A lock is fitted to a cabinet, and its first word is that the door opened so long ago; returns when."""

    def fit_and_hear() -> datetime:
        now, field = utc_now(), FieldDevice()
        at = now - ago
        lock = install_lock(cabinet=cabinet, request=field.request, conventions=[], by=None, now=now)
        event = StoredEvent(
            authority=cabinet.authority_id,
            device=lock,
            sequence=1,
            boot=1,
            kind="opened",
            at=at,
            uptime=0,
            body={},
            stored_at=now,
        )
        take_event(event=event)
        return at

    return town.act(fit_and_hear)


def operator(town: Town, name: str) -> Member:
    """Somebody who keeps watch for the town."""
    member = town.member(name)
    town.act(
        lambda: begin_membership(
            person=member.id,
            organisation=town.authority.organisation,
            role=Role.OPERATOR,
            valid_from=utc_now(),
            by=town.administrator.id,
        )
    )
    return member


def at_the_console(chromium: Chromium, member: Member, **options: object) -> Page:
    """The console, opened by them and filled."""
    page = chromium.visit(**options)
    sit_down(page, member)
    return page


def sit_down(page: Page, member: Member) -> None:
    """Log in on this page, and have the console filled."""
    log_in(page, member)
    page.wait_for_url("**/")
    page.goto("/console/")
    expect(page.locator("[data-island=console]")).to_have_attribute("data-state", "ready")


@kernel_action
def tell(*, authority: UUID, topic: str, subjects: list[UUID]) -> None:
    """Screens look at these again."""
    changed(authority=authority, topic=topic, subjects=subjects)


def overflow(town: Town) -> None:
    """More changes at once than a stream tells one by one."""
    topic, many = LAYERS["cabinets"].topic, [uuid4() for _ in range(MOST_PENDING + 1)]
    town.act(lambda: tell(authority=town.authority.id, topic=topic, subjects=many))
