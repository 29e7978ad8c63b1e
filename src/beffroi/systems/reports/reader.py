"""The worker's loop that reads what becomes of our reports on other towns' servers: each word once, by the ordinary acts."""

import asyncio
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from beffroi.adapters.open311.client import Failed, Server, Town
from beffroi.adapters.open311.documents import ServiceRequest, Stage, Status, Update
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.lib.clock import Clock, utc_now
from beffroi.lib.handover import Outcome
from beffroi.persistence.work import each_claimed, repeated
from beffroi.systems.reports.actions.handling import (
    Said,
    decline_report,
    hand_over,
    mend_report,
    merge_report,
    reopen_report,
    say_of_report,
    stage_report,
)
from beffroi.systems.reports.actions.programs import say_from_program
from beffroi.systems.reports.actions.sending import claim_servers, note_joined, note_read, note_status, note_unread
from beffroi.systems.reports.models import Push
from beffroi.systems.reports.models import Server as Row
from beffroi.systems.reports.queries.notices import is_ours
from beffroi.systems.reports.queries.servers import (
    client_for,
    door,
    followed,
    live_server,
    said_already,
    step_after,
    there_as,
)
from beffroi.systems.reports.rules import LONGEST_TEXT, OPEN, Decline
from beffroi.systems.reports.rules import Stage as Step

AT_ONCE: Final = 20
LOOK_EVERY: Final = 5.0
# Clocks of two towns differ, and a server may show late what it dates early: what was read before is read once more, and told once.
OVERLAP: Final = timedelta(minutes=15)
# Servers answer for ninety days at most.
LONGEST: Final = timedelta(days=89)
MOST_UPDATES: Final = 1000
ASKED_AT_ONCE: Final = 50
LONGEST_NUMBER: Final = 64
# What a server says of a duplicate and nothing else: the number of the other.
NUMBER: Final = re.compile(r"(?=.*[0-9])#?([A-Za-z0-9][A-Za-z0-9./_-]{0,63})", re.ASCII)
# What was said in an order is read in that order.
A_MOMENT: Final = timedelta(microseconds=1)
Answer = Sequence[Update] | list[ServiceRequest] | Failed


@dataclass(frozen=True, slots=True)
class Told:
    """Something that a server says of a report of ours; `status` is how it is known again where the server has no updates."""

    push: Push
    update: Update
    status: str = ""


def run_reading(stop: threading.Event, clock: Clock = utc_now) -> None:
    """Read the servers whose turn it is, until told to stop."""

    def failed(server: UUID, attempt: int, fault: str) -> None:
        note_unread(server=server, attempt=attempt, fault=fault, now=clock())

    def turn() -> float:
        servers = claim_servers(now=clock(), most=AT_ONCE)
        each_claimed("server", servers, lambda server, attempt: read(server, attempt, clock), failed)
        return 0.0 if servers else LOOK_EVERY

    repeated(turn, stop)


def read(server: UUID, attempt: int, clock: Clock = utc_now) -> None:
    """What a server says of our reports since it was read last."""
    row, now = live_server(server), clock()
    if row is None:
        return
    pushes = followed(row, now)
    if not pushes:
        note_read(server=server, attempt=attempt, until=now, by_request=row.by_request, now=now)
        return
    since = max(row.read_until, now - LONGEST) - OVERLAP
    found = asyncio.run(_asked(door(row), sorted(pushes), since, now, by_request=row.by_request))
    if isinstance(found, Failed):
        note_unread(server=server, attempt=attempt, fault=found.handover.fault, now=now)
        return
    by_request, until = isinstance(found, list), now
    if not isinstance(found, list) and len(found) >= MOST_UPDATES:
        until = min(now, max(one.updated_datetime for one in found))
    faults: list[str] = []
    told = sorted(_told(found, pushes, now), key=lambda one: one.update.updated_datetime)
    # By their places: what is said of one that fails goes into a log, its words don't.
    each_claimed(
        f"update of server {server}, number",
        [(place, attempt) for place in range(len(told))],
        lambda place, _attempt: take_in_update(told[place], row, now + 2 * place * A_MOMENT),
        lambda _place, _attempt, fault: faults.append(fault),
    )
    if faults:
        note_unread(server=server, attempt=attempt, fault=faults[0], now=now)
    else:
        note_read(server=server, attempt=attempt, until=until, by_request=by_request, now=now)


async def _asked(
    server: Server, numbers: Sequence[str], since: datetime, until: datetime, *, by_request: bool
) -> Answer:
    """Updates; where the server has none, each report as it is there, in a list."""
    async with client_for(lambda: until) as ours:
        town = Town(ours, server)
        if not by_request:
            found = await town.updates(since, until)
            if not isinstance(found, Failed):
                return found.items
            if found.handover.outcome is Outcome.AGAIN:
                return found
        rows: list[ServiceRequest] = []
        for first in range(0, len(numbers), ASKED_AT_ONCE):
            some = await town.requests(numbers[first : first + ASKED_AT_ONCE])
            if isinstance(some, Failed):
                return some
            rows += some.items
        return rows


