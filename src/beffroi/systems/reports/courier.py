"""The worker's loop that hands reports to other towns' Open311 servers.

GeoReport v2 has no way to post twice and be taken once. A post whose answer was lost (a time-out, a worker killed before it noted the
answer) is looked for before it is made again: by the token that our own servers keep for the number of a post, then among what was
reported of that service since, by the mark in its words. Only what isn't found is posted again: nothing is lost.
"""

import asyncio
import logging
import threading
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from beffroi.adapters.keystore import KeyStoreError
from beffroi.adapters.open311.client import OF_US, Failed, Report, Server, Town
from beffroi.adapters.open311.documents import Created, ServiceDefinition
from beffroi.adapters.storage.errors import SealError
from beffroi.lib.clock import Clock, utc_now
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.work import each_claimed, repeated
from beffroi.systems.reports.actions.notices import claim_notices
from beffroi.systems.reports.actions.sending import (
    Claimed,
    Given,
    claim_pushes,
    drop_push,
    note_given,
    note_trouble,
)
from beffroi.systems.reports.herald import tell
from beffroi.systems.reports.models import PushState
from beffroi.systems.reports.queries.servers import Outgoing, client_for, door, outgoing, push_of

AT_ONCE: Final = 20
LOOK_EVERY: Final = 2.0
# Servers answer for ninety days at most.
LONGEST: Final = timedelta(days=89)
MARGIN: Final = timedelta(minutes=2)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Errand:
    """One attempt: what is posted, where, and since when it may be there already."""

    claimed: Claimed
    server: Server
    leaving: Outgoing
    token: str
    since: datetime


def run_pushes(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Post what waits to leave, then what is said of what is there, until told to stop."""

    def turn() -> float:
        claimed = claim_pushes(now=clock(), most=AT_ONCE)
        if claimed:
            carry(claimed, clock)
        due = claim_notices(now=clock(), most=AT_ONCE)
        if due:
            tell(due, clock)
        return 0.0 if claimed or due else LOOK_EVERY

    repeated(turn, stop)


def carry(claimed: Collection[Claimed], clock: Clock = utc_now) -> None:
    """Post what was claimed, all at once, and note what came back."""
    errands: list[Errand] = []

    def failed(one: Claimed, _attempt: int, fault: str) -> None:
        note_trouble(claimed=one, handover=Handover(Outcome.AGAIN, fault), said="", now=clock())

    def prepare(one: Claimed, _attempt: int) -> None:
        found = _errand(one)
        if isinstance(found, Errand):
            errands.append(found)
        else:
            note_trouble(claimed=one, handover=found, said="", now=clock())

    each_claimed("report to a server", [(one, one.attempt) for one in claimed], prepare, failed)
    answers = dict(zip((one.claimed for one in errands), asyncio.run(_posted(errands, clock)), strict=True))

    def note(one: Claimed, _attempt: int) -> None:
        answer = answers[one]
        if answer is None:
            drop_push(claimed=one)
        elif isinstance(answer, Given):
            note_given(claimed=one, given=answer, now=clock())
        else:
            words = " ".join(each.description for each in answer.problems)
            note_trouble(claimed=one, handover=answer.handover, said=words, now=clock())

    each_claimed("answer of a server", [(one, one.attempt) for one in answers], note, failed)


def _errand(one: Claimed) -> Errand | Handover:
    push = push_of(one.push)
    if push is None:
        return Handover(Outcome.REFUSED, "gone")
    try:
        server = door(push.server)
    except (KeyStoreError, SealError) as error:
        log.warning("the key that closes a server's isn't here: put the copy of BEFFROI_HOME/keys back")
        return Handover(Outcome.AGAIN, type(error).__name__)
    leaving = outgoing(push)
    if leaving is None:
        return Handover(Outcome.REFUSED, "no-service")
    return Errand(one, server, leaving, push.token, push.first_at or push.made_at)


async def _posted(errands: Collection[Errand], clock: Clock) -> list[Given | Failed | None]:
    async with client_for(clock) as ours:
        return list(await asyncio.gather(*(_sent(Town(ours, one.server), one, clock()) for one in errands)))


async def _sent(town: Town, errand: Errand, now: datetime) -> Given | Failed | None:
    """What the server gave, or why nothing; None where it isn't there and is to be posted no more."""
    if errand.claimed.state is PushState.NUMBERED_LATER:
        return await _number(town, errand.token)
    if errand.claimed.lost and (there := await _looked_for(town, errand, now)) is not None:
        return there
    if not errand.claimed.wanted:
        return None
    report = await _fitting(town, errand.leaving.report)
    created = report if isinstance(report, Failed) else await town.post(report)
    return created if isinstance(created, Failed) else replace(_given(created), photo=errand.leaving.photo)


def _given(created: Created) -> Given:
    return Given(created.service_request_id or "", created.token or "")


async def _number(town: Town, token: str) -> Given | Failed:
    """The number that a token became; a server that knows nothing of it yet says so in many ways."""
    found = await town.token(token)
    if isinstance(found, Created):
        return Given(found.service_request_id or "", token)
    return found if found.handover.outcome is Outcome.AGAIN else Given("", token)


async def _looked_for(town: Town, errand: Errand, now: datetime) -> Given | Failed | None:
    """What an earlier post made; None where nothing is found, or the server has no way to look."""
    report = errand.leaving.report
    kept = await town.token(report.reference)
    if isinstance(kept, Created) and kept.service_request_id:
        return _given(kept)
    found = await town.posted(report.service_code, max(errand.since, now - LONGEST) - MARGIN, now + MARGIN)
    if isinstance(found, Failed):
        return found if _later(found) else None
    same = (one for one in found.items if errand.leaving.mark in (one.description or ""))
    return next((Given(one.service_request_id) for one in same), None)


def _later(failed: Failed) -> bool:
    """Whether a question may be answered later; one that isn't for us never is."""
    return failed.handover.outcome is Outcome.AGAIN and failed.handover.fault not in OF_US


async def _fitting(town: Town, report: Report) -> Report | Failed:
    """With the answers to what the server asks, and no others; not before it said what that is."""
    if not report.attributes:
        return report
    asked = await town.definition(report.service_code)
    if isinstance(asked, Failed) and _later(asked):
        return asked
    kept: dict[str, list[str]] = {}
    for one in asked.attributes if isinstance(asked, ServiceDefinition) else ():
        keys = {value.key for value in one.values}
        said = [value for value in report.attributes.get(one.code, ()) if not keys or value in keys]
        if one.variable and said:
            kept[one.code] = said
    return replace(report, attributes=kept)
