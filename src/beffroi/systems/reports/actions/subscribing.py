"""Somebody subscribes to a kind of fault or a place, ends it, and is told of what is new there, once a day at most."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Min, Q, QuerySet
from django.db.models.functions import Coalesce

from beffroi.lib.positions import Position
from beffroi.persistence.acts import kernel_action, system_action
from beffroi.persistence.letters import LETTERS_WAIT
from beffroi.persistence.wake import wake
from beffroi.systems.reports.actions.telling import A_BATCH, DAY, ask_subscriber
from beffroi.systems.reports.models import Letter, Subscription
from beffroi.systems.reports.queries.subscriptions import areas_told, living, news, written
from beffroi.systems.reports.rules import LetterKind, LetterState

DIGESTS: Final = "reports.digests"
# Of one person, or one address, in an authority.
MOST: Final = 20
# So long after they last said that they want it somebody is asked again; so long they have to say so.
A_YEAR: Final = timedelta(days=365)
TO_ANSWER: Final = timedelta(days=30)
# What was reported so long ago stands in the database by now: what is still being written is told the next day, and never left out.
SETTLED: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Around:
    """A point, so many metres around it, and what its person calls it."""

    point: Position
    metres: int
    place: str = ""


@dataclass(frozen=True, slots=True)
class Covered:
    """What somebody wants to be told of; what is None covers anything. A district or a point, not both."""

    category: UUID | None = None
    territory: UUID | None = None
    around: Around | None = None


class TakenUp(StrEnum):
    """What came of a yes: told from now on, or why not."""

    DONE = "done"
    LATE = "late"  # the question is older than a day: anybody may have asked it
    FULL = "full"  # this address has as many as one may have


@system_action
def subscribe(
    *, authority: UUID, covered: Covered, person: UUID | None, email: str, language: str, now: datetime
) -> Subscription | None:
    """The same again is one; None where this person, or this address, is told of as many as one may be. An address is asked first: what
    others wanted in its name counts for nothing.
    """
    email = "" if person else email.strip().lower()
    own = _own(authority, person, email)
    around = covered.around
    where = {
        "category_id": covered.category,
        "territory_id": covered.territory,
        "latitude": around.point.latitude if around else None,
        "longitude": around.point.longitude if around else None,
        "radius": around.metres if around else None,
    }
    row = own.select_for_update().filter(**where).first()
    if row is None:
        if _told(own) >= MOST:
            return None
        new = Subscription(authority_id=authority, person_id=person, email=email, since=now, told_until=now, **where)
        new.place, new.language = around.place if around else "", language
        # Sent twice at one instant, the second finds what the first wrote.
        Subscription.objects.bulk_create([new], ignore_conflicts=True)
        row = own.select_for_update().get(**where)
    elif row.stopped_at is not None:
        row.stopped_at, row.confirmed_at, row.asked_at, row.since, row.told_until = None, None, None, now, now
        row.save()
    elif row.email and row.confirmed_at is None:
        row.since = now
        row.save(update_fields=["since"])
    elif row.asked_at is not None and person is not None:
        # That is an answer. Of an address it is none: anybody may type it.
        row.confirmed_at, row.asked_at = now, None
        row.save(update_fields=["confirmed_at", "asked_at"])
    if row.email and row.confirmed_at is None:
        ask_subscriber(subscription=row, now=now)
    return row


def _own(authority: UUID, person: UUID | None, email: str) -> QuerySet[Subscription]:
    whose = Q(person_id=person) if person else Q(person__isnull=True, email=email)
    return Subscription.objects.filter(whose, authority_id=authority)


def _told(own: QuerySet[Subscription]) -> int:
    rows = own.filter(stopped_at__isnull=True)
    return rows.exclude(person__isnull=True, confirmed_at__isnull=True).count()


@system_action
def take_up_subscription(*, subscription: Subscription, now: datetime) -> TakenUp:
    """Whoever reads the letter wants to be told: the address is theirs. Of what is new from now on."""
    own = _own(subscription.authority_id, subscription.person_id, subscription.email)
    row = next((one for one in own.select_for_update().order_by("pk") if one.pk == subscription.pk), None)
    if row is None or (row.email and row.confirmed_at is None and row.since <= now - DAY):
        return TakenUp.LATE
    if row.stopped_at is None and (row.confirmed_at is not None or row.person_id is not None):
        return TakenUp.DONE
    if _told(own) >= MOST:
        return TakenUp.FULL
    row.confirmed_at, row.stopped_at, row.asked_at, row.told_until = now, None, None, now
    row.save()
    return TakenUp.DONE


@system_action
def keep_subscription(*, subscription: Subscription, now: datetime) -> bool:
    """Asked whether they go on, they do: for another year. Whether they are told: it may have ended by then."""
    rows = Subscription.objects.filter(pk=subscription.pk, stopped_at__isnull=True)
    rows.filter(asked_at__isnull=False).update(confirmed_at=now, asked_at=None)
    return rows.exists()


@system_action
def end_subscription(*, subscription: Subscription, now: datetime) -> None:
    """They are told no more."""
    Subscription.objects.filter(pk=subscription.pk, stopped_at__isnull=True).update(stopped_at=now)


@kernel_action
def write_digests(*, authority: UUID, now: datetime) -> int:
    """A letter to each of whose subscription something is new; returns how many. One that hasn't left yet tells this too."""
    until = now - SETTLED
    rows = living(authority).filter(told_until__lt=until)
    since = rows.aggregate(since=Min("told_until"))["since"]
    found = list(news(authority, since, until)) if since is not None else []
    if not found:
        return 0
    told = list(rows.select_for_update(of=("self",)).select_related("person").order_by("pk"))
    areas, theirs = areas_told(told), written(found)
    wanted = [
        row
        for row in told
        if any(one.since > row.told_until and areas[row.pk].covers(one, theirs[one.pk]) for one in found)
    ]
    waiting = Letter.objects.filter(
        subscription__in=wanted, kind=LetterKind.DIGEST.value, state=LetterState.QUEUED.value, attempts=0
    )
    there = set(waiting.select_for_update().values_list("subscription_id", flat=True))
    waiting.update(until=until)
    Letter.objects.bulk_create(
        Letter(
            authority_id=authority,
            subscription=row,
            kind=LetterKind.DIGEST.value,
            since=row.told_until,
            until=until,
            due_at=until,
        )
        for row in wanted
        if row.pk not in there
    )
    Subscription.objects.filter(pk__in=[row.pk for row in told]).update(told_until=until)
    if wanted:
        wake(LETTERS_WAIT)
    return len(wanted)


@kernel_action
def ask_whether_on(*, authority: UUID, now: datetime) -> None:
    """Whoever said a year ago that they want to be told is asked whether they still do; whoever was asked a month ago and said nothing is
    told no more, and that.
    """
    rows = living(authority).select_for_update().order_by("pk")
    silent = list(rows.filter(asked_at__lte=now - TO_ANSWER))
    Subscription.objects.filter(pk__in=[row.pk for row in silent]).update(stopped_at=now)
    said = rows.annotate(said=Coalesce("confirmed_at", "since"))
    asked = list(said.filter(asked_at__isnull=True, said__lte=now - A_YEAR))
    Subscription.objects.filter(pk__in=[row.pk for row in asked]).update(asked_at=now)
    letters = [
        Letter(authority_id=authority, subscription=row, kind=kind.value, since=now, due_at=now)
        for kind, found in ((LetterKind.ENDED, silent), (LetterKind.RENEW, asked))
        for row in found
    ]
    if letters:
        Letter.objects.bulk_create(letters, batch_size=A_BATCH, ignore_conflicts=True)
        wake(LETTERS_WAIT)
