"""The desk: what waits and how long it may, what a viewer is to one report, whom it may be given to."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.formats import localize
from django.utils.translation import ngettext

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.queries.conventions import partners_covering
from beffroi.kernel.territory.queries.members import colleagues
from beffroi.kernel.territory.queries.organisations import concerned_organisations
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.things import Box
from beffroi.persistence.waiting import Waiting
from beffroi.systems.reports.models import Category, Line, Photo, Report, Team
from beffroi.systems.reports.queries.points import within
from beffroi.systems.reports.queries.reports import (
    HANDLING,
    READING,
    handled,
    in_hand,
    shown_photos,
    similar,
    visible,
)
from beffroi.systems.reports.queries.servers import takers
from beffroi.systems.reports.queries.teams import HANDS, theirs
from beffroi.systems.reports.registry import handles_reports
from beffroi.systems.reports.rules import CLOSED, OPEN, REOPENABLE, SYSTEM, PhotoState, Stage

if TYPE_CHECKING:
    from beffroi.kernel.accounts.models import Person
    from beffroi.kernel.territory.models import Organisation

AUTHOR_REOPENS: Final = timedelta(days=14)
_REFERENCE: Final = re.compile(r"^\s*(\d{2})-(\d{1,9})\s*$")


@dataclass(frozen=True, slots=True)
class Part:
    """What a viewer is to a report: of its authority's services, of the partner's desk that has it in charge, of those who read all of
    the authority's, its author.
    """

    town: bool
    desk: bool
    reads: bool
    author: bool

    @property
    def handles(self) -> bool:
        """Acts on it, and reads what is only for those who do."""
        return self.town or self.desk

    @property
    def whole(self) -> bool:
        """Reads what is held from others: words that no agent has read, photos that nobody has checked."""
        return self.town or self.reads or self.author


def part_in(viewer: Viewer, report: Report) -> Part:
    """Of a report that the viewer's own query let through."""
    town = report.authority_id in viewer.authorities(*HANDLING)
    return Part(
        town=town,
        desk=not town and Report.objects.filter(in_hand(viewer), pk=report.pk).exists(),
        reads=report.authority_id in viewer.authorities(*READING),
        author=viewer.person is not None and report.author_id == viewer.person,
    )


def may_reopen(viewer: Viewer, part: Part, report: Report) -> bool:
    """Whoever handles it; its author for two weeks after it was done."""
    if report.stage not in REOPENABLE or report.closed_at is None:
        return False
    own = part.author and report.stage == Stage.DONE and viewer.as_of < report.closed_at + AUTHOR_REOPENS
    return part.handles or own


