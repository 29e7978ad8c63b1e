"""A list of past reports, row by row: which are new, which are there already, which can't be right."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Final
from uuid import UUID, uuid5

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from beffroi.kernel.grants.queries import is_switched_on
from beffroi.kernel.territory.queries.outlines import Areas, areas_of
from beffroi.lib.hours import PARIS
from beffroi.lib.spelling import normalised
from beffroi.lib.viewer import Role, Viewer
from beffroi.persistence.imports import Choice, Column, ColumnType, Fate, Fault, Given, Verdict
from beffroi.persistence.imports import Report as Progress
from beffroi.persistence.located import EAST, NORTH, place_of
from beffroi.systems.reports.models import DECLINE_LABELS, STAGE_LABELS, Category, Report
from beffroi.systems.reports.rules import OPEN, SYSTEM, Decline, Stage

# What a town's earlier number, or else the row itself, becomes: the same row sent again is the same report.
_NAMED: Final = UUID("7d1c5a3e-8f0b-5c64-9a11-2b8f4c0d6e97")
_TOLD_EVERY: Final = 500
_AT_ONCE: Final = 5_000
_WRITTEN: Final = re.compile(
    r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})(?:(?:,? | à )(\d{1,2}) ?[:hH] ?(\d{2})?(?::(\d{2}))?)?"
)
_SHORT: Final = 2  # figures of a year
_CENTURY: Final = 2_000
_NOON: Final = time(12)
# What other software writes for "never" lies outside.
_YEARS: Final = range(1970, 2200)
OPEN_STAGES: Final = tuple(stage.value for stage in OPEN)
# What other software calls what became of a report, in French and in English.
_CALLED: Final = {
    Stage.RECEIVED.value: ("nouveau", "recu", "a traiter", "ouvert", "cree", "enregistre", "open", "new", "received"),
    Stage.ACKNOWLEDGED.value: ("pris en compte", "accepte", "affecte", "transmis", "acknowledged", "assigned"),
    Stage.PLANNED.value: ("planifie", "programme", "planned", "scheduled"),
    Stage.MENDING.value: ("en cours", "en cours de traitement", "en intervention", "in progress"),
    Stage.DONE.value: (
        "traite", "resolu", "termine", "clos", "cloture", "ferme", "fait", "repare", "realise", "closed", "fixed",
        "done", "resolved",
    ),
    Decline.NOT_OURS.value: ("hors competence", "non competent", "pas de notre ressort", "not ours"),
    Decline.NOTHING_FOUND.value: ("non constate", "rien a signaler", "introuvable", "sans objet", "nothing found"),
    Decline.REFUSED.value: ("refuse", "rejete", "sans suite", "abandonne", "annule", "rejected", "wont fix"),
    Decline.PRIVATE_GROUND.value: ("domaine prive", "terrain prive", "prive", "private"),
}  # fmt: skip


def kinds_of(authority: UUID) -> list[Choice]:
    """The kinds of faults, retired ones too: a past report may be of one."""
    rows = Category.objects.filter(authority_id=authority).order_by("retired_at", "group", "order", "label")
    return [Choice(str(row.pk), row.label, (normalised(row.label), normalised(row.code))) for row in rows]


def stages_of(_authority: UUID) -> list[Choice]:
    """What may have become of a report; joining one to another is no matter of a list."""
    named = [*STAGE_LABELS, *DECLINE_LABELS]
    return [
        Choice(value, label, (normalised(value), normalised(str(label)), *_CALLED[value]))
        for value, label in named
        if value in _CALLED
    ]


COLUMNS: Final = (
    Column(
        "since",
        gettext_lazy("Reported on"),
        ("date", "date de creation", "date de signalement", "cree le", "signale le", "requested datetime", "created", "reported"),
        hint=gettext_lazy("A day, with its time or without"),
        example="14/03/2025 09:20",
    ),
    Column(
        "category",
        gettext_lazy("Kind of fault"),
        ("categorie", "type", "type d anomalie", "anomalie", "nature", "objet", "motif", "service name", "category", "kind"),
        hint=gettext_lazy("What is called otherwise here is asked about afterwards"),
        example="Lampadaire éteint",
        among=kinds_of,
    ),
    NORTH,
    EAST,
    Column(
        "number",
        gettext_lazy("Number in your list"),
        ("numero", "n", "reference", "ref", "id", "identifiant", "service request id", "ticket", "dossier"),
        required=False,
        longest=60,
        hint=gettext_lazy("The same number sent again is the same report"),
        example="2025-0412",
    ),
    Column(
        "address",
        gettext_lazy("Address"),
        ("adresse", "address", "adresse complete", "localisation", "voie", "rue", "lieu", "emplacement"),
        required=False,
        example="12, rue Saint-Étienne",
    ),
    Column(
        "text",
        gettext_lazy("In words"),
        ("description", "commentaire", "texte", "message", "details", "observation", "remarque"),
        required=False,
        longest=400,
        example="Éteint depuis une semaine",
    ),
    Column(
        "stage",
        pgettext_lazy("of a report", "Stage"),
        ("etat", "statut", "status", "state", "avancement", "suite"),
        required=False,
        hint=gettext_lazy("Empty: done where there is a closing date, else received"),
        example="Traité",
        among=stages_of,
    ),
    Column(
        "closed",
        gettext_lazy("Closed on"),
        ("date de cloture", "cloture le", "date cloture", "traite le", "date de traitement", "resolu le", "termine le", "closed"),
        required=False,
        example="16/03/2025",
    ),
    Column(
        "answer",
        gettext_lazy("What was done"),
        ("reponse", "suite donnee", "action", "resolution", "status notes", "answer"),
        required=False,
        longest=400,
        example="Ampoule remplacée",
    ),
    Column(
        "priority",
        gettext_lazy("Priority (1 to 4)"),
        ("priorite", "urgence", "priority"),
        ColumnType.NUMBER,
        required=False,
        example="3",
    ),
)  # fmt: skip


def importing(viewer: Viewer) -> frozenset[UUID]:
    """Authorities that take reports, and that the viewer administers."""
    own = viewer.authorities(Role.ADMINISTRATOR)
    return frozenset(one for one in own if is_switched_on(authority=one, system=SYSTEM))


def check_past(*, viewer: Viewer, authority: UUID, rows: Sequence[Given], report: Progress) -> list[Verdict]:
    """What would become of each row. Outside the authority, in the future, closed before it came: wrong."""
    areas, found, first = areas_of(authority), list[Verdict](), dict[str, int]()
    for done, row in enumerate(rows):
        verdict = _read(row, authority, areas, viewer.as_of)
        if verdict.fate is Fate.NEW:
            twin = first.setdefault(str(verdict.values["submission"]), row.number)
            if twin != row.number:
                again = _("Row %(number)s is the same report: keep one of them.") % {"number": twin}
                verdict = Verdict(row.number, Fate.WRONG, (Fault("number", again),))
        found.append(verdict)
        if done % _TOLD_EVERY == 0:
            report(done)
    there = _there(authority, list(first))
    return [
        Verdict(one.number, Fate.SAME, subject=there[str(one.values["submission"])], values=one.values)
        if one.fate is Fate.NEW and str(one.values["submission"]) in there
        else one
        for one in found
    ]


def _there(authority: UUID, submissions: Sequence[str]) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for start in range(0, len(submissions), _AT_ONCE):
        rows = Report.objects.filter(authority_id=authority, submission__in=submissions[start : start + _AT_ONCE])
        found |= {str(submission): pk for submission, pk in rows.values_list("submission", "pk")}
    return found


def _read(row: Given, authority: UUID, areas: Areas, now: datetime) -> Verdict:
    faults: list[Fault] = []
    since = _moment(row, "since", now, faults)
    closed = _moment(row, "closed", now, faults, since)
    stage = row.text("stage") or (Stage.DONE.value if row.text("closed") else Stage.RECEIVED.value)
    faults += _faults_of_end(stage, since, closed)
    here = place_of(row)
    if isinstance(here, Fault):
        faults.append(here)
    elif areas.inside(here.latitude, here.longitude) is False:
        faults.append(Fault("north", _("This place lies outside the authority.")))
    priority = row.figure("priority")
    if priority is not None and priority not in (1, 2, 3, 4):
        faults.append(Fault("priority", _("Write 1, 2, 3 or 4.")))
    if faults or isinstance(here, Fault) or since is None:
        return Verdict(row.number, Fate.WRONG, tuple(faults))
    values: dict[str, str | float | None] = {
        "since": since.isoformat(),
        "closed": closed.isoformat() if closed else None,
        "stage": Stage.DECLINED.value if stage in set(Decline) else stage,
        "reason": stage if stage in set(Decline) else "",
        "latitude": here.latitude,
        "longitude": here.longitude,
        "priority": priority,
        **{name: row.text(name) for name in ("category", "number", "address", "text", "answer")},
    }
    # By what is written, which is the same tomorrow: the hour that a day of today takes is not.
    values["submission"] = str(_submission(authority, {**values, "since": f"{moment_of(row.text('since'))}"}))
    return Verdict(row.number, Fate.NEW, values=values)


def _submission(authority: UUID, values: dict[str, str | float | None]) -> UUID:
    """Of its number in the town's list, where it has one; else of what the row says."""
    own = ("since", "category", "latitude", "longitude", "address", "text")
    said = values["number"] or "\n".join(f"{values[name]}" for name in own)
    return uuid5(_NAMED, f"{authority}\n{said}")


