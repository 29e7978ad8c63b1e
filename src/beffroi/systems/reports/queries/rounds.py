"""Shortlists and rounds, by viewer: who leads them, who goes, what lies on the way and how far each place is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils.formats import date_format, localize
from django.utils.timezone import localdate
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from beffroi.kernel.grants import queries as grants
from beffroi.kernel.territory.queries.organisations import concerned_organisations
from beffroi.lib import rounds as ways
from beffroi.lib.hours import PARIS
from beffroi.lib.positions import Position
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.waiting import Waiting
from beffroi.systems.reports.models import Report, Round, Shortlisted, Stop
from beffroi.systems.reports.queries.reports import HANDLING, handled
from beffroi.systems.reports.queries.teams import teams_of_viewer
from beffroi.systems.reports.rules import SYSTEM, Fixed

A_KILOMETRE: Final = 1_000
OFFERED: Final = 25
LOOKED_BACK: Final = timedelta(days=7)
OWN: Final = Q(organisation__authority=F("authority")) | Q(organisation__serves=F("authority"))


class Going(StrEnum):
    """How far a stop is."""

    WAITING = "waiting"
    SKIPPED = "skipped"
    DONE = "done"  # its report is closed
    LEFT = "left"  # another organisation has it in charge, or the convention covers it no more


@dataclass(frozen=True, slots=True)
class Halt:
    """A stop as it is shown: its place in the order, how far it is from the one before, when one is there."""

    stop: Stop
    number: int
    going: Going
    metres: float
    at: datetime

    @property
    def far(self) -> str:
        """How far it is from the one before, in words."""
        return far_words(self.metres)


@dataclass(frozen=True, slots=True)
class Course:
    """A round as it is gone: its halts, the way back, all of it."""

    halts: tuple[Halt, ...]
    back: float
    metres: float
    ends: datetime

    @property
    def waiting(self) -> list[Halt]:
        """Where one still goes: the next first, what was put off behind."""
        rest = [halt for halt in self.halts if halt.going is Going.WAITING]
        return rest + [halt for halt in self.halts if halt.going is Going.SKIPPED]

    @property
    def far(self) -> str:
        """How far all of it is, in words."""
        return far_words(self.metres)

    @property
    def far_back(self) -> str:
        """How far the way back is, in words."""
        return far_words(self.back)

    @property
    def done(self) -> int:
        """How many are done."""
        return sum(halt.going is Going.DONE for halt in self.halts)


def far_words(metres: float) -> str:
    """A distance as people say it: "350 m", "2.4 km"."""
    if metres < A_KILOMETRE:
        return _("%(n)s m") % {"n": localize(round(metres / 10) * 10)}
    return _("%(n)s km") % {"n": localize(round(metres / A_KILOMETRE, 1))}


def day_words(day: date) -> str:
    """Within a sentence: days and months are capitalised in English only."""
    words = date_format(day, "l j F")
    return words if (get_language() or "").startswith("en") else words.lower()


def shortlist(viewer: Viewer) -> QuerySet[Report]:
    """What the viewer put aside, as long as they handle it and it is open."""
    mine = Shortlisted.objects.filter(person_id=viewer.known_person)
    rows = handled(viewer).filter(pk__in=mine.values("report"), closed_at__isnull=True)
    return rows.order_by("authority", "organisation__name", "due_at", "id")


def addable(viewer: Viewer, row: Round) -> QuerySet[Report]:
    """Open reports of the round's organisation that the viewer handles and that aren't places of it yet."""
    rows = handled(viewer).filter(
        authority_id=row.authority_id, organisation_id=row.organisation_id, closed_at__isnull=True
    )
    return rows.exclude(pk__in=row.stops.values("report"))


def offered_places(viewer: Viewer, row: Round) -> list[Report]:
    """Those of them that the viewer put aside, the most pressing first; a page of them."""
    mine = Shortlisted.objects.filter(person_id=viewer.known_person).values("report")
    return list(addable(viewer, row).filter(pk__in=mine).order_by("due_at", "id")[:OFFERED])


def on_shortlist(viewer: Viewer, report: UUID) -> bool:
    """Whether it is on the viewer's own."""
    return Shortlisted.objects.filter(person_id=viewer.known_person, report_id=report).exists()


