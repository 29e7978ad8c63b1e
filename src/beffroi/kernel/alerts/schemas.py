"""Alerts as JSON."""

from uuid import UUID

from ninja import Schema
from pydantic import Field

from beffroi.kernel.alerts.models import Closing


class AlertState(Schema):
    """An alert as the caller may see it. `state`: live, taken or ended; `taken_by` is a name only for colleagues; moments are ISO 8601.

    `thing`: the identifier of the point of the map that it is about, or empty.
    """

    id: UUID
    title: str
    body: str
    severity: int
    urgency: str
    state: str
    since: str
    raised_at: str
    ended_at: str | None
    where: str
    at: tuple[float, float] | None
    thing: str
    organisation: str
    taken_by: str
    taken_at: str | None
    mine: bool
    may_take: bool
    may_close: bool
    href: str
    page: str


class ClosingIn(Schema):
    """Why an alert is over."""

    reason: Closing


class PushSubscriptionIn(Schema):
    """A browser's address at its push service, and its two keys in base64url."""

    endpoint: str = Field(max_length=1000)
    p256dh: str = Field(max_length=100)
    auth: str = Field(max_length=40)


class RenewedSubscriptionIn(PushSubscriptionIn):
    """The same, and what it was before."""

    former_endpoint: str = Field(max_length=1000)
    former_auth: str = Field(max_length=40)


class SubscriptionOut(Schema):
    """What the server calls it."""

    id: UUID
