"""Alerts, by viewer: those of the authority they watch for, of the convention whose desk they hold, and those they were told of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import get_language

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.alerts.models import Alert, Delivery, DeliveryState, Notice, NoticeStep
from beffroi.kernel.alerts.queries.words import alert_path, words_of
from beffroi.kernel.alerts.rules import Channel, Urgency
from beffroi.lib.viewer import Role, Viewer

WATCHERS = (Role.AGENT, Role.ADMINISTRATOR, Role.OPERATOR)
# As persistence.layers.Severity: what a row of the console's queue and a point of its map share.
SEVERITY = {Urgency.ROUTINE: 1, Urgency.PROMPT: 2, Urgency.IMMEDIATE: 3}


def visible_alerts(viewer: Viewer) -> QuerySet[Alert]:
    """Alerts that the viewer may see, the live ones first, the gravest of them foremost."""
    seen = Q(authority_id__in=viewer.authorities(*WATCHERS)) | Q(
        convention_id__in=viewer.conventions, convention__partner_id__in=viewer.organisations_as(Role.DISPATCHER)
    )
    if viewer.posts:
        seen |= Q(Exists(Delivery.objects.filter(notice=OuterRef("notice"), person_id=viewer.known_person)))
    return Alert.objects.filter(seen).select_related("organisation", "notice").order_by("-raised_at", "id")


def visible_notice(viewer: Viewer, pk: UUID) -> Notice | None:
    """A notice, through its alerts."""
    row = visible_alerts(viewer).filter(notice_id=pk).first()
    return row.notice if row else None


def told(viewer: Viewer, notice: UUID) -> bool:
    """Whether the viewer was told of a notice: only then can they acknowledge it."""
    return Delivery.objects.filter(notice_id=notice, person_id=viewer.known_person).exists()


def acknowledged(viewer: Viewer, notice: UUID) -> bool:
    """Whether the viewer said that they know."""
    rows = Delivery.objects.filter(notice_id=notice, person_id=viewer.known_person, acknowledged_at__isnull=False)
    return rows.exists()


def may_take(viewer: Viewer, alert: Alert) -> bool:
    """Those who watch for the authority, and those who were told."""
    return alert.authority_id in viewer.authorities(*WATCHERS) or told(viewer, alert.notice_id)


def may_close(viewer: Viewer, alert: Alert) -> bool:
    """Those who watch for the authority."""
    return alert.authority_id in viewer.authorities(*WATCHERS)


def live_counts(viewer: Viewer) -> dict[str, int]:
    """How many alerts are live, taken and over, for the filters of the list."""
    found = (
        visible_alerts(viewer)
        .order_by()
        .aggregate(
            live=Count("id", filter=Q(ended_at__isnull=True)),
            untaken=Count("id", filter=Q(ended_at__isnull=True, taken_by__isnull=True)),
            ended=Count("id", filter=Q(ended_at__isnull=False)),
        )
    )
    return {name: int(count) for name, count in found.items()}


def names_of_takers(viewer: Viewer, alerts: Iterable[Alert]) -> dict[UUID, str]:
    """Who took each alert, by name for colleagues only: those who work for the authority, and whoever it is."""
    mine = viewer.authorities()
    taken = [
        row for row in alerts if row.taken_by_id and (row.authority_id in mine or row.taken_by_id == viewer.person)
    ]
    known = names(row.taken_by_id for row in taken if row.taken_by_id)
    return {row.pk: known[row.taken_by_id] for row in taken if row.taken_by_id in known}


def steps_of(notice: Notice) -> QuerySet[NoticeStep]:
    """The steps that were told, with how many people (callers scope the notice)."""
    return NoticeStep.objects.filter(notice=notice).select_related("audience").order_by("position")


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a notice came among the people of one organisation."""

    organisation: str
    told: int
    handed_over: int
    shown: int
    acknowledged: int
    failed: int


