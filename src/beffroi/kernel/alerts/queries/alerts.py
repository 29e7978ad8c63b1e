"""Alerts, by viewer: those of the authority they watch for, of the convention whose desk they hold, and those they were told of."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, When
from django.utils.translation import get_language

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.alerts.models import Alert, Delivery
from beffroi.kernel.alerts.queries.words import alert_path, facts_of, kind_of, words_of
from beffroi.kernel.alerts.rules import Urgency
from beffroi.kernel.grants.models import Convention
from beffroi.kernel.grants.queries import in_force
from beffroi.kernel.grants.queries.conventions import sees_several
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
        seen |= Q(Exists(told_to(viewer).filter(notice=OuterRef("notice"))))
    return Alert.objects.filter(seen).select_related("organisation", "notice", "authority").order_by("-raised_at", "id")


def told_to(viewer: Viewer) -> QuerySet[Delivery]:
    """By what the viewer was told for an organisation which is theirs still, and is the authority's own, a service of its, or its
    partner under a convention in force: what somebody was told as another's is not theirs any more.
    """
    bound = (
        Convention.objects.filter(  # not `viewer.conventions`: those who belong and are told have no right under any
            in_force(viewer.as_of), authority=OuterRef("authority"), partner=OuterRef("organisation")
        )
    )
    ours = Q(organisation__authority=F("authority")) | Q(organisation__serves=F("authority")) | Q(Exists(bound))
    if viewer.person is None:  # a screen on a wall: nobody was told
        return Delivery.objects.none()
    return Delivery.objects.filter(ours, person_id=viewer.person, organisation_id__in=viewer.organisations)


def told(viewer: Viewer, notice: UUID) -> bool:
    """Whether the viewer was told of a notice: only then can they acknowledge it."""
    return told_to(viewer).filter(notice_id=notice).exists()


def acknowledged(viewer: Viewer, notice: UUID) -> bool:
    """Whether the viewer said that they know."""
    return told_to(viewer).filter(notice_id=notice, acknowledged_at__isnull=False).exists()


def may_take(viewer: Viewer, alert: Alert) -> bool:
    """Those who watch for the authority, and those who were told."""
    return alert.authority_id in viewer.authorities(*WATCHERS) or told(viewer, alert.notice_id)


def may_close(viewer: Viewer, alert: Alert) -> bool:
    """Those who watch for the authority."""
    return alert.authority_id in viewer.authorities(*WATCHERS)


def live_counts(rows: QuerySet[Alert]) -> dict[str, int]:
    """How many of these alerts are live, taken and over, for the filters of the list."""
    found = rows.order_by().aggregate(
        live=Count("id", filter=Q(ended_at__isnull=True)),
        untaken=Count("id", filter=Q(ended_at__isnull=True, taken_by__isnull=True)),
        ended=Count("id", filter=Q(ended_at__isnull=False)),
    )
    return {name: int(count) for name, count in found.items()}


def in_order(rows: QuerySet[Alert], state: str) -> QuerySet[Alert]:
    """Those of a filter of the list: not over (""), "untaken", "ended" or "all"; live ones first, the gravest foremost."""
    if state == "ended":
        rows = rows.filter(ended_at__isnull=False)
    elif state != "all":
        rows = rows.filter(ended_at__isnull=True)
    if state == "untaken":
        rows = rows.filter(taken_by__isnull=True)
    gravity = Case(When(urgency=Urgency.IMMEDIATE, then=0), When(urgency=Urgency.PROMPT, then=1), default=2)
    return rows.order_by(F("ended_at").desc(nulls_first=True), gravity, "-raised_at", "id")


def names_of_takers(viewer: Viewer, alerts: Iterable[Alert]) -> dict[UUID, str]:
    """Who took each alert, by name for colleagues only: those who work for the authority, and whoever it is."""
    mine = viewer.authorities()
    taken = [
        row for row in alerts if row.taken_by_id and (row.authority_id in mine or row.taken_by_id == viewer.person)
    ]
    known = names(row.taken_by_id for row in taken if row.taken_by_id)
    return {row.pk: known[row.taken_by_id] for row in taken if row.taken_by_id in known}


def live_alerts_of(viewer: Viewer, *, resource: UUID) -> QuerySet[Alert]:
    """Live alerts about one thing, as its own page shows them."""
    return visible_alerts(viewer).filter(resource=resource, ended_at__isnull=True)


def described(viewer: Viewer, rows: Iterable[Alert]) -> dict[UUID, dict[str, object]]:
    """Alerts as the console's script takes them, in the language in force."""
    found = list(rows)
    takers = names_of_takers(viewer, found)
    watched, several = viewer.authorities(*WATCHERS), bool(found) and sees_several(viewer)
    notices = set(
        told_to(viewer).filter(notice__in={row.notice_id for row in found}).values_list("notice_id", flat=True)
    )
    return {
        row.pk: {
            **_described(row, takers.get(row.pk, "")),
            "where": " · ".join(filter(None, (row.label, row.authority.name))) if several else row.label,
            "mine": viewer.person is not None and row.taken_by_id == viewer.person,
            "may_take": viewer.person is not None and (row.authority_id in watched or row.notice_id in notices),
            "may_close": viewer.person is not None and row.authority_id in watched,
        }
        for row in found
    }


def _described(row: Alert, taker: str) -> dict[str, object]:
    words = words_of(row, get_language() or "fr")
    return {
        "id": str(row.pk),
        "title": words.title,
        "body": words.body,
        "severity": SEVERITY[Urgency(row.urgency)],
        "urgency": row.urgency,
        "state": "ended" if row.ended_at else "taken" if row.taken_at else "live",
        "since": row.since.isoformat(),
        "raised_at": row.raised_at.isoformat(),
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "at": [row.longitude, row.latitude] if row.longitude is not None else None,
        "thing": str(row.resource) if row.resource else "",
        "organisation": row.organisation.name if row.organisation else "",
        "taken_by": taker,
        "taken_at": row.taken_at.isoformat() if row.taken_at else None,
        "href": alert_path(row.pk),
        "page": kind_of(row.kind).page(facts_of(row)),
    }


def read_topic(viewer: Viewer, authority: UUID, subjects: frozenset[UUID]) -> Mapping[UUID, Mapping[str, object]]:
    """What open screens read when alerts changed."""
    return described(viewer, visible_alerts(viewer).filter(authority_id=authority, pk__in=subjects))
