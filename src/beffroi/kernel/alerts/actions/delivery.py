"""Delivery: the outbox is claimed, handed over outside, and marked after. At least once: what was claimed by a process that died
comes back when its lease ends, under the same tag, identifier or Message-ID.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import F, QuerySet

from beffroi.kernel.alerts.actions.contacts import drop_subscription
from beffroi.kernel.alerts.actions.mobiles import lose_number, within_ceiling
from beffroi.kernel.alerts.actions.telling import ALERTER
from beffroi.kernel.alerts.models import Delivery, DeliveryState, Heartbeat, PushSubscription, Webhook
from beffroi.kernel.alerts.rules import Channel, Urgency, pause
from beffroi.kernel.register.actions import record
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.wake import wake

# Longer than an attempt lasts, and time to wait for its turn, after which it isn't made; as short as a killed alerter's messages may
# wait. Mail servers take their time.
LEASE: Final = timedelta(seconds=30)
LEASES: Final = {Channel.PUSH: LEASE, Channel.WEBHOOK: LEASE, Channel.SMS: LEASE, Channel.MAIL: 2 * LEASE}
GAVE_UP: Final = "gave-up"
NOT_DELIVERED: Final = "not-delivered"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to hand over now. `address` is an endpoint, a mailbox, a number or a URL; `keys` a subscription's two, or a webhook's
    secret.

    `first`: nothing of this delivery has been handed over yet. `reachable` is false when the address is nobody's any more. `until`:
    when somebody else may claim it. `refused` is why it may not leave all the same, "" when it may. `handed`: when
    something of it was handed over last.
    """

    delivery: UUID
    notice: UUID
    version: int
    channel: Channel
    urgency: Urgency
    attempt: int
    first: bool
    silent: bool
    language: str
    contact: UUID | None
    address: str
    keys: tuple[str, str]
    reachable: bool
    until: datetime
    refused: str = ""
    handed: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempted:
    """A claimed message and what became of it."""

    claimed: Claimed
    handover: Handover


# Whoever was told is told of what follows as long as they belong to the organisation for which they were, and it to those whom the
# authority tells: its own, a service of its, a partner under a convention in force. Who was told just now belonged just now.
_THEIRS: Final = """
EXISTS (
    SELECT FROM territory_membership AS m WHERE m.person_id = {row}.person_id AND m.organisation_id = {row}.organisation_id
        AND m.valid_from <= %(now)s AND (m.valid_until IS NULL OR m.valid_until > %(now)s)
) AND EXISTS (
    SELECT FROM territory_authority AS a WHERE a.id = {row}.authority_id AND a.organisation_id = {row}.organisation_id
    UNION ALL SELECT FROM territory_organisation AS o WHERE o.id = {row}.organisation_id AND o.serves_id = {row}.authority_id
    UNION ALL SELECT FROM grants_convention AS c WHERE c.authority_id = {row}.authority_id AND c.partner_id = {row}.organisation_id
        AND c.valid_from <= %(now)s AND c.valid_until > %(now)s AND (c.ended_at IS NULL OR c.ended_at > %(now)s)
)
"""
_CLAIM: Final = f"""
WITH due AS (
    SELECT d.id FROM alerts_delivery AS d
    WHERE d.state = 'queued' AND d.channel = %(channel)s AND d.due_at <= %(now)s AND (%(kind)s = '' OR EXISTS (
        SELECT FROM alerts_notice AS n WHERE n.id = d.notice_id AND n.kind = %(kind)s))
    ORDER BY d.due_at, d.id LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED
), taken AS (
    UPDATE alerts_delivery AS d SET attempts = least(d.attempts + 1, 32767), due_at = %(until)s
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.notice_id, d.version, d.channel, d.attempts, d.handed_at, d.silent, d.person_id, d.webhook_id,
              NULLIF(d.contact, '')::uuid AS contact, d.authority_id, d.organisation_id,
              d.handed_at IS NULL AND d.made_at > %(lately)s AS just_told
)
SELECT taken.id, taken.notice_id, taken.version, taken.channel, n.urgency, taken.attempts, taken.handed_at,
       taken.silent AND taken.handed_at IS NOT NULL, coalesce(p.language, 'fr'), coalesce(taken.contact, taken.webhook_id),
       coalesce(s.endpoint, w.url, t.number, p.email, ''), coalesce(s.p256dh, w.secret, ''), coalesce(s.auth, ''),
       CASE taken.channel
           WHEN 'push' THEN s.id IS NOT NULL AND s.gone_at IS NULL AND s.person_id = p.id AND p.is_active
           WHEN 'webhook' THEN w.retired_at IS NULL
           WHEN 'sms' THEN coalesce(t.number, '') <> '' AND p.is_active
           ELSE p.is_active AND p.email <> ''
       END AND (taken.person_id IS NULL OR taken.just_told OR {_THEIRS.format(row="taken")})
FROM taken
JOIN alerts_notice AS n ON n.id = taken.notice_id
LEFT JOIN accounts_person AS p ON p.id = taken.person_id
LEFT JOIN alerts_pushsubscription AS s ON taken.channel = 'push' AND s.id = taken.contact
LEFT JOIN alerts_webhook AS w ON w.id = taken.webhook_id
LEFT JOIN alerts_mobile AS t ON taken.channel = 'sms' AND t.person_id = taken.person_id
"""  # noqa: S608 - put together from constants