def _led(viewer: Viewer) -> Q:
    """The town leads its own rounds, a partner's desk its own."""
    town = OWN & Q(authority_id__in=viewer.authorities(*HANDLING))
    desks = viewer.organisations_as(Role.DISPATCHER)
    return town | Q(organisation_id__in=desks, authority_id__in=_bound(viewer, desks))


def _gone(viewer: Viewer) -> Q:
    """Those that were given to the viewer or a team of theirs, as long as they serve there, and for a week after their day."""
    if viewer.person is None:
        return Q(pk__in=[])
    at_work = viewer.organisations_as(Role.TECHNICIAN, Role.DISPATCHER, *HANDLING)
    here = (OWN & Q(organisation_id__in=at_work)) | Q(
        organisation_id__in=at_work, authority_id__in=_bound(viewer, at_work)
    )
    lately = localdate(viewer.as_of) - LOOKED_BACK
    theirs = Q(person_id=viewer.person) | Q(team_id__in=teams_of_viewer(viewer))
    return here & theirs & Q(dropped_at__isnull=True, day__gte=lately)


def _bound(viewer: Viewer, organisations: Iterable[UUID]) -> frozenset[UUID]:
    """Authorities with which these are bound by a convention on reports in force."""
    bound = grants.visible_conventions(viewer).filter(
        pk__in=grants.conventions_of_partners(viewer, organisations=organisations), system=SYSTEM
    )
    return frozenset(bound.values_list("authority_id", flat=True))


def rounds(viewer: Viewer) -> QuerySet[Round]:
    """Those that the viewer leads, and those given to them; the latest first."""
    rows = Round.objects.filter(_led(viewer) | _gone(viewer)).select_related(
        "authority", "organisation", "team", "person"
    )
    on = [one for one in rows.order_by().values_list("authority", flat=True).distinct() if _on(one)]
    return rows.filter(authority_id__in=on).order_by("-day", "-starts", "-id")


def _on(authority: UUID) -> bool:
    return grants.is_switched_on(authority=authority, system=SYSTEM)


def leads(viewer: Viewer, row: Round) -> bool:
    """Whether they put it in order and say who goes."""
    return Round.objects.filter(_led(viewer), pk=row.pk).exists()


def leading(viewer: Viewer, authority: UUID, organisation: UUID) -> bool:
    """Whether they may make one for that organisation."""
    if organisation in viewer.organisations_as(Role.DISPATCHER) and authority in _bound(viewer, [organisation]):
        return True
    return authority in viewer.authorities(*HANDLING) and organisation in own_organisations(authority)


def own_organisations(authority: UUID) -> frozenset[UUID]:
    """The authority's own, and its services."""
    return frozenset(row.pk for row in concerned_organisations(authority, ()))


def course(row: Round, covered: frozenset[UUID] | None) -> Course:
    """The round as it is. `covered`: the kinds of faults that a partner's conventions cover; None for the authority's own."""
    stops = list(row.stops.select_related("report__category", "report__authority").order_by("position"))
    start = Position(row.latitude, row.longitude)
    here, whole = start, 0.0
    at = datetime.combine(row.day, row.starts, PARIS)
    halts = []
    for number, stop in enumerate(stops, start=1):
        going = _going(stop, row, covered)
        if going is Going.LEFT:
            halts.append(Halt(stop, number, going, 0.0, at))
            continue
        there = Position(stop.report.latitude, stop.report.longitude)
        metres = ways.DETOUR * here.metres_to(there)
        at += timedelta(minutes=metres / ways.METRES_A_MINUTE)
        halts.append(Halt(stop, number, going, metres, at))
        at += timedelta(minutes=row.minutes)
        here, whole = there, whole + metres
    back = ways.DETOUR * here.metres_to(start) if row.returns else 0.0
    at += timedelta(minutes=back / ways.METRES_A_MINUTE)
    return Course(tuple(halts), back, whole + back, at)