def _told(
    found: Sequence[Update] | list[ServiceRequest], pushes: Mapping[str, Sequence[Push]], now: datetime
) -> list[Told]:
    told: list[Told] = []
    for one in found:
        for push in pushes.get(one.service_request_id, ()):
            if isinstance(one, Update):
                told.append(Told(push, one))
            elif push.joined in ("", one.service_request_id):
                told += _news(push, one, now)
    return told


def _news(push: Push, request: ServiceRequest, now: datetime) -> list[Told]:
    """What a report there says that it didn't when it was read last: its state, or what was noted of it."""
    notes = request.status_notes or ""
    status = f"{request.status}:{sha256(notes.encode()).hexdigest()[:16]}"
    before = push.status.partition(":")[0] or Status.OPEN.value
    if push.status == status or (not push.status and request.status is Status.OPEN and not notes):
        return []
    again = before == Status.CLOSED and request.status is Status.OPEN
    at = request.updated_datetime or now
    update = Update(
        f"{status}:{at:%Y%m%dT%H%M%S}",
        request.service_request_id,
        Stage.REOPEN if again else Stage(request.status.value),
        at,
        notes,
    )
    return [Told(push, update, status)]


def take_in_update(told: Told, server: Row, now: datetime) -> None:
    """Into the report's thread, once: its stage follows where whoever runs the server has it in charge. What we told it comes back
    among the rest.
    """
    push, update = told.push, told.update
    if is_ours(push, update):
        return
    push.report.refresh_from_db(fields=["stage", "organisation"])  # by what was said just before, too
    number = update.update_id
    if len(number) > LONGEST_NUMBER:
        number = sha256(number.encode()).hexdigest()
    remote = f"{server.pk.hex}:{number}"
    if not said_already(push.report, remote):
        _act(push, server, update, Said((update.description or "").strip()[:LONGEST_TEXT], remote=remote), now)
    if update.media_url:
        # What lies there is anything: staff may look, nobody here fetches it.
        link = update.media_url
        say_from_program(
            report=push.report, remote=f"{remote}:photo", text=link, public=False, by=None, now=now + A_MOMENT
        )
    if told.status:
        note_status(push=push.pk, status=told.status)


def _act(push: Push, server: Row, update: Update, said: Said, now: datetime) -> None:
    report = push.report
    in_charge = report.organisation_id == server.organisation_id
    if in_charge and report.stage in OPEN and update.status is Stage.NOT_COUNCILS_RESPONSIBILITY:
        # Not theirs: whose it is, the town finds out. It isn't declined, and its clock goes on.
        own = authority_organisation(report.authority_id).pk
        hand_over(report=report, organisation=own, team=None, said=said, by=None, now=now)
        return
    if in_charge and report.stage in OPEN and update.status is Stage.DUPLICATE:
        _join(push, server, said, now)
        return
    aside = push.joined and update.service_request_id == push.remote
    if aside and update.status.status is Status.OPEN:
        _goes_on_as(push, "")  # it was another fault after all
        aside = False
    # What was joined to another is mended when that one is, and not when its own number is put away.
    step = step_after(update.status, Step(report.stage)) if in_charge and not aside else None
    if step is None:
        if said.text:
            say_of_report(report=report, said=said, staff=True, by=None, now=now)
    elif step is Step.DONE:
        mend_report(report=report, said=_in_words(said, server), by=None, now=now)
    elif step is Step.DECLINED:
        decline_report(report=report, reason=Decline.REFUSED, said=_in_words(said, server), by=None, now=now)
    elif report.stage not in OPEN:
        reopen_report(report=report, said=said, by=None, now=now)
    else:
        stage_report(report=report, stage=step, said=said, by=None, now=now)


def _join(push: Push, server: Row, said: Said, now: datetime) -> None:
    """Their "duplicate" mends nothing: it is joined here where the other is ours as well, and else stays open, by its first clock. Where
    they say the other's number, what becomes of that is what becomes of it.
    """
    found = NUMBER.fullmatch(said.text)
    other = there_as(server, found[1]) if found else None
    report, name = push.report, {"name": server.name}
    if other is not None and other.pk != push.pk and other.report.stage != Step.MERGED:
        merge_report(report=report, into=other.report, remote=said.remote, by=None, now=now)
        return
    if found and other is None:
        _goes_on_as(push, found[1])
        text = _("%(name)s joined it to another there, which goes on: no. %(number)s.") % {**name, "number": found[1]}
    else:
        text = " ".join(part for part in (_("%(name)s has it as a duplicate of another.") % name, said.text) if part)
    say_of_report(report=report, said=replace(said, text=text[:LONGEST_TEXT]), staff=True, by=None, now=now)


def _goes_on_as(push: Push, number: str) -> None:
    note_joined(push=push.pk, number=number)
    push.joined = number  # for what is said next


def _in_words(said: Said, server: Row) -> Said:
    """Closing says why."""
    return said if said.text else replace(said, text=_("%(name)s closed it without a word.") % {"name": server.name})
