"""An alert begins, is told step by step, changes and ends."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4, uuid5

from django.db import connection

from beffroi.kernel.alerts.actions.telling import gather, send_update, tell, tell_webhooks, update_soon
from beffroi.kernel.alerts.models import Alert, Audience, Notice, NoticeStep
from beffroi.kernel.alerts.queries.recipients import Rung, Sources, rungs, sources, tells_firm
from beffroi.kernel.alerts.registry import TOPIC, AlertKind, Fact, Where, alert_kind
from beffroi.kernel.alerts.rules import Target, window
from beffroi.kernel.deadlines.actions import meet_deadline, set_deadline
from beffroi.kernel.register.actions import record
from beffroi.kernel.register.rules import GivenValue
from beffroi.persistence.acts import kernel_action
from beffroi.persistence.live import changed

STEP = "alerts.step"
NOBODY = "alerts.nobody"

# Those who raise alerts of one kind in one authority go one after the other: two of them never open two notices.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"
# One statement for what nearly every alert of a flood is: one more of a notice that is open. Nothing when there is none, or when
# the subject's alert is live already.
_JOIN = """
WITH open AS (
    SELECT id, merging FROM alerts_notice
    WHERE authority_id = %(authority)s AND kind = %(kind)s AND convention_id IS NOT DISTINCT FROM %(convention)s::uuid
        AND (NOT apart OR organisation_id IS NOT DISTINCT FROM %(organisation)s::uuid)
        AND window_ends > %(now)s AND answered_at IS NULL AND ended_at IS NULL AND exhausted_at IS NULL
    ORDER BY opened_at DESC LIMIT 1 FOR NO KEY UPDATE
), joined AS (
INSERT INTO alerts_alert (id, authority_id, notice_id, kind, urgency, subject, resource, label, latitude, longitude, since,
                          organisation_id, convention_id, facts, raised_at, reason)
SELECT %(id)s, %(authority)s, coalesce(%(notice)s::uuid, open.id), %(kind)s, %(urgency)s, %(subject)s, %(resource)s, %(label)s,
       %(latitude)s, %(longitude)s, %(since)s, %(organisation)s, %(convention)s, %(facts)s::jsonb, %(now)s, ''
FROM (SELECT 1) AS one LEFT JOIN open ON true WHERE coalesce(%(notice)s::uuid, open.id) IS NOT NULL
ON CONFLICT (authority_id, kind, subject) WHERE ended_at IS NULL DO NOTHING
RETURNING notice_id
)
SELECT joined.notice_id, coalesce(open.merging, false) FROM joined LEFT JOIN open ON open.id = joined.notice_id
"""


@kernel_action
def raise_alert(
    *,
    authority: UUID,
    kind: str,
    subject: UUID,
    resource: UUID | None,
    where: Where | None,
    since: datetime,
    organisation: UUID | None,
    convention: UUID | None,
    facts: Mapping[str, Fact],
    now: datetime,
    by: UUID | None = None,
) -> UUID:
    """Something must be known: part of the act that finds it out. Returns the alert, which is the live one of this subject when
    there is one: nothing is said twice. Raises UnknownAlertKind.
    """
    known = alert_kind(kind)
    identifier, place = uuid4(), where or Where("")
    values: dict[str, str | float | UUID | datetime | None] = {
        "id": identifier,
        "authority": authority,
        "kind": kind,
        "urgency": known.urgency.value,
        "subject": subject,
        "resource": resource,
        "label": place.label[:200],
        "latitude": place.latitude,
        "longitude": place.longitude,
        "since": since,
        "organisation": organisation,
        "convention": convention,
        "facts": json.dumps(dict(facts)),
        "now": now,
        "notice": None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"{authority} {kind}"])
    joined = _join(values)
    opened = None
    if joined is None:
        live = Alert.objects.filter(authority_id=authority, kind=kind, subject=subject, ended_at__isnull=True)
        for there in live.values_list("id", flat=True):
            return there
        opened = _open(known, authority=authority, convention=convention, organisation=organisation, now=now)
        joined = _join({**values, "notice": opened.pk})
    if joined is None:
        raise LookupError("an alert of the same subject was raised past the lock")
    notice, merging = joined
    about = {"subject": subject, "resource": resource, "organisation": organisation, "convention": convention}
    fields: dict[str, GivenValue] = {name: value for name, value in about.items() if value is not None}
    fields |= {"alert": identifier, "kind": kind, "notice": notice}
    record(kind="alert.raised", authority=authority, by=by, fields=fields, now=now)
    changed(authority=authority, topic=TOPIC, subjects=[identifier])
    if opened is not None:
        tell_webhooks(notice=opened, now=now)
        escalate(notice=opened, now=now)
    elif not merging:
        _gather(authority, notice, now)
    return identifier


def _gather(authority: UUID, notice: UUID, now: datetime) -> None:
    """The first alert of a notice was told at once; those that follow are one update when its window ends."""
    row = Notice.objects.get(authority_id=authority, pk=notice)
    gather(notice=row, since=now, window=max(row.window_ends - now, timedelta()))


def _open(
    kind: AlertKind, *, authority: UUID, convention: UUID | None, organisation: UUID | None, now: datetime
) -> Notice:
    """A desk that is told of its own organisation's alerts sees no other's: where a step tells it, each organisation's are apart."""
    apart = tells_firm(authority=authority, kind=kind.code, convention=convention)
    alone = organisation if apart else None
    rows = Notice.objects.filter(authority_id=authority, kind=kind.code, convention=convention)
    last = rows.filter(apart=apart, organisation=alone).order_by("-opened_at").first()
    lasts = window(
        kind.urgency,
        before=last.window_ends - last.opened_at if last else None,
        since=now - last.opened_at if last else None,
    )
    return Notice.objects.create(
        authority_id=authority,
        kind=kind.code,
        convention_id=convention,
        apart=apart,
        organisation_id=alone,
        urgency=kind.urgency.value,
        opened_at=now,
        window_ends=now + lasts,
    )