def halts_words(row: Round, gone: Course) -> str:
    """For the map: where it begins, then its places, each as `number:latitude:longitude`, with `:done` behind those that are."""
    found = [f":{row.latitude:.6f}:{row.longitude:.6f}"]
    for halt in gone.halts:
        if halt.going is not Going.LEFT:
            at = place_of(halt.stop)
            done = ":done" if halt.going is Going.DONE else ""
            found.append(f"{halt.number}:{at.latitude:.6f}:{at.longitude:.6f}{done}")
    return " ".join(found)


def _going(stop: Stop, row: Round, covered: frozenset[UUID] | None) -> Going:
    report = stop.report
    if report.organisation_id != row.organisation_id or (covered is not None and report.category_id not in covered):
        return Going.LEFT
    if report.closed_at is not None:
        return Going.DONE
    return Going.SKIPPED if stop.skipped_at else Going.WAITING


def covered_on(viewer: Viewer, row: Round) -> frozenset[UUID] | None:
    """Which kinds of faults whoever goes sees: all of the authority's own, what conventions in force cover of a partner's."""
    if row.organisation_id in own_organisations(row.authority_id):
        return None
    return grants.covered_resources(grants.conventions_of_partners(viewer, organisations=[row.organisation_id]))


def on_the_way(viewer: Viewer) -> Q:
    """Photos of what lies on a round that was given to the viewer, and hasn't fallen out of it; an agent who acts for them goes on no
    round.
    """
    if viewer.agent is not None:
        return Q(pk__in=[])
    covered = grants.covered_resources(grants.conventions_of_partners(viewer, organisations=viewer.organisations))
    own = Q(round__organisation__authority=F("authority")) | Q(round__organisation__serves=F("authority"))
    stops = Stop.objects.filter(
        own | Q(report__category__in=covered),
        round__in=Round.objects.filter(_gone(viewer)),
        report__organisation_id=F("round__organisation"),
    )
    return Q(report_id__in=stops.values("report"))


def best_order(row: Round, halts: Sequence[Halt]) -> list[UUID]:
    """The stops in a short order: what is done stays where it was, then the fixed first one, the rest as the solver says, the fixed
    last one. Straight lines with a detour: no map of streets is asked.
    """
    gone = [halt.stop for halt in halts if halt.going in (Going.DONE, Going.LEFT)]
    rest = [halt.stop for halt in halts if halt.going not in (Going.DONE, Going.LEFT)]
    first = [stop for stop in rest if stop.fixed == Fixed.FIRST.value]
    last = [stop for stop in rest if stop.fixed == Fixed.LAST.value]
    free = [stop for stop in rest if not stop.fixed]
    home = Position(row.latitude, row.longitude)
    seen = [halt.stop for halt in halts if halt.going is Going.DONE]
    start = place_of(first[0]) if first else (place_of(seen[-1]) if seen else home)
    end = place_of(last[0]) if last else (home if row.returns else None)
    found = ways.order(start, [place_of(stop) for stop in free], end, seed=row.pk.int)
    return [stop.pk for stop in (*gone, *first, *(free[index] for index in found.order), *last)]


def place_of(stop: Stop) -> Position:
    """Where it is."""
    return Position(stop.report.latitude, stop.report.longitude)


def todays_rounds(viewer: Viewer) -> list[Waiting]:
    """What the home page says: a round that was given to the viewer, and how many places are left."""
    rows = Round.objects.filter(_gone(viewer), day=localdate(viewer.as_of)).select_related("authority")[:5]
    found = []
    for row in rows:
        if not _on(row.authority_id):
            continue
        left = len(course(row, covered_on(viewer, row)).waiting)
        words = ngettext("Your round today: %(n)s place left", "Your round today: %(n)s places left", left)
        found.append(Waiting(words % {"n": localize(left)}, reverse("report-round", args=[row.pk]), "map"))
    return found
