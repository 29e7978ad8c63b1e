"""Requests for images: asked, answered by an owner, ended, extended by another; the right itself is the kernel's."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import connection

from beffroi.kernel.deadlines.actions import set_deadline
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.actions import orders
from beffroi.kernel.grants.actions.answers import approve_grant, refuse_grant
from beffroi.kernel.grants.queries.admission import Asked
from beffroi.kernel.grants.rules import Declined, Kind, Refusal
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.video.actions.asking import ask_owners, end_asking, tell
from beffroi.systems.video.actions.calls import answer_call
from beffroi.systems.video.actions.interventions import ACCOUNTING, CONFIRMATION, begin_asking
from beffroi.systems.video.models import Call, Request, Site
from beffroi.systems.video.rules import ACCOUNTED_AFTER, CONFIRMED_WITHIN, VIEW, Alarm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from beffroi.kernel.grants.models import Grant


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an officer asks: which cameras of a site, why, how long, with which browser's key; and what stays out of the register."""

    site: Site
    entrance: UUID | None
    cameras: "Sequence[UUID]"
    convention: UUID
    purpose: str
    lasting: timedelta
    organisation: UUID
    receiving: UUID | None = None
    key: UUID | None = None
    emergency: bool = False
    circumstances: str = ""
    procedure: str = ""
    call: Call | None = None
    earlier: Request | None = None
    submission: UUID | None = None


# Two presses of one button, at once: the second waits for the first, and finds what it made.
_SUBMITTED = "SELECT pg_advisory_xact_lock(hashtextextended('video.submission ' || %s || %s, 0))"


@system_action
def ask_images(*, wanted: Wanted, by: UUID, now: datetime) -> Request | Refusal:
    """Ask the convention for the right to look; returns the request, or why not (of which only the refusal's entry is kept). The same
    submission twice is one request.
    """
    authority = wanted.site.authority_id
    if wanted.submission is not None:
        with connection.cursor() as cursor:
            cursor.execute(_SUBMITTED, [str(by), str(wanted.submission)])
        there = Request.objects.filter(authority_id=authority, person=by, submission=wanted.submission).first()
        if there is not None:
            return there
    (convention,) = grants.conventions_named(authority=authority, conventions=[wanted.convention])
    given = orders.ask_grant(
        asked=Asked(
            convention=convention,
            purpose=wanted.purpose,
            kind=Kind.EMERGENCY if wanted.emergency else Kind.REQUEST,
            action=VIEW,
            holder=by,
            organisation=wanted.organisation,
            resources=list(wanted.cameras),
            starts=now,
            ends=now + wanted.lasting,
            key=wanted.key,
            receiving=wanted.receiving,
        ),
        by=by,
        now=now,
    )
    if isinstance(given, Refusal):
        return given
    request = Request.objects.create(
        authority_id=authority,
        grant=given.id,
        convention=convention.pk,
        site=wanted.site,
        entrance_id=wanted.entrance,
        organisation_id=wanted.organisation,
        receiving_id=given.receiving_id,
        person=by,
        emergency=wanted.emergency,
        circumstances=wanted.circumstances.strip(),
        procedure=wanted.procedure.strip(),
        asked=wanted.lasting,
        asked_at=now,
        call=wanted.call,
        earlier=wanted.earlier,
        submission=wanted.submission,
    )
    _record_made(request, by, now)
    _promise(request, given, now)
    if wanted.call is not None:
        answer_call(call=wanted.call, by=by, now=now)
    return request


def _record_made(request: Request, by: UUID, now: datetime) -> None:
    fields: dict[str, UUID | int] = {
        "request": request.pk,
        "site": request.site_id,
        "asked": int(request.asked.total_seconds()),
    }
    about = {
        "earlier": request.earlier_id,
        "entrance": request.entrance_id,
        "call": request.call_id,
        "receiving": request.receiving_id,
    }
    fields |= {name: value for name, value in about.items() if value is not None}
    record(
        kind="video.request-made", authority=request.authority_id, by=by, fields=fields, grant=request.grant, now=now
    )


def _promise(request: Request, grant: "Grant", now: datetime) -> None:
    """What follows by itself: an owner is asked, whoever is on call confirms, "still intervening?" is asked, the durations are stated."""
    if grant.state == "waiting":
        ask_owners(request=request, grant=grant, now=now)
    else:
        begin_asking(request=request, grant=grant, now=now)
    if request.emergency:
        tell(request=request, alarm=Alarm.EMERGENCY, subject=request.pk, organisation=request.organisation_id, now=now)
        set_deadline(
            kind=CONFIRMATION,
            authority=request.authority_id,
            subject=request.pk,
            since=now,
            promise=CONFIRMED_WITHIN,
        )
    set_deadline(
        kind=ACCOUNTING,
        authority=request.authority_id,
        subject=request.pk,
        since=now,
        promise=grant.ends - now + ACCOUNTED_AFTER,
    )


@system_action
def approve_request(
    *, request: Request, grant: "Grant", organisation: UUID, by: UUID, now: datetime
) -> "Grant | Refusal":
    """An owner says yes from their phone: the right begins now. What no longer holds is a refusal, and closes it."""
    given = approve_grant(grant=grant, organisation=organisation, by=by, now=now)  # leaves its entry, with record()
    end_asking(request=request, reason="answered", by=by, now=now)
    if not isinstance(given, Refusal):
        begin_asking(request=request, grant=given, now=now)
    return given


@system_action
def refuse_request(
    *, request: Request, grant: "Grant", organisation: UUID, because: Declined, by: UUID, now: datetime
) -> "Grant | Refusal":
    """An owner says no, for one of four reasons."""
    given = refuse_grant(grant=grant, organisation=organisation, because=because, by=by, now=now)  # as above
    end_asking(request=request, reason="answered", by=by, now=now)
    return given


@system_action
def end_request(*, request: Request, grant: "Grant", by: UUID, now: datetime) -> bool:
    """End it before its time: one key. False when it was over."""
    return orders.close_grant(grant=grant, reason="ended-by-holder", by=by, now=now)  # leaves its entry, with record()