def reach(notice: Notice) -> list[Reach]:
    """People told, by organisation, counted by the server: numbers, no names (callers scope the notice)."""
    rows = (
        _people(notice)
        .values("organisation__name")
        .annotate(
            told=Count("person", distinct=True),
            handed=Count("person", distinct=True, filter=Q(handed_at__isnull=False) & ~Q(channel=Channel.SCREEN)),
            shown=Count("person", distinct=True, filter=Q(shown_at__isnull=False)),
            known=Count("person", distinct=True, filter=Q(acknowledged_at__isnull=False)),
            failed=Count("person", distinct=True, filter=Q(state__in=[DeliveryState.FAILED, DeliveryState.GONE])),
        )
        .order_by("organisation__name")
    )
    return [
        Reach(
            str(row["organisation__name"] or ""), row["told"], row["handed"], row["shown"], row["known"], row["failed"]
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PersonTold:
    """How far a notice came with one person; `fault` is why a channel failed."""

    name: str
    organisation: str
    step: int
    handed_at: datetime | None
    shown_at: datetime | None
    acknowledged_at: datetime | None
    fault: str


def people_told(viewer: Viewer, notice: Notice, *, skip: int, most: int) -> list[PersonTold]:
    """People whose name the viewer may know: the authority's own for those who work for it, a firm's for its desk."""
    rows = (
        _named(viewer, notice)
        .values("person_id", "person__name", "organisation__name")
        .annotate(
            first=Min("step"),
            handed=Min("handed_at", filter=~Q(channel=Channel.SCREEN)),
            shown=Min("shown_at"),
            known=Min("acknowledged_at"),
            wrong=Max("fault"),
        )
        .order_by(F("known").asc(nulls_last=True), F("shown").asc(nulls_last=True), "person__name", "person_id")
    )
    return [
        PersonTold(
            name=row["person__name"] or "",
            organisation=row["organisation__name"] or "",
            step=row["first"],
            handed_at=row["handed"],
            shown_at=row["shown"],
            acknowledged_at=row["known"],
            fault=row["wrong"],
        )
        for row in rows[skip : skip + most]
    ]


def count_named(viewer: Viewer, notice: Notice) -> int:
    """How many people that is."""
    return _named(viewer, notice).aggregate(people=Count("person", distinct=True))["people"] or 0


def _named(viewer: Viewer, notice: Notice) -> QuerySet[Delivery]:
    desks = viewer.organisations_as(Role.DISPATCHER, Role.ADMINISTRATOR)
    known = Q(organisation_id__in=desks) | Q(person_id=viewer.known_person)
    if notice.authority_id in viewer.authorities():
        known |= Q(organisation__authority=notice.authority_id) | Q(organisation__serves=notice.authority_id)
    return _people(notice).filter(known)


def webhooks_told(notice: Notice) -> QuerySet[Delivery]:
    """Programs that were told (callers scope the notice)."""
    return Delivery.objects.filter(notice=notice, channel=Channel.WEBHOOK).select_related("webhook").order_by("id")


def _people(notice: Notice) -> QuerySet[Delivery]:
    return Delivery.objects.filter(authority_id=notice.authority_id, notice=notice, person__isnull=False)


def live_alerts_of(viewer: Viewer, *, resource: UUID) -> QuerySet[Alert]:
    """Live alerts about one thing, as its own page shows them."""
    return visible_alerts(viewer).filter(resource=resource, ended_at__isnull=True)


def described(viewer: Viewer, rows: Iterable[Alert], *, language: str | None = None) -> dict[UUID, dict[str, object]]:
    """Alerts as the console's script takes them, in a language."""
    found = list(rows)
    takers = names_of_takers(viewer, found)
    said = language or get_language() or "fr"
    return {row.pk: _described(viewer, row, takers.get(row.pk, ""), said) for row in found}


def _described(viewer: Viewer, row: Alert, taker: str, language: str) -> dict[str, object]:
    words = words_of(row, language)
    return {
        "id": str(row.pk),
        "title": words.title,
        "body": words.body,
        "severity": SEVERITY[Urgency(row.urgency)],
        "urgency": row.urgency,
        "state": "ended" if row.ended_at else "taken" if row.taken_at else "live",
        "raised": row.raised_at.isoformat(),
        "since": row.since.isoformat(),
        "ended": _iso(row.ended_at),
        "where": row.label,
        "organisation": row.organisation.name if row.organisation else "",
        "takenBy": taker,
        "takenAt": _iso(row.taken_at),
        "mine": row.taken_by_id is not None and row.taken_by_id == viewer.person,
        "mayTake": may_take(viewer, row),
        "at": [row.longitude, row.latitude] if row.longitude is not None else None,
        "resource": str(row.resource) if row.resource else None,
        "href": alert_path(row.pk),
    }


def read_topic(viewer: Viewer, authority: UUID, subjects: frozenset[UUID]) -> Mapping[UUID, Mapping[str, object]]:
    """What open screens read when alerts changed."""
    return described(viewer, visible_alerts(viewer).filter(authority_id=authority, pk__in=subjects))


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