@kernel_action
def claim_deliveries(*, channel: Channel, now: datetime, most: int, kind: str = "") -> list[Claimed]:
    """Claim messages that are due on a channel (of one kind of alert, where it is named), oldest first; they come back by themselves
    unless they are marked.
    """
    until = now + LEASES[channel]
    times = {"now": now, "until": until, "lately": now - LEASE}
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"channel": channel.value, "most": most, "kind": kind, **times})
        claimed = [
            Claimed(
                delivery=row[0],
                notice=row[1],
                version=row[2],
                channel=Channel(row[3]),
                urgency=Urgency(row[4]),
                attempt=row[5],
                first=row[6] is None,
                handed=row[6],
                silent=row[7],
                language=row[8],
                contact=row[9],
                address=row[10],
                keys=(row[11], row[12]),
                reachable=bool(row[13]),
                until=until,
            )
            for row in cursor.fetchall()
        ]
    return within_ceiling(claimed=claimed, now=now) if channel is Channel.SMS else claimed


@kernel_action
def note_attempts(*, attempts: Sequence[Attempted], now: datetime) -> None:
    """Mark what became of claimed messages. One that was updated meanwhile stays queued: its new version goes out too."""
    failed = [
        each.claimed.delivery
        for each in attempts
        if each.claimed.channel in (Channel.PUSH, Channel.SMS)
        and each.handover.outcome not in (Outcome.HANDED_OVER, Outcome.LATE)
    ]
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_ALONE if failed else _HOLD, [sorted({each.claimed.notice for each in attempts})])
    by_outcome: dict[Outcome, list[Attempted]] = {}
    for attempted in sorted(attempts, key=lambda each: each.claimed.delivery):
        by_outcome.setdefault(attempted.handover.outcome, []).append(attempted)
    _handed_over(by_outcome.get(Outcome.HANDED_OVER, []), now)
    for attempted in by_outcome.get(Outcome.AGAIN, []):
        _again(attempted, now)
    for attempted in by_outcome.get(Outcome.LATE, []):
        _give_back(attempted.claimed, now)
    for attempted in by_outcome.get(Outcome.REFUSED, []):
        _mark(attempted, DeliveryState.FAILED)
    for attempted in by_outcome.get(Outcome.GONE, []):
        if _moved(attempted.claimed):
            _again(attempted, now)
            continue
        _mark(attempted, DeliveryState.GONE)
        if attempted.claimed.reachable:  # the other side said so, not we
            _forget(attempted.claimed, now)
    if failed:
        _write_instead(failed, now)