def _join(values: Mapping[str, str | float | UUID | datetime | None]) -> tuple[UUID, bool] | None:
    """The notice that the alert is now part of, and whether its update is asked for already."""
    with connection.cursor() as cursor:
        cursor.execute(_JOIN, values)
        row = cursor.fetchone()
    return None if row is None else (UUID(str(row[0])), bool(row[1]))


@kernel_action
def escalate(*, notice: Notice, now: datetime, by: UUID | None = None) -> int:
    """Tell the next step of a notice, and at once the one after it where nobody is there; returns how many people were told.

    After the last the administrators are told again, and it stops there: the page says so.
    """
    steps = rungs(authority=notice.authority_id, kind=notice.kind, convention=notice.convention_id)
    told, after = 0, True
    while after and notice.step < len(steps):
        rung = steps[notice.step]
        told = _step(notice, rung, now, by)
        if told and rung.wait is not None:
            set_deadline(kind=STEP, authority=notice.authority_id, subject=notice.pk, since=now, promise=rung.wait)
        after = told == 0
    if after:
        told = _step(notice, Rung(None, Target.ADMINISTRATORS.value, None), now, by)
        notice.exhausted_at = now
        notice.save(update_fields=["exhausted_at"])
    live = Alert.objects.filter(authority_id=notice.authority_id, notice=notice, ended_at__isnull=True)
    changed(authority=notice.authority_id, topic=TOPIC, subjects=live.values_list("id", flat=True))
    return told


def _step(notice: Notice, rung: Rung, now: datetime, by: UUID | None) -> int:
    notice.step += 1
    if notice.step > 1:
        notice.version += 1
    notice.save(update_fields=["step", "version"])
    told = tell(notice=notice, step=notice.step, found=_sources(notice, rung, now))
    NoticeStep.objects.create(
        authority_id=notice.authority_id,
        notice=notice,
        position=notice.step,
        audience_id=rung.audience,
        target=rung.target,
        wait=rung.wait,
        told=told,
        at=now,
    )
    fields: dict[str, GivenValue] = {"notice": notice.pk, "step": notice.step, "told": told}
    record(kind="alert.escalated", authority=notice.authority_id, by=by, fields=fields, now=now)
    if notice.kind != NOBODY:
        _note_nobody(notice, rung, told, now)
    return told


def _sources(notice: Notice, rung: Rung, now: datetime) -> Sources:
    alerts = Alert.objects.filter(authority_id=notice.authority_id, notice=notice)
    concerned = alerts.values_list("organisation_id", flat=True).distinct()
    # Its steps may have changed since it opened: what holds alerts of several organisations, or may yet, is no one desk's to see.
    alone = (notice.apart or notice.window_ends <= now) and concerned.count() == 1
    return sources(
        rung=rung,
        authority=notice.authority_id,
        convention=notice.convention_id,
        firms=concerned.filter(organisation__isnull=False) if alone else (),
        now=now,
    )


