"""Numbers for text messages: proven by a code sent to them, given up, found to be nobody's; and how many messages leave a day.

A number stands in its own row and nowhere else: not in the register, not in a log, not in a delivery.
"""

import hmac
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.conf import settings
from django.utils.timezone import localdate

from beffroi.kernel.alerts.models import Delivery, Mobile, TextDay
from beffroi.kernel.alerts.rules import TRIES
from beffroi.persistence.acts import kernel_action

if TYPE_CHECKING:
    from beffroi.kernel.alerts.actions.delivery import Claimed

CODE_HOLDS: Final = timedelta(minutes=10)
CODE_EVERY: Final = timedelta(minutes=1)
CODES_A_DAY: Final = 5
CEILING: Final = "daily-ceiling"


class Refused(StrEnum):
    """Why no code leaves, or why one isn't taken."""

    WAIT = "wait"
    TOMORROW = "tomorrow"
    CEILING = CEILING
    WRONG = "wrong-code"
    OVER = "code-over"


def _digest(person: UUID, number: str, code: str) -> str:
    """What is kept of a code: nothing that a copy of the database gives back without our key."""
    told = f"{person} {number} {code}".encode()
    return hmac.new(settings.SECRET_KEY.encode(), told, sha256).hexdigest()


@kernel_action
def ask_code(*, number: str, code: str, now: datetime, by: UUID) -> Refused | None:
    """Have a code prove that a number is the asker's; whoever calls sends it. None: it may leave.

    A person has few a day, a number has few a day whoever asks, the installation has no more than it pays for.
    """
    Mobile.objects.get_or_create(person_id=by)
    row = Mobile.objects.select_for_update().get(person_id=by)
    today = localdate(now)
    same_day = row.asked_at is not None and localdate(row.asked_at) == today
    if row.asked_at is not None and now - row.asked_at < CODE_EVERY:
        return Refused.WAIT
    others = Mobile.objects.filter(wanted=number, asked_at__gte=now - timedelta(days=1)).exclude(pk=row.pk)
    if (same_day and row.codes >= CODES_A_DAY) or sum(others.values_list("codes", flat=True)) >= CODES_A_DAY:
        return Refused.TOMORROW
    if not _count(None, 1, now):
        return Refused.CEILING
    row.wanted, row.digest, row.asked_at, row.tries = number, _digest(by, number, code), now, 0
    row.codes = row.codes + 1 if same_day else 1
    row.save(update_fields=["wanted", "digest", "asked_at", "tries", "codes"])
    return None


@kernel_action
def prove_number(*, code: str, now: datetime, by: UUID) -> Refused | None:
    """Take a code back. None: the number is theirs from now on, and the former one is forgotten."""
    row = Mobile.objects.select_for_update().filter(person_id=by).exclude(wanted="").first()
    if row is None or row.asked_at is None or now - row.asked_at > CODE_HOLDS or row.tries >= TRIES:
        return Refused.OVER
    if not hmac.compare_digest(row.digest, _digest(by, row.wanted, code)):
        row.tries += 1
        row.save(update_fields=["tries"])
        return Refused.WRONG if row.tries < TRIES else Refused.OVER
    # Another number is another thing to print: its owner says so anew.
    row.printed = row.printed and row.number == row.wanted
    row.number, row.proven_at, row.lost_at, row.wanted, row.digest = row.wanted, now, None, "", ""
    row.save(update_fields=["number", "printed", "proven_at", "lost_at", "wanted", "digest"])
    return None


@kernel_action
def let_print(*, printed: bool, by: UUID) -> bool:
    """Let one's number stand beside one's turns on the sheet of the degraded mode, or not any more; False without a number."""
    return bool(Mobile.objects.filter(person_id=by).exclude(number="").update(printed=printed))


@kernel_action
def give_up_number(*, by: UUID) -> bool:
    """Forget one's number, and one that was only wanted; False when there was neither."""
    rows = Mobile.objects.filter(person_id=by).exclude(number="", wanted="")
    return bool(rows.update(number="", printed=False, proven_at=None, lost_at=None, wanted="", digest=""))


@kernel_action
def lose_number(*, number: str, delivery: UUID, now: datetime) -> None:
    """The gateway says that a number is nobody's: it is forgotten, and its page says so. The person may have another by now."""
    person = Delivery.objects.filter(pk=delivery).values("person")
    Mobile.objects.filter(person__in=person, number=number).exclude(number="").update(
        number="", printed=False, lost_at=now
    )


@kernel_action
def forget_wanted(*, keys: Sequence[str], now: datetime, by: UUID | None) -> int:
    """Forget numbers that nobody proved to be theirs."""
    return Mobile.objects.filter(person__in=[UUID(key) for key in keys]).exclude(wanted="").update(wanted="", digest="")


@kernel_action
def within_ceiling(*, claimed: "Sequence[Claimed]", now: datetime) -> "list[Claimed]":
    """The same, those refused that go over what their authority sends a day. One that is tried again was counted already."""
    fresh = {each.delivery for each in claimed if each.attempt == 1}
    rows = dict(Delivery.objects.filter(pk__in=fresh).values_list("pk", "authority_id"))
    room = {authority: _count(authority, many, now) for authority, many in sorted(Counter(rows.values()).items())}
    found = []
    for each in claimed:
        authority = rows.get(each.delivery)
        if authority is None or room[authority] > 0:
            found.append(each)
        else:
            found.append(replace(each, refused=CEILING))
        if authority is not None:
            room[authority] -= 1
    return found


def _count(authority: UUID | None, wanted: int, now: datetime) -> int:
    """Count messages of today; returns how many of them may leave."""
    today = localdate(now)
    TextDay.objects.bulk_create([TextDay(authority_id=authority, day=today)], ignore_conflicts=True)
    row = TextDay.objects.select_for_update().get(authority=authority, day=today)
    admitted = max(0, min(wanted, settings.BEFFROI_SMS_PER_DAY - row.sent))
    row.sent += admitted
    row.save(update_fields=["sent"])
    return admitted
