"""Servers of others that reports are handed to: an authority's, what leaves for one, and how far a report is there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.urls import reverse

from beffroi.adapters.http.client import Client
from beffroi.adapters.http.reach import Reach
from beffroi.adapters.open311 import client as open311
from beffroi.adapters.open311.documents import LONGEST_DESCRIPTION, Format, Stage
from beffroi.kernel.territory.queries.authorities import public_address
from beffroi.lib.clock import Clock
from beffroi.lib.naming import names_somebody
from beffroi.lib.viewer import Role, Viewer
from beffroi.systems.reports.models import (
    Answer,
    Line,
    NoticeState,
    Push,
    PushState,
    Question,
    Report,
    Server,
    ServerService,
)
from beffroi.systems.reports.queries.media import seal
from beffroi.systems.reports.queries.reports import shown_photos
from beffroi.systems.reports.rules import OPEN, Source
from beffroi.systems.reports.rules import Stage as Step

# What was closed here may be opened again there for so long.
FOLLOWED: Final = timedelta(days=60)
# "[Meaux, 26-000123]": where a report that leaves comes from. Whoever sees it there finds it here, and so do we when an answer was lost.
MARK: Final = re.compile(r"^\[[^\[\]\n]{1,120}, [0-9]{2}-[0-9]{6,9}\]", re.MULTILINE)


def servers_of(viewer: Viewer, authority: UUID) -> QuerySet[Server]:
    """The servers of an authority, for its administrators: those that are ended last; `failed` counts what could not be sent."""
    rows = Server.objects.filter(authority_id=authority, authority_id__in=viewer.authorities(Role.ADMINISTRATOR))
    counted = rows.annotate(
        taken=Count("pushes", filter=Q(pushes__state=PushState.TAKEN.value)),
        failed=Count("pushes", filter=Q(pushes__state=PushState.FAILED.value)),
    )
    return counted.select_related("organisation").order_by(F("ended_at").asc(nulls_first=True), "name", "id")


def mapped_codes(server: Server) -> dict[UUID, str]:
    """Which service each kind of fault becomes there."""
    return dict(ServerService.objects.filter(server=server).values_list("category_id", "code"))


def server_for(report: Report) -> Server | None:
    """The live server of the organisation that has it in charge, where its kind of fault becomes something."""
    rows = Server.objects.filter(
        authority_id=report.authority_id, organisation_id=report.organisation_id, ended_at__isnull=True
    )
    return rows.filter(mapped__category_id=report.category_id).first()


def takers(authority: UUID, category: UUID) -> list[UUID]:
    """Organisations whose live server takes a kind of fault: they may be given one without a desk here."""
    rows = Server.objects.filter(authority_id=authority, ended_at__isnull=True, mapped__category_id=category)
    return list(rows.values_list("organisation_id", flat=True))


def passed_on(report: Report) -> bool:
    """Whether another town handed it to us: it goes no further by itself, so that it never comes round in a circle."""
    return report.source == Source.OPEN311 and MARK.search(report.text) is not None


def pushes_of(report: Report) -> QuerySet[Push]:
    """Where it was sent, and how far it is there; `untold` counts what could not be told them of it since."""
    untold = Count("notices", filter=Q(notices__state=NoticeState.FAILED.value))
    return Push.objects.filter(report=report).annotate(untold=untold).select_related("server").order_by("made_at", "id")


def may_be_sent(report: Report) -> bool:
    """Whether somebody may have it sent to whoever has it in charge: it never left, or could not."""
    server = server_for(report)
    if server is None:
        return False
    undone = (PushState.FAILED.value, PushState.DROPPED.value)
    push = Push.objects.filter(server=server, report=report).first()
    return push is None or push.state in undone


def key_name(server: Server) -> str:
    """The name that our key there is sealed under."""
    return f"{server.authority_id}/{server.pk}/open311-key"


def door(server: Server) -> open311.Server:
    """How to reach it. Raises KeyStoreError, SealError where the key that closes ours isn't here."""
    sealed = bytes(server.sealed_key)
    key = seal().open_sealed(key_name(server), sealed).decode() if sealed else ""
    return open311.Server(server.url, key, server.jurisdiction, Format(server.form))


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A report as it leaves; `mark` is what it is known by, there; `photo` the one that goes along, as (photo, version)."""

    report: open311.Report
    mark: str
    photo: tuple[UUID, int] | None = None


def mark_of(report: Report) -> str:
    """What says in its words where it comes from."""
    return f"[{' '.join(re.sub(r'[][]', ' ', report.authority.name).split())[:120]}, {report.reference}]"


def outgoing(push: Push) -> Outgoing | None:
    """What leaves: what anybody may read, the place, checked photos; never who reported. None where its kind becomes nothing there."""
    report, server = push.report, push.server
    code = ServerService.objects.filter(server=server, category_id=report.category_id).values_list("code", flat=True)
    service = code.first()
    if service is None:
        return None
    mark = mark_of(report)
    public, address = report.category.public, public_address(report.authority)
    page = f" {address}{reverse('report-public', args=[report.authority.slug, report.reference])}" if public else ""
    photo = shown_photos([report.pk], whole=False).first() if public else None
    words = (report.shown or report.category.label)[: LONGEST_DESCRIPTION - len(mark) - len(page) - 2]
    attributes = answers_out(report)
    return Outgoing(
        open311.Report(
            reference=str(push.pk),
            service_code=service,
            description=f"{words}\n\n{mark}{page}",
            lat=report.latitude,
            long=report.longitude,
            address_string=report.address,
            attributes=attributes,
            several=frozenset(code for code, kind in _kinds(report).items() if kind == Answer.SEVERAL),
            media_url=f"{address}{reverse('report-photo', args=[photo.pk, photo.version, 'full'])}" if photo else "",
        ),
        mark,
        (photo.pk, photo.version) if photo else None,
    )


def _kinds(report: Report) -> dict[str, str]:
    return dict(Question.objects.filter(category_id=report.category_id).values_list("code", "kind"))


def answers_out(report: Report) -> Mapping[str, Sequence[str]]:
    """The answers that may leave: all but words that seem to name somebody."""
    given = {code: [said] if isinstance(said, str) else list(said) for code, said in report.answers.items()}
    return {code: said for code, said in given.items() if not any(map(names_somebody, said))}


def push_of(push: UUID) -> Push | None:
    """One, with all that leaves."""
    rows = Push.objects.select_related("server", "report__authority", "report__category")
    return rows.filter(pk=push).first()


def live_server(server: UUID) -> Server | None:
    """One that is to be read."""
    return Server.objects.filter(pk=server, paused_at__isnull=True, ended_at__isnull=True).first()


def followed(server: Server, now: datetime) -> dict[str, list[Push]]:
    """Our reports there by their numbers, as long as something may still become of them; by the number of what they were joined to as well,
    which several may share.
    """
    rows = Push.objects.filter(server=server, state=PushState.TAKEN.value).exclude(remote="")
    alive = rows.filter(Q(report__closed_at__isnull=True) | Q(report__closed_at__gt=now - FOLLOWED))
    found: dict[str, list[Push]] = {}
    for row in alive.select_related("report__authority").order_by("made_at", "id"):
        for number in {row.remote, row.joined} - {""}:
            found.setdefault(number, []).append(row)
    return found


def there_as(server: Server, number: str) -> Push | None:
    """Our report that has this number there."""
    rows = Push.objects.filter(server=server, state=PushState.TAKEN.value, remote=number).exclude(remote="")
    return rows.select_related("report__authority").first()


def said_already(report: Report, remote: str) -> bool:
    """Whether a server's word is in the thread."""
    return Line.objects.filter(report=report, remote=remote).exists()


def client_for(clock: Clock) -> Client:
    """What asks servers of others, wherever they may be reached."""
    return Client(Reach(settings.BEFFROI_INTERNAL_HOSTS), clock, gone=open311.GONE)


STEPS: Final = {
    Stage.INVESTIGATING: Step.ACKNOWLEDGED,
    Stage.ACTION_SCHEDULED: Step.PLANNED,
    Stage.IN_PROGRESS: Step.MENDING,
    Stage.FIXED: Step.DONE,
    Stage.CLOSED: Step.DONE,
    Stage.NO_FURTHER_ACTION: Step.DECLINED,
}
FURTHER: Final = (Step.RECEIVED, Step.ACKNOWLEDGED, Step.PLANNED, Step.MENDING)


def step_after(said: Stage, at: Step) -> Step | None:
    """The stage that a report goes to by what its server says of it; None: it stays, and only words are added. It never goes back, but
    where it is opened again in so many words: what is merely open there may be closed here for a good reason.
    """
    if at not in OPEN:
        return Step.ACKNOWLEDGED if said is Stage.REOPEN and at is not Step.MERGED else None
    step = STEPS.get(said)
    if step in FURTHER and FURTHER.index(step) <= FURTHER.index(at):
        return None
    return step
