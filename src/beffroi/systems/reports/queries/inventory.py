"""A list of things of the street, row by row: which are new, which are there already, which can't be right."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from beffroi.adapters.spreadsheet.features import WKT
from beffroi.kernel.territory.queries.authorities import authority_organisation
from beffroi.kernel.territory.queries.organisations import visible_organisations
from beffroi.lib import lines
from beffroi.lib.lines import LONGEST_TEXT
from beffroi.lib.positions import Position
from beffroi.lib.spelling import normalised
from beffroi.lib.viewer import Viewer
from beffroi.persistence.imports import Column, Fate, Fault, Given, Report, Verdict
from beffroi.persistence.located import EAST, NORTH, doubted, fate_of, place_of
from beffroi.systems.reports.models import THING_LABELS, Asset
from beffroi.systems.reports.rules import Thing

# What lists call them besides their names.
ALSO: Final = {
    Thing.LAMP: ("lampadaire", "candelabre", "luminaire", "point lumineux", "foyer", "lanterne"),
    Thing.POLE: ("poteau", "mat", "support", "potelet"),
    Thing.CABLE: ("cable", "ligne", "conduite", "chambre"),
}

_POINT: Final = re.compile(r"POINT\b", re.IGNORECASE)
UNFIT: Final = {
    lines.Unfit.UNREADABLE: gettext_lazy(
        "This is no line: write WKT, such as LINESTRING (2.8785 48.9601, 2.8801 48.9606)."
    ),
    lines.Unfit.PARTS: gettext_lazy(
        "These are several lines that don’t meet: give each a number and a row of its own."
    ),
    lines.Unfit.OUTSIDE: gettext_lazy("This line isn’t in France: write degrees, or metres of Lambert-93."),
    lines.Unfit.SWAPPED: gettext_lazy("Latitude comes before longitude in this line: exchange them."),
    lines.Unfit.DETAILED: gettext_lazy("This line has too many points: cut it in several cables."),
}

COLUMNS: Final = (
    Column(
        "kind",
        gettext_lazy("What it is"),
        ("type", "kind", "nature", "categorie", "objet", "quoi"),
        longest=40,
        required=False,
        hint=gettext_lazy("Street lamp, pole or cable; a line is a cable"),
        example="Lampadaire",
    ),
    Column(
        "number",
        gettext_lazy("Number"),
        ("numero", "number", "no", "n", "ref", "reference", "id", "identifiant", "code"),
        longest=40,
        hint=gettext_lazy("As it is painted on it"),
        example="L-1204",
    ),
    Column(
        "address",
        gettext_lazy("Address"),
        ("adresse", "address", "localisation", "voie", "rue", "lieu", "emplacement"),
        required=False,
        example="12 rue Saint-Rémy",
    ),
    replace(NORTH, required=False),
    replace(EAST, required=False),
    Column(
        "line",
        gettext_lazy("Course of a cable"),
        (WKT.lower(), "geometrie", "geometry", "geom", "trace", "ligne", "course", "line"),
        required=False,
        longest=LONGEST_TEXT,
        hint=gettext_lazy("A line as WKT; a GeoJSON file has it already"),
        example="LINESTRING (2.8785 48.9601, 2.8801 48.9606)",
    ),
    Column(
        "owner",
        gettext_lazy("Owner"),
        ("proprietaire", "owner", "gestionnaire", "exploitant", "maitre d ouvrage"),
        required=False,
        hint=gettext_lazy("The name of an organisation that is registered; empty: the authority"),
        example="SDESM",
    ),
)


@dataclass
class _Known:
    """What a list is compared with."""

    kinds: dict[str, Thing]
    owners: dict[str, UUID]
    own: UUID
    things: dict[tuple[str, str], Asset]
    seen: dict[tuple[str, str], int] = field(default_factory=dict)


def check_assets(*, viewer: Viewer, authority: UUID, rows: Sequence[Given], report: Report) -> list[Verdict]:
    """What would become of each row; as many questions to the database, however many they are."""
    known = _Known(
        _kinds(),
        {normalised(row.name): row.pk for row in visible_organisations(viewer)},
        authority_organisation(authority).pk,
        {(row.kind, row.number.upper()): row for row in Asset.objects.filter(authority_id=authority)},
    )
    verdicts = []
    for number, row in enumerate(rows, start=1):
        verdicts.append(_judged(row, known))
        report(number)
    return doubted(verdicts, map(_where, known.things.values()))


def _kinds() -> dict[str, Thing]:
    found = {normalised(word): kind for kind, words in ALSO.items() for word in words}
    for language in ("fr", "en"):
        with override(language):
            found |= {normalised(str(label)): Thing(value) for value, label in THING_LABELS}
    return found


def _judged(row: Given, known: _Known) -> Verdict:
    faults = []
    course = _course(row)
    kind = Thing.CABLE if course and not row.text("kind").strip() else known.kinds.get(normalised(row.text("kind")))
    if isinstance(course, Fault):
        faults.append(course)
    elif course and kind not in (None, Thing.CABLE):
        faults.append(Fault("line", _("Only a cable is a line: a lamp or a pole stands at one place.")))
    if kind is None:
        faults.append(Fault("kind", _("Write street lamp, pole or cable.")))
    owner = known.owners.get(normalised(row.text("owner"))) if row.text("owner").strip() else known.own
    if owner is None:
        words = _("No organisation is called “%(name)s”: register it first, under People, or leave it empty.")
        faults.append(Fault("owner", words % {"name": row.text("owner")}))
    place = _place(row, course)
    if isinstance(place, Fault):
        faults.append(place)
    number = row.text("number").strip()
    first = known.seen.setdefault((kind or "", number.upper()), row.number)
    if first != row.number:
        faults.append(Fault("number", _("Row %(number)s has the same number: keep one of them.") % {"number": first}))
    if faults or kind is None or owner is None or isinstance(place, Fault) or isinstance(course, Fault):
        return Verdict(row.number, Fate.WRONG, tuple(faults))
    there = known.things.get((kind.value, number.upper()))
    runs = lines.written(lines.course_of(there.line)) if there else ""
    values: dict[str, str | float | None] = {
        "kind": kind.value,
        "number": number,
        "address": row.text("address").strip(),
        "latitude": round(place.latitude, 7),
        "longitude": round(place.longitude, 7),
        # A list that says nothing of where it runs takes nothing away.
        "line": lines.written(course) or runs,
        "owner": str(owner),
    }
    fate = fate_of(_where(there) if there else None, there.address if there else "", place, row.text("address").strip())
    if fate is Fate.SAME and values["line"] != runs:
        fate = Fate.CHANGED
    return Verdict(row.number, fate, subject=there.pk if there else None, values=values)


def _course(row: Given) -> lines.Course | Fault:
    """Where a cable runs; empty where nothing is said of it."""
    text = row.text("line").strip()
    if not text or _POINT.match(text):
        return ()
    course = lines.read(text)
    return Fault("line", str(UNFIT[course])) if isinstance(course, lines.Unfit) else course


def _place(row: Given, course: lines.Course | Fault) -> Position | Fault:
    """Where one gets at it: as the list says, else half of its way along."""
    said = row.figure("north") is not None or row.figure("east") is not None
    return place_of(row) if said or isinstance(course, Fault) or not course else lines.middle(course)


def _where(row: Asset) -> Position:
    return Position(row.latitude, row.longitude)