# Updated or withdrawn while it was on its way, a message is sent once more, without noise: what the person now has is out of date.
# An e-mail and a text message aren't: they can't be replaced.
_HANDED_OVER: Final = """
WITH sent AS (
    SELECT d.id, n.version, d.channel NOT IN ('mail', 'sms') AND (d.version <> given.version OR d.state <> 'queued') AS late
    FROM unnest(%(ids)s::uuid[], %(versions)s::int[]) AS given (id, version)
    JOIN alerts_delivery AS d ON d.id = given.id JOIN alerts_notice AS n ON n.id = d.notice_id
    WHERE d.state IN ('queued', 'withdrawn') ORDER BY d.id FOR UPDATE OF d
)
UPDATE alerts_delivery AS d
SET handed_at = %(now)s, fault = '', silent = d.silent OR sent.late,
    state = CASE WHEN sent.late THEN 'queued' ELSE 'handed-over' END,
    due_at = CASE WHEN sent.late THEN %(now)s ELSE d.due_at END,
    version = CASE WHEN sent.late THEN sent.version ELSE d.version END
FROM sent WHERE d.id = sent.id
"""
# Whoever updates a notice holds it first: so do we, or each would wait for rows of the other's.
_HOLD: Final = "SELECT FROM alerts_notice WHERE id = ANY(%s) ORDER BY id FOR SHARE"
# Of two alerters that learn of somebody's two phones at once, the second sees what the first learned: no phone is left.
_HOLD_ALONE: Final = "SELECT FROM alerts_notice WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


def _handed_over(attempts: Sequence[Attempted], now: datetime) -> None:
    if not attempts:
        return
    ids, versions = [each.claimed.delivery for each in attempts], [each.claimed.version for each in attempts]
    with connection.cursor() as cursor:
        cursor.execute(_HANDED_OVER, {"now": now, "ids": ids, "versions": versions})


# A letter where no phone can be told any more, neither by notification nor by text message, as one is written where there is none:
# what made no noise, what is over and what the person knows already needs none. One that they had from an earlier step is written again.
_WRITE_INSTEAD: Final = f"""
INSERT INTO alerts_delivery (id, authority_id, notice_id, person_id, organisation_id, channel, contact, step, state, version, silent,
                             due_at, attempts, fault, made_at)
SELECT DISTINCT ON (d.notice_id, d.person_id) gen_random_uuid(), d.authority_id, d.notice_id, d.person_id, d.organisation_id,
       'mail', '', d.step, 'queued', d.version, false, %(now)s, 0, '', %(now)s
FROM alerts_delivery AS d
JOIN alerts_notice AS n ON n.id = d.notice_id AND n.ended_at IS NULL
JOIN accounts_person AS p ON p.id = d.person_id AND p.is_active
LEFT JOIN alerts_preference AS c ON c.person_id = d.person_id
WHERE d.id = ANY(%(ids)s::uuid[]) AND d.state IN ('failed', 'gone') AND d.acknowledged_at IS NULL
    AND NOT (d.silent AND d.handed_at IS NOT NULL)
    AND (coalesce(c.mail, 'instead') = 'instead' OR (c.mail = 'never' AND n.urgency = 'immediate'))
    AND NOT EXISTS (
        SELECT FROM alerts_delivery AS other WHERE other.notice_id = d.notice_id AND other.person_id = d.person_id
            AND other.channel IN ('push', 'sms') AND other.state IN ('queued', 'handed-over')
    )
    AND {_THEIRS.format(row="d")}
ORDER BY d.notice_id, d.person_id, d.version DESC
ON CONFLICT (notice_id, person_id, webhook_id, channel, contact) DO UPDATE
SET state = 'queued', version = excluded.version, silent = false, due_at = excluded.due_at, attempts = 0, fault = ''
WHERE alerts_delivery.version < excluded.version AND alerts_delivery.state IN ('handed-over', 'failed')
"""  # noqa: S608 - put together from constants


def _write_instead(failed: list[UUID], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WRITE_INSTEAD, {"ids": failed, "now": now})
        written = cursor.rowcount
    if written:
        wake(ALERTER)


