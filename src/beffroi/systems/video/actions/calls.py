"""The building's manager gives the alert: officers are told, and one of them may ask for the images."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.deadlines.actions import meet_deadline, set_deadline
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.systems.video.models import Call, Entrance, Site
from beffroi.systems.video.models.requests import WORDS
from beffroi.systems.video.rules import CALL_WAITS, Alarm

WAITING = "video.call-waits"


@system_action
def call_officers(
    *, site: Site, entrance: Entrance | None, organisation: UUID, words: str, by: UUID, now: datetime
) -> Call:
    """Press the button; a second press while the first is news is the same alert: what it says is added."""
    Site.objects.select_for_update().get(authority_id=site.authority_id, pk=site.pk)
    calls = Call.objects.filter(authority_id=site.authority_id, site=site, entrance=entrance)
    waiting = calls.filter(answered_at__isnull=True, unanswered_at__isnull=True).first()
    if waiting is not None:
        return _say_more(waiting, words.strip())
    call = Call.objects.create(
        authority_id=site.authority_id,
        site=site,
        entrance=entrance,
        organisation_id=organisation,
        person=by,
        words=words.strip(),
        at=now,
    )
    fields = {"call": call.pk, "site": site.pk, "organisation": organisation}
    record(kind="video.called", authority=site.authority_id, by=by, fields=fields, now=now)
    raise_alert(
        authority=site.authority_id,
        kind=Alarm.CALL,
        subject=call.pk,
        resource=call.pk,
        where=Where(f"{site.name}, {entrance.name}" if entrance else site.name, site.latitude, site.longitude),
        since=now,
        organisation=organisation,
        convention=None,
        facts={},
        now=now,
        by=by,
    )
    set_deadline(kind=WAITING, authority=site.authority_id, subject=call.pk, since=now, promise=CALL_WAITS)
    return call


@kernel_action
def note_unanswered(*, authority: UUID, call: UUID, now: datetime) -> None:
    """Nobody asked for the images that a manager's alert is about: it is over, the register says so, and the next press is news again."""
    row = Call.objects.select_for_update().filter(authority_id=authority, pk=call).first()
    if row is None or row.answered_at or row.unanswered_at:
        return
    row.unanswered_at = now
    row.save(update_fields=["unanswered_at"])
    record(kind="video.call-unanswered", authority=authority, by=None, fields={"call": row.pk}, now=now)
    end_alert(authority=authority, kind=Alarm.CALL, subject=row.pk, reason="unanswered", now=now)


@kernel_action
def answer_call(*, call: Call, by: UUID, now: datetime) -> None:
    """An officer asks for the images that a manager's alert is about: whoever was told of it knows."""
    Call.objects.filter(authority_id=call.authority_id, pk=call.pk, answered_at__isnull=True).update(answered_at=now)
    meet_deadline(kind=WAITING, authority=call.authority_id, subject=call.pk, at=now)
    end_alert(authority=call.authority_id, kind=Alarm.CALL, subject=call.pk, reason="answered", now=now, by=by)


def _say_more(call: Call, words: str) -> Call:
    said = call.words.splitlines()
    text = "\n".join([*said, words])
    if words and words not in said and len(text) <= WORDS:
        call.words = text
        call.save(update_fields=["words"])
    return call
