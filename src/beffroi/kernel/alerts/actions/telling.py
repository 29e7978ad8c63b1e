"""Telling people: one statement a step, whatever their number. Parts of the acts that raise, escalate, answer and end."""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Q

from beffroi.kernel.alerts.models import Alert, Delivery, DeliveryState, Notice
from beffroi.kernel.alerts.queries.recipients import Parameter, Sources
from beffroi.kernel.alerts.queries.ways import WAYS, parameters
from beffroi.kernel.alerts.rules import Channel, Urgency
from beffroi.kernel.deadlines.actions import set_deadline
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.wake import wake

ALERTER = "beffroi_alerter"
UPDATE = "alerts.update"
# Answers and ends of a notice of many alerts are gathered for so long before the others are told.
GATHERED = timedelta(seconds=5)

# Who knows a delivery's identifier may say that it was shown: each is cut from one secret, which costs less than thousands of them.
# Somebody told by an earlier step and not heard of since is called again, aloud, by the way that is theirs at this moment;
# each is looked up by the index, whatever the planner thinks of a notice that it knows nothing of.
_TELL = f"""
WITH {WAYS}, again AS (
    UPDATE alerts_delivery AS d
    SET state = 'queued', silent = false, version = %(version)s, due_at = earlier.due, attempts = 0, fault = ''
    FROM (
        SELECT found.id, way.due
        FROM way CROSS JOIN LATERAL (
            SELECT e.id FROM alerts_delivery AS e
            WHERE e.notice_id = %(notice)s AND e.person_id = way.person_id AND e.channel = way.channel AND e.contact = way.contact
                AND e.step < %(step)s AND e.acknowledged_at IS NULL AND e.state IN ('handed-over', 'failed')
            OFFSET 0
        ) AS found
        WHERE %(step)s > 1 AND way.channel <> 'screen'
    ) AS earlier
    WHERE d.id = earlier.id
), secret AS MATERIALIZED (
    SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) AS bytes
), made AS (
    INSERT INTO alerts_delivery (id, authority_id, notice_id, person_id, organisation_id, channel, contact, step, state, version, silent,
                                 due_at, attempts, fault, made_at, handed_at)
    SELECT encode(substr(sha256(secret.bytes || uuid_send(way.person_id) || convert_to(way.channel || way.contact, 'UTF8')), 1, 16),
                  'hex')::uuid,
           %(authority)s, %(notice)s, way.person_id, way.organisation_id, way.channel, way.contact, %(step)s,
           CASE way.channel WHEN 'screen' THEN 'handed-over' ELSE 'queued' END, %(version)s, false,
           way.due, 0, '', %(now)s, CASE way.channel WHEN 'screen' THEN %(now)s END
    FROM way CROSS JOIN secret
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM told
"""  # noqa: S608 - put together from constants
_TELL_WEBHOOKS = """
INSERT INTO alerts_delivery (id, authority_id, notice_id, webhook_id, channel, contact, step, state, version, silent, due_at, attempts,
                             fault, made_at)
SELECT gen_random_uuid(), authority_id, %(notice)s, id, 'webhook', '', 1, 'queued', %(version)s, false, %(now)s, 0, '', %(now)s
FROM alerts_webhook WHERE authority_id = %(authority)s AND retired_at IS NULL
ON CONFLICT DO NOTHING
"""


@kernel_action
def tell(*, notice: Notice, step: int, found: Sources) -> int:
    """Tell everybody of a step, each once; returns how many people that is. Delivery: the step's entry is its caller's."""
    given: dict[str, Parameter] = {
        **parameters(found, Urgency(notice.urgency)),
        "notice": notice.pk,
        "step": step,
        "version": notice.version,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL, given)
        told = int(cursor.fetchone()[0])
    wake(ALERTER)
    return told


@kernel_action
def tell_webhooks(*, notice: Notice, now: datetime) -> None:
    """Have the authority's programs told of a notice, once. Delivery."""
    given: dict[str, Parameter] = {
        "notice": notice.pk,
        "version": notice.version,
        "authority": notice.authority_id,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TELL_WEBHOOKS, given)
    wake(ALERTER)


@kernel_action
def send_update(*, notice: Notice, now: datetime, aloud: bool = False) -> None:
    """Send again, under the same tag, what can be replaced; by mail only to whoever took an alert. Delivery.

    What is over before it was sent is withdrawn; what still waits for the end of quiet hours goes on waiting.
    """
    notice.version, notice.merging = F("version") + 1, False
    notice.save(update_fields=["version", "merging"])
    notice.refresh_from_db(fields=["version"])
    rows = Delivery.objects.filter(authority_id=notice.authority_id, notice=notice)
    if notice.ended_at is not None:
        waiting = rows.filter(state=DeliveryState.QUEUED, handed_at__isnull=True, attempts=0, due_at__gt=now)
        waiting.update(state=DeliveryState.WITHDRAWN)
    taken = Alert.objects.filter(authority_id=notice.authority_id, notice=notice, taken_by__isnull=False)
    rows.filter(channel=Channel.SCREEN).update(version=notice.version)
    # What has still to ring says the latest when it does; what is over rings no more where it rang once.
    rings = Q(state=DeliveryState.QUEUED, handed_at__isnull=True)
    if notice.ended_at is None:
        rings |= Q(state=DeliveryState.QUEUED, silent=False)
    rows.filter(rings).update(version=notice.version)
    sent = rows.exclude(rings).exclude(handed_at__isnull=True).exclude(state=DeliveryState.GONE)
    again = sent.filter(channel__in=[Channel.PUSH, Channel.WEBHOOK]) | sent.filter(
        channel=Channel.MAIL, person__in=taken.values("taken_by")
    )
    again.update(state=DeliveryState.QUEUED, silent=not aloud, version=notice.version, due_at=now, attempts=0, fault="")
    wake(ALERTER)


@kernel_action
def update_soon(*, notice: Notice, now: datetime, aloud: bool = False) -> None:
    """Tell the others of a change: at once aloud or of a notice of one alert, else together with what follows closely. Delivery."""
    several = Alert.objects.filter(authority_id=notice.authority_id, notice=notice)[:2].count() > 1
    if aloud or not several or notice.ended_at is not None:
        send_update(notice=notice, now=now, aloud=aloud)
        return
    gather(notice=notice, since=now, window=GATHERED)


@kernel_action
def gather(*, notice: Notice, since: datetime, window: timedelta) -> None:
    """Have one update sent when the window ends, however much happens until then. Delivery."""
    if not notice.merging:
        notice.merging = True
        notice.save(update_fields=["merging"])
    set_deadline(kind=UPDATE, authority=notice.authority_id, subject=notice.pk, since=since, promise=window)