def _faults_of_end(stage: str, since: datetime | None, closed: datetime | None) -> list[Fault]:
    if stage in OPEN_STAGES:
        return [Fault("closed", _("It is still open: leave the closing date empty."))] if closed else []
    if closed is None:
        return [Fault("closed", _("It is over: write when it was."))]
    return [Fault("closed", _("It was closed before it was reported."))] if since and closed < since else []


def _moment(
    row: Given, column: str, now: datetime, faults: list[Fault], least: datetime | None = None
) -> datetime | None:
    """A time of the town. Where only a day is written it is about noon: never what hasn't come yet of today, and what closed the day it
    came (`least`) is not closed before.
    """
    text = row.text(column)
    if not text:
        return None
    at = moment_of(text)
    if at is not None and _only_a_day(text):
        at = max(at, least) if least is not None and _day(least) == _day(at) else at
        at = min(at, now) if _day(now) == _day(at) else at
    if at is None:
        faults.append(Fault(column, _("Write a day, for instance 14/03/2025, with its time or without.")))
    elif at > now:
        faults.append(Fault(column, _("This time hasn’t come yet.")))
    return at


def _day(at: datetime) -> date:
    return at.astimezone(PARIS).date()


def _only_a_day(text: str) -> bool:
    found = _WRITTEN.fullmatch(text)
    return found[4] is None if found else len(text) <= len("2025-03-14")


def moment_of(text: str) -> datetime | None:
    """A moment as lists write it, in the town's time unless it says its own; noon where only a day is written."""
    try:
        at = datetime.fromisoformat(text)
        at = datetime.combine(at.date(), _NOON) if _only_a_day(text) else at
    except ValueError:
        said = _as_written(text)
        if said is None:
            return None
        at = said
    if at.year not in _YEARS:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=PARIS)).astimezone(UTC)


def _as_written(text: str) -> datetime | None:
    """As people write it in France: 14/03/2025, with 09:20, 9h20 or "à 9 h 20" after it."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second = (int(part or 0) for part in found.groups())
    # A day without an hour is noon: only its absence says so, midnight is written.
    noon = _NOON.hour if found[4] is None else hour
    try:
        return datetime(year + _CENTURY * (len(found[3]) == _SHORT), month, day, noon, minute, second, tzinfo=PARIS)
    except ValueError:
        return None