def _again(attempted: Attempted, now: datetime) -> None:
    claimed, handover = attempted.claimed, attempted.handover
    wait = pause(claimed.urgency, claimed.attempt, handover.wait)
    if wait is None:
        _mark(attempted, DeliveryState.FAILED, f"{GAVE_UP}: {handover.fault}")
        return
    _same_version(claimed).update(due_at=now + wait, fault=handover.fault)


def _give_back(claimed: Claimed, now: datetime) -> None:
    """Nothing was tried, and nothing counts; unless somebody else has it by now."""
    _same_version(claimed).filter(due_at=claimed.until).update(due_at=now, attempts=F("attempts") - 1)


def _mark(attempted: Attempted, state: DeliveryState, fault: str | None = None) -> None:
    _same_version(attempted.claimed).update(state=state, fault=fault or attempted.handover.fault)


def _same_version(claimed: Claimed) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=claimed.delivery, version=claimed.version, state=DeliveryState.QUEUED)


def _moved(claimed: Claimed) -> bool:
    """Whether the browser has replaced its address since the message was claimed."""
    if claimed.channel is not Channel.PUSH or claimed.contact is None or not claimed.reachable:
        return False
    here = PushSubscription.objects.filter(pk=claimed.contact, gone_at=None)
    return here.exclude(endpoint=claimed.address).exists()


def _forget(claimed: Claimed, now: datetime) -> None:
    """The other side said that the address is nobody's: nothing is sent there again."""
    if claimed.channel is Channel.SMS:
        lose_number(number=claimed.address, delivery=claimed.delivery, now=now)
        return
    if claimed.contact is None:
        return
    if claimed.channel is Channel.PUSH:
        drop_subscription(subscription=claimed.contact, endpoint=claimed.address, now=now)
        return
    webhook = Webhook.objects.filter(pk=claimed.contact, retired_at=None).first()
    if webhook is not None:
        webhook.retired_at = now
        webhook.save(update_fields=["retired_at"])
        record(
            kind="webhook.changed",
            authority=webhook.authority_id,
            by=None,
            fields={"webhook": webhook.id, "change": "gone"},
            now=now,
        )


@kernel_action
def note_report(*, delivery: UUID, arrived: bool, now: datetime) -> bool:
    """A gateway says what became of a text message that it took. The first word counts: a telephone has it, or a letter leaves instead.
    False while the message isn't marked as handed over yet: the word would be lost.
    """
    texts = Delivery.objects.filter(pk=delivery, channel=Channel.SMS.value)
    with connection.cursor() as cursor:
        cursor.execute(_HOLD_ALONE, [list(texts.values_list("notice", flat=True))])
    taken = texts.filter(state=DeliveryState.HANDED_OVER, shown_at=None)
    if arrived:
        taken.update(shown_at=now)
    elif taken.update(state=DeliveryState.FAILED, fault=NOT_DELIVERED):
        _write_instead([delivery], now)
    return not texts.filter(state=DeliveryState.QUEUED, attempts__gt=0).exists()


@kernel_action
def beat(*, part: str, now: datetime) -> None:
    """A process says that it lives."""
    Heartbeat.objects.update_or_create(part=part, defaults={"at": now})


@kernel_action
def write_to_all(*, notice: UUID, now: datetime) -> int:
    """An e-mail too to everybody who was told of this notice by another way, whatever they prefer; returns how many rows that made.

    For the one kind of alert that says that the other ways are dead: whoever raises it sends these e-mails itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO alerts_delivery (id, authority_id, notice_id, person_id, organisation_id, channel, contact, step, state,"
            " version, silent, due_at, attempts, fault, made_at)"
            " SELECT gen_random_uuid(), authority_id, notice_id, person_id, organisation_id, 'mail', '', step, 'queued',"
            " version, false, %s, 0, '', %s FROM alerts_delivery WHERE notice_id = %s AND channel = 'screen'"
            " ON CONFLICT DO NOTHING",
            [now, now, notice],
        )
        return int(cursor.rowcount)
