"""The register of viewings, by viewer: who looked at which camera, when, how long, why, under which text; and public counts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.formats import date_format, localize
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _

from beffroi.kernel.accounts.queries import names
from beffroi.kernel.grants import queries as grants
from beffroi.kernel.grants.queries.parties import conventions_owned
from beffroi.kernel.register.queries.receipts import receipt_of
from beffroi.kernel.retention.queries.schedule import cutoff_of, duration_of
from beffroi.lib.viewer import Viewer
from beffroi.persistence.keeping import KEPT
from beffroi.protocol.register.receipt import Receipt
from beffroi.systems.video.models import Request, Viewing
from beffroi.systems.video.queries.requests import SUPERVISING
from beffroi.systems.video.queries.words import law_of, reason_words
from beffroi.systems.video.rules import LEAST_COUNTED, SYSTEM, first_whole, merged, quarter_of, together

NIGHT_FALLS, NIGHT_ENDS = time(18), time(8)


@dataclass(frozen=True, slots=True)
class Sought:
    """What is looked for: a camera, days (nights that begin on these when `nights`), an officer, a reason."""

    camera: UUID | None = None
    first: date | None = None
    last: date | None = None
    nights: bool = False
    person: UUID | None = None
    purpose: str = ""

    def window(self) -> tuple[datetime | None, datetime | None]:
        """From when to when."""
        zone = get_current_timezone()
        begins, ends = (NIGHT_FALLS, NIGHT_ENDS) if self.nights else (time(0), time(0))
        since = datetime.combine(self.first, begins, zone) if self.first else None
        until = datetime.combine(self.last + timedelta(days=1), ends, zone) if self.last else None
        return since, until


def visible_viewings(viewer: Viewer) -> QuerySet[Viewing]:
    """The authority's people: all at its cameras. A landlord's desk: those under its conventions in force. An officer: their own."""
    owned = grants.rights_under(conventions_owned(viewer).filter(system=SYSTEM).values_list("pk", flat=True))
    seen = Q(authority_id__in=viewer.authorities()) | Q(grant__in=owned)
    if viewer.person is not None:  # a wall screen is nobody, and so is whoever was refused unknown
        seen |= Q(person=viewer.person)
    rows = Viewing.objects.filter(seen)
    return rows.select_related("camera__site", "camera__entrance", "organisation", "receiving", "request").order_by(
        "-started", "pk"
    )


def found(viewer: Viewer, sought: Sought) -> QuerySet[Viewing]:
    """Those that are looked for; a look that lasts into the window is in it."""
    rows = visible_viewings(viewer)
    since, until = sought.window()
    if sought.camera is not None:
        rows = rows.filter(camera=sought.camera)
    if since is not None:
        rows = rows.filter(Q(started__gte=since) | Q(ended__gte=since) | Q(ended__isnull=True, admitted=True))
    if until is not None:
        rows = rows.filter(started__lt=until)
    if sought.nights:
        rows = rows.filter(_by_night("started") | _by_night("ended") | Q(ended__isnull=True, admitted=True))
    if sought.person is not None:
        rows = rows.filter(person=sought.person)
    return rows.filter(purpose=sought.purpose) if sought.purpose else rows


def _by_night(moment: str) -> Q:
    """That moment is in a night, by the town's clock: of several nights, the days between are not asked for."""
    return Q(**{f"{moment}__hour__gte": NIGHT_FALLS.hour}) | Q(**{f"{moment}__hour__lt": NIGHT_ENDS.hour})


def reads_names(viewer: Viewer, row: Viewing) -> bool:
    """Who reads which officer looked: oneself, and whoever supervises for the authority."""
    return row.person == viewer.person or row.authority_id in viewer.authorities(*SUPERVISING)


@dataclass(frozen=True, slots=True)
class Line:
    """One look as the law wants it stated."""

    row: Viewing
    officer: str
    reason: str
    text: str
    law: str
    lasted: timedelta | None
    ending: str


def lines(viewer: Viewer, rows: Sequence[Viewing]) -> list[Line]:
    """A page of looks, each with its reason and its text, from the convention of its right."""
    called = names({row.person for row in rows if row.person and reads_names(viewer, row)})
    reasons = _reasons(rows)
    return [
        Line(
            row,
            called.get(row.person, "") if row.person else "",
            *reasons.get((row.grant, row.purpose), (row.purpose, "")),
            law_of(row.camera),
            timedelta(milliseconds=row.lasted) if row.lasted is not None else None,
            reason_words(row.cause) if row.admitted else reason_words(row.reason),
        )
        for row in rows
    ]