def _note_nobody(notice: Notice, rung: Rung, told: int, now: datetime) -> None:
    """An audience with nobody in it is an alert of its own, which ends the day it reaches somebody."""
    subject = rung.audience or uuid5(notice.authority_id, f"{rung.target} {notice.convention_id}")
    if told:
        end_alert(authority=notice.authority_id, kind=NOBODY, subject=subject, reason="somebody-again", now=now)
        return
    named = Audience.objects.filter(authority_id=notice.authority_id, pk=rung.audience) if rung.audience else None
    audience = named.first() if named is not None else None
    raise_alert(
        authority=notice.authority_id,
        kind=NOBODY,
        subject=subject,
        resource=None,
        where=None,
        since=now,
        organisation=None,
        convention=None,
        facts={"audience": audience.name if audience else "", "target": rung.target},
        now=now,
    )


@kernel_action
def escalate_unanswered(*, authority: UUID, notice: UUID, now: datetime, by: UUID | None = None) -> int:
    """A step's time has passed: the next one, unless somebody answered at the last moment or it is over."""
    row = Notice.objects.select_for_update(no_key=True).get(authority_id=authority, pk=notice)
    if row.answered_at is not None or row.ended_at is not None or row.exhausted_at is not None:
        return 0
    return escalate(notice=row, now=now, by=by)


@kernel_action
def end_window(*, authority: UUID, notice: UUID, now: datetime) -> None:
    """A window ends: one update for all that came. It concerns those who were told: what a notice holds has one audience. Delivery."""
    row = Notice.objects.select_for_update(no_key=True).get(authority_id=authority, pk=notice)
    if row.merging:
        send_update(notice=row, now=now)


@kernel_action
def update_alert(
    *, authority: UUID, kind: str, subject: UUID, facts: Mapping[str, Fact], now: datetime, by: UUID | None = None
) -> bool:
    """What is known of a live alert changed: what was sent is updated, nothing is repeated. False when none is live.

    Part of the act that found it out, whose entry it is.
    """
    found = _live(authority, kind, subject)
    if found is None:
        return False
    row, notice = found
    if all(row.facts.get(name) == value for name, value in facts.items()):
        return True
    row.facts = {**row.facts, **facts}
    row.save(update_fields=["facts"])
    changed(authority=authority, topic=TOPIC, subjects=[row.pk])
    update_soon(notice=notice, now=now)
    return True


@kernel_action
def end_alert(*, authority: UUID, kind: str, subject: UUID, reason: str, now: datetime, by: UUID | None = None) -> bool:
    """An alert is over: what was sent says so, without noise; False when none is live."""
    found = _live(authority, kind, subject)
    if found is None:
        return False
    row, notice = found
    row.ended_at, row.reason = now, reason
    row.save(update_fields=["ended_at", "reason"])
    record(kind="alert.ended", authority=authority, by=by, fields={"alert": row.pk, "reason": reason}, now=now)
    changed(authority=authority, topic=TOPIC, subjects=[row.pk])
    left = Alert.objects.filter(authority_id=authority, notice=notice, ended_at__isnull=True)
    if not left.exists():
        notice.ended_at = now
    elif not left.filter(taken_by__isnull=True).exists():
        notice.answered_at = notice.answered_at or now
    if notice.ended_at or notice.answered_at:
        notice.save(update_fields=["answered_at", "ended_at"])
        meet_deadline(kind=STEP, authority=authority, subject=notice.pk, at=now)
    update_soon(notice=notice, now=now)
    return True


def _live(authority: UUID, kind: str, subject: UUID) -> tuple[Alert, Notice] | None:
    """The live alert of a subject and its notice, both locked; the notice first, as whoever raises does."""
    rows = Alert.objects.filter(authority_id=authority, kind=kind, subject=subject, ended_at__isnull=True)
    there = rows.first()
    if there is None:
        return None
    notice = Notice.objects.select_for_update(no_key=True).get(authority_id=authority, pk=there.notice_id)
    row = rows.select_for_update(no_key=True).filter(pk=there.pk).first()
    return None if row is None else (row, notice)
