"""The worker's work that tells other towns' servers what is said here of the reports that they have: each word once where they let us look.

As with reports themselves, a word whose answer was lost is looked for before it is posted again.
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from beffroi.adapters.keystore import KeyStoreError
from beffroi.adapters.open311.client import OF_US, Failed, NewUpdate, Server, Town
from beffroi.adapters.storage.errors import SealError
from beffroi.lib.clock import Clock, utc_now
from beffroi.lib.handover import Handover, Outcome
from beffroi.persistence.work import each_claimed
from beffroi.systems.reports.actions.notices import Due, forget_notice, note_told, note_untold
from beffroi.systems.reports.models import Notice
from beffroi.systems.reports.queries.notices import news_of, notice_of, numbers_told, same
from beffroi.systems.reports.queries.servers import client_for, door

# Servers answer for ninety days at most.
LONGEST: Final = timedelta(days=89)
MARGIN: Final = timedelta(minutes=2)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Word:
    """One attempt: what is told, where; and what was told there already, each under its number."""

    due: Due
    notice: Notice
    server: Server
    news: NewUpdate
    known: frozenset[str]


def tell(claimed: Collection[Due], clock: Clock = utc_now) -> None:
    """Post what was claimed, all at once, and note what came back."""
    words: list[Word] = []

    def failed(one: Due, _attempt: int, fault: str) -> None:
        note_untold(due=one, handover=Handover(Outcome.AGAIN, fault), now=clock())

    def prepare(one: Due, _attempt: int) -> None:
        found = _word(one)
        if isinstance(found, Word):
            words.append(found)
        elif isinstance(found, Handover):
            note_untold(due=one, handover=found, now=clock())
        else:
            forget_notice(due=one)

    each_claimed("word to a server", [(one, one.attempt) for one in claimed], prepare, failed)
    answers = dict(zip((one.due for one in words), asyncio.run(_posted(words, clock)), strict=True))

    def note(one: Due, _attempt: int) -> None:
        answer = answers[one]
        if isinstance(answer, Failed):
            note_untold(due=one, handover=answer.handover, now=clock())
        else:
            note_told(due=one, remote=answer)

    each_claimed("answer of a server", [(one, one.attempt) for one in answers], note, failed)


def _word(one: Due) -> Word | Handover | None:
    """None where there is nothing to tell any more."""
    notice = notice_of(one.notice)
    news = news_of(notice) if notice is not None else None
    if notice is None or news is None:
        return None
    try:
        server = door(notice.push.server)
    except (KeyStoreError, SealError) as error:
        log.warning("the key that closes a server's isn't here: put the copy of BEFFROI_HOME/keys back")
        return Handover(Outcome.AGAIN, type(error).__name__)
    return Word(one, notice, server, news, frozenset(numbers_told(notice.push)))


async def _posted(words: Collection[Word], clock: Clock) -> list[str | Failed]:
    async with client_for(clock) as ours:
        return list(await asyncio.gather(*(_told(Town(ours, one.server), one, clock()) for one in words)))


async def _told(town: Town, word: Word, now: datetime) -> str | Failed:
    """The number that it has there."""
    if word.due.lost and (there := await _looked_for(town, word, now)) is not None:
        return there
    created = await town.post_update(word.news)
    return created if isinstance(created, Failed) else created.update_id


async def _looked_for(town: Town, word: Word, now: datetime) -> str | Failed | None:
    """What an earlier post made; None where nothing is found, or the server has no way to look."""
    since = max(word.news.updated_datetime, now - LONGEST) - MARGIN
    found = await town.updates(since, now + MARGIN)
    if isinstance(found, Failed):
        later = found.handover.outcome is Outcome.AGAIN and found.handover.fault not in OF_US
        return found if later else None
    theirs = (one for one in found.items if one.service_request_id == word.news.service_request_id)
    return next((one.update_id for one in theirs if one.update_id not in word.known and same(word.notice, one)), None)