def _reasons(rows: Sequence[Viewing]) -> dict[tuple[UUID | None, str], tuple[str, str]]:
    """By right and purpose: the convention's own words, and its text (text, article, date of the version)."""
    wanted = {row.request.convention for row in rows if row.request}
    authorities = {row.authority_id for row in rows}
    texts = {
        (convention.pk, purpose.purpose): (
            purpose.label,
            ", ".join(
                part
                for part in (
                    purpose.legal_text,
                    purpose.legal_article,
                    date_format(purpose.legal_version_on, "SHORT_DATE_FORMAT"),
                )
                if part
            ),
        )
        for authority in authorities
        for convention in grants.conventions_named(authority=authority, conventions=wanted)
        for purpose in convention.purposes.all()
    }
    return {
        (row.grant, row.purpose): texts[row.request.convention, row.purpose]
        for row in rows
        if row.request and (row.request.convention, row.purpose) in texts
    }


def purposes_used(viewer: Viewer) -> list[tuple[str, str]]:
    """Reasons of the conventions that the viewer sees, to choose among."""
    rows = grants.visible_conventions(viewer).filter(system=SYSTEM)
    return sorted({(one.purpose, one.label) for row in rows for one in row.purposes.all()}, key=lambda pair: pair[1])


def officers_seen(viewer: Viewer) -> list[tuple[str, str]]:
    """Officers who looked at cameras of the authorities where the viewer supervises, to choose among."""
    rows = Viewing.objects.filter(authority_id__in=viewer.authorities(*SUPERVISING), person__isnull=False)
    people = set(rows.order_by().values_list("person", flat=True).distinct())
    return sorted(((str(pk), name) for pk, name in names(one for one in people if one).items()), key=lambda one: one[1])


def watched_of(request: Request, *, now: datetime) -> timedelta:
    """How long a camera at least was actually watched under a request, as far as relays have said; what is under way counts until now."""
    rows = Viewing.objects.filter(request=request, admitted=True, started__lte=now)
    return together((started, ended or now) for started, ended in rows.values_list("started", "ended"))


def entries_of(row: Viewing) -> dict[str, UUID]:
    """What the register holds of a look: its beginning (or its refusal), its end, and what corrected that."""
    held = {"beginning": row.entry, "end": row.ending, "correction": row.correction}
    return {part: entry for part, entry in held.items() if entry is not None}


def proofs(rows: Sequence[Viewing]) -> Iterator[tuple[Viewing, dict[str, Receipt | None]]]:
    """Each look with the receipts of its entries, which verify with no network; none while an entry isn't numbered."""
    for row in rows:
        yield row, {part: receipt_of(entry) for part, entry in entries_of(row).items()}


@dataclass(frozen=True, slots=True)
class Quarter:
    """Public counts of a quarter that is over: by site, and the sum of those that are joined because each is small."""

    year: int
    number: int
    shown: tuple[tuple[str, int], ...]
    rest: int

    @property
    def told(self) -> str:
        """The sum of those that are joined; where even that is small, no more than that it is."""
        return (
            localize(self.rest) if self.rest >= LEAST_COUNTED else _("fewer than %(least)s") % {"least": LEAST_COUNTED}
        )


def quarters(authority: UUID, *, as_of: datetime) -> list[Quarter]:
    """The latest first. The quarter that runs is not told, nor one of which looks are being destroyed: what changes each day would show
    single looks.
    """
    current = quarter_of(localtime(as_of).date())
    rule = KEPT["video.viewings"]
    kept = first_whole(localtime(cutoff_of(rule, duration_of(rule, authority), as_of)).date())
    counts: dict[tuple[int, int], Counter[str]] = {}
    rows = Viewing.objects.filter(authority_id=authority, admitted=True).order_by()
    for site, started in rows.values_list("camera__site__name", "started").iterator():
        counts.setdefault(quarter_of(localtime(started).date()), Counter())[site] += 1
    told = []
    for (year, number), by_site in sorted(counts.items(), reverse=True):
        if (year, number) == current or (year, number) < kept:
            continue
        shown, rest = merged(by_site)
        told.append(Quarter(year, number, tuple(sorted(shown.items(), key=lambda one: (-one[1], one[0]))), rest))
    return told
