"""The building's manager gives the alert: officers are told, and one of them may ask for the images."""

from datetime import datetime
from uuid import UUID

from beffroi.kernel.alerts.actions.raising import end_alert, raise_alert
from beffroi.kernel.alerts.registry import Where
from beffroi.kernel.register.actions import record
from beffroi.persistence.acts import system_action
from beffroi.systems.video.models import Call, Entrance, Site
from beffroi.systems.video.models.requests import WORDS
from beffroi.systems.video.rules import CALL_WAITS, Alarm


@system_action
def call_officers(
    *, site: Site, entrance: Entrance | None, organisation: UUID, words: str, by: UUID, now: datetime
) -> Call:
    """Press the button; a second press while the first is news is the same alert: what it says is added."""
    Site.objects.select_for_update().get(authority_id=site.authority_id, pk=site.pk)
    calls = Call.objects.filter(authority_id=site.authority_id, site=site, entrance=entrance)
    waiting = calls.filter(answered_at__isnull=True).first()
    if waiting is not None and waiting.at > now - CALL_WAITS:
        return _say_more(waiting, words.strip())
    if waiting is not None:
        waiting.answered_at = now
        waiting.save(update_fields=["answered_at"])
        end_alert(
            authority=site.authority_id, kind=Alarm.CALL, subject=waiting.pk, reason="pressed-again", now=now, by=by
        )
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
    return call


def _say_more(call: Call, words: str) -> Call:
    said = call.words.splitlines()
    text = "\n".join([*said, words])
    if words and words not in said and len(text) <= WORDS:
        call.words = text
        call.save(update_fields=["words"])
    return call