def working(viewer: Viewer) -> frozenset[UUID]:
    """Authorities where reports are switched on, of those whose reports the viewer reads."""
    concerned = viewer.authorities(*READING)
    if viewer.organisations_as(Role.DISPATCHER):
        concerned |= grants.authorities_of_conventions(viewer)
    return frozenset(one for one in concerned if grants.is_switched_on(authority=one, system=SYSTEM))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to. `stage`: "" for the open ones, "closed", "all", or a stage; `whose`: "mine" (given to the
    viewer), "team" (or to a team of theirs), "ours" (in the charge of an organisation of theirs); `check`: with a photo or words that
    nobody has checked; `box`: that stand in that part of the map.
    """

    text: str = ""
    whose: str = ""
    stage: str = ""
    category: str = ""
    organisation: str = ""
    late: bool = False
    check: bool = False
    box: Box | None = None


def queue(viewer: Viewer, wanted: Wanted) -> QuerySet[Report]:
    """Open reports by the time they are promised for, others with the latest first."""
    reading = Q(authority_id__in=viewer.authorities(*READING)) | in_hand(viewer)
    rows = Report.objects.filter(reading, authority_id__in=working(viewer))
    rows = rows.select_related("authority", "category", "organisation", "team", "assigned")
    rows = _staged(rows, wanted.stage)
    if wanted.whose == "mine":
        rows = rows.filter(assigned_id=viewer.person)
    elif wanted.whose == "team":
        rows = rows.filter(theirs(viewer))
    elif wanted.whose == "ours":
        rows = rows.filter(organisation_id__in=viewer.organisations)
    if wanted.category:
        rows = rows.filter(category_id=wanted.category)
    if wanted.organisation:
        rows = rows.filter(organisation_id=wanted.organisation)
    if wanted.late:
        rows = rows.filter(due_at__lte=viewer.as_of, closed_at__isnull=True)
    if wanted.check:
        rows = rows.filter(Q(held=True) | Exists(_unchecked()) | Exists(Line.objects.filter(_OF_ROW, held=True)))
    if wanted.box:
        rows = within(rows, wanted.box)
    if wanted.text:
        rows = rows.filter(_said(wanted.text))
    timely = wanted.stage in ("", *(stage.value for stage in OPEN))
    return rows.order_by("due_at", "id") if timely else rows.order_by("-since", "-id")


_OF_ROW: Final = Q(report=OuterRef("pk"))


def _unchecked() -> QuerySet[Photo]:
    return Photo.objects.filter(_OF_ROW, state=PhotoState.WAITING.value)


def _staged(rows: QuerySet[Report], stage: str) -> QuerySet[Report]:
    if stage == "all":
        return rows
    if stage == "closed":
        return rows.filter(closed_at__isnull=False)
    if stage in {one.value for one in (*OPEN, *CLOSED)}:
        return rows.filter(stage=stage)
    return rows.filter(closed_at__isnull=True)


def _said(text: str) -> Q:
    """By reference, address, kind of fault, or the words that others may read."""
    numbered = _REFERENCE.match(text)
    if numbered:
        return Q(number=int(numbered[2]))
    # A regular expression finds its way by the index of trigrams; what was typed is no expression.
    words = re.escape(text.strip())
    return Q(address__iregex=words) | Q(category__label__icontains=text.strip()) | Q(shown__iregex=words)


def with_reference(viewer: Viewer, authority: UUID, text: str) -> Report | None:
    """The report of that authority that people call so, for those who handle it."""
    numbered = _REFERENCE.match(text)
    if not numbered:
        return None
    row = handled(viewer).filter(authority_id=authority, number=int(numbered[2])).first()
    return row if row is not None and f"{row.since:%y}" == numbered[1] else None


def categories_in(viewer: Viewer) -> list[tuple[str, str]]:
    """Kinds of faults that a list may be narrowed to."""
    rows = Category.objects.filter(authority_id__in=working(viewer))
    if not viewer.authorities(*READING):
        desks = viewer.organisations_as(Role.DISPATCHER)
        covered = grants.covered_resources(grants.conventions_of_partners(viewer, organisations=desks))
        rows = rows.filter(pk__in=covered)
    return [(str(row.pk), row.label) for row in rows.order_by("label", "id")]


def organisations_in(viewer: Viewer) -> list[tuple[str, str]]:
    """Who may have reports in charge, for those who read all of an authority's."""
    own = working(viewer) & viewer.authorities(*READING)
    found: dict[str, str] = {}
    for authority in own:
        partners = grants.visible_conventions(viewer).filter(authority_id=authority, system=SYSTEM)
        for row in concerned_organisations(authority, partners.values_list("partner_id", flat=True)):
            found[str(row.pk)] = row.name
    return list(found.items())


def receivers(viewer: Viewer, report: Report, part: Part) -> list[tuple[str, str]]:
    """Who may be given a report: the authority's own services, partners whose convention in force covers its category, whoever has a
    server that takes it; a partner gives it back. Each with its teams, as "organisation" and "organisation:team".
    """
    partners = partners_covering(authority=report.authority_id, resource=report.category_id, as_of=viewer.as_of)
    given = [*partners, *takers(report.authority_id, report.category_id)]
    rows = concerned_organisations(report.authority_id, given if part.town else ())
    if not part.town:
        rows = [row for row in rows if hasattr(row, "authority") or row.pk in viewer.organisations]
    teams: dict[UUID, list[Team]] = {}
    for team in Team.objects.filter(
        authority_id=report.authority_id, organisation__in=[row.pk for row in rows], retired_at__isnull=True
    ).order_by("name"):
        teams.setdefault(team.organisation_id, []).append(team)
    return [choice for row in rows for choice in _with_teams(row, teams.get(row.pk, []))]


