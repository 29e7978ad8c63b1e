"""How far a notice came: steps, people, programs, counted by the server (callers scope the notice)."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Min, Q, QuerySet

from beffroi.kernel.alerts.models import Delivery, DeliveryState, Notice, NoticeStep
from beffroi.kernel.alerts.rules import Channel
from beffroi.lib.viewer import Role, Viewer


def steps_of(notice: Notice) -> QuerySet[NoticeStep]:
    """The steps that were told, with how many people."""
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
    """People told, by organisation, counted by the server: numbers, no names."""
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
    """Programs that were told."""
    return Delivery.objects.filter(notice=notice, channel=Channel.WEBHOOK).select_related("webhook").order_by("id")


def _people(notice: Notice) -> QuerySet[Delivery]:
    return Delivery.objects.filter(authority_id=notice.authority_id, notice=notice, person__isnull=False)
