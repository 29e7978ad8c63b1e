"""Whom a request is told to: the owners who answer it, and whoever is on call; until there is nothing left to answer."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.queries.parties import parties_of
from beffroi.kernel.grants.rules import Capacity
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.things import Ended
from beffroi.systems.video.models import Request
from beffroi.systems.video.rules import Alarm

if TYPE_CHECKING:
    from beffroi.kernel.grants.models import Grant


@kernel_action
def tell(*, request: Request, alarm: Alarm, subject: UUID, organisation: UUID, now: datetime) -> None:
    """An alert about a request: where, for which organisation, never who. Part of the act that it tells of."""
    site = request.site
    raise_alert(  # leaves its entry, with record()
        authority=request.authority_id,
        kind=alarm,
        subject=subject,
        resource=request.pk,
        where=Where(site.name, site.latitude, site.longitude),
        since=now,
        organisation=organisation,
        convention=request.convention,
        facts={},
        now=now,
    )


@kernel_action
def ask_owners(*, request: Request, grant: "Grant", now: datetime) -> None:
    """Whoever the convention says owns the cameras is told, as it is they who answer: each of them, where they are several."""
    for owner in parties_of(grant.convention, Capacity.OWNS):
        subject = _asked(request, owner.pk)
        tell(request=request, alarm=Alarm.APPROVAL, subject=subject, organisation=owner.pk, now=now)


@kernel_action
def end_asking(*, request: Request, reason: str, by: UUID | None, now: datetime) -> None:
    """Owners are asked no more: one of them answered, or nothing is left to answer. Part of the act that ends it, whose entry it is."""
    for convention in grants.conventions_named(authority=request.authority_id, conventions=[request.convention]):
        for owner in parties_of(convention, Capacity.OWNS):
            end_alert(  # leaves its entry, with record()
                authority=request.authority_id,
                kind=Alarm.APPROVAL,
                subject=_asked(request, owner.pk),
                reason=reason,
                now=now,
                by=by,
            )


@kernel_action
def close_asking(*, ended: Ended, by: UUID | None, now: datetime) -> None:
    """A right ended before its time, whoever ended it: nothing is left to answer. Part of the act that ends it, whose entry it is."""
    request = Request.objects.filter(authority_id=ended.authority, grant=ended.grant).first()
    if request is not None:
        end_asking(request=request, reason="ended", by=by, now=now)


def _asked(request: Request, owner: UUID) -> UUID:
    """What the alert to one of the owners is about: each has its own."""
    return uuid5(request.pk, str(owner))