def _with_teams(row: "Organisation", teams: list[Team]) -> list[tuple[str, str]]:
    return [(str(row.pk), row.name), *((f"{row.pk}:{team.pk}", f"{row.name} · {team.name}") for team in teams)]


def hands_of(viewer: Viewer, organisations: Collection[UUID]) -> "QuerySet[Person]":
    """Who may be given a report in one of these organisations, of those that are the viewer's own."""
    return colleagues(viewer, organisations, HANDS)


def pictures(viewer: Viewer, reports: Collection[Report]) -> dict[UUID, Photo]:
    """The first photo of each that the viewer may see."""
    own = viewer.authorities(*READING)
    whole = [row.pk for row in reports if row.authority_id in own]
    rest = [row.pk for row in reports if row.authority_id not in own]
    found: dict[UUID, Photo] = {}
    for photo in (*shown_photos(whole, whole=True), *shown_photos(rest, whole=False)):
        if photo.state != PhotoState.REFUSED:
            found.setdefault(photo.report_id, photo)
    return found


def unchecked(reports: Collection[UUID]) -> frozenset[UUID]:
    """Those of them with a photo, or words, that wait for an agent."""
    photos = Photo.objects.filter(report_id__in=reports, state=PhotoState.WAITING.value)
    lines = Line.objects.filter(report_id__in=reports, held=True)
    rows = Report.objects.filter(pk__in=reports, held=True)
    return frozenset(
        (
            *photos.values_list("report", flat=True),
            *lines.values_list("report", flat=True),
            *rows.values_list("pk", flat=True),
        )
    )


def alike(viewer: Viewer, report: Report) -> list[Report]:
    """Open ones of the same kind close by, that those who handle this one handle too."""
    near = similar(
        viewer,
        authority=report.authority_id,
        category=report.category_id,
        position=Position(report.latitude, report.longitude),
        most=6,
    )
    mine = set(handled(viewer).filter(pk__in=[row.pk for row in near]).values_list("pk", flat=True))
    return [row for row in near if row.pk in mine and row.pk != report.pk][:5]


def late_reports(viewer: Viewer) -> list[Waiting]:
    """What the home page says of the viewer's reports: how many are late, how many words wait to be read."""
    if not handles_reports(viewer):
        return []
    found = []
    late = queue(viewer, Wanted(late=True)).count()
    if late:
        words = ngettext("%(n)s report is late", "%(n)s reports are late", late) % {"n": localize(late)}
        found.append(Waiting(words, f"{reverse('reports')}?late=on", "clock", "bad"))
    mine = queue(viewer, Wanted(whose="team")).count()
    if mine:
        words = ngettext("%(n)s report is for you or your team", "%(n)s reports are for you or your team", mine)
        found.append(Waiting(words % {"n": localize(mine)}, f"{reverse('reports')}?whose=team", "people", "info"))
    own = working(viewer) & viewer.authorities(*HANDLING)
    held = Report.objects.filter(authority_id__in=own, held=True).count() if own else 0
    if held:
        words = ngettext("%(n)s report’s words wait to be read", "%(n)s reports’ words wait to be read", held)
        found.append(Waiting(words % {"n": localize(held)}, f"{reverse('reports')}?check=on&stage=all", "hand", "info"))
    return found


def of_the_same_thing(viewer: Viewer, report: Report, most: int = 10) -> list[Report]:
    """What else was reported of the same thing, the latest first."""
    if report.asset is None:
        return []
    rows = visible(viewer).filter(authority_id=report.authority_id, asset=report.asset).exclude(pk=report.pk)
    return list(rows[:most])
