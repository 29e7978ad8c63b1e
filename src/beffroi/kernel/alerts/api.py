"""What the console and a phone do with an alert."""

import hmac
from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from ninja import Router, Status

from beffroi.adapters.sms.report import Fate
from beffroi.kernel.alerts.actions.answering import (
    Answer,
    Conflict,
    acknowledge_notice,
    close_alert,
    note_shown,
    release_alert,
    take_alert,
)
from beffroi.kernel.alerts.actions.contacts import Refusal, Subscription, note_displayed, renew_subscription, subscribe
from beffroi.kernel.alerts.actions.delivery import note_report
from beffroi.kernel.alerts.models import Alert
from beffroi.kernel.alerts.queries.alerts import described, may_close, may_take, visible_alerts
from beffroi.kernel.alerts.rules import Channel
from beffroi.kernel.alerts.schemas import (
    AlertState,
    ClosingIn,
    PushSubscriptionIn,
    RenewedSubscriptionIn,
    SubscriptionOut,
)
from beffroi.kernel.alerts.texts import delivery_of, report_wording
from beffroi.lib.browsers import described as browser_named
from beffroi.lib.clock import utc_now
from beffroi.lib.viewer import Viewer
from beffroi.persistence.access import viewer_of
from beffroi.persistence.problems import Problem

router = Router(tags=["alerts"])

CONFLICTS = {
    Conflict.ENDED: _("This is over already."),
    Conflict.TAKEN: _("Somebody else has taken it."),
    Conflict.NOT_YOURS: _("You have not taken it."),
    Conflict.NOT_TOLD: _("You were not told of it."),
}


@router.post("/{alert}/take", response=AlertState, summary="Take an alert: 'I take it'")
def take(request: HttpRequest, alert: UUID) -> dict[str, object]:
    """The first to say so has it; 409 `taken-by-another` or `already-ended` otherwise."""
    viewer = viewer_of(request)
    row = _seen(viewer, alert)
    if not may_take(viewer, row):
        raise Problem(404, "alert-unknown", _("No such alert for you."))
    return _answered(viewer, alert, take_alert(alert=row, now=utc_now(), by=viewer.known_person))


@router.post("/{alert}/release", response=AlertState, summary="Give back an alert that the caller took")
def release(request: HttpRequest, alert: UUID) -> dict[str, object]:
    """The clock runs again and the others are called; 409 `not-taken-by-you` otherwise."""
    viewer = viewer_of(request)
    row = _seen(viewer, alert)
    return _answered(viewer, alert, release_alert(alert=row, now=utc_now(), by=viewer.known_person))


@router.post("/{alert}/acknowledge", response=AlertState, summary="Acknowledge the notice that an alert is part of")
def acknowledge(request: HttpRequest, alert: UUID) -> dict[str, object]:
    """The first acknowledgement stops the clock; 409 `not-told` for whoever was not told."""
    viewer = viewer_of(request)
    row = _seen(viewer, alert)
    return _answered(viewer, alert, acknowledge_notice(notice=row.notice, now=utc_now(), by=viewer.known_person))


@router.post("/{alert}/close", response=AlertState, summary="Say that an alert is over, and why")
def close(request: HttpRequest, alert: UUID, body: ClosingIn) -> dict[str, object]:
    """For those who watch for the authority; 409 `already-ended` when it was over."""
    viewer = viewer_of(request)
    row = _seen(viewer, alert)
    if not may_close(viewer, row):
        raise Problem(404, "alert-unknown", _("No such alert for you."))
    if not close_alert(alert=row, reason=body.reason, now=utc_now(), by=viewer.known_person):
        raise Problem(409, Conflict.ENDED.value, CONFLICTS[Conflict.ENDED])
    return described(viewer, [_seen(viewer, alert)])[alert]


@router.post("/{alert}/shown", response={204: None}, summary="Say that the caller's screen shows an alert")
def shown(request: HttpRequest, alert: UUID) -> Status[None]:
    """Kept once, for whoever was told."""
    viewer = viewer_of(request)
    row = _seen(viewer, alert)
    note_shown(notice=row.notice, channel=Channel.SCREEN.value, now=utc_now(), by=viewer.known_person)
    return Status(204, None)


def _seen(viewer: Viewer, alert: UUID) -> Alert:
    row = visible_alerts(viewer).filter(pk=alert).first()
    if row is None:
        raise Problem(404, "alert-unknown", _("No such alert for you."))
    return row


def _answered(viewer: Viewer, alert: UUID, answer: Answer) -> dict[str, object]:
    if answer.conflict is not None:
        raise Problem(409, answer.conflict.value, CONFLICTS[answer.conflict])
    return described(viewer, [_seen(viewer, alert)])[alert]


push_router = Router(tags=["push"])
REFUSED = {
    Refusal.ENDPOINT: (422, _("This browser’s notification service can’t be used from here.")),
    Refusal.KEYS: (422, _("This browser gave no usable keys.")),
    Refusal.UNKNOWN: (404, _("This browser is not told of anything.")),
}


def _taken(done: UUID | Refusal) -> SubscriptionOut:
    if isinstance(done, Refusal):
        status, message = REFUSED[done]
        raise Problem(status, done.value, message)
    return SubscriptionOut(id=done)


@push_router.post("/subscriptions", response={201: SubscriptionOut}, summary="Have this browser told")
def push_subscribe(request: HttpRequest, body: PushSubscriptionIn) -> Status[SubscriptionOut]:
    """Takes what the browser's push service gave; the same browser again is the same subscription."""
    person = viewer_of(request).known_person
    label = browser_named(request.headers.get("User-Agent", ""))
    given = Subscription(body.endpoint, body.p256dh, body.auth)
    done = subscribe(person=person, given=given, label=label, now=utc_now(), by=person)
    return Status(201, _taken(done))


@push_router.post(
    "/subscriptions/renewed", auth=None, response=SubscriptionOut, summary="A browser's subscription was replaced"
)
def push_renewed(request: HttpRequest, body: RenewedSubscriptionIn) -> SubscriptionOut:
    """For a service worker, which has no session: the former subscription's secret says that it is the same browser."""
    given = Subscription(body.endpoint, body.p256dh, body.auth)
    done = renew_subscription(endpoint=body.former_endpoint, auth=body.former_auth, given=given, now=utc_now())
    return _taken(done)


@push_router.post("/shown/{delivery}", auth=None, response={204: None}, summary="A notification was shown")
def push_shown(request: HttpRequest, delivery: UUID) -> Status[None]:
    """For a service worker: only who could decrypt the message knows its number. Whether it exists isn't said."""
    note_displayed(delivery=delivery, now=utc_now())
    return Status(204, None)


texts_router = Router(tags=["texts"])


@texts_router.post("/reports/{key}", auth=None, response={204: None}, summary="What became of a text message")
def text_report(request: HttpRequest, key: str) -> Status[None]:
    """For the gateway, which has no session: the key is in its file. Whether a message is known isn't said."""
    wording = report_wording()
    if wording is None or not hmac.compare_digest(wording.key.encode(), key.encode()):
        raise Problem(404, "no-such-gateway", _("No gateway reports here."))
    reports = wording.read(request.body, request.POST.dict())
    if reports is None:
        raise Problem(422, "invalid", _("This can't be read."))
    named = [(delivery_of(report.reference), report.fate is Fate.ARRIVED) for report in reports]
    noted = [note_report(delivery=one, arrived=arrived, now=utc_now()) for one, arrived in named if one is not None]
    if not all(noted):
        raise Problem(503, "not-yet", _("This message is still being handed over: report again in a moment."))
    return Status(204, None)
